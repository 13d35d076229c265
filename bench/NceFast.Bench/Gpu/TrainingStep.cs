using NceFast.Backends;
using NceFast.Corpus;
using NceFast.Evaluation;
using NceFast.Objectives;
using NceFast.Sampling;
using NceFast.Training;

namespace NceFast.Bench.Gpu;

/// <summary>Trains the same model on the device and on the host.</summary>
internal sealed class TrainingStep(ResultFile result, GpuText text, VectorQuality quality, string device, int dim, int epochs, double bandwidth)
{
    private const double Subsample = 1e-4;

    /// <summary>Returns the name of an objective in tables.</summary>
    public static string NameOf(ObjectiveKind objective) => objective == ObjectiveKind.Nce ? "nce" : "neg";

    /// <summary>Prints the head of the table.</summary>
    public void Begin() => result.Table(
        ["training", "words/s, all epochs", "words/s, last epoch", "kept words/s", "share of memory bandwidth, %", "loss, nats", "held-out loss, nats", .. quality.Names]);

    /// <summary>Trains once, and adds a row to the table.</summary>
    /// <returns>The rate in words per second; 0 if the training failed.</returns>
    public double Run(string where, ObjectiveKind objective, double seconds)
    {
        string name = $"{where}, {NameOf(objective)}";
        var options = new WordVectorOptions { Dim = dim, Epochs = epochs, Objective = objective, Device = where, Subsample = Subsample };
        TrainingProgress last = default;
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(Math.Max(1, seconds)));
        try
        {
            using TrainedVectors model = new WordVectorTrainer(options, BackendCatalog.Default).Train(CorpusSource.FromPaths([text.Train]), new Latest(p => last = p), limit.Token);
            TrainingReport report = model.Report;
            long[] counts = [.. model.Vocabulary.Counts];
            double kept = report.WordsPerSecond * Kept(counts) / text.Words;
            double held = HeldOutEvaluation.Read(options.ToSpec(counts), model.Vocabulary, text.HeldOut).Run(model.Parameters).Loss;
            string share = where == device ? RowTraffic.Share(objective, kept, dim, bandwidth) : "";
            result.Line($"| {name} | {report.WordsPerSecond:N0} | {report.Epochs[^1].WordsPerSecond:N0} | {kept:N0} | {share} | {report.Loss:F4} | {held:F4} | {string.Join(" | ", quality.Of(model.GetVectors()))} |");
            return report.WordsPerSecond;
        }
        catch (OperationCanceledException)
        {
            result.Line($"| {name} | ended by the time budget after {seconds:F0} s, in epoch {last.Epoch + 1} at {last.WordsPerSecond:N0} words/s with loss {last.Loss:F4} |");
            return 0;
        }
        catch (NceFastException e)
        {
            result.Line($"| {name} | failed: {e.Message} |");
            return 0;
        }
    }

    private static double Kept(long[] counts)
    {
        double total = counts.Sum();
        return counts.Sum(c => c * Subsampling.KeepProbability(c / total, Subsample));
    }

    // Progress<T> would report on threads of the pool, in any order.
    private sealed class Latest(Action<TrainingProgress> report) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => report(value);
    }
}
