using System.CommandLine;
using System.Diagnostics;
using System.Globalization;

namespace NceFast.Bench.Stability;

/// <summary>
/// Trains on one text with every combination of the settings that determine the step size, and lists those that diverge.
/// </summary>
internal static class StabilityCommand
{
    public static Command Create()
    {
        var text = new Argument<string>("TEXT") { Description = "Text to train on; a few hundred kilobytes are enough." };
        var family = new Option<string>("--family") { DefaultValueFactory = _ => "vectors", Description = "vectors or lbl." };
        family.AcceptOnlyFromAmong("vectors", "lbl");
        var sample = new Option<double>("--sample") { DefaultValueFactory = _ => 1, Description = "Part of all combinations to try, chosen by the seed." };
        var seed = new Option<int>("--seed") { DefaultValueFactory = _ => 1, Description = "Seed of the choice." };
        var command = new Command("stability", "Trains with every combination of window, objective, model, sharing, k, threads, dim and rate, and lists what diverges.") { text, family, sample, seed };
        command.SetAction(parsed => Run(parsed.GetValue(text)!, parsed.GetValue(family)!, parsed.GetValue(sample), parsed.GetValue(seed)));
        return command;
    }

    private static int Run(string text, string family, double sample, int seed)
    {
        var random = new Random(seed);
        Trial[] trials = [.. (family == "lbl" ? LanguageTrials.All(text) : VectorTrials.All(text)).Where(_ => random.NextDouble() < sample)];
        var watch = Stopwatch.StartNew();
        int refused = 0, diverged = 0;
        double largest = 0;
        for (int i = 0; i < trials.Length; i++)
        {
            try
            {
                (double loss, double magnitude) = trials[i].Train();
                largest = Math.Max(largest, magnitude);
                if (!double.IsFinite(loss) || magnitude > 100)
                    Report(trials[i], string.Create(CultureInfo.InvariantCulture, $"loss {loss:G4}, largest parameter {magnitude:G4}"));
            }
            catch (NceFastException e) when (!e.Message.Contains("diverged", StringComparison.Ordinal) && e.Kind == ErrorKind.Usage)
            {
                refused++; // the options reject this combination
            }
            catch (NceFastException e)
            {
                Report(trials[i], e.Message);
            }

            if ((i + 1) % 100 == 0)
                Console.Error.WriteLine($"{i + 1:N0} of {trials.Length:N0} after {watch.Elapsed.TotalSeconds:N0} s, {diverged} diverged");
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{trials.Length:N0} combinations, {refused:N0} of them refused, {diverged:N0} diverged; largest parameter {largest:G3}; {watch.Elapsed.TotalSeconds:N0} s"));
        return diverged == 0 ? 0 : 1;

        void Report(Trial trial, string finding)
        {
            diverged++;
            Console.WriteLine($"{trial.Name}: {finding}");
        }
    }
}

/// <summary>One training with one combination of settings.</summary>
/// <param name="Name">The settings.</param>
/// <param name="Train">Trains, and returns the loss of the last epoch and the largest magnitude of a parameter.</param>
internal sealed record Trial(string Name, Func<(double Loss, double Magnitude)> Train);
