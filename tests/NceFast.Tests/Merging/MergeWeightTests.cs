using NceFast.Merging;
using Xunit;

namespace NceFast.Tests.Merging;

/// <summary>The limits of the one formula of merging.</summary>
public class MergeWeightTests
{
    private static readonly double[] Pulls = [0, 1e-12, 1e-3, 0.1, 0.5, 1, 2, 10, 1e3, 1e12, 1e300, double.PositiveInfinity];

    [Fact]
    public void A_single_copy_adds_its_whole_change() => Assert.All(Pulls, pull => Assert.Equal(1, MergeWeight.Of(pull, 1)));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(16)]
    [InlineData(1584)]
    public void Without_pull_changes_add_up_and_with_infinite_pull_they_are_averaged(int copies)
    {
        Assert.Equal(1, MergeWeight.Of(0, copies));
        Assert.Equal(MergeWeight.Mean(copies), MergeWeight.Of(double.PositiveInfinity, copies));
        Assert.Equal(1.0 / copies, MergeWeight.Of(1e300, copies), 1e-7);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(8)]
    public void More_pull_never_weighs_more(int copies)
    {
        float[] weights = [.. Pulls.Select(pull => MergeWeight.Of(pull, copies))];
        Assert.Equal(weights.OrderDescending(), weights);
        Assert.All(weights, w => Assert.InRange(w, 1f / copies, 1));
    }

    [Fact]
    public void More_copies_weigh_less_each_but_never_less_together()
    {
        float[] weights = [.. Enumerable.Range(1, 64).Select(copies => MergeWeight.Of(0.7, copies))];
        Assert.All(weights.Zip(weights.Skip(1)), pair => Assert.True(pair.Second < pair.First));
        double[] together = [.. weights.Select((w, i) => w * (i + 1.0))];
        Assert.All(together.Zip(together.Skip(1)), pair => Assert.True(pair.Second > pair.First));
    }

    [Fact]
    public void Half_the_pull_is_the_formulas_middle() => Assert.Equal(1 / (1 + (3 * 0.5)), MergeWeight.Of(1, 4), 1e-7); // pull 1 is half of the way

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1e30, 0.25)]
    public void The_adaptive_rule_takes_a_replicas_share_for_its_copies(double steps, float weight)
    {
        Func<double, double, float> rule = MergeWeight.ByRule(MergeRule.Adaptive, 7);
        Assert.Equal(weight, rule(steps, 0.25), 1e-6f);
        Assert.Equal(MergeWeight.Of(RowPull.Of(5), 4), MergeWeight.ByRule(MergeRule.Adaptive, 4)(5, 0.25));
        Assert.InRange(rule(steps, 0), 0, 1);
    }

    [Theory]
    [InlineData(MergeRule.Mean, 0.2f)]
    [InlineData(MergeRule.Sum, 1)]
    [InlineData(MergeRule.Touching, 1)]
    public void Other_rules_know_no_pull(MergeRule rule, float weight) => Assert.Equal(weight, MergeWeight.ByRule(rule, 5)(123, 0.25));
}
