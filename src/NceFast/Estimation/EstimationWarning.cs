namespace NceFast.Estimation;

/// <summary>Specifies why an estimate may be unreliable.</summary>
public enum EstimationWarningKind
{
    /// <summary>The noise was fitted to the moments of data with ten or more columns, and it overlaps little with the data.</summary>
    MomentNoise,

    /// <summary>Too few rows are hard to classify, so that the parameters are determined by too little information.</summary>
    LittleOverlap,

    /// <summary>The condition number of the information matrix is above 1e8.</summary>
    IllConditioned,

    /// <summary>No scale of the perturbations moved the loss of conditional NCE clearly away from its trivial value.</summary>
    TrivialLoss,

    /// <summary>The Markov chain of a bridge distribution accepted less than 2 % of its proposals.</summary>
    PoorMixing,
}

/// <summary>Represents a reason why an estimate may be unreliable.</summary>
/// <param name="Kind">The kind of the reason.</param>
/// <param name="Message">What was found, what is expected, and what to do.</param>
public sealed record EstimationWarning(EstimationWarningKind Kind, string Message);
