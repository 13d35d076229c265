namespace NceFast.Estimation.Internals;

/// <summary>Finds the reasons why an estimate may be unreliable.</summary>
internal static class FitWarnings
{
    // Theory proves that noise fitted to moments is exponentially ill-conditioned in the dimension. Below this dimension it is usable.
    private const int LeastMomentDim = 10;

    // At half of the overlap of ideal noise, the variance of c is about twice that of ideal noise.
    private const double LeastOverlap = 0.5;

    // Below this number of uncertain rows per unknown, the asymptotic standard errors are not reached.
    private const int LeastRowsPerUnknown = 10;

    // At this number, half of the digits of the inverse are lost.
    private const double MostCondition = 1e8;

    private const double LeastAcceptance = 0.02, LeastLinkOverlap = 0.1;

    /// <summary>Finds the warnings of a fit with noise.</summary>
    /// <param name="noise">The noise.</param>
    /// <param name="overlap">The overlap of noise and data.</param>
    /// <param name="nu">The number of noise rows per data row.</param>
    /// <param name="rows">The number of data rows.</param>
    /// <param name="unknowns">The number of unknowns.</param>
    /// <param name="condition">The condition number of the information matrix, if it was computed.</param>
    public static List<EstimationWarning> Find(NoiseDensity noise, double overlap, double nu, int rows, int unknowns, double? condition)
    {
        List<EstimationWarning> warnings = OfCondition(condition);
        string measured = FormattableString.Invariant($"The overlap of noise and data is {overlap:G3} (1 is ideal)") + (condition is { } number ? FormattableString.Invariant($", and the condition number of the information matrix is {number:G3}") : "");
        if (noise.IsMomentFit && noise.Dim >= LeastMomentDim && !(overlap >= LeastOverlap))
        {
            warnings.Add(new EstimationWarning(
                EstimationWarningKind.MomentNoise,
                $"The noise was fitted to the moments of data with {noise.Dim} columns. The information that such noise gives falls exponentially with the dimension, and fewer than {LeastMomentDim} columns are advisable. {measured}. Use {nameof(ConditionalNce)} for theta, and {nameof(AnnealedNce)} for the normaliser or {nameof(TelescopingRatios)} for the density."));
        }

        double uncertain = rows * overlap * nu / (1 + nu);
        if (!(uncertain >= LeastRowsPerUnknown * unknowns))
        {
            warnings.Add(new EstimationWarning(
                EstimationWarningKind.LittleOverlap,
                FormattableString.Invariant($"The data rows are worth {uncertain:F0} rows that are hard to distinguish from noise, for {unknowns} unknowns; {LeastRowsPerUnknown} per unknown are advisable. {measured}. Increase nu, add data, or use noise that is nearer to the data.")));
        }

        return warnings;
    }

    /// <summary>Finds the warning of a ratio between two neighbours, which have the same number of rows.</summary>
    public static List<EstimationWarning> OfLink(double overlap, int rows, int unknowns) =>
        0.5 * rows * overlap >= LeastRowsPerUnknown * unknowns
            ? []
            : [new EstimationWarning(EstimationWarningKind.LittleOverlap, FormattableString.Invariant($"The rows are worth {0.5 * rows * overlap:F0} rows that are hard to classify, for {unknowns} unknowns; {LeastRowsPerUnknown} per unknown are advisable. The overlap of the neighbours is {overlap:G3} (1 is ideal). Increase the number of bridges, add data, or increase nu."))];

    /// <summary>Finds the warnings of a chain of bridges.</summary>
    public static List<EstimationWarning> OfChain(List<double> acceptance, double leastOverlap)
    {
        var warnings = new List<EstimationWarning>();
        int slow = acceptance.FindIndex(a => a < LeastAcceptance);
        if (slow >= 0)
        {
            warnings.Add(new EstimationWarning(
                EstimationWarningKind.PoorMixing,
                FormattableString.Invariant($"The Markov chain accepted {acceptance[slow]:P1} of its proposals at bridge {slow + 1} of {acceptance.Count}; at least {LeastAcceptance:P0} is expected. Its rows hardly move, and the estimate may be wrong. Check that the model is of continuous data, or use noise that is nearer to the model.")));
        }

        if (leastOverlap < LeastLinkOverlap)
        {
            warnings.Add(new EstimationWarning(
                EstimationWarningKind.LittleOverlap,
                FormattableString.Invariant($"Two neighbouring bridges have an overlap of {leastOverlap:G3} (1 is ideal); at least {LeastLinkOverlap} is expected. Increase the number of bridges, or leave it out to have it chosen.")));
        }

        return warnings;
    }

    /// <summary>Finds the warning of a condition number.</summary>
    public static List<EstimationWarning> OfCondition(double? condition) =>
        condition is > MostCondition and { } number
            ? [new EstimationWarning(EstimationWarningKind.IllConditioned, FormattableString.Invariant($"The condition number of the information matrix is {number:G3}; at most {MostCondition:G1} is advisable. Some combination of parameters is nearly undetermined, and the standard errors are inaccurate. Remove a parameter from the model, or add data that determine it."))]
            : [];
}
