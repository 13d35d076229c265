using System.Diagnostics;
using NceFast.Corpus;
using NceFast.Distribution;
using NceFast.Numerics;
using NceFast.Reporting;

namespace NceFast.Training;

/// <summary>What follows an epoch.</summary>
internal enum EpochDecision
{
    /// <summary>The next one.</summary>
    GoOn,

    /// <summary>The next one, from parameters that were changed meanwhile, alike in every process.</summary>
    Reload,

    /// <summary>Nothing.</summary>
    End,
}

/// <summary>
/// What every training does: passes over the blocks on one or more backends, with totals, progress, works that need a
/// pause, and a check that the training does not diverge. The trainers say what is trained and how the rate falls.
/// </summary>
internal sealed class TrainingLoop
{
    private readonly List<EpochReport> _reports = [];
    private readonly Stopwatch _wall = new(), _watch = new(), _passWatch = new();
    private PauseClock? _pauses;
    private Telling? _telling;
    private MergeWork? _merging;
    private bool _isOver;

    /// <summary>The backends, one a replica of the parameters.</summary>
    public required ReplicaSet Replicas { get; init; }

    /// <summary>How replicas are kept together, in this process and with others.</summary>
    public required SyncPlan Sync { get; init; }

    /// <summary>The text.</summary>
    public required IBlockSource Blocks { get; init; }

    /// <summary>Passes over it at most.</summary>
    public required int Epochs { get; init; }

    /// <summary>Learning rate from the epochs that lie behind, the begun one by its part.</summary>
    public required Func<double, float> Rate { get; init; }

    /// <summary>Notices that the training diverged.</summary>
    public required DivergenceCheck Divergence { get; init; }

    /// <summary>Says why a training made no prediction, given an epoch of it, and what to do.</summary>
    public required Func<EpochReport, string> WithoutPrediction { get; init; }

    /// <summary>Whether an epoch may make predictions where the one before made none, because random draws leave words out.</summary>
    public bool EpochsDiffer { get; init; }

    /// <summary>Works to be done while all workers stand still and at the end of each epoch, in this order.</summary>
    public IReadOnlyList<IPauseWork> Works { get; init; } = [];

    /// <summary>Publishes the course of the training; null for nobody.</summary>
    public RunMeter? Meter { get; init; }

    /// <summary>What is measured of the model at intervals; null for nothing.</summary>
    public Probe? Probe { get; init; }

    /// <summary>Whether a divergence may pass, because there is a way back.</summary>
    public Func<bool> ToleratesDivergence { get; init; } = () => false;

    /// <summary>Gets the function that receives each epoch, with totals over all processes, when all works are done. It completes the report and decides how the training continues.</summary>
    public Func<EpochReport, PassState, (EpochReport Report, EpochDecision Decision)> EpochEnded { get; init; } = (report, _) => (report, EpochDecision.GoOn);

    /// <summary>Where the training stands before it begins.</summary>
    public LoopState Start { get; init; } = LoopState.Begin;

    /// <summary>Saves the training now and then; may be null.</summary>
    public Checkpointer? Checkpointer { get; init; }

    /// <summary>Time of the whole training so far without probes and validation, that of earlier processes included.</summary>
    public double Seconds => Start.Seconds + _watch.Elapsed.TotalSeconds;

    /// <summary>Time of the whole training so far that it stood still, by what for, that of earlier processes included.</summary>
    public PauseSeconds Paused => _pauses?.Seconds ?? Start.Paused;

    /// <summary>Trains.</summary>
    /// <param name="progress">Told a few times a second; may be null.</param>
    /// <param name="cancellation">Ends the training after the blocks in work.</param>
    /// <returns>The epochs.</returns>
    /// <exception cref="NceFastException">The training diverged, or there was nothing to predict.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; a <see cref="TrainingStoppedException"/> when it is saved, a <see cref="StoppedTogetherException"/> when several processes agreed to it.</exception>
    public IReadOnlyList<EpochReport> Run(IProgress<TrainingProgress>? progress, CancellationToken cancellation)
    {
        _wall.Start();
        _watch.Start();
        _isOver = Start.IsOver;
        _reports.AddRange(Start.Epochs);
        _pauses = new PauseClock([_watch, _passWatch], Start.Paused);
        _telling = new Telling(this, progress);
        Checkpointer?.Attach(this);
        IPauseWork[] works = [.. Works, .. Probe is null ? [] : (IPauseWork[])[new FirstRankWork(Probe.ToWork(measure => _pauses.Run(PauseKind.Probe, measure), _telling.Report, cancellation), Sync.Ranks)], .. Checkpointer is null ? [] : (IPauseWork[])[new UntimedWork(Checkpointer, _pauses, PauseKind.Checkpoint)]];
        var coordinator = new Coordinator(Replicas.Backends);
        using MergeWork? merging = Sync.Start(coordinator, Replicas, Epochs, works, Start.Merges, cancellation);
        _merging = merging;
        PassState begin = Start.Pass;
        try
        {
            for (int epoch = begin.Epoch; epoch < Epochs && !_isOver; epoch++)
            {
                Train(coordinator, merging, begin, merging is null ? works : [merging], merging?.Stop ?? cancellation);
                begin = new PassState { Epoch = epoch + 1 };
            }

            if (_reports.Count > 0 && _reports.All(r => r.Predictions == 0))
                Throw.EmptyVocabulary(WithoutPrediction(_reports[^1]));
        }
        catch (OperationCanceledException e) when (merging is { HasStopped: true })
        {
            Checkpointer?.Leave(e, At(coordinator.Totals));
            throw new StoppedTogetherException(e);
        }
        catch (Exception e) when (Sync.Ranks.Size == 1) // among several, the others do not know, and the last checkpoint stands
        {
            merging?.MergeHere();
            Checkpointer?.Leave(e, At(coordinator.Totals));
            throw;
        }

        Sync.Tell(merging, _reports);
        _pauses.Run(PauseKind.Checkpoint, () => Finish(At(begin)));
        return _reports;
    }

