using System.Runtime.CompilerServices;

namespace NceFast.Sampling;

/// <summary>
/// Samples from a fixed distribution over n outcomes by Walker's alias method with Vose's construction. One sample takes constant
/// time and reads one random cache line.
/// </summary>
/// <remarks>
/// The table is built in double precision. Thresholds are 32-bit fractions, because float32 probabilities would lose the tail of
/// a distribution over more than a million words.
/// </remarks>
internal sealed class AliasTable
{
    private const double FractionUnit = 4294967296.0;
    private readonly Cell[] _cells;

    /// <summary>Builds the table.</summary>
    /// <param name="weights">Weights of at least 0 with a finite positive sum: <c>[outcomes]</c>.</param>
    /// <exception cref="ArgumentException">
    /// There is no outcome, a weight is negative or not finite, or the sum is 0 or not finite.
    /// </exception>
    public AliasTable(ReadOnlySpan<double> weights)
    {
        int n = weights.Length;
        double sum = 0;
        foreach (double w in weights)
        {
            if (!(w >= 0) || double.IsInfinity(w))
                throw new ArgumentException($"Weight {w} is invalid; weights must be finite and at least 0.", nameof(weights));
            sum += w;
        }

        if (n == 0 || !(sum > 0) || double.IsInfinity(sum))
            throw new ArgumentException($"{n} weights have the sum {sum}; it must be positive and finite.", nameof(weights));
        _cells = Build(weights, n / sum);
    }

    /// <summary>
    /// A column of the table. A fraction below <paramref name="Threshold"/> selects the column itself, any other its alias.
    /// </summary>
    /// <param name="Threshold">
    /// The share of the column that belongs to itself, in units of 2^-32. With <see cref="uint.MaxValue"/> the alias is the column
    /// itself, which then has the whole column.
    /// </param>
    /// <param name="Alias">The other outcome of the column.</param>
    public readonly record struct Cell(uint Threshold, int Alias);

    /// <summary>Gets the number of outcomes.</summary>
    public int Count => _cells.Length;

    /// <summary>Gets the columns, in the layout that devices copy: <c>[outcomes]</c>. The memory never changes.</summary>
    public ReadOnlySpan<Cell> Cells => _cells;

    /// <summary>Draws an outcome with two uniform 32-bit random numbers.</summary>
    /// <param name="high">The high half of a uniform 64-bit fraction.</param>
    /// <param name="low">The low half.</param>
    /// <returns>The outcome, 0 to <see cref="Count"/> - 1.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Draw(uint high, uint low) => Draw(_cells, high, low);

    /// <summary>
    /// Draws an outcome from <paramref name="cells"/>: column = floor(u n), fraction = u n - column, where u is a multiple of
    /// 2^-64.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Draw(ReadOnlySpan<Cell> cells, uint high, uint low)
    {
        ulong n = (uint)cells.Length;
        ulong scaled = (high * n) + ((low * n) >> 32);
        int column = (int)(scaled >> 32);
        Cell cell = cells[column];
        int alias = (int)(((long)cell.Threshold - (uint)scaled - 1) >> 63); // all ones if the alias is taken, which avoids a branch
        return column ^ ((column ^ cell.Alias) & alias);
    }

    /// <summary>Computes the exact distribution of the outcomes, in double precision: <c>[outcomes]</c>, sum 1.</summary>
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

        // order[0, small) holds the columns with room, order[large, n) those with more mass than they can hold.
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

        // The remaining columns are full, up to rounding.
        while (small > 0)
            cells[order[--small]] = Full(order[small]);
        for (; large < n; large++)
            cells[order[large]] = Full(order[large]);
        return cells;
    }

    private static Cell Full(int column) => new(uint.MaxValue, column);
}
