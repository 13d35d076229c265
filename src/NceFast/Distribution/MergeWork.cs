using System.Diagnostics;

namespace NceFast.Distribution;

/// <summary>
/// Merges replicas of this and other processes while a training runs, and lets works that need whole parameters
/// (checkpoints, probes) run only after a merge of all rows. What all processes must do alike is decided by votes: every
/// merge carries one, and where it asks for whole parameters that the merge did not bring, the next merge takes all rows.
/// </summary>
internal sealed class MergeWork : IPauseWork, IDisposable
{
    private readonly Coordinator _coordinator;
    private readonly ReplicaMerger _merger;
    private readonly SyncSchedule _schedule;
    private readonly ICommunicator _ranks;
    private readonly IReadOnlyList<IPauseWork> _works;
    private readonly CancellationToken _asked;
    private readonly CancellationTokenSource _agreed = new();
    private readonly MergeRound _round;
    private readonly bool _overlaps;
    private readonly bool[] _due;
    private long _next, _number, _told, _lastOwn, _lastAll;
    private bool _hasText = true, _wantsAll, _ended;
    private long[] _snapshot = [];

    /// <summary>Prepares merging.</summary>
    /// <param name="coordinator">Drives the backends of this process, one a replica.</param>
    /// <param name="merger">Their parameters.</param>
    /// <param name="schedule">When which rows are merged.</param>
    /// <param name="overlap">Whether merges with other processes may run beside the training.</param>
    /// <param name="ranks">The processes.</param>
    /// <param name="works">Works that need whole parameters, the same on every rank.</param>
    /// <param name="number">Number of the last merge of an earlier process that this one goes on for; 0 for none.</param>
    /// <param name="cancellation">Asks for an end; all ranks then end together.</param>
    public MergeWork(
        Coordinator coordinator, ReplicaMerger merger, SyncSchedule schedule, bool overlap, ICommunicator ranks, IReadOnlyList<IPauseWork> works, long number, CancellationToken cancellation)
    {
        (_coordinator, _merger, _schedule, _ranks, _works, _number, _asked) = (coordinator, merger, schedule, ranks, works, number, cancellation);
        _round = new MergeRound(merger, ranks);
        _overlaps = overlap && ranks.Size > 1 && merger.Replicas == 1;
        _due = new bool[works.Count];
        _next = NextMerge();
    }

    /// <summary>Ends a pass: at once where there are no other ranks, else when all ranks agreed to.</summary>
    public CancellationToken Stop => _ranks.Size == 1 ? _asked : _agreed.Token;

    /// <summary>Whether several ranks ended together; a single one ends by itself.</summary>
    public bool HasStopped => _ranks.Size > 1 && _agreed.IsCancellationRequested;

    /// <summary>Number of the last merge, those of earlier processes included: it says which rows the next one takes.</summary>
    public long Number => _number;

    /// <summary>Time the workers stood still for merging.</summary>
    public TimeSpan Paused { get; private set; }

    /// <summary>Merges of this process so far.</summary>
    public long Merges { get; private set; }

    /// <inheritdoc/>
    public bool IsDue(in PassState state)
    {
        for (int i = 0; i < _due.Length; i++)
            _due[i] = _due[i] || _works[i].IsDue(state);
        bool urgent = _ranks.Size == 1 ? _due.Contains(true) : _asked.IsCancellationRequested;
        return _round.IsLate ? _round.HasSums || Tokens >= _next : urgent || Tokens >= _next;
    }

    /// <inheritdoc/>
    public void Run(in PassState state)
    {
        bool begins = !_round.IsLate || Tokens >= _next;
        _coordinator.Synchronize();
        EndLate(state);
        if (begins)
            Merge(state, _overlaps);
        while (_wantsAll)
            Merge(state, false);
        _coordinator.Reload();
        if (begins)
            _next = NextMerge();
    }

