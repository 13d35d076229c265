using NceFast.Merging;
using NceFast.Models;
using NceFast.Numerics;
using NceFast.Objectives;
using NceFast.Tests.Backends;
using Xunit;

namespace NceFast.Tests.Merging;

/// <summary>The mean that rows meet, and how strongly rows are pulled.</summary>
public sealed unsafe class CommonPullTests
{
    private const int Stride = 16;

    // The mean of (3, 0) and (0, 4) with the weights 1 and 3 is (0.75, 3).
    [Fact]
    public void The_mean_of_the_rows_has_length_1_and_its_square_weakens_the_merge()
    {
        using var rows = new AlignedMatrix(2, Stride);
        rows.Row(0)[0] = 3;
        rows.Row(1)[1] = 4;
        using var pull = new CommonPull([0, 2, 1e6f], [1, 3], 4, Stride);
        pull.Take(rows.Pointer);
        double length = Math.Sqrt((0.75 * 0.75) + 9);
        Assert.Equal(0.75 / length, pull.Unit[0], 1e-6);
        Assert.Equal(3 / length, pull.Unit[1], 1e-6);
        for (int c = 2; c < Stride; c++)
            Assert.Equal(0, pull.Unit[c]);
        Assert.Equal(1, pull.Weight(0));
        Assert.Equal(MergeWeight.Of(2 * length * length, 4 / 1.7), pull.Weight(1), 1e-6);
        Assert.Equal(1.7 / 4, pull.Weight(2), 1e-4);
    }

    [Fact]
    public void A_second_mean_replaces_the_first()
    {
        using var rows = new AlignedMatrix(1, Stride);
        using var pull = new CommonPull([1], [2], 2, Stride);
        rows.Row(0)[3] = 5;
        pull.Take(rows.Pointer);
        rows.Row(0)[3] = -0.5f;
        pull.Take(rows.Pointer);
        Assert.Equal(-1, pull.Unit[3], 1e-6);
        Assert.Equal(MergeWeight.Of(0.25, 2 / 1.7), pull.Weight(0), 1e-6);
    }

    [Theory]
    [InlineData(0f)]
    [InlineData(1e-20f)]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void A_mean_without_a_direction_pulls_nothing(float value)
    {
        using var rows = new AlignedMatrix(1, Stride);
        using var pull = new CommonPull([1e9f], [1], 8, Stride);
        rows.Row(0)[0] = 1;
        pull.Take(rows.Pointer);
        Assert.NotEqual(1, pull.Weight(0));
        rows.Row(0)[0] = value;
        pull.Take(rows.Pointer);
        for (int c = 0; c < Stride; c++)
            Assert.Equal(0, pull.Unit[c]);
        Assert.Equal(1, pull.Weight(0));
    }

    [Fact]
    public void Only_the_first_rows_are_in_the_mean()
    {
        int count = HotRows.First + 5;
        using var rows = new AlignedMatrix(count, Stride);
        for (int r = 0; r < count; r++)
            rows.Row(r)[r < HotRows.First ? 0 : 1] = 1;
        using var pull = new CommonPull([1], [.. Enumerable.Repeat(1f, count)], 2, Stride);
        pull.Take(rows.Pointer);
        Assert.Equal((1f, 0f), (pull.Unit[0], pull.Unit[1]));
    }

    [Fact]
    public void Pulls_are_curvature_times_steps()
    {
        Assert.Equal(0.1 * 7, RowPull.Of(7), 1e-12);
        Assert.Equal(7 * 5 / 4.0, RowPull.AlongMean(7, 5), 1e-12);
        Assert.Equal(2 * 7 * 0.3, RowPull.OfTarget(7, 0.3), 1e-12);
        WordVectorSpec skipGram = TestSpecs.Create(20, dim: 4);
        Assert.Equal(0.5 * skipGram.WindowWords, RowPull.UpdatesPerWord(skipGram, 0.5), 1e-12);
        Assert.Equal(0.5, RowPull.UpdatesPerWord(TestSpecs.Create(20, dim: 4, model: ModelKind.Cbow), 0.5), 1e-12);
        Assert.Equal((0.3, 3.0), (Math.Round(Curvature.Term(ObjectiveKind.Nce.Traits()), 9), Curvature.Term(ObjectiveKind.Neg.Traits())));
        Assert.Equal((100.0, 6.0), (PullLimits.Noise(ObjectiveKind.Nce.Traits()), PullLimits.Noise(ObjectiveKind.Neg.Traits())));
    }

    [Theory]
    [InlineData(100, 1, 0, 0)]
    [InlineData(100, 2, 100, 100)]
    [InlineData(10_000, 2, 2_500, 2_500)]
    [InlineData(10_000, 4, 1_250, 1_250)]
    [InlineData(1_000_000, 2, 8_192, 8_192)]
    [InlineData(1_000_000, 4, 8_192, 2_048)]
    [InlineData(1_000_000, 8, 8_192, 1_024)]
    [InlineData(5_000, 8, 1_024, 1_024)]
    public void Workers_keep_fewer_private_rows_the_more_they_are(int words, int workers, int rows, int rowsOfWordVectors)
    {
        Assert.Equal(rows, HotRows.Of(words, workers));
        Assert.Equal(rowsOfWordVectors, HotRows.OfWordVectors(words, workers));
    }

    [Theory]
    [InlineData(1, 40_000)]
    [InlineData(2, 20_000)]
    [InlineData(40, 1_000)]
    [InlineData(400, 1_000)]
    public void All_workers_together_merge_at_the_same_pace(int workers, int period) => Assert.Equal(period, HotRows.WordVectorPeriod(workers));
}
