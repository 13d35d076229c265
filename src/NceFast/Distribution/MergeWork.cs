using System.Diagnostics;

namespace NceFast.Distribution;

/// <summary>
/// Merges replicas of this and other processes while a training runs. Works that need whole parameters
/// (checkpoints, probes) run only after a merge of all rows. Votes decide what all processes must do alike: every
/// merge carries one. If a vote asks for whole parameters and the merge took only some rows, the next merge takes all rows.
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
    private readonly WorkMeter _meter;
    private long _next, _number, _told, _lastOwn, _lastAll;
    private bool _hasText = true, _fails, _wantsAll, _ended, _endsEpoch;
    private long[] _snapshot = [];

    /// <summary>Prepares merging.</summary>
    /// <param name="coordinator">Drives the backends of this process, one per replica.</param>
    /// <param name="merger">Their parameters.</param>
    /// <param name="schedule">When which rows are merged.</param>
    /// <param name="overlap">
    /// Whether merges with other processes may run beside the training. They do only if every process has a single replica, and a
    /// core for communication.
    /// </param>
    /// <param name="ranks">The processes.</param>
    /// <param name="works">Works that need whole parameters, the same on every rank.</param>
    /// <param name="number">Number of the last merge of the earlier process that this one continues; 0 for none.</param>
    /// <param name="cancellation">Requests the end; all ranks then end together.</param>
    /// <param name="pace">Receives how long each rank trained; may be null.</param>
    public MergeWork(
        Coordinator coordinator, ReplicaMerger merger, SyncSchedule schedule, bool overlap, ICommunicator ranks, IReadOnlyList<IPauseWork> works, long number, CancellationToken cancellation,
        RankPace? pace = null)
    {
        (_coordinator, _merger, _schedule, _ranks, _works, _number, _asked) = (coordinator, merger, schedule, ranks, works, number, cancellation);
        _overlaps = ranks.Size > 1 && Overlaps(overlap, merger.Replicas, ranks);
        _round = new MergeRound(merger, ranks, _overlaps);
        _due = new bool[works.Count];
        (_meter, Pace) = (new WorkMeter(merger.Replicas), pace);
        _next = NextMerge();
    }

    /// <summary>Gets the token that ends a pass: at once if there are no other ranks, else when all ranks have agreed.</summary>
    public CancellationToken Stop => _ranks.Size == 1 ? _asked : _agreed.Token;

    /// <summary>Gets whether several ranks ended together; a single rank ends by itself.</summary>
    public bool HasStopped => _ranks.Size > 1 && _agreed.IsCancellationRequested;

    /// <summary>Gets whether they ended because one of them failed.</summary>
    public bool HasFailed { get; private set; }

    /// <summary>
    /// Gets whether merges of some rows run beside the training: between processes with one replica and more than one core each. Every
    /// rank must call it.
    /// </summary>
    /// <param name="asked">Whether this rank may.</param>
    /// <param name="replicas">Replicas of this process.</param>
    /// <param name="ranks">The processes.</param>
    public static bool Overlaps(bool asked, int replicas, ICommunicator ranks) =>
        ranks.Size > 1 && ranks.Gather(asked && replicas == 1 && Environment.ProcessorCount > 1 ? 1 : 0).All(can => can == 1);

    /// <summary>
    /// Gets the number of the last merge, including those of earlier processes. It determines which rows the next merge takes. The merge
    /// that ends an epoch does not count before the epoch has ended, because a resumed training makes it again.
    /// </summary>
    public long Number => _endsEpoch ? _number - 1 : _number;

    /// <summary>Gets the time for which the workers waited for merges.</summary>
    public TimeSpan Paused { get; private set; }

    /// <summary>Gets how long each rank trained; null if nobody asks.</summary>
    public RankPace? Pace { get; }

    /// <summary>Gets the number of merges of this process so far.</summary>
    public long Merges { get; private set; }

    /// <inheritdoc/>
    public bool IsDue(in PassState state)
    {
        _meter.Begin(Tokens); // after the first block of a pass, because validation and other works run between passes
        for (int i = 0; i < _due.Length; i++)
            _due[i] = _due[i] || _works[i].IsDue(state);
        bool urgent = _ranks.Size == 1 ? _due.Contains(true) : _asked.IsCancellationRequested;
        return _round.IsLate ? _round.HasSums || Tokens >= _next : urgent || Tokens >= _next;
    }

    /// <inheritdoc/>
    public void Run(in PassState state)
    {
        _meter.Pause(Tokens);
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
        _meter.Begin(Tokens);
    }

    /// <summary>Joins the merges of ranks that have text left, until no rank has; the last merge takes all rows.</summary>
    public void EndEpoch(in PassState state)
    {
        Join(state);
        if (HasStopped)
            Stop.ThrowIfCancellationRequested(); // others left in mid-epoch and do not take part in the end of it
        foreach (IPauseWork work in _works)
            work.EndEpoch(state);
        _endsEpoch = false;
        (_hasText, _lastOwn, _lastAll, _next) = (true, 0, 0, NextMerge());
        Stop.ThrowIfCancellationRequested();
    }

    /// <summary>
    /// Joins the merges of the others after the text of this rank could not be read, until all ranks have agreed to end. The last
    /// merge takes all rows. Every block that workers have taken must be trained on.
    /// </summary>
    public void Fail(in PassState state)
    {
        _fails = true;
        Join(state);
    }

    /// <summary>Merges all rows of the replicas of one process when a training ends early; no worker may be running.</summary>
    public void MergeHere()
    {
        if (_ranks.Size > 1)
            return;
        _merger.Begin([.. _coordinator.Tokens], 1, _coordinator.Totals.LearningRate);
        _round.Now(_schedule.Ruler.Bands);
        _coordinator.Reload();
    }

    /// <summary>Gives all replicas the parameters of the first one, which were changed from outside in the same way on every rank.</summary>
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

    // This rank has no text left, or cannot read it.
    private void Join(in PassState state)
    {
        _meter.Pause(Tokens);
        _hasText = _ended = false;
        EndLate(state);
        _wantsAll |= _ranks.Size == 1;
        while (!_ended)
            Merge(state, false);
        _coordinator.Reload();
    }

    private long NextMerge() => Tokens + (_schedule.Period * _merger.Replicas);

    private void Merge(in PassState state, bool late)
    {
        long started = Stopwatch.GetTimestamp();
        Merges++;
        int bands = _wantsAll ? _schedule.Ruler.Bands : _schedule.Ruler.BandsOf(++_number);
        _snapshot = [.. _coordinator.Tokens];
        Func<SyncVote> vote = Ballot();
        if (late && bands < _schedule.Ruler.Bands)
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

    // The share of this process in the words of the last period; equal shares before the first vote.
    private double Share => _lastAll == 0 ? 1.0 / _ranks.Size : (double)_lastOwn / _lastAll;

    // What this rank votes. It is fixed now, although the vote may be cast later.
    private Func<SyncVote> Ballot()
    {
        _lastOwn = Tokens - _told;
        _told += _lastOwn;
        var own = new Ballot(_hasText, _asked.IsCancellationRequested, _fails, _lastOwn, _meter.Take(), [.. _due]);
        return () => SyncVote.Cast(_ranks, own);
    }

    // Every rank does the same here, because all have the same sums.
    private void Settle(SyncVote vote, int bands, in PassState state)
    {
        bool all = bands == _schedule.Ruler.Bands;
        _merger.End(_snapshot, bands);
        Pace?.Add(vote.WorkOf, all, state.Epoch);
        _wantsAll = !all && (vote.Stops || vote.WantsWorks || vote.WithText == 0);
        if (!all)
            return;
        _endsEpoch = vote.WithText == 0 && _ranks.Size > 1;
        _ended = vote.WithText == 0 || (vote.Stops && _ranks.Size > 1); // ranks with text left join no more merges after a stop
        if (vote.WantsWorks)
            _coordinator.Reload(); // works may copy the backends' parameters to the host, which must not undo the merge
        for (int i = 0; i < _works.Count; i++)
        {
            if (!vote.Wants(i))
                continue;
            _due[i] = false;
            _works[i].Run(state);
        }

        HasFailed |= vote.Fails;
        if (vote.Stops)
            _agreed.Cancel();
    }
}
