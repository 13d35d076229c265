namespace NceFast.Fuzz;

/// <summary>
/// Ends the process when reading one input takes too long, and when the address space grows so much that the parser must have
/// trusted a header. Time is counted in ticks of its own, so that a process may be stopped and continued.
/// </summary>
internal sealed class Watchdog : IDisposable
{
    private const int TickMilliseconds = 250, MaxTicks = 20_000 / TickMilliseconds;
    private const long MaxGrowth = 3L << 30;
    private readonly Timer _timer;
    private readonly Action<string, byte[], string> _end;
    private readonly bool _watchesMemory;
    private readonly long _start = Peak();
    private long _number;
    private string _target = "";
    private byte[] _input = [];
    private long _seen = -1;
    private int _ticks;

    /// <param name="end">Takes target, input and reason; should end the process.</param>
    /// <param name="watchesMemory">Whether to watch the address space; of use only where nothing else runs in the process.</param>
    public Watchdog(Action<string, byte[], string> end, bool watchesMemory = true)
    {
        _end = end;
        _watchesMemory = watchesMemory;
        _timer = new Timer(_ => Tick(), null, TickMilliseconds, TickMilliseconds);
    }

    public void Begin(string target, byte[] input)
    {
        (_target, _input) = (target, input);
        Volatile.Write(ref _number, _number + 1);
    }

    public void End() => Volatile.Write(ref _number, _number + 1);

    public void Dispose() => _timer.Dispose();

    private void Tick()
    {
        long number = Volatile.Read(ref _number);
        bool reading = number % 2 == 1;
        _ticks = reading && number == _seen ? _ticks + 1 : 0;
        _seen = number;
        if (_ticks > MaxTicks)
            _end(_target, _input, $"was not read within {MaxTicks * TickMilliseconds / 1000} seconds");
        if (_watchesMemory && Peak() - _start > MaxGrowth)
            _end(_target, _input, $"(or one shortly before it) made the address space grow by more than {MaxGrowth:N0} bytes");
    }

    // Memory outside the managed heap counts here even if it is freed at once or never touched.
    private static long Peak()
    {
        const string Status = "/proc/self/status";
        if (!File.Exists(Status))
            return 0;
        string line = File.ReadLines(Status).First(l => l.StartsWith("VmPeak:", StringComparison.Ordinal));
        return long.Parse(line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[^2], System.Globalization.CultureInfo.InvariantCulture) << 10;
    }
}
