namespace NceFast.Distribution;

/// <summary>The part of a replica's change to a row that a merge adds to the row.</summary>
internal static class MergeWeight
{
    // Curvature of a row's loss by one update: the product of learning rate, updates and this is how far a row is pulled to
    // its optimum. The same figure serves the workers of one replica (HotTable).
    private const double PullPerUpdate = 0.1;

    /// <summary>The formula of a rule: from the row's updates times learning rate, and the replica's share of all work.</summary>
    public static Func<double, double, float> Of(MergeRule rule, int replicas) => rule switch
    {
        MergeRule.Adaptive => Adaptive,
        MergeRule.Mean => (_, _) => 1f / replicas,
        _ => (_, _) => 1,
    };

    /// <summary>From 1 for a row without pull to the replica's share for one pulled all the way; shares of all replicas add up to 1.</summary>
    private static float Adaptive(double updates, double share)
    {
        double pull = PullPerUpdate * updates;
        double near = double.IsInfinity(pull) ? 1 : pull / (1 + pull);
        return (float)(1 / (1 + (near * ((1 / Math.Max(share, 1e-9)) - 1))));
    }
}
