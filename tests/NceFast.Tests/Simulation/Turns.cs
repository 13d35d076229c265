using System.Globalization;

namespace NceFast.Tests.Simulation;

/// <summary>A simulation that breaks one of its bounds: every thread waits, or there are too many turns, or too much simulated time.</summary>
internal sealed class SimulationException(string message) : Exception(message);

/// <summary>
/// Passes one turn between threads, in an order that a seed determines, and keeps the simulated time in microseconds. Only the thread
/// that has the turn runs, so that nothing here needs a lock: the semaphores order all memory.
/// </summary>
internal sealed class Turns(ulong seed, long disorder)
{
    private const int MostTurns = 400_000;
    private const long MostTime = 60L * 24 * 3600 * 1_000_000; // 60 days
    [ThreadStatic]
    private static Strand? _current;
    private readonly List<Strand> _strands = [];
    private readonly TaskCompletionSource _over = new();
    private string? _broken;

    /// <summary>The random numbers of the schedule.</summary>
    public Draws Random { get; } = new(seed);

    public long Now { get; private set; }

    public int Count { get; private set; }

    /// <summary>A hash of everything that happened, in its order.</summary>
    public ulong Trace { get; private set; } = 14695981039346656037;

    public static Strand Current => _current ?? throw new InvalidOperationException("This thread is not part of a simulation.");

    /// <summary>Adds a thread that gets its first turn after a delay.</summary>
    public Strand Start(string name, long delay, Action work)
    {
        var strand = new Strand(_strands.Count, name) { WakeAt = Now + delay };
        _strands.Add(strand);
        var thread = new Thread(() =>
        {
            strand.Turn.Wait();
            _current = strand;
            try
            {
                work();
            }
            finally
            {
                strand.IsOver = true;
                _strands.Remove(strand);
                Pass(strand);
            }
        })
        { IsBackground = true, Name = name };
        thread.Start();
        return strand;
    }

    /// <summary>Gives the first turn, and waits until all threads have ended.</summary>
    public void Run()
    {
        Choose()!.Turn.Release();
        if (!_over.Task.Wait(TimeSpan.FromMinutes(2)))
            throw new SimulationException($"A thread keeps the turn; it waits outside of the simulation. {Describe()}");
        if (_broken is not null)
            throw new SimulationException(_broken);
    }

    /// <summary>Gives the turn away for a time.</summary>
    public void Sleep(long delay)
    {
        Strand own = Current;
        (own.Waits, own.WakeAt) = (false, Now + delay);
        Pass(own);
    }

    /// <summary>Gives the turn away until another thread wakes this one or a moment has come.</summary>
    public void WaitUntil(long deadline)
    {
        Strand own = Current;
        (own.Waits, own.WakeAt) = (true, deadline);
        Pass(own);
    }

    /// <summary>Ends the wait of another thread after a delay.</summary>
    public void Wake(Strand strand, long delay)
    {
        if (strand.Waits && !strand.IsOver)
            (strand.Waits, strand.WakeAt) = (false, Now + delay);
    }

    /// <summary>Adds an event to the trace.</summary>
    public void Note(string what)
    {
        Mix((ulong)Current.Number);
        Mix((ulong)Now);
        foreach (char c in what)
            Mix(c);
    }

    private void Mix(ulong value) => Trace = (Trace ^ value) * 1099511628211;

    private void Pass(Strand own)
    {
        if (_broken is not null && !own.IsOver)
            throw new SimulationException(_broken);
        if (++Count > MostTurns || Now > MostTime)
            Break($"The simulation does not end: {Count} turns, {Now / 1_000_000} simulated seconds.");
        Strand? next = Choose();
        if (next is null && _strands.Count > 0)
        {
            Break("Every thread waits for another.");
            next = Choose();
        }

        if (next is null)
        {
            _over.TrySetResult();
            return;
        }

        if (next != own)
        {
            next.Turn.Release();
            if (own.IsOver)
                return;
            own.Turn.Wait();
        }

        if (_broken is not null)
            throw new SimulationException(_broken);
    }

    // A thread whose deadline has come waits no longer; of the others, those that are nearly due may overtake each other.
    private Strand? Choose()
    {
        Strand? first = null;
        foreach (Strand strand in _strands)
        {
            if (strand.WakeAt != long.MaxValue && (first is null || strand.WakeAt < first.WakeAt))
                first = strand;
        }

        if (first is null)
            return null;
        if (disorder > 0 && !first.Waits)
        {
            Strand[] near = [.. _strands.Where(s => !s.Waits && s.WakeAt <= first.WakeAt + disorder)];
            (Now, first) = (Math.Max(Now, first.WakeAt), near[Random.Next(near.Length)]);
        }
        else
        {
            Now = Math.Max(Now, first.WakeAt);
        }

        return first;
    }

    private void Break(string message)
    {
        _broken ??= $"{message} {Describe()}";
        foreach (Strand strand in _strands)
            (strand.Waits, strand.WakeAt) = (false, Now);
    }

    private string Describe() => string.Join("; ", _strands.ToArray().Select(s => string.Create(CultureInfo.InvariantCulture, $"{s.Name} {(s.Waits ? "waits" : "runs")} {s.Doing}")));

    /// <summary>A thread of a simulation.</summary>
    internal sealed class Strand(int number, string name)
    {
        public int Number => number;

        public string Name => name;

        public SemaphoreSlim Turn { get; } = new(0);

        public string Doing { get; set; } = "";

        public long WakeAt { get; set; }

        public bool Waits { get; set; }

        public bool IsOver { get; set; }
    }
}
