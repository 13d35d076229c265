namespace NceFast.Tests.Simulation;

/// <summary>The speed and the patience of a cluster; times in simulated microseconds.</summary>
internal sealed record ClusterSpec
{
    public required EndNotice Notice { get; init; }

    public required long Patience { get; init; }

    /// <summary>Gets the maximum time of a call, without the waiting.</summary>
    public required long CallTime { get; init; }

    public required long BlockTime { get; init; }

    /// <summary>Gets the maximum time of work beside the thread that communicates; it may be more than the patience.</summary>
    public required long SideTime { get; init; }

    public required long Disorder { get; init; }

    public static ClusterSpec Draw(Draws draws)
    {
        const long Second = 1_000_000;
        return new ClusterSpec
        {
            Notice = draws.Of(EndNotice.Error, EndNotice.Silence, EndNotice.Death),
            Patience = draws.Of(120, 150, 600) * Second,
            CallTime = draws.Of(10, 10_000, Second),
            BlockTime = draws.Of(100, 100_000, Second),
            SideTime = draws.Of(100, Second, 5 * Second, 5 * Second, 200 * Second),
            Disorder = draws.Of(0, 0, 1000, 2 * Second),
        };
    }
}

/// <summary>
/// Ranks that take turns under one seeded scheduler. Each rank is a thread, and work beside it another. The turn passes at each call, at
/// each block, and wherever a rank waits. All time is simulated.
/// </summary>
internal sealed unsafe class SimulatedCluster
{
    private readonly Turns _turns;
    private readonly ClusterSpec _spec;
    private readonly SimulatedRank[] _ranks;
    private readonly Arrival?[] _arrived;
    private long _round;
    private bool _isStuck;
    private int _failed = -1;

    public SimulatedCluster(Turns turns, int size, ClusterSpec spec, IReadOnlyList<Fault> faults)
    {
        (_turns, _spec) = (turns, spec);
        _ranks = [.. Enumerable.Range(0, size).Select(rank => new SimulatedRank(this, turns, spec, rank, [.. faults.Where(f => f.Rank == rank)]))];
        _arrived = new Arrival?[size];
    }

    public IReadOnlyList<SimulatedRank> Ranks => _ranks;

    /// <summary>Gets what is wrong with every transport: ranks that make different calls, or two threads of a rank that call at once.</summary>
    public List<string> Violations { get; } = [];

    /// <summary>Meets all ranks in a call; the last to come completes it for all.</summary>
    public void Meet(SimulatedRank rank, string call, nint values, int length, int root, Action<nint[]> complete)
    {
        if (_arrived[rank.Rank] is not null)
            throw Violation($"Rank {rank.Rank} makes two calls at once: {call} and {_arrived[rank.Rank]!.Call}.");
        _arrived[rank.Rank] = new Arrival(Turns.Current, call, values, length, root);
        try
        {
            if (!_isStuck && _failed < 0 && _arrived.All(a => a is not null))
                Complete(complete);
            else
                Wait(rank);
        }
        finally
        {
            if (_arrived[rank.Rank]?.Strand == Turns.Current)
                _arrived[rank.Rank] = null;
        }
    }

    /// <summary>Ends a rank in the middle of the work.</summary>
    public void End(SimulatedRank rank)
    {
        _isStuck = true;
        _arrived[rank.Rank] = null;
        if (_spec.Notice == EndNotice.Silence)
            return;
        if (_failed < 0)
            _failed = rank.Rank;
        foreach (SimulatedRank other in _ranks)
        {
            if (other == rank)
                continue;
            if (_spec.Notice == EndNotice.Death)
                other.Die();
            else if (_arrived[other.Rank] is { } waiting)
                _turns.Wake(waiting.Strand, _turns.Random.Next(1, _spec.CallTime + 2));
        }
    }

    private void Complete(Action<nint[]> complete)
    {
        Arrival own = _arrived.First(a => a!.Strand == Turns.Current)!;
        foreach (Arrival? other in _arrived)
        {
            if ((other!.Call, other.Length, other.Root) != (own.Call, own.Length, own.Root))
            {
                _isStuck = true;
                throw Violation($"The ranks make different calls: {string.Join("; ", _arrived.Select((a, r) => $"rank {r} {a!.Call} of {a.Length} from {a.Root}"))}.");
            }
        }

        complete([.. _arrived.Select(a => a!.Values)]);
        _round++;
        foreach (Arrival? other in _arrived)
        {
            if (other != own)
                _turns.Wake(other!.Strand, _turns.Random.Next(1, _spec.CallTime + 2));
        }

        Array.Clear(_arrived);
    }

    private void Wait(SimulatedRank rank)
    {
        long round = _round, until = _turns.Now + _spec.Patience;
        while (_round == round)
        {
            rank.ThrowIfDead();
            if (_failed >= 0)
                throw new NceFastException(ErrorKind.Ranks, $"Rank {_failed} failed and ended the work of all.");
            if (_turns.Now >= until)
            {
                _isStuck = true;
                throw new NceFastException(ErrorKind.Ranks, $"Rank {rank.Rank} waited {_spec.Patience / 1_000_000} s for the other ranks.");
            }

            _turns.WaitUntil(until);
        }
    }

    private InvalidOperationException Violation(string message)
    {
        Violations.Add(message);
        return new InvalidOperationException(message);
    }

    private sealed record Arrival(Turns.Strand Strand, string Call, nint Values, int Length, int Root);
}
