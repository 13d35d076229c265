using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace NceFast.Cli;

/// <summary>Prints a command's help with its options in groups, and their defaults.</summary>
internal sealed class HelpPrinter : SynchronousCommandLineAction
{
    private const int Indent = 30;
    private const int Width = 110;

    public override int Invoke(ParseResult parseResult)
    {
        Command command = parseResult.CommandResult.Command;
        var text = new StringWriter();
        text.WriteLine(command.Description);
        text.WriteLine();
        text.WriteLine($"Usage: {NameOf(command, parseResult)}{Arguments(command)}{(command.Subcommands.Count > 0 ? " COMMAND" : "")} [options]");
        Section(text, "Commands", command.Subcommands.Select(c => (c.Name + Arguments(c), c.Description ?? "")));
        Section(text, "Arguments", command.Arguments.Select(a => (a.Name, a.Description ?? "")));
        foreach (var group in command.Options.Where(o => !o.Hidden).GroupBy(o => (o as IHelped)?.Group ?? "General").OrderBy(g => g.Key == "General" ? 2 : g.Key is ModelArguments.OnlyVectors or ModelArguments.OnlyLanguage ? 1 : 0))
            Section(text, group.Key, group.Select(o => (Left(o), Right(o))));
        text.WriteLine();
        text.WriteLine(ExitCode.Help);
        Console.Out.Write(text.ToString());
        return ExitCode.Done;
    }

    /// <summary>Gets the words that call a command: "ncefast eval similarity".</summary>
    public static string NameOf(Command command, ParseResult parsed)
    {
        var names = new List<string>();
        for (Command? c = command; c is not null and not RootCommand; c = c.Parents.OfType<Command>().FirstOrDefault())
            names.Insert(0, c.Name);
        return string.Join(' ', names.Prepend("ncefast"));
    }

    private static string Arguments(Command command) =>
        string.Concat(command.Arguments.Select(a => " " + a.Name + (a.Arity.MaximumNumberOfValues > 1 ? "..." : "")))
        + string.Concat(command.Options.Where(o => o.Required).Select(o => $" {o.Name} {o.HelpName}"));

    private static string Left(Option option)
    {
        string names = string.Join(", ", option.Aliases.Where(a => a.StartsWith('-') && a != "-?").Prepend(option.Name));
        return option.HelpName is { Length: > 0 } help ? $"{names} {help}" : names;
    }

    private static string Right(Option option) =>
        option is IHelped { DefaultText: { } text } ? $"{option.Description} [{text}]" : option is HelpOption ? "Show this help" : option.Description ?? "";

    private static void Section(StringWriter text, string title, IEnumerable<(string Left, string Right)> rows)
    {
        bool first = true;
        foreach ((string left, string right) in rows)
        {
            if (first)
                text.WriteLine($"{Environment.NewLine}{title}:");
            first = false;
            Row(text, left, right);
        }
    }

    private static void Row(StringWriter text, string left, string right)
    {
        string line = "  " + left;
        line = line.Length < Indent - 1 ? line.PadRight(Indent) : line + Environment.NewLine + new string(' ', Indent);
        int used = Indent;
        foreach (string word in right.Split(' '))
        {
            if (used + word.Length > Width)
            {
                line = line.TrimEnd() + Environment.NewLine + new string(' ', Indent);
                used = Indent;
            }

            line += word + " ";
            used += word.Length + 1;
        }

        text.WriteLine(line.TrimEnd());
    }
}
