using System.CommandLine;
using System.CommandLine.Help;
using System.Text;
using NceFast.Cli;
using Xunit;

namespace NceFast.Tests.Cli;

/// <summary>
/// src/docs/command-line.md is made of the verbs and options of the program. NCEFAST_WRITE_REFERENCE=1 makes the test write it.
/// </summary>
public sealed class CommandReferenceTests
{
    [Fact]
    public void The_reference_is_that_of_the_program()
    {
        string path = Path.Combine(Root(), "src/docs/command-line.md"), text = Reference();
        if (Environment.GetEnvironmentVariable("NCEFAST_WRITE_REFERENCE") == "1")
            File.WriteAllText(path, text);
        Assert.True(File.Exists(path) && File.ReadAllText(path).ReplaceLineEndings("\n") == text, $"{path} is not current; run this test with NCEFAST_WRITE_REFERENCE=1 to write it.");
    }

    private static string Reference()
    {
        using var session = new Session();
        var text = new StringBuilder();
        RootCommand root = Application.Root(session);
        text.Append("# The command line of ncefast\n\nThis page is generated from the program; the test `CommandReferenceTests` compares both. Results in JSON are described in [json.md](json.md).\n");
        foreach (Command command in root.Subcommands)
            Add(text, command);
        text.Append("\n## Exit codes\n\n| Code | Meaning |\n|---|---|\n");
        foreach ((string code, string meaning) in ExitCode.Meanings)
            text.Append($"| {code.Trim()} | {meaning} |\n");
        return text.ToString();
    }

    private static void Add(StringBuilder text, Command command)
    {
        string name = HelpPrinter.NameOf(command);
        text.Append($"\n## {name}\n\n{Cell(command.Description)}.\n\n    {name}{HelpPrinter.Arguments(command)}{(command.Subcommands.Count > 0 ? " COMMAND" : "")} [options]\n");
        if (command.Aliases.Count > 0)
            text.Append($"\nAlso called {string.Join(", ", command.Aliases.Select(a => $"`{a}`"))}.\n");
        if (command.Arguments.Count > 0)
            text.Append("\n| Argument | Meaning |\n|---|---|\n");
        foreach (Argument argument in command.Arguments)
            text.Append($"| `{argument.Name}` | {Cell(argument.Description)} |\n");
        foreach (IGrouping<string, Option> group in HelpPrinter.GroupsOf(command))
            Add(text, group);
        foreach (Command verb in command.Subcommands)
            Add(text, verb);
    }

    private static void Add(StringBuilder text, IGrouping<string, Option> group)
    {
        Option[] options = [.. group.Where(o => o is not HelpOption)];
        if (options.Length == 0)
            return;
        text.Append($"\n{group.Key}:\n\n| Option | Default | Meaning |\n|---|---|---|\n");
        foreach (Option option in options)
        {
            var helped = option as IHelped;
            string others = helped is { ForeignNames.Count: > 0 } ? $". Also {string.Join(", ", helped.ForeignNames.Select(n => $"`{n}`"))}" : "";
            text.Append($"| `{Cell(HelpPrinter.Left(option))}` | {Cell(Default(helped))} | {Cell(HelpPrinter.Describe(option))}{others} |\n");
        }
    }

    // The number of cores differs between machines.
    private static string? Default(IHelped? option) => option is Option { Name: "--threads" } && option.DefaultText != "0" ? "cores" : option?.DefaultText;

    private static string Cell(string? text) => (text ?? "").Replace("|", "\\|", StringComparison.Ordinal);

    private static string Root()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "NceFast.sln")))
            folder = Path.GetDirectoryName(folder);
        return folder ?? throw new InvalidOperationException($"NceFast.sln is in no folder above {AppContext.BaseDirectory}.");
    }
}
