namespace NceFast.NGrams.Internals;

/// <summary>The three discounts of an order (Chen and Goodman 1998, equation 17): of counts of one, of two, and of three and more.</summary>
internal sealed class Discounts
{
    private static readonly double[] Fallback = [0, 0.5, 1, 1.5];
    private readonly long[] _have = new long[5];
    private double[]? _of;

    /// <summary>Gets the number of distinct n-grams.</summary>
    public long Count { get; private set; }

    /// <summary>Gets whether the counts of counts give no discounts between 0 and the count, so that 0.5, 1 and 1.5 are used.</summary>
    public bool IsFallback { get; private set; }

    /// <summary>Counts an n-gram.</summary>
    public void Note(ulong count)
    {
        Count++;
        if (count <= 4)
            _have[count]++;
    }

    /// <summary>Returns the discount of a count.</summary>
    public double Of(ulong count) => (_of ??= Compute())[Math.Min(count, 3)];

    private double[] Compute()
    {
        double y = _have[1] / (_have[1] + (2.0 * _have[2]));
        double[] of = [0, 0, 0, 0];
        for (int c = 1; c <= 3; c++)
        {
            of[c] = c - ((c + 1) * y * _have[c + 1] / _have[c]);
            IsFallback |= !(of[c] > 0 && of[c] <= c); // without a discount, a word that was not seen would have the probability 0
        }

        return IsFallback ? Fallback : of;
    }
}
