using System.Text;
using System.Text.Json;

namespace NceFast.Cli;

/// <summary>Represents an error that ends the program, in the parts that programs read.</summary>
/// <param name="Message">What was found, what is allowed, where, and what to do.</param>
/// <param name="Code">The exit code.</param>
internal sealed record Failure(string Message, int Code)
{
    /// <summary>Gets the text of the command line that is wrong; null if it is another error.</summary>
    public string? Found { get; init; }

    /// <summary>Gets what is allowed in its place, if that is a list of names.</summary>
    public IReadOnlyList<string> Allowed { get; init; } = [];

    /// <summary>Gets the allowed names that are spelt almost like the wrong one.</summary>
    public IReadOnlyList<string> Nearest { get; init; } = [];

    /// <summary>Gets the options that the message is about.</summary>
    public IReadOnlyList<string> Options { get; init; } = [];

    /// <summary>Writes errors as the one object on standard output. A result that was written before stays the only one.</summary>
    public static void WriteResult(IReadOnlyList<Failure> failures)
    {
        if (JsonReport.IsWritten || failures.Count == 0)
            return;
        Failure all = failures[0] with { Message = string.Join(' ', failures.Select(f => f.Message)) };
        try
        {
            JsonReport.Write(json => all.Write(json, ExitCode.NameOf(all.Code)));
        }
        catch (Exception e) when (e is IOException or NceFastException)
        {
            // standard error has the message
        }
    }

    /// <summary>Adds the parts of this error to a line of the log, which has its kind already.</summary>
    /// <param name="line">A JSON object.</param>
    public string AddTo(ReadOnlyMemory<byte> line)
    {
        using var buffer = new MemoryStream();
        using (JsonDocument logged = JsonDocument.Parse(line))
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            foreach (JsonProperty property in logged.RootElement.EnumerateObject())
                property.WriteTo(json);
            Write(json, kind: null);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.ToArray());
    }

    private void Write(Utf8JsonWriter json, string? kind)
    {
        if (kind is not null)
            json.WriteString("kind", kind);
        json.WriteNumber("code", Code);
        json.WriteString("message", Message);
        if (Found is not null)
            json.WriteString("found", Found);
        foreach ((string name, IReadOnlyList<string> values) in new[] { ("allowed", Allowed), ("nearest", Nearest), ("options", Options) })
        {
            if (values.Count > 0)
                json.Array(name, values, json.WriteStringValue);
        }
    }
}
