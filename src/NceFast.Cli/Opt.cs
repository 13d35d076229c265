using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Numerics;

namespace NceFast.Cli;

/// <summary>Represents what the help printer needs of an option beside its name and description.</summary>
internal interface IHelped
{
    string Group { get; }

    string? DefaultText { get; }

    /// <summary>Gets the use of a path that the option names.</summary>
    PathUse Path { get; }

    /// <summary>Gets the allowed values; empty if they have no names.</summary>
    IReadOnlyList<string> Choices { get; }

    /// <summary>Gets the names that the option has in other programs.</summary>
    IReadOnlyList<string> ForeignNames { get; }

    /// <summary>Gets the members of the library, as messages name them, with the text of the command line that sets each.</summary>
    IReadOnlyList<(string Member, string Flag)> Members { get; }
}

/// <summary>Specifies the use of a path that an option names.</summary>
internal enum PathUse
{
    /// <summary>The value is not a path.</summary>
    None,

    /// <summary>A file that is read.</summary>
    Input,

    /// <summary>A file or folder that is written.</summary>
    Output,
}

/// <summary>Represents an option with its position in the help text.</summary>
internal sealed class Opt<T>(string name, string group, string? defaultText, params string[] aliases) : Option<T>(name, aliases), IHelped
{
    private readonly List<(string Member, string Flag)> _members = [];

    public string Group { get; } = group;

    public string? DefaultText { get; } = defaultText;

    public PathUse Path { get; init; }

    public IReadOnlyList<string> Choices { get; init; } = [];

    public IReadOnlyList<string> ForeignNames { get; private set; } = [];

    public IReadOnlyList<(string Member, string Flag)> Members => Values is null ? _members : [.. _members, .. Values()];

    /// <summary>Gets or sets what makes the names of the option's values in messages; called only when a message is shown, so that starts are quick.</summary>
    public Func<IReadOnlyList<(string Member, string Flag)>>? Values { get; set; }

    /// <summary>Names the member that the value becomes: messages that name it show this option.</summary>
    /// <typeparam name="TOwner">The type of the library.</typeparam>
    /// <param name="member">A <c>nameof</c> of the member.</param>
    public Opt<T> Fills<TOwner>(string member) => Shows($"{typeof(TOwner).Name}.{member}", Name);

    /// <summary>Adds names that the option has in other programs.</summary>
    public Opt<T> Also(params string[] names)
    {
        ForeignNames = names;
        foreach (string name in names)
            Aliases.Add(name);
        return this;
    }

    /// <summary>Adds a name in messages of the library, and what the command line says in its place.</summary>
    public Opt<T> Shows(string member, string flag)
    {
        _members.Add((member, flag));
        return this;
    }
}

/// <summary>Represents one of two words as the value of an option. The parser treats an option of type bool as a flag without a value.</summary>
internal readonly record struct Answer(bool Yes)
{
    public static implicit operator bool(Answer answer) => answer.Yes;
}

/// <summary>Creates options whose errors name the option, the value and what is allowed.</summary>
internal static class Opt
{
    /// <summary>The name of <c>--threads</c> in other programs.</summary>
    public const string Workers = "--workers";

    private const string General = "General";

    public static Opt<bool> Json() => Flag("--json", General, "Print the report as JSON on standard output");

    public static Opt<bool> Quiet() => Flag("--quiet", General, "Print no progress and no summary; warnings and errors are still printed");

    public static Opt<bool> Verbose() => Flag("--verbose", General, "Print forecasts and the results of each epoch on standard error");

    public static Opt<bool> Flag(string name, string group, string description) => new(name, group, null) { Description = description };

    public static Opt<string?> Text(string name, string group, string help, string description, string? @default = null) =>
        new(name, group, @default) { Description = description, HelpName = help, DefaultValueFactory = _ => @default };

    public static Opt<string?> Path(string name, string group, string help, string description, PathUse use) =>
        new(name, group, null) { Description = description, HelpName = help, DefaultValueFactory = _ => null, Path = use };

    public static Opt<T> Number<T>(string name, string group, string description, T @default, params string[] aliases)
        where T : struct, INumber<T> => new(name, group, Invariant(@default), aliases)
        {
            Description = description,
            HelpName = "N",
            DefaultValueFactory = _ => @default,
            CustomParser = Parse<T>,
        };

    public static Opt<T?> Optional<T>(string name, string group, string description, string defaultText, params string[] aliases)
        where T : struct, INumber<T> => new(name, group, defaultText, aliases) { Description = description, HelpName = "N", CustomParser = result => Parse<T>(result) };

