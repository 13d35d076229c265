namespace NceFast.Merging;

/// <summary>
/// Computes the part of a change that a merge adds to a row, if several copies of the row were changed apart: private copies of threads,
/// replicas, or copies of the groups of a device.
/// </summary>
internal static class MergeWeight
{
    private const double SmallestShare = 1e-9;

    /// <summary>
    /// 1 / (1 + (n - 1) q) with q = pull / (1 + pull). Without pull it is 1: changes add up as in a single table. With infinite pull it
    /// is 1 / n: each copy is at the optimum by itself, and the sum of the changes would overshoot.
    /// </summary>
    /// <param name="pull">How far one copy is pulled between two merges, at least 0; may be infinite.</param>
    /// <param name="copies">n, the copies whose changes meet, at least 1.</param>
    public static float Of(double pull, double copies)
    {
        double near = double.IsInfinity(pull) ? 1 : pull / (1 + pull);
        return (float)(1 / (1 + (near * (copies - 1))));
    }

    /// <summary>The mean of all copies: the weight under infinite pull.</summary>
    /// <param name="copies">Copies whose changes meet, at least 1.</param>
    public static float Mean(int copies) => 1f / copies;

    /// <summary>The formula of a rule: from the row's updates times learning rate, and the replica's share of all words trained on.</summary>
    /// <param name="rule">The rule.</param>
    /// <param name="replicas">Replicas of all processes.</param>
    public static Func<double, double, float> ByRule(MergeRule rule, int replicas) => rule switch
    {
        MergeRule.Adaptive => (steps, share) => Of(RowPull.Of(steps), 1 / Math.Max(share, SmallestShare)),
        MergeRule.Mean => (_, _) => Mean(replicas),
        _ => (_, _) => 1,
    };
}
