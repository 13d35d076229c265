using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.Json;

namespace NceFast.Cli;

/// <summary>Represents a <c>train</c> command in a checkpoint. Every path is absolute, so that the command can be repeated in any folder.</summary>
/// <param name="Inputs">The texts.</param>
/// <param name="Options">The given options, by name; the value of a flag is null.</param>
internal sealed record RunCommand(IReadOnlyList<string> Inputs, IReadOnlyDictionary<string, string?> Options)
{
    private static readonly string[] Words = ["unigram", "uniform", "-"]; // never paths

    public static RunCommand Of(ParseResult parsed)
    {
        string[] inputs = [.. parsed.CommandResult.Children.OfType<ArgumentResult>().SelectMany(a => a.Tokens).Select(t => Absolute(t.Value))];
        var options = new Dictionary<string, string?>(StringComparer.Ordinal);
        foreach (OptionResult given in parsed.CommandResult.Children.OfType<OptionResult>().Where(o => !o.Implicit))
        {
            string? value = given.Tokens.Count == 0 ? null : given.Tokens[0].Value;
            options[given.Option.Name] = value is not null && UseOf(given.Option) != PathUse.None ? Absolute(value) : value;
        }

        return new RunCommand(inputs, options);
    }

    /// <summary>Reads what <see cref="ToJson"/> wrote.</summary>
    /// <exception cref="NceFastException">The text is not a command.</exception>
    public static RunCommand FromJson(string json, string path)
    {
        try
        {
            if (JsonSerializer.Deserialize<RunCommand>(json) is { Inputs: not null, Options: not null } command)
                return command;
        }
        catch (JsonException)
        {
            // reported below
        }

        throw new NceFastException(ErrorKind.Input, $"{path} has no command of this program. Another program made it, and can continue it.");
    }

    public string ToJson() => JsonSerializer.Serialize(this);

    /// <summary>Creates this command with some options, and the texts if any, replaced.</summary>
    public RunCommand With(RunCommand changes)
    {
        var options = new Dictionary<string, string?>(Options, StringComparer.Ordinal);
        foreach ((string name, string? value) in changes.Options)
            options[name] = value;
        bool hasTexts = changes.Inputs.Count > 0 || changes.Options.ContainsKey(CorpusInput.ListName);
        return new RunCommand(hasTexts ? changes.Inputs : Inputs, options);
    }

    /// <summary>Creates this command with the paths of a list among its texts, so that it can be repeated without the list.</summary>
    public RunCommand WithInputs(IReadOnlyList<string> paths) => Without([CorpusInput.ListName]) with { Inputs = [.. paths.Select(Absolute)] };

    /// <summary>Creates this command without some options.</summary>
    public RunCommand Without(IEnumerable<string> names) => this with { Options = Options.Where(o => !names.Contains(o.Key)).ToDictionary() };

    /// <summary>Creates the command line.</summary>
    public string[] ToArgs() =>
        ["train", .. Options.SelectMany(o => o.Value is null ? new[] { o.Key } : [o.Key, o.Value]), .. Inputs.Count > 0 ? ["--", .. Inputs] : Array.Empty<string>()];

    public static PathUse UseOf(Option option) => (option as IHelped)?.Path ?? PathUse.None;

    private static string Absolute(string path) => path.Length == 0 || Words.Contains(path) ? path : Path.GetFullPath(path);
}