    public static Opt<T> Choice<T>(string name, string group, string description, T @default, params (string Name, T Value)[] table)
    {
        string defaultText = table.First(row => Equals(row.Value, @default)).Name;
        string[] names = [.. table.Select(row => row.Name)];
        var option = new Opt<T>(name, group, defaultText)
        {
            Description = description,
            HelpName = string.Join('|', names),
            Choices = names,
            DefaultValueFactory = _ => @default,
            CustomParser = result => Choose(result, name, table),
        };
        option.CompletionSources.Clear(); // the names of an enumeration in C#
        option.CompletionSources.Add(names);
        if (typeof(T).IsEnum) // a message may name RateSchedule.Halving
            option.Values = () => [.. table.Select(row => ($"{typeof(T).Name}.{row.Value}", $"{name} {row.Name}"))];
        return option;
    }

    public static Opt<Answer> Either(string name, string group, string description, bool @default, string yes = "on", string no = "off") =>
        Choice(name, group, description, new Answer(@default), (yes, new Answer(true)), (no, new Answer(false)));

    /// <summary>Gets the given value, or a default that is known only when the program runs.</summary>
    public static int Given(ParseResult parsed, Opt<int> option, int? @default) =>
        parsed.GetResult(option) is { Implicit: false } ? parsed.GetValue(option) : @default ?? parsed.GetValue(option);

    /// <summary>Creates the option of a size in bytes.</summary>
    /// <param name="name">The name.</param>
    /// <param name="group">The group in the help.</param>
    /// <param name="description">The description.</param>
    /// <param name="default">The default in bytes.</param>
    /// <param name="defaultText">The default as the help shows it.</param>
    /// <param name="isMebibytes">Whether a number without a suffix is a number of MiB.</param>
    public static Opt<long> Size(string name, string group, string description, long @default, string defaultText, bool isMebibytes = false) => new(name, group, defaultText)
    {
        Description = description,
        HelpName = isMebibytes ? "N" : "BYTES",
        DefaultValueFactory = _ => @default,
        CustomParser = result => ParseSize(result, isMebibytes ? 20 : 0),
    };

    /// <summary>Creates the option of a time; a number without a suffix is a number of seconds.</summary>
    public static Opt<TimeSpan> Time(string name, string group, string description, int defaultSeconds) => new(name, group, Invariant(defaultSeconds))
    {
        Description = description,
        HelpName = "N",
        DefaultValueFactory = _ => TimeSpan.FromSeconds(defaultSeconds),
        CustomParser = ParseTime,
    };

    /// <summary>Reads a time with the suffix s, m or h, of less than 10^9 s; null if the text is none.</summary>
    public static TimeSpan? TimeOf(string given)
    {
        double unit = given.Length == 0 ? 0 : given[^1] switch { 's' => 1, 'm' => 60, 'h' => 3600, _ => 0 };
        return unit > 0 && double.TryParse(given[..^1], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number) && number * unit < 1e9 ? TimeSpan.FromSeconds(number * unit) : null;
    }

    private static T Choose<T>(ArgumentResult result, string name, (string Name, T Value)[] table)
    {
        string given = result.Tokens[0].Value;
        foreach (var row in table)
        {
            if (row.Name == given)
                return row.Value;
        }

        result.AddError($"{name} is '{given}'; allowed are {string.Join(", ", table.Select(row => row.Name))}.");
        return default!;
    }

    private static T Parse<T>(ArgumentResult result)
        where T : struct, INumber<T>
    {
        string given = result.Tokens[0].Value;
        if (T.TryParse(given, NumberStyles.Float, CultureInfo.InvariantCulture, out T value))
            return value;
        string needed = typeof(T) == typeof(double) ? "a number" : typeof(T) == typeof(int) ? $"a whole number up to {int.MaxValue}" : "a whole number of up to 64 bits";
        result.AddError($"{NameOf(result)} is '{given}'; {needed} is needed.");
        return default;
    }

    private static TimeSpan ParseTime(ArgumentResult result)
    {
        string given = result.Tokens[0].Value;
        if ((TimeOf(given) ?? TimeOf(given + 's')) is { } time)
            return time;
        result.AddError($"{NameOf(result)} is '{given}'; a time is needed, such as 90s, 10m, 2h, or a number of seconds.");
        return default;
    }

    private static long ParseSize(ArgumentResult result, int plain)
    {
        string given = result.Tokens[0].Value;
        int suffix = given.Length == 0 ? 0 : char.ToUpperInvariant(given[^1]) switch { 'K' => 10, 'M' => 20, 'G' => 30, _ => 0 };
        string digits = suffix > 0 ? given[..^1] : given;
        int shift = suffix > 0 ? suffix : plain;
        if (long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out long value) && value <= long.MaxValue >> shift)
            return value << shift;
        result.AddError($"{NameOf(result)} is '{given}'; a number of {(plain > 0 ? "MiB" : "bytes")} is needed, or one followed by K, M or G (512M).");
        return 0;
    }

    private static string NameOf(ArgumentResult result) => (result.Parent as OptionResult)?.Option.Name ?? result.Argument.Name;

    private static string? Invariant<T>(T value) => Convert.ToString(value, CultureInfo.InvariantCulture);
}
