using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace NceFast.Cli;

/// <summary>Prints a command's help with its options in groups, and their defaults. The help of System.CommandLine has no groups.</summary>
internal sealed class HelpPrinter : SynchronousCommandLineAction
{
    private const int DefaultWidth = 80, Narrowest = 40, Widest = 110;

    public override int Invoke(ParseResult parseResult)
    {
        Print(parseResult.CommandResult.Command);
        return ExitCode.Done;
    }

    /// <summary>Prints the help of a command on standard output, in the width of the terminal.</summary>
    public static void Print(Command command) => Console.Out.Write(TextOf(command, Width()));

    /// <summary>Gets the words that call a command: "ncefast eval similarity".</summary>
    public static string NameOf(Command command)
    {
        var names = new List<string>();
        for (Command? c = command; c is not null and not RootCommand; c = c.Parents.OfType<Command>().FirstOrDefault())
            names.Insert(0, c.Name);
        return string.Join(' ', names.Prepend("ncefast"));
    }

    /// <summary>Gets the help of a command, in lines of at most a width.</summary>
    internal static string TextOf(Command command, int width)
    {
        var text = new StringWriter();
        Paragraph(text, command.Description ?? "", width);
        text.WriteLine();
        Paragraph(text, $"Usage: {NameOf(command)}{Arguments(command)}{(command.Subcommands.Count > 0 ? " COMMAND" : "")} [options]", width);
        Section(text, "Commands", command.Subcommands.Select(c => (c.Name + Arguments(c), c.Description ?? "")), width);
        Section(text, "Arguments", command.Arguments.Select(a => (a.Name, a.Description ?? "")), width);
        foreach (IGrouping<string, Option> group in GroupsOf(command))
            Section(text, group.Key, group.Select(o => (Left(o), Right(o))), width);
        Section(text, "Exit codes", ExitCode.Meanings, width, indent: 7);
        if (Others(command) is { Length: > 0 } others)
        {
            text.WriteLine();
            Paragraph(text, $"Names that other programs use are accepted too: {others}.", width);
        }

        return text.ToString();
    }

    /// <summary>Gets the visible options of a command in groups, in the order of the help.</summary>
    internal static IEnumerable<IGrouping<string, Option>> GroupsOf(Command command) => command.Options.Where(o => !o.Hidden).GroupBy(o => (o as IHelped)?.Group ?? "General")
        .OrderBy(g => g.Key == "General" ? 2 : g.Key is ModelArguments.OnlyVectors or ModelArguments.OnlyLanguage ? 1 : 0);

    /// <summary>Gets the arguments and the required options of a command, each after a space.</summary>
    internal static string Arguments(Command command) =>
        string.Concat(command.Arguments.Select(a => " " + a.Name + (a.Arity.MaximumNumberOfValues > 1 ? "..." : "")))
        + string.Concat(command.Options.Where(o => o.Required).Select(o => $" {o.Name} {o.HelpName}"));

    /// <summary>Gets the names of an option, and the name of its value.</summary>
    internal static string Left(Option option)
    {
        IReadOnlyList<string> foreign = (option as IHelped)?.ForeignNames ?? [];
        string names = string.Join(", ", option.Aliases.Where(a => a.StartsWith('-') && a != "-?" && !foreign.Contains(a)).Prepend(option.Name));
        return option.HelpName is { Length: > 0 } help ? $"{names} {help}" : names;
    }

    /// <summary>Gets the description of an option.</summary>
    internal static string Describe(Option option) => option is HelpOption ? "Show this help" : option.Description ?? "";

    // Standard output that is not a terminal has no width.
    private static int Width()
    {
        int width = Console.IsOutputRedirected ? DefaultWidth : StandardStreams.OutputWidth ?? DefaultWidth;
        return width < Narrowest ? DefaultWidth : Math.Min(width, Widest);
    }

    private static string Right(Option option) => option is IHelped { DefaultText: { } text } ? $"{Describe(option)} [{text}]" : Describe(option);

    private static string Others(Command command) => string.Join(", ", command.Options.OfType<IHelped>().Where(o => o.ForeignNames.Count > 0).Select(o => $"{string.Join(" and ", o.ForeignNames)} for {((Option)o).Name}")
        .Concat(command.Subcommands.Where(c => c.Aliases.Count > 0).Select(c => $"{string.Join(" and ", c.Aliases)} for {c.Name}")));

    private static void Section(StringWriter text, string title, IEnumerable<(string Left, string Right)> rows, int width, int indent = 0)
    {
        bool first = true;
        foreach ((string left, string right) in rows)
        {
            if (first)
                text.WriteLine($"{Environment.NewLine}{title}:");
            first = false;
            Row(text, left, right, width, indent > 0 ? indent : width < 70 ? 16 : width < 100 ? 26 : 30);
        }
    }

    private static void Row(StringWriter text, string left, string right, int width, int indent)
    {
        List<string> names = Lines(left, width - 2), lines = Lines(right, width - indent);
        bool fits = names.Count == 1 && left.Length + 3 < indent; // two blanks at each side
        foreach (string line in fits ? [] : names)
            text.WriteLine($"  {line}");
        for (int i = 0; i < lines.Count; i++)
            text.WriteLine((fits && i == 0 ? $"  {left}" : "").PadRight(indent) + lines[i]);
        if (fits && lines.Count == 0)
            text.WriteLine($"  {left}");
    }

    private static void Paragraph(StringWriter text, string words, int width) => Lines(words, width).ForEach(text.WriteLine);

    // Breaks a text between words, and between the values of a list (a|b|c) that is longer than a line.
    private static List<string> Lines(string text, int width)
    {
        var lines = new List<string>();
        string line = "";
        foreach (string word in text.Split(' ').SelectMany(word => Parts(word, width)))
        {
            string blank = line.Length == 0 || line.EndsWith('|') ? "" : " ";
            if (line.Length + blank.Length + word.Length > width && line.Length > 0)
            {
                lines.Add(line);
                (line, blank) = ("", "");
            }

            line += blank + word;
        }

        return line.Length == 0 ? lines : [.. lines, line];
    }

    private static IEnumerable<string> Parts(string word, int width) =>
        word.Length <= width ? [word] : word.Split('|').Select((part, i) => i < word.Count(c => c == '|') ? part + '|' : part);
}
