using System.Diagnostics;
using System.Runtime.ExceptionServices;
using NceFast.Corpus;
using NceFast.Distribution;
using NceFast.Numerics;
using NceFast.Reporting;

namespace NceFast.Training;

/// <summary>Specifies what follows an epoch.</summary>
internal enum EpochDecision
{
    /// <summary>The next one.</summary>
    GoOn,

    /// <summary>The next one, from parameters that were changed in the same way in every process.</summary>
    Reload,

    /// <summary>Nothing.</summary>
    End,
}

/// <summary>
/// Makes passes over the blocks on one or more backends, with totals, progress, work that needs a pause, and a check that the
/// training does not diverge.
/// </summary>
internal sealed class TrainingLoop
{
    private readonly List<EpochReport> _reports = [];
    private readonly Stopwatch _wall = new(), _watch = new(), _passWatch = new();
    private PauseClock? _pauses;
    private Telling? _telling;
    private MergeWork? _merging;
    private bool _isOver;

    /// <summary>Gets the backends, one per replica of the parameters.</summary>
    public required ReplicaSet Replicas { get; init; }

    /// <summary>Gets how replicas are kept together, in this process and with others.</summary>
    public required SyncPlan Sync { get; init; }

    /// <summary>Gets the text.</summary>
    public required IBlockSource Blocks { get; init; }

    /// <summary>Gets the largest number of passes over it.</summary>
    public required int Epochs { get; init; }

    /// <summary>Gets the function that computes the learning rate from the number of epochs that are done, the current one by its part.</summary>
    public required Func<double, float> Rate { get; init; }

    /// <summary>Gets the check that the training does not diverge.</summary>
    public required DivergenceCheck Divergence { get; init; }

    /// <summary>Gets the function that explains why an epoch made no prediction, and what to do.</summary>
    public required Func<EpochReport, string> WithoutPrediction { get; init; }

    /// <summary>Gets whether an epoch may make predictions where the one before made none, because words are left out at random.</summary>
    public bool EpochsDiffer { get; init; }

    /// <summary>Gets the tasks that run, in the order of this list, whenever all workers pause and at the end of each epoch.</summary>
    public IReadOnlyList<IPauseWork> Works { get; init; } = [];

    /// <summary>Gets the meter that publishes the course of the training; may be null.</summary>
    public RunMeter? Meter { get; init; }

    /// <summary>Gets the measuring of the model at intervals; null for none.</summary>
    public Probe? Probe { get; init; }

    /// <summary>Gets the function that says whether a divergence is ignored, because the training can go back to earlier parameters.</summary>
    public Func<bool> ToleratesDivergence { get; init; } = () => false;

    /// <summary>Gets the function that receives each epoch, with totals over all processes, when all works are done. It completes the report and decides how the training continues.</summary>
    public Func<EpochReport, PassState, (EpochReport Report, EpochDecision Decision)> EpochEnded { get; init; } = (report, _) => (report, EpochDecision.GoOn);

    /// <summary>Gets the state of the training before it begins.</summary>
    public LoopState Start { get; init; } = LoopState.Begin;

    /// <summary>Gets what saves the training at intervals; may be null.</summary>
    public Checkpointer? Checkpointer { get; init; }

    /// <summary>Gets the time of the whole training so far in seconds, without pauses and with that of earlier processes.</summary>
    public double Seconds => Start.Seconds + _watch.Elapsed.TotalSeconds;

    /// <summary>Gets the pauses of the whole training so far, with those of earlier processes.</summary>
    public PauseSeconds Paused => _pauses?.Seconds ?? Start.Paused;

    /// <summary>Gets the checkpoints of the whole training so far, with those of earlier processes.</summary>
    public int Checkpoints => Start.Checkpoints + (Checkpointer?.Written ?? 0);

    /// <summary>Gets how long each of several ranks trained and stood still, once the training has ended.</summary>
    public IReadOnlyList<RankReport> Ranks { get; private set; } = [];

    /// <summary>Trains.</summary>
    /// <param name="progress">Receives the progress a few times per second; may be null.</param>
    /// <param name="cancellation">Ends the training after the current blocks.</param>
    /// <returns>The epochs.</returns>
    /// <exception cref="NceFastException">The training diverged, or there was nothing to predict.</exception>
    /// <exception cref="RankFailedException">Another of several processes failed, and all ended together; or this one did.</exception>
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
        IPauseWork[] works = [.. Works, .. Probe is null ? [] : (IPauseWork[])[new FirstRankWork(Probe.ToWork(Start.Pass, Sync.Ranks.Size, measure => _pauses.Run(PauseKind.Probe, measure), _telling.Report, Sync.Ranks.Size == 1 ? cancellation : default), Sync.Ranks)], .. Checkpointer is null ? [] : (IPauseWork[])[new UntimedWork(Checkpointer, _pauses, PauseKind.Checkpoint)]];
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
        catch (OperationCanceledException e) when (e is StoppedTogetherException || merging is { HasStopped: true })
        {
            if (merging is { HasFailed: true })
                throw EndTogether(null, coordinator.Totals);
            Checkpointer?.Leave(e, At(coordinator.Totals));
            throw new StoppedTogetherException(e);
        }
        catch (Exception e) when (Sync.Ranks.Size > 1 && coordinator.HasFailedToRead && e is not OperationCanceledException)
        {
            throw Fail(e, merging!, coordinator.Totals);
        }
        catch (Exception e) when (Sync.Ranks.Size == 1) // among several, the others do not know, and the last checkpoint stands
        {
            merging?.MergeHere();
            Checkpointer?.Leave(e, At(coordinator.Totals));
            throw;
        }

