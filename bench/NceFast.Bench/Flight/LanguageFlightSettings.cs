namespace NceFast.Bench.Flight;

/// <summary>Specifies a simulation of language models.</summary>
/// <param name="Common">What all simulations have. Groups are predictions that are scored before any of their steps: the groups in flight or, with shared noise, the predictions of a wave. Growth counts predictions.</param>
/// <param name="Batch">Predictions of a batch; 0 for that of the options.</param>
/// <param name="Curvature">Curvature of one term of a target row.</param>
/// <param name="Context">Curvature of one use of a context row in a batch; 0 for plain sums.</param>
internal sealed record LanguageFlightSettings(FlightSettings Common, int Batch, float Curvature, float Context)
{
    /// <summary>Computes the weight of a step.</summary>
    /// <param name="others">Other predictions in flight.</param>
    /// <param name="terms">Expected terms of the word per prediction.</param>
    /// <param name="rate">Learning rate.</param>
    public float Weight(int others, float terms, float rate) => Common.Rule == FlightRule.Weigh ? 1 / (1 + (others * terms * Curvature * rate)) : 1;
}
