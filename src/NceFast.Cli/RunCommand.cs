using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.Json;

namespace NceFast.Cli;

/// <summary>A <c>train</c> command as it is kept in checkpoints: every path made absolute, so that it can be given again anywhere.</summary>
/// <param name="Inputs">The texts.</param>
/// <param name="Options">Options that were given: name and value, the value null for flags.</param>
internal sealed record RunCommand(IReadOnlyList<string> Inputs, IReadOnlyDictionary<string, string?> Options)
{
    private static readonly string[] Words = ["unigram", "uniform", "-"]; // no paths, wherever they stand

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
    /// <exception cref="NceFastException">It is nothing of the kind.</exception>
    public static RunCommand FromJson(string json, string path)
    {
        try
        {
            if (JsonSerializer.Deserialize<RunCommand>(json) is { Inputs: not null, Options: not null } command)
                return command;
        }
        catch (JsonException)
        {
            // said below
        }

        throw new NceFastException(ErrorKind.Input, $"{path} holds no command of this program; it was made by another, which must go on with it.");
    }

    public string ToJson() => JsonSerializer.Serialize(this);

    /// <summary>This command with some options, and the texts if any, given anew.</summary>
    public RunCommand With(RunCommand changes)
    {
        var options = new Dictionary<string, string?>(Options, StringComparer.Ordinal);
        foreach ((string name, string? value) in changes.Options)
            options[name] = value;
        return new RunCommand(changes.Inputs.Count > 0 ? changes.Inputs : Inputs, options);
    }

    /// <summary>This command without some options.</summary>
    public RunCommand Without(IEnumerable<string> names) => this with { Options = Options.Where(o => !names.Contains(o.Key)).ToDictionary() };

    /// <summary>The command line.</summary>
    public string[] ToArgs() =>
        ["train", .. Options.SelectMany(o => o.Value is null ? new[] { o.Key } : [o.Key, o.Value]), .. Inputs.Count > 0 ? ["--", .. Inputs] : Array.Empty<string>()];

    public static PathUse UseOf(Option option) => (option as IHelped)?.Path ?? PathUse.None;

    private static string Absolute(string path) => path.Length == 0 || Words.Contains(path) ? path : Path.GetFullPath(path);
}
