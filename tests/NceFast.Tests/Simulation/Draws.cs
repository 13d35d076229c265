namespace NceFast.Tests.Simulation;

/// <summary>Random numbers that a seed determines, the same in every version of .NET (SplitMix64).</summary>
internal sealed class Draws(ulong seed)
{
    private ulong _state = seed;

    public ulong Next()
    {
        ulong z = _state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>Returns a number from 0 to below a limit.</summary>
    public int Next(int limit) => (int)(Next() % (ulong)limit);

    public long Next(long from, long to) => from + (long)(Next() % (ulong)(to - from));

    public bool OneIn(int count) => Next(count) == 0;

    public T Of<T>(params ReadOnlySpan<T> choices) => choices[Next(choices.Length)];
}
