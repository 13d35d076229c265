using System.Runtime.CompilerServices;

namespace NceFast.Kernels.WordVectors;

/// <summary>Represents the order of the pairs of a list that holds noise words and then observed words. Both kinds alternate in proportion to their numbers.</summary>
internal struct PairOrder
{
    private readonly int _noisePairs;
    private int _noise, _observed, _balance;

    /// <param name="noise">Noise words, an even number. The observed words begin there.</param>
    /// <param name="words">All words, an even number.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public PairOrder(int noise, int words)
    {
        _noisePairs = noise / 2;
        Pairs = words / 2;
        _noise = 0;
        _observed = noise;
        _balance = Pairs / 2;
    }

    /// <summary>The number of pairs.</summary>
    public int Pairs;

    /// <summary>Gets the place of the next pair; after the last one, the place of any pair.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Next()
    {
        // As a line is drawn on a grid: each pair adds the part of noise, and a whole is a pair of noise.
        _balance += _noisePairs;
        bool noise = _balance >= Pairs;
        int at = noise ? _noise : _observed;
        _balance -= noise ? Pairs : 0;
        _noise += noise ? 2 : 0;
        _observed += noise ? 0 : 2;
        return GroupLists.Most(0, TileMath.Least(at, (2 * Pairs) - 2));
    }
}
