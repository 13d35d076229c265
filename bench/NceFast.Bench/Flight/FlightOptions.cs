using System.CommandLine;
using System.CommandLine.Parsing;
using NceFast.Objectives;

namespace NceFast.Bench.Flight;

/// <summary>Represents the options that the simulations have in common, and the table that they print.</summary>
/// <param name="groups">Default numbers of groups.</param>
/// <param name="k">Default number of noise words per prediction.</param>
/// <param name="growth">Default growth of weighted changes.</param>
/// <param name="unit">What growth counts: sets or predictions.</param>
internal sealed class FlightOptions(int[] groups, int k, int growth, string unit)
{
    private readonly Option<int[]> _groups = new("--groups") { DefaultValueFactory = _ => groups, AllowMultipleArgumentsPerToken = true, Description = "Groups in flight; a row of the table for each number." };
    private readonly Option<FlightRule> _rule = new("--rule") { DefaultValueFactory = _ => FlightRule.Weigh, Description = "What becomes of simultaneous changes." };
    private readonly Option<int?> _growth = new("--growth") { Description = $"{unit} trained on so far per group in flight; 0 for all groups from the start. The default is {growth} with the rule {nameof(FlightRule.Weigh)}, else 0." };

    /// <summary>Gets the path of the text to train on.</summary>
    public Option<string> Train { get; } = new("--train") { Required = true, Description = "Text to train on." };

    /// <summary>Gets the path of the validation text.</summary>
    public Option<string> Valid { get; } = new("--valid") { Required = true, Description = "Validation text." };

    /// <summary>Gets the objective.</summary>
    public Option<ObjectiveKind> Objective { get; } = new("--objective") { DefaultValueFactory = _ => ObjectiveKind.Nce, Description = "The objective." };

    /// <summary>Gets the number of noise words per prediction.</summary>
    public Option<int> K { get; } = new("--k") { DefaultValueFactory = _ => k, Description = "Noise words per prediction." };

    /// <summary>Gets the number of passes over the text.</summary>
    public Option<int> Epochs { get; } = new("--epochs") { DefaultValueFactory = _ => 1, Description = "Passes over the text." };

    /// <summary>Gets the seed of every random draw.</summary>
    public Option<ulong> Seed { get; } = new("--seed") { DefaultValueFactory = _ => 1, Description = "Seed of every random draw." };

    /// <summary>Creates a command that prints a table in Markdown with a row for each number of groups.</summary>
    /// <param name="name">Name of the command.</param>
    /// <param name="description">Description of the command.</param>
    /// <param name="own">Options of this command alone.</param>
    /// <param name="columns">Names of the columns: those of the settings, then those of the results.</param>
    /// <param name="train">Trains with the given settings.</param>
    public Command Create(string name, string description, IEnumerable<Option> own, string[] columns, Func<ParseResult, FlightSettings, FlightRow> train)
    {
        var command = new Command(name, description) { Train, Valid, _groups, _rule, _growth, Objective, K, Epochs, Seed };
        _groups.Validators.Add(result => RequirePositive(result, result.GetValue(_groups)!));
        foreach (Option option in own)
            command.Add(option);
        command.SetAction(parsed =>
        {
            Console.WriteLine($"| {string.Join(" | ", columns)} |");
            Console.WriteLine($"|{string.Concat(Enumerable.Repeat("---|", columns.Length))}");
            FlightRule rule = parsed.GetValue(_rule);
            foreach (int count in parsed.GetValue(_groups)!)
                Print(train(parsed, new FlightSettings(rule, count, parsed.GetValue(_growth) ?? (rule == FlightRule.Weigh ? growth : 0))));
        });
        return command;
    }

    /// <summary>Rejects an option with a value below 1.</summary>
    public static void RequirePositive(OptionResult option, IEnumerable<int> values)
    {
        foreach (int value in values.Where(value => value < 1))
            option.AddError($"{option.Option.Name} {value} is not allowed; use 1 or more.");
    }

    private static void Print(FlightRow row)
    {
        Console.Write($"| {row.Settings} |");
        try
        {
            Console.WriteLine($" {row.Train()} |");
        }
        catch (NceFastException e)
        {
            Console.WriteLine($" {e.Message} |");
        }
    }
}