        Ranks = Sync.Tell(merging, _reports);
        _pauses.Run(PauseKind.Checkpoint, () => Finish(At(begin)));
        return _reports;
    }

    /// <summary>Gets the state of the training, given the totals of the current epoch.</summary>
    public LoopState At(in PassState pass) => new(pass, _passWatch.Elapsed.TotalSeconds + (pass.Epoch == Start.Pass.Epoch ? Start.PassSeconds : 0), [.. _reports], Seconds, _isOver, _merging?.Number ?? Start.Merges) { Paused = Paused, Checkpoints = Checkpoints };

    /// <summary>Computes the words of text that all epochs trained on, given the totals of the current epoch. Each process assumes that the others are as fast as itself.</summary>
    public long WordsAt(in PassState pass) => _reports.Sum(e => e.Words) + (pass.Words * Sync.Ranks.Size);

    /// <summary>Reports figures that were measured at the end of an epoch.</summary>
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
        _reports.Add(completed); // last, so that a checkpoint before says that the epoch has not ended
        _isOver = decision == EpochDecision.End;

        void Report(PassState now)
        {
            EnsureConverges(now, isEnd: false);
            _telling!.Report(now);
        }
    }

    /// <summary>Gets whether an epoch shows that no other will make a prediction either.</summary>
    public bool IsHopeless(EpochReport epoch) => epoch.Predictions == 0 && (epoch.Tokens == 0 || !EpochsDiffer);

    // The text of this rank cannot be read any more, but its parameters are whole, so that what all ranks trained is worth saving.
    private RankFailedException Fail(Exception error, MergeWork merging, in PassState state)
    {
        try
        {
            merging.Fail(state);
            return EndTogether(error, state);
        }
        catch (NceFastException lost) when (lost.Kind == ErrorKind.Ranks)
        {
            ExceptionDispatchInfo.Throw(error); // the others are lost, too, and the first error is the one to report
            throw;
        }
    }

    // Every rank calls it after the same merge of all rows.
    private RankFailedException EndTogether(Exception? own, in PassState state)
    {
        ErrorKind? kind = (own as NceFastException)?.Kind;
        string[] messages = Sync.Ranks.Gather(own is null ? "" : $"Rank {Sync.Ranks.Rank} on {Environment.MachineName} failed: {own.Message}");
        long[] kinds = Sync.Ranks.Gather(kind is null ? -1 : (long)kind);
        string? folder = Checkpointer?.TryLeave(At(state));
        int rank = Array.FindIndex(messages, message => message.Length > 0);
        string end = folder is null ? "All ranks ended together, and nothing was saved." : $"All ranks ended together, and the training is saved in {folder}.";
        return new RankFailedException(rank, kinds[rank] < 0 ? null : (ErrorKind)kinds[rank], $"{messages[rank]} {end}", own);
    }

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

    // Checked while an epoch runs, so that no time is lost on useless numbers.
    private void EnsureConverges(in PassState state, bool isEnd)
    {
        if (!ToleratesDivergence())
            Divergence.Check(state, isEnd);
    }

    /// <summary>Converts totals of a pass to the progress of the whole training.</summary>
    private sealed class Telling(TrainingLoop loop, IProgress<TrainingProgress>? progress)
    {
        private readonly TrackedBlocks? _blocks = loop.Blocks as TrackedBlocks;
        private readonly string _device = loop.Replicas.Describe(loop.Sync.Ranks);
        private long _words = loop.Start.Epochs.Sum(e => e.Words);

        public void Report(in PassState state)
        {
            TrainingProgress now = At(state, loop.Sync.Ranks.Size);
            loop.Meter?.Record(state.Words, state.Predictions, now.Loss, now.LearningRate, now.Fraction);
            progress?.Report(now);
        }

        public void Report(PassState state, IReadOnlyDictionary<string, double> figures)
        {
            loop.Meter?.Record(figures);
            progress?.Report(At(state, loop.Sync.Ranks.Size) with { Probe = figures });
        }

        public void EndEpoch(in PassState state, EpochReport report)
        {
            TrainingProgress now = At(state, 1) with { Ended = report };
            loop.Meter?.Record(state.Words, state.Predictions, now.Loss, now.LearningRate, now.Fraction);
            loop.Meter?.EndEpoch();
            progress?.Report(now);
            _words += state.Words;
        }

        // Within an epoch each process knows its own words only, and assumes that the others are as fast.
        private TrainingProgress At(in PassState s, int ranks) => new(
            TrainingPhase.Training,
            s.Epoch,
            loop.Epochs,
            (s.Epoch + s.Progress) / loop.Epochs,
            _words + (ranks * s.Words),
            (_words + (ranks * s.Words)) / loop.Seconds,
            s.Predictions == 0 ? double.NaN : s.Loss / s.Predictions,
            s.LearningRate,
            TimeSpan.FromSeconds(loop.Start.Seconds + loop._wall.Elapsed.TotalSeconds))
        {
            Predictions = ranks * s.Predictions,
            File = _blocks?.File ?? 0,
            Files = _blocks?.Files ?? 0,
            Device = _device,
        };
    }
}
