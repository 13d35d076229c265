using System.CommandLine;
using System.CommandLine.Parsing;

namespace NceFast.Cli;

/// <summary>Finds the errors of a command line, each with what was found, what is allowed, and the nearest names.</summary>
internal static class UsageErrors
{
    private const string Unmatched = "Unrecognized command or argument"; // the beginning of the parser's message, which has no list of names

    /// <summary>Gets the errors; empty if the command can be run.</summary>
    public static IReadOnlyList<Failure> Of(ParseResult parsed)
    {
        Command command = parsed.CommandResult.Command;
        if (command.Subcommands.Count > 0)
            return parsed.Errors.Count == 0 ? [] : [Lacking(command, parsed.UnmatchedTokens)];
        return [.. Unknown(parsed), .. parsed.Errors.Where(e => !e.Message.StartsWith(Unmatched, StringComparison.Ordinal)).DistinctBy(e => e.Message).Select(Of)];
    }

    /// <summary>Creates the error for a verb that does not exist.</summary>
    public static Failure NoVerb(Command command, string given)
    {
        string[] verbs = [.. command.Subcommands.Where(c => !c.Hidden).Select(c => c.Name)];
        IReadOnlyList<string> nearest = Nearest.Of(given, verbs.Concat(command.Subcommands.SelectMany(c => c.Aliases)));
        return Usage($"'{HelpPrinter.NameOf(command)}' has no verb '{given}'; allowed are {string.Join(", ", verbs)}.{Nearest.Question(nearest)}") with { Found = given, Allowed = verbs, Nearest = nearest };
    }

    private static Failure Usage(string message) => new(message, ExitCode.Usage);

    // A command that only has verbs.
    private static Failure Lacking(Command command, IReadOnlyList<string> unmatched)
    {
        if (unmatched.FirstOrDefault(t => t.Length == 0 || t[0] != '-') is { } verb)
            return NoVerb(command, verb);
        if (unmatched.Count > 0)
            return NoOption(command, unmatched[0]);
        string[] verbs = [.. command.Subcommands.Where(c => !c.Hidden).Select(c => c.Name)];
        return Usage($"'{HelpPrinter.NameOf(command)}' needs a verb; allowed are {string.Join(", ", verbs)}.") with { Allowed = verbs };
    }

    // Arguments with any number of values would accept a misspelt option as one of them. What follows an unknown option may be its value.
    private static IEnumerable<Failure> Unknown(ParseResult parsed)
    {
        Command command = parsed.CommandResult.Command;
        HashSet<Token> taken = [.. parsed.CommandResult.Children.OfType<ArgumentResult>().SelectMany(a => a.Tokens)];
        var unmatched = new Queue<string>(parsed.UnmatchedTokens);
        bool mayBeValue = false;
        foreach (Token token in parsed.Tokens.TakeWhile(t => t.Type != TokenType.DoubleDash))
        {
            bool isUnmatched = unmatched.TryPeek(out string? next) && next == token.Value && !taken.Contains(token);
            if (isUnmatched)
                unmatched.Dequeue();
            if (!isUnmatched && !taken.Contains(token))
                continue;
            bool isOption = token.Value.Length > 1 && token.Value[0] == '-';
            if (isOption)
                yield return NoOption(command, token.Value);
            else if (isUnmatched && !mayBeValue)
                yield return Unexpected(command, token.Value);
            mayBeValue = isOption;
        }

        foreach (string rest in unmatched)
            yield return Unexpected(command, rest);
    }

    private static Failure NoOption(Command command, string given)
    {
        string[] options = [.. command.Options.Where(o => !o.Hidden).Select(o => o.Name)];
        IReadOnlyList<string> nearest = Nearest.Of(given.Split('=')[0], options.Concat(command.Options.SelectMany(o => o.Aliases).Where(a => a.StartsWith("--", StringComparison.Ordinal))));
        string text = nearest.Count == 0
            ? $"There is no option '{given}'; a file or word that begins with - must follow --."
            : $"There is no option '{given}'.{Nearest.Question(nearest)} A file or word that begins with - must follow --.";
        return Usage(text) with { Found = given, Allowed = options, Nearest = nearest };
    }

    private static Failure Unexpected(Command command, string given)
    {
        string takes = command.Arguments.Count == 0 ? "no argument" : string.Join(' ', command.Arguments.Select(a => a.Name));
        return Usage($"'{given}' is one argument too many; '{HelpPrinter.NameOf(command)}' takes {takes}.") with { Found = given };
    }

    private static Failure Of(ParseError error)
    {
        OptionResult? option = error.SymbolResult as OptionResult ?? error.SymbolResult?.Parent as OptionResult;
        if (option is null)
            return Usage(error.Message);
        string? found = option.Tokens.Count > 0 ? option.Tokens[^1].Value : null;
        IReadOnlyList<string> choices = (option.Option as IHelped)?.Choices ?? [], nearest = found is null ? [] : Nearest.Of(found, choices);
        return Usage(error.Message + Nearest.Question(nearest)) with { Found = found, Allowed = choices, Nearest = nearest, Options = [option.Option.Name] };
    }
}