    /// <summary>Where the training stands, given the totals of the epoch in work.</summary>
    public LoopState At(in PassState pass) => new(pass, _passWatch.Elapsed.TotalSeconds + (pass.Epoch == Start.Pass.Epoch ? Start.PassSeconds : 0), [.. _reports], Seconds, _isOver, _merging?.Number ?? 0) { Paused = Paused };

    /// <summary>Words of text trained on in all epochs, given the totals of the epoch in work; each process counts the others for as fast as itself.</summary>
    public long WordsAt(in PassState pass) => _reports.Sum(e => e.Words) + (pass.Words * Sync.Ranks.Size);

    /// <summary>Tells of figures that the trainer measured itself at the end of an epoch.</summary>
    public void Tell(in PassState state, IReadOnlyDictionary<string, double> figures) => _telling?.Report(state, figures);

    private void Train(Coordinator coordinator, MergeWork? merging, PassState begin, IPauseWork[] works, CancellationToken cancellation)
    {
        _passWatch.Restart();
        PassState state = coordinator.RunPass(Blocks, begin, part => Rate(begin.Epoch + part), Report, cancellation, works);
        EnsureConverges(state, isEnd: true);
        foreach (IPauseWork work in works)
            work.EndEpoch(state);
        state = Sync.Total(state);
        var report = new EpochReport(state.Epoch, state.Words, state.Tokens, state.Predictions, state.Predictions == 0 ? double.NaN : state.Loss / state.Predictions, At(state).PassSeconds);
        if (IsHopeless(report))
            Throw.EmptyVocabulary(WithoutPrediction(report));
        (EpochReport completed, EpochDecision decision) = _pauses!.Run(PauseKind.Validation, () => EpochEnded(report, state));
        if (decision == EpochDecision.Reload)
            Reload(coordinator, merging);
        _telling!.EndEpoch(state, completed);
        _reports.Add(completed); // last: until then a checkpoint says that the epoch is still to be ended
        _isOver = decision == EpochDecision.End;

        void Report(PassState now)
        {
            EnsureConverges(now, isEnd: false);
            _telling!.Report(now);
        }
    }

    /// <summary>Whether an epoch shows that no other will make a prediction either.</summary>
    public bool IsHopeless(EpochReport epoch) => epoch.Predictions == 0 && (epoch.Tokens == 0 || !EpochsDiffer);

    private bool Finish(LoopState state)
    {
        Checkpointer?.Finish(state);
        return true;
    }

    private static void Reload(Coordinator coordinator, MergeWork? merging)
    {
        if (merging is null)
            coordinator.Reload();
        else
            merging.Adopt();
    }

    // Checked while an epoch runs, so that no time is spent on numbers that are of no use.
    private void EnsureConverges(in PassState state, bool isEnd)
    {
        if (!ToleratesDivergence())
            Divergence.Check(state, isEnd);
    }

    /// <summary>Turns totals of a pass into progress of the whole training.</summary>
    private sealed class Telling(TrainingLoop loop, IProgress<TrainingProgress>? progress)
    {
        private readonly string _device = loop.Replicas.Describe(loop.Sync.Ranks);
        private long _words = loop.Start.Epochs.Sum(e => e.Words);

        public void Report(in PassState state)
        {
            TrainingProgress now = At(state);
            loop.Meter?.Record(state.Words, state.Predictions, now.Loss, now.LearningRate, now.Fraction);
            progress?.Report(now);
        }

        public void Report(PassState state, IReadOnlyDictionary<string, double> figures)
        {
            loop.Meter?.Record(figures);
            progress?.Report(At(state) with { Probe = figures });
        }

        public void EndEpoch(in PassState state, EpochReport report)
        {
            TrainingProgress now = At(state) with { Ended = report };
            loop.Meter?.Record(state.Words, state.Predictions, now.Loss, now.LearningRate, now.Fraction);
            loop.Meter?.EndEpoch();
            progress?.Report(now);
            _words += state.Words;
        }

        private TrainingProgress At(in PassState s) => new(
            TrainingPhase.Training,
            s.Epoch,
            loop.Epochs,
            (s.Epoch + s.Progress) / loop.Epochs,
            _words + s.Words,
            (_words + s.Words) / loop.Seconds,
            s.Predictions == 0 ? double.NaN : s.Loss / s.Predictions,
            s.LearningRate,
            TimeSpan.FromSeconds(loop.Start.Seconds + loop._wall.Elapsed.TotalSeconds))
        {
            Predictions = s.Predictions,
            Device = _device,
        };
    }
}
