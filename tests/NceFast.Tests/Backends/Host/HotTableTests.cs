using NceFast.Backends.Host;
using NceFast.Merging;
using NceFast.Numerics;
using Xunit;

namespace NceFast.Tests.Backends.Host;

/// <summary>The result of merges after all workers made the same change to a row on their own copies.</summary>
public sealed unsafe class HotTableTests
{
    private const int Workers = 4, Hot = 3, Stride = 32;
    private static readonly float[] RowWeights = [1, 0.5f, 1], MeanWeights = [0.5f, 0.25f, 0];

    [Theory]
    [InlineData(0, 4, 2)] // no pull: the sum of the changes, or what the row's weight makes of it
    [InlineData(1e9f, 1.7f, 1.7f)] // the whole way to the optimum: little more than the mean of the changes
    [InlineData(0.25f, 2.385965f, 2)] // half of it, by a mean of length 2: 4 / (1 + (4 / 1.7 - 1) / 2), and never more than the row's weight
    public void Changes_along_the_opposite_mean_take_their_pull_those_across_their_weight(float pull, float along, float alongHalf)
    {
        using AlignedMatrix inputs = new(Hot, Stride), outputs = new(Hot, Stride);
        for (int i = 0; i < 2; i++)
            inputs.RowPointer(i)[5] = 2;
        inputs.RowPointer(2)[7] = 100; // weighs nothing
        object[] inputLocks = HotTable.CreateLocks(Hot), outputLocks = HotTable.CreateLocks(Hot);
        for (int worker = 0; worker < Workers; worker++)
        {
            using HotTable input = View(inputs, inputLocks, pull), output = View(outputs, outputLocks, pull);
            input.Face(output);
            for (int row = 0; row < Hot; row++)
            {
                output.Row(row)[5] += 1;
                output.Row(row)[6] -= 3;
            }

            output.Merge(Hot);
        }

        Assert.Equal([along, alongHalf, along], Column(outputs, 5), (a, b) => Math.Abs(a - b) < 1e-5);
        Assert.Equal([-12f, -6, -12], Column(outputs, 6), (a, b) => Math.Abs(a - b) < 1e-5);
        Assert.Equal([0f, 0, 0], Column(outputs, 7));
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(0)]
    [InlineData(1e-40f)]
    public void An_opposite_mean_that_is_not_finite_or_next_to_zero_changes_nothing(float value)
    {
        using AlignedMatrix inputs = new(Hot, Stride), outputs = new(Hot, Stride);
        inputs.RowPointer(0)[5] = value;
        using HotTable input = View(inputs, HotTable.CreateLocks(Hot), 1), output = View(outputs, HotTable.CreateLocks(Hot), 1);
        input.Face(output);
        output.Row(0)[5] = 2;
        output.Merge(Hot);
        Assert.Equal([2f, 0, 0], Column(outputs, 5));
        Assert.Equal([0f, 0, 0], Column(outputs, 6));
    }

    [Fact]
    public void Without_an_opposite_table_all_of_a_change_takes_its_weight()
    {
        using AlignedMatrix outputs = new(Hot, Stride);
        object[] locks = HotTable.CreateLocks(Hot);
        using HotTable output = View(outputs, locks, 1e9f);
        output.Row(1)[5] = 1;
        output.Merge(Hot);
        Assert.Equal([0f, 0.5f, 0], Column(outputs, 5));
    }

    private static HotTable View(AlignedMatrix shared, object[] locks, float pull) =>
        new(shared.Pointer, shared.Stride, Hot, RowWeights, locks, new CommonPull([pull, pull, pull], MeanWeights, Workers, Stride));

    private static float[] Column(AlignedMatrix table, int column) => [.. Enumerable.Range(0, Hot).Select(row => table.RowPointer(row)[column])];
}
