using System.CommandLine;

namespace NceFast.Cli;

/// <summary><c>ncefast help VERB</c>: the same as <c>ncefast VERB --help</c>.</summary>
internal static class HelpVerb
{
    public static Command Create(RootCommand root)
    {
        var verb = new Argument<string[]>("VERB") { Description = "A verb, such as 'train' or 'eval similarity'; without it, all verbs", Arity = ArgumentArity.ZeroOrMore };
        verb.CompletionSources.Add(_ => root.Subcommands.Select(c => new System.CommandLine.Completions.CompletionItem(c.Name)));
        var command = new Command("help", "Show the help of a verb, as --help does") { verb };
        command.SetAction(parsed =>
        {
            Command found = root;
            foreach (string word in parsed.GetValue(verb) ?? [])
                found = found.Subcommands.FirstOrDefault(c => c.Name == word || c.Aliases.Contains(word)) ?? throw new NceFastException(ErrorKind.Usage, UsageErrors.NoVerb(found, word).Message);
            HelpPrinter.Print(found);
            return ExitCode.Done;
        });
        return command;
    }
}
