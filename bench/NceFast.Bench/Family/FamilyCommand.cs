using System.CommandLine;
using System.Globalization;
using System.Runtime.InteropServices;
using NceFast.Objectives;
using NceFast.Training;

namespace NceFast.Bench.Family;

/// <summary>
/// Trains with every objective and noise, with as many passes and with as much time for each. The learning rate of each row of the tables
/// is chosen on validation text.
/// </summary>
internal static class FamilyCommand
{
    public static Command Create() =>
        new("family", "Trains with each objective and noise, at its best learning rate, and prints tables at equal passes and at equal time.") { LanguageFamily.Command(), VectorFamily.Command() };

    /// <summary>Creates an option for a path.</summary>
    public static Option<string> Text(string name, string description) => new(name) { Required = true, Description = description };

    /// <summary>Creates an option that takes several values.</summary>
    public static Option<T[]> Several<T>(string name, T[] values, string description) =>
        new(name) { DefaultValueFactory = _ => values, AllowMultipleArgumentsPerToken = true, Description = description };

    /// <summary>Gets the word of an objective on the command line.</summary>
    public static string Short(ObjectiveKind kind) => kind switch { ObjectiveKind.ImportanceSampling => "is", ObjectiveKind.RankingNce => "rank", _ => kind.ToString().ToLowerInvariant() };

    /// <summary>Prints the date and the machine.</summary>
    public static void Introduce(string text) =>
        Console.WriteLine($"{DateTime.UtcNow:yyyy-MM-dd}, {Environment.ProcessorCount} cores, {RuntimeInformation.ProcessArchitecture}, .NET {Environment.Version}, {text}");

    /// <summary>Prints the rates that a search tried, to standard error.</summary>
    public static void Report(string row, IReadOnlyList<(double Rate, double Value)> tried) =>
        Console.Error.WriteLine($"{row}: {string.Join(", ", tried.Select(point => string.Create(CultureInfo.InvariantCulture, $"{point.Rate:G3}: {point.Value:F2}")))}");

    /// <summary>Prints a table at equal passes, and one at equal time.</summary>
    /// <param name="rows">The rows, at their best learning rates.</param>
    /// <param name="seconds">The time of each row in the second table; 0 leaves it out.</param>
    /// <param name="header">Prints the head of a table.</param>
    /// <param name="print">Trains and prints a row, and returns the seconds of a training.</param>
    public static void Tables<TOptions>(IEnumerable<TOptions> rows, double seconds, Action header, Func<TOptions, double> print)
        where TOptions : TrainingOptions
    {
        header();
        List<(TOptions Row, double Seconds)> measured = [.. rows.Select(row => (row, print(row)))];
        if (seconds == 0)
            return;
        Console.WriteLine();
        Console.WriteLine($"The same with the passes that take about {seconds:N0} s. The rates are those above.");
        header();
        foreach ((TOptions row, double own) in measured)
            print(row with { Epochs = (int)Math.Max(1, Math.Round(row.Epochs * seconds / own)) });
    }
}
