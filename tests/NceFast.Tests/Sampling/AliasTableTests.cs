using NceFast.Numerics;
using NceFast.Sampling;
using Xunit;

namespace NceFast.Tests.Sampling;

public class AliasTableTests
{
    [Theory]
    [InlineData(1, 1.0)]
    [InlineData(2, 0.0)]
    [InlineData(1000, 1.0)]
    [InlineData(2_000_000, 0.75)]
    public void The_table_reproduces_the_distribution(int words, double power)
    {
        double[] weights = Zipf(words, power);
        double sum = weights.Sum();
        double[] back = new AliasTable(weights).Reconstruct();
        double worst = 0;
        for (int i = 0; i < words; i++)
            worst = Math.Max(worst, Math.Abs(back[i] - (weights[i] / sum)) / (weights[i] / sum));
        Assert.True(worst < 1e-7, $"relative error {worst}");
    }

    [Fact]
    public void Draws_follow_the_distribution_by_a_chi_square_test()
    {
        const int Words = 200, Draws = 2_000_000;
        double[] weights = Zipf(Words, 1);
        double sum = weights.Sum();
        var table = new AliasTable(weights);
        var words = new uint[2 * Draws];
        Philox4x32.Fill(PhiloxStream.For(3, DrawPurpose.Noise, 0, 0), words);
        var counts = new int[Words];
        for (int i = 0; i < Draws; i++)
            counts[table.Draw(words[2 * i], words[(2 * i) + 1])]++;
        double chi = counts.Select((c, i) => Math.Pow(c - (Draws * weights[i] / sum), 2) / (Draws * weights[i] / sum)).Sum();

        // 199 degrees of freedom: mean 199, standard deviation 20. Five deviations are exceeded once in millions of trials.
        Assert.InRange(chi, 100, 300);
    }

    [Fact]
    public void A_word_of_weight_zero_is_never_drawn()
    {
        var table = new AliasTable([0, 1, 0, 3, 0]);
        for (uint i = 0; i < 4000; i++)
            Assert.Contains(table.Draw(i * 1073741u, i * 2654435761u), new[] { 1, 3 });
    }

    [Fact]
    public void Draws_at_the_edges_of_the_unit_interval_stay_in_range()
    {
        var table = new AliasTable(Zipf(7, 1));
        Assert.InRange(table.Draw(0, 0), 0, 6);
        Assert.InRange(table.Draw(uint.MaxValue, uint.MaxValue), 0, 6);
    }

    [Theory]
    [InlineData(new double[0])]
    [InlineData(new[] { 0.0, 0.0 })]
    [InlineData(new[] { 1.0, -1.0 })]
    [InlineData(new[] { 1.0, double.NaN })]
    [InlineData(new[] { 1.0, double.PositiveInfinity })]
    public void Weights_that_are_no_distribution_are_rejected(double[] weights) =>
        Assert.Throws<ArgumentException>(() => new AliasTable(weights));

    private static double[] Zipf(int words, double power) =>
        [.. Enumerable.Range(1, words).Select(rank => Math.Pow(1e6 / rank, power))];
}
