using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace NceFast.Cli;

/// <summary>Writes one JSON object to standard output. NaN figures become null.</summary>
internal static class JsonReport
{
    private static readonly JsonWriterOptions Options = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Gets or sets whether standard output has received an object.</summary>
    public static bool IsWritten { get; set; }

    public static void Write(Action<Utf8JsonWriter> fields)
    {
        IsWritten = true;
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, Options))
        {
            json.WriteStartObject();
            fields(json);
            json.WriteEndObject();
        }

        buffer.WriteByte((byte)'\n');
        Console.Out.Write(Encoding.UTF8.GetString(buffer.GetBuffer().AsSpan(0, (int)buffer.Length)));
    }

    public static void Figure(this Utf8JsonWriter json, string name, double value)
    {
        if (double.IsFinite(value))
            json.WriteNumber(name, value);
        else
            json.WriteNull(name);
    }

    public static void Object(this Utf8JsonWriter json, string? name, Action fields)
    {
        if (name is null)
            json.WriteStartObject();
        else
            json.WriteStartObject(name);
        fields();
        json.WriteEndObject();
    }

    public static void Array<T>(this Utf8JsonWriter json, string name, IEnumerable<T> items, Action<T> item)
    {
        json.WriteStartArray(name);
        foreach (T one in items)
            item(one);
        json.WriteEndArray();
    }
}
