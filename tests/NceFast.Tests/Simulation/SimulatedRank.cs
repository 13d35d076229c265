using System.Numerics;
using System.Runtime.InteropServices;
using NceFast.Distribution;

namespace NceFast.Tests.Simulation;

/// <summary>One rank of a simulated cluster.</summary>
internal sealed unsafe class SimulatedRank(SimulatedCluster cluster, Turns turns, ClusterSpec spec, int rank, IReadOnlyList<Fault> faults) : ICommunicator, ISideWork
{
    private const string MergeThread = "ncefast merge"; // no heart beat runs beside it, so that it must not need more time than others have patience
    private readonly List<Turns.Strand> _strands = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly long _factor = faults.FirstOrDefault(f => f.Kind == FaultKind.Slow)?.Length ?? 1;
    private bool _isDead, _complete, _disposed;

    public string Description => $"{Size} simulated ranks";

    public int Rank => rank;

    public int Size => cluster.Ranks.Count;

    /// <summary>Ends when the rank is asked to stop.</summary>
    public CancellationToken Stop => _stop.Token;

    /// <summary>The calls, ends of calls and blocks so far.</summary>
    public int Points { get; private set; }

    /// <summary>Called when the disk of checkpoints becomes full (true) and when it has space again.</summary>
    public Action<bool> Disk { get; set; } = _ => { };

    /// <summary>Starts the thread of the rank.</summary>
    public void Begin(Action work)
    {
        long late = faults.Where(f => f.Kind == FaultKind.Late).Sum(f => f.Length * 1_000_000L);
        _strands.Add(turns.Start($"rank {rank}", late + turns.Random.Next(1, spec.CallTime + 2), work));
    }

    public void AllSum(Span<float> values) => Sum(values, "float");

    public void AllSum(Span<long> values) => Sum(values, "long");

    public void Broadcast(Span<byte> bytes, int root)
    {
        fixed (byte* p = bytes)
        {
            int length = bytes.Length;
            Call("broadcast", (nint)p, length, root, all =>
            {
                for (int r = 0; r < all.Length; r++)
                {
                    if (r != root)
                        NativeMemory.Copy((void*)all[root], (void*)all[r], (nuint)length);
                }
            });
        }
    }

    public void Complete()
    {
        Call("complete", 0, 0, 0, _ => { });
        _complete = true;
    }

    public void Abort(int exitCode)
    {
        if (!_isDead)
            cluster.End(this);
    }

    public void Dispose()
    {
        if (!_complete && !_disposed)
            Abort(70);
        _disposed = true;
    }

    public Task<T> Start<T>(string name, Func<T> work)
    {
        Point("start");
        var result = new TaskCompletionSource<T>();
        Turns.Strand owner = Turns.Current;
        _strands.Add(turns.Start($"{name} of rank {rank}", Delay(spec.CallTime), () =>
        {
            try
            {
                ThrowIfDead();
                T value = work();
                turns.Sleep(Delay(name == MergeThread || !turns.Random.OneIn(4) ? spec.CallTime : spec.SideTime));
                ThrowIfDead();
                result.SetResult(value);
            }
            catch (Exception e)
            {
                result.SetException(e);
                _ = result.Task.Exception; // seen here, because a rank that was killed does not look
            }

            turns.Wake(owner, 1);
        }));
        return result.Task;
    }

    public bool Wait(Task work, TimeSpan longest)
    {
        long until = longest == Timeout.InfiniteTimeSpan ? long.MaxValue : turns.Now + (long)longest.TotalMicroseconds;
        while (!work.IsCompleted && turns.Now < until)
        {
            ThrowIfDead();
            Turns.Current.Doing = "side work";
            turns.WaitUntil(until);
        }

        ThrowIfDead();
        return work.IsCompleted;
    }

    /// <summary>A moment at which the rank can fail, and at which the turn passes.</summary>
    public void Point(string what)
    {
        ThrowIfDead();
        Points++;
        turns.Note(what);
        Turns.Current.Doing = what;
        long delay = Delay(what == "block" ? spec.BlockTime : spec.CallTime);
        foreach (Fault fault in faults)
            delay += Act(fault);
        turns.Sleep(delay);
        ThrowIfDead();
    }

    public void Die()
    {
        _isDead = true;
        foreach (Turns.Strand strand in _strands)
            turns.Wake(strand, 1);
    }

    public void ThrowIfDead()
    {
        if (_isDead)
            throw new RankKilledException();
    }

    private long Act(Fault fault)
    {
        if (fault.Kind == FaultKind.FullDisk && (Points == fault.At || Points == fault.At + fault.Length))
            Disk(Points == fault.At);
        if (Points != fault.At)
            return 0;
        switch (fault.Kind)
        {
            case FaultKind.Kill:
                Die();
                cluster.End(this);
                throw new RankKilledException();
            case FaultKind.Signal:
                _stop.Cancel();
                return 0;
            case FaultKind.Stall:
                return fault.Length * 1_000_000L;
            default:
                return 0;
        }
    }

    private long Delay(long most) => turns.Random.Next(1, most + 2) * _factor;

    private void Sum<T>(Span<T> values, string type)
        where T : unmanaged, INumber<T>
    {
        fixed (T* p = values)
        {
            int length = values.Length;
            Call($"sum of {type}", (nint)p, length, 0, all =>
            {
                var sums = new T[length];
                foreach (nint other in all)
                {
                    for (int i = 0; i < length; i++)
                        sums[i] += ((T*)other)[i];
                }

                foreach (nint other in all)
                    sums.CopyTo(new Span<T>((void*)other, length));
            });
        }
    }

    private void Call(string call, nint values, int length, int root, Action<nint[]> complete)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        Point(call);
        cluster.Meet(this, call, values, length, root, complete);
        ThrowIfDead();
        Point("return");
    }
}
