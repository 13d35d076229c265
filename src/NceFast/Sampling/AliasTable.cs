using System.Runtime.CompilerServices;

namespace NceFast.Sampling;

/// <summary>
/// Walker's alias method with Vose's construction: one draw from a fixed distribution over n outcomes in constant time
/// and one random cache line. Built in double; thresholds are kept as 32-bit fractions (a float32 column would lose the
/// tail beyond a million words).
/// </summary>
internal sealed class AliasTable
{
    private const double FractionUnit = 4294967296.0;
    private readonly Cell[] _cells;

    /// <summary>Builds the table.</summary>
    /// <param name="weights">Weights, not negative, with a finite positive sum: <c>[outcomes]</c>.</param>
    /// <exception cref="ArgumentException">No outcome, a negative or infinite weight, or a sum of 0.</exception>
    public AliasTable(ReadOnlySpan<double> weights)
    {
        int n = weights.Length;
        double sum = 0;
        foreach (double w in weights)
        {
            if (!(w >= 0) || double.IsInfinity(w))
                throw new ArgumentException($"Weight {w} is not a finite number of at least 0.", nameof(weights));
            sum += w;
        }

        if (n == 0 || !(sum > 0) || double.IsInfinity(sum))
            throw new ArgumentException($"{n} weights sum to {sum}; a positive finite sum is needed.", nameof(weights));
        _cells = Build(weights, n / sum);
    }

    /// <summary>One column of the table: the draw's fraction below <paramref name="Threshold"/> keeps the column, else its alias is taken.</summary>
    /// <param name="Threshold">Part of the column that belongs to itself, in units of 2^-32; <see cref="uint.MaxValue"/> with alias = itself means all of it.</param>
    /// <param name="Alias">The other outcome of the column.</param>
    public readonly record struct Cell(uint Threshold, int Alias);

    /// <summary>Number of outcomes.</summary>
    public int Count => _cells.Length;

    /// <summary>The columns, as devices copy them: <c>[outcomes]</c>; managed memory that never changes.</summary>
    public ReadOnlySpan<Cell> Cells => _cells;

    /// <summary>Draws an outcome from two uniform 32-bit words.</summary>
    /// <param name="high">High half of a uniform 64-bit fraction.</param>
    /// <param name="low">Low half.</param>
    /// <returns>The outcome, 0 to <see cref="Count"/> - 1.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Draw(uint high, uint low) => Draw(_cells, high, low);

    /// <summary>Draws an outcome from <paramref name="cells"/>: column = floor(u n), fraction = u n - column, u in 2^-64 steps.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Draw(ReadOnlySpan<Cell> cells, uint high, uint low)
    {
        ulong n = (uint)cells.Length;
        ulong scaled = (high * n) + ((low * n) >> 32);
        int column = (int)(scaled >> 32);
        Cell cell = cells[column];
        int alias = (int)(((long)cell.Threshold - (uint)scaled - 1) >> 63); // all ones where the alias is taken: no branch to mispredict
        return column ^ ((column ^ cell.Alias) & alias);
    }

    /// <summary>The distribution the table really draws from, in double: <c>[outcomes]</c>, sum 1.</summary>
    public double[] Reconstruct()
    {
        var p = new double[_cells.Length];
        for (int i = 0; i < p.Length; i++)
        {
            double own = _cells[i].Threshold / FractionUnit;
            p[i] += own / p.Length;
            p[_cells[i].Alias] += (1 - own) / p.Length;
        }

        return p;
    }

    private static Cell[] Build(ReadOnlySpan<double> weights, double scale)
    {
        int n = weights.Length;
        var cells = new Cell[n];
        var mass = new double[n];
        var order = new int[n];
        int small = 0, large = n;
        for (int i = 0; i < n; i++)
        {
            mass[i] = weights[i] * scale;
            if (mass[i] < 1)
                order[small++] = i;
            else
                order[--large] = i;
        }

        // order[0, small) holds columns with room, order[large, n) those with mass to give away.
        while (small > 0 && large < n)
        {
            int less = order[--small], more = order[large];
            cells[less] = new Cell((uint)Math.Min(uint.MaxValue, Math.Round(mass[less] * FractionUnit)), more);
            mass[more] = mass[more] + mass[less] - 1;
            if (mass[more] < 1)
            {
                large++;
                order[small++] = more;
            }
        }

        // What is left on either side is full up to rounding.
        while (small > 0)
            cells[order[--small]] = Full(order[small]);
        for (; large < n; large++)
            cells[order[large]] = Full(order[large]);
        return cells;
    }

    private static Cell Full(int column) => new(uint.MaxValue, column);
}