    /// <summary>Joins the merges of ranks that have text left, until none has; the last one takes all rows.</summary>
    public void EndEpoch(in PassState state)
    {
        _hasText = _ended = false;
        EndLate(state);
        _wantsAll |= _ranks.Size == 1;
        while (!_ended)
            Merge(state, false);
        _coordinator.Reload();
        if (HasStopped)
            Stop.ThrowIfCancellationRequested(); // others left in mid-epoch; what ends it is theirs to do as well
        foreach (IPauseWork work in _works)
            work.EndEpoch(state);
        (_hasText, _lastOwn, _lastAll, _next) = (true, 0, 0, NextMerge());
        Stop.ThrowIfCancellationRequested();
    }

    /// <summary>Merges all rows of the replicas of one process, where a training ends early; no worker may be running.</summary>
    public void MergeHere()
    {
        if (_ranks.Size > 1)
            return;
        _merger.Begin([.. _coordinator.Tokens], 1, 0);
        _round.Now(_schedule.Bands);
        _coordinator.Reload();
    }

    /// <summary>Gives all replicas the first one's parameters, which were changed from outside, alike on every rank.</summary>
    public void Adopt()
    {
        _merger.Adopt();
        _coordinator.Reload();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _round.Dispose();
        _merger.Dispose();
        _agreed.Dispose();
    }

    private long Tokens => _coordinator.Tokens.Sum();

    private long NextMerge() => Tokens + (_schedule.Period * _merger.Replicas);

    private void Merge(in PassState state, bool late)
    {
        long started = Stopwatch.GetTimestamp();
        Merges++;
        int bands = _wantsAll ? _schedule.Bands : _schedule.BandsOf(++_number);
        _snapshot = [.. _coordinator.Tokens];
        Func<SyncVote> vote = Ballot();
        if (late && bands < _schedule.Bands)
        {
            _merger.Begin(_snapshot, Share, state.LearningRate);
            _round.Begin(bands, vote);
            Paused += Stopwatch.GetElapsedTime(started);
            return;
        }

        SyncVote result = vote();
        _lastAll = result.Tokens;
        _merger.Begin(_snapshot, Share, state.LearningRate);
        _round.Now(bands);
        Paused += Stopwatch.GetElapsedTime(started);
        Settle(result, bands, state);
    }

    private void EndLate(in PassState state)
    {
        if (!_round.IsLate)
            return;
        long started = Stopwatch.GetTimestamp();
        SyncVote result = _round.End();
        _lastAll = result.Tokens;
        Paused += Stopwatch.GetElapsedTime(started);
        Settle(result, _round.LateBands, state);
    }

    // Part of all words lately that this process trained on; equal parts before the first vote.
    private double Share => _lastAll == 0 ? 1.0 / _ranks.Size : (double)_lastOwn / _lastAll;

    // What this rank has to say, fixed now though it may be said later.
    private Func<SyncVote> Ballot()
    {
        _lastOwn = Tokens - _told;
        _told += _lastOwn;
        (bool hasText, bool stops, long tokens, bool[] due) = (_hasText, _asked.IsCancellationRequested, _lastOwn, [.. _due]);
        return () => SyncVote.Cast(_ranks, hasText, stops, tokens, due);
    }

    // The same on every rank, for all know the same sums.
    private void Settle(SyncVote vote, int bands, in PassState state)
    {
        bool all = bands == _schedule.Bands;
        _merger.End(_snapshot, bands);
        _wantsAll = !all && (vote.Stops || vote.WantsWorks || vote.WithText == 0);
        if (!all)
            return;
        _ended = vote.WithText == 0 || (vote.Stops && _ranks.Size > 1); // those with text left come to no more merges after a stop
        if (vote.WantsWorks)
            _coordinator.Reload(); // works may bring the host's copy up to date, which must not undo the merge
        for (int i = 0; i < _works.Count; i++)
        {
            if (!vote.Wants(i))
                continue;
            _due[i] = false;
            _works[i].Run(state);
        }

        if (vote.Stops)
            _agreed.Cancel();
    }
}
