using System.Diagnostics;
using NceFast.Backends;
using NceFast.Corpus;
using NceFast.Distribution;
using NceFast.Numerics;

namespace NceFast.Training;

/// <summary>
/// What every training does: passes over the blocks on one or more backends, with totals, progress, works that need a
/// pause, and a check that the loss stays finite. The trainers say what is trained and how the rate falls.
/// </summary>
internal sealed class TrainingLoop
{
    /// <summary>The backends, one a replica of the parameters.</summary>
    public required IReadOnlyList<IBackend> Backends { get; init; }

    /// <summary>The text.</summary>
    public required IBlockSource Blocks { get; init; }

    /// <summary>Passes over it at most.</summary>
    public required int Epochs { get; init; }

    /// <summary>Learning rate from the epochs that lie behind, the begun one by its part.</summary>
    public required Func<double, float> Rate { get; init; }

    /// <summary>What to change when the training diverges, a sentence with the options' values.</summary>
    public required string Remedy { get; init; }

    /// <summary>Works to be done while all workers stand still and at the end of each epoch, in this order.</summary>
    public IReadOnlyList<IPauseWork> Works { get; init; } = [];

    /// <summary>Whether a loss that is no number may pass, for there is a way back.</summary>
    public Func<bool> ToleratesDivergence { get; init; } = () => false;

    /// <summary>Told of each epoch when all works are done; returns whether the training goes on.</summary>
    public Func<EpochReport, PassState, bool> EpochEnded { get; init; } = (_, _) => true;

    /// <summary>Trains.</summary>
    /// <param name="progress">Told a few times a second; may be null.</param>
    /// <param name="cancellation">Ends the training after the blocks in work.</param>
    /// <returns>The epochs.</returns>
    /// <exception cref="NceFastException">The loss is no finite number.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public IReadOnlyList<EpochReport> Run(IProgress<TrainingProgress>? progress, CancellationToken cancellation)
    {
        var coordinator = new Coordinator(Backends);
        var reports = new List<EpochReport>();
        var meter = new Meter(progress, Epochs);
        bool goesOn = true;
        for (int epoch = 0; epoch < Epochs && goesOn; epoch++)
        {
            var watch = Stopwatch.StartNew();
            int current = epoch;
            PassState state = coordinator.RunPass(Blocks, epoch, part => Rate(current + part), Report, cancellation, Works);
            EnsureFinite(state);
            foreach (IPauseWork work in Works)
                work.EndEpoch(state);
            var report = new EpochReport(epoch, state.Words, state.Tokens, state.Predictions, state.Loss / Math.Max(1, state.Predictions), watch.Elapsed.TotalSeconds);
            reports.Add(report);
            meter.EndEpoch(state);
            goesOn = EpochEnded(report, state);
        }

        return reports;

        void Report(PassState state)
        {
            EnsureFinite(state);
            meter.Report(state);
        }
    }

    // Told at once, not after an epoch that trains on nothing but NaN.
    private void EnsureFinite(in PassState state)
    {
        if (!double.IsFinite(state.Loss) && !ToleratesDivergence())
            Throw.Usage($"The loss of epoch {state.Epoch + 1} is {state.Loss}: the training diverged. {Remedy}");
    }

    /// <summary>Turns totals of a pass into progress of the whole training.</summary>
    private sealed class Meter(IProgress<TrainingProgress>? progress, int epochs)
    {
        private readonly Stopwatch _watch = Stopwatch.StartNew();
        private long _words;

        public void EndEpoch(in PassState state) => _words += state.Words;

        public void Report(in PassState s) => progress?.Report(new TrainingProgress(
            TrainingPhase.Training,
            s.Epoch,
            epochs,
            (s.Epoch + s.Progress) / epochs,
            _words + s.Words,
            (_words + s.Words) / _watch.Elapsed.TotalSeconds,
            s.Predictions == 0 ? double.NaN : s.Loss / s.Predictions,
            s.LearningRate,
            _watch.Elapsed));
    }
}
