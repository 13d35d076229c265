namespace NceFast.Bench.Flight;

/// <summary>Specifies what becomes of changes that several groups of a device make to a target row at once.</summary>
internal enum LanguageFlightMode
{
    /// <summary>Each group stores the whole row, so that only the last of the simultaneous changes remains.</summary>
    Stores,

    /// <summary>Groups add their changes.</summary>
    Adds,

    /// <summary>Groups add their changes, each multiplied by the weight of the theory of merging.</summary>
    Scaled,
}

/// <summary>Specifies a simulation of language models.</summary>
/// <param name="Mode">What becomes of simultaneous changes.</param>
/// <param name="Groups">Predictions that are scored before any of their steps: the groups in flight or, with shared noise, the predictions of a wave.</param>
/// <param name="Batch">Predictions of a batch; 0 for that of the options.</param>
/// <param name="Growth">Predictions trained on so far per group in flight; 0 for all groups from the start.</param>
/// <param name="Curvature">Curvature of one term of a target row.</param>
/// <param name="Context">Curvature of one use of a context row in a batch; 0 for plain sums.</param>
internal sealed record LanguageFlightRule(LanguageFlightMode Mode, int Groups, int Batch, int Growth, float Curvature, float Context)
{
    /// <summary>Computes the groups in flight after a number of predictions.</summary>
    public int After(long predictions) => Growth == 0 ? Groups : (int)Math.Clamp(predictions / Growth, 1, Groups);

    /// <summary>Computes the weight of a step.</summary>
    /// <param name="others">Other predictions in flight.</param>
    /// <param name="terms">Expected terms of the word per prediction.</param>
    /// <param name="rate">Learning rate.</param>
    public float Weight(int others, float terms, float rate) => Mode == LanguageFlightMode.Scaled ? 1 / (1 + (others * terms * Curvature * rate)) : 1;
}
