namespace NceFast.Training;

/// <summary>Computes the probability that two words, drawn independently, are the same: how often steps that are made together meet in one row.</summary>
internal static class Repetition
{
    /// <summary>Computes it for words that are drawn by their counts or probabilities: <c>[words]</c>.</summary>
    public static double Of(ReadOnlySpan<double> weights)
    {
        double total = 0, squares = 0;
        foreach (double weight in weights)
        {
            total += weight;
            squares += weight * weight;
        }

        return squares / (total * total);
    }

    /// <inheritdoc cref="Of(ReadOnlySpan{double})"/>
    public static double Of(ReadOnlySpan<long> counts)
    {
        double total = 0, squares = 0;
        foreach (long count in counts)
        {
            total += count;
            squares += (double)count * count;
        }

        return squares / (total * total);
    }
}
