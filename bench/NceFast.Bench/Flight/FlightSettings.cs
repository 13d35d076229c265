namespace NceFast.Bench.Flight;

/// <summary>Specifies what the simulations have in common.</summary>
/// <param name="Rule">What becomes of simultaneous changes.</param>
/// <param name="Groups">Groups in flight at most.</param>
/// <param name="Growth">Sets or predictions trained on so far per group in flight; 0 for all groups from the start.</param>
internal sealed record FlightSettings(FlightRule Rule, int Groups, int Growth)
{
    /// <summary>Computes the groups in flight after a number of sets or predictions.</summary>
    public int After(long trained) => Growth == 0 ? Groups : (int)Math.Clamp(trained / Growth, 1, Groups);
}
