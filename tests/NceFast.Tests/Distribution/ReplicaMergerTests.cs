using NceFast.Distribution;
using NceFast.Merging;
using NceFast.Models;
using NceFast.Objectives;
using NceFast.Tests.Backends;
using Xunit;

namespace NceFast.Tests.Distribution;

public sealed unsafe class ReplicaMergerTests : IDisposable
{
    private const int Words = 40;
    private readonly WordVectorParameters[] _replicas;

    public ReplicaMergerTests() => _replicas = [.. Enumerable.Range(0, 3).Select(_ => new WordVectorParameters(TestSpecs.Create(Words, dim: 9, objective: ObjectiveKind.Nce, normalizer: NormalizerKind.Learned)))];

    public void Dispose() => Array.ForEach(_replicas, r => r.Dispose());

    [Theory]
    [InlineData(MergeRule.Sum, 3, 3)]
    [InlineData(MergeRule.Mean, 1, 1)]
    [InlineData(MergeRule.Touching, 1, 3)]
    public void Each_rule_merges_a_row_by_its_formula(MergeRule rule, double touchedByAll, double touchedByOne)
    {
        using ReplicaMerger merger = Create(rule, updates: 0);
        foreach (WordVectorParameters replica in _replicas)
            replica.Input.Row(5)[8] += 1;
        _replicas[2].Output.Row(39)[0] += 3;
        merger.Begin([100, 100, 100], 1, 0.1);
        merger.MergeHere(1);
        Assert.All(_replicas, r => Assert.Equal(touchedByAll, r.Input.Row(5)[8], 1e-6));
        Assert.All(_replicas, r => Assert.Equal(touchedByOne, r.Output.Row(39)[0], 1e-6));
    }

    [Theory]
    [InlineData(0, 3)]
    [InlineData(1e9, 1)]
    public void The_adaptive_rule_sums_rare_rows_and_averages_frequent_ones(float updates, double expected)
    {
        using ReplicaMerger merger = Create(MergeRule.Adaptive, updates);
        foreach (WordVectorParameters replica in _replicas)
            replica.Input.Row(5)[8] += 1;
        merger.Begin([100, 100, 100], 1, 0.1);
        merger.MergeHere(1);
        Assert.All(_replicas, r => Assert.Equal(expected, r.Input.Row(5)[8], 1e-3));
    }

    [Fact]
    public void A_replica_that_did_more_has_a_larger_weight()
    {
        using ReplicaMerger merger = Create(MergeRule.Adaptive, 1e9f);
        _replicas[0].Input.Row(5)[0] = 1;
        merger.Begin([800, 100, 100], 1, 0.1);
        merger.MergeHere(1);
        Assert.Equal(0.8, _replicas[1].Input.Row(5)[0], 1e-3);
    }

    [Fact]
    public void Tables_of_the_whole_model_are_averaged_in_every_merge()
    {
        using ReplicaMerger merger = Create(MergeRule.Adaptive, 0, rows: 10);
        _replicas[0].LogZ[0] = 3;
        _replicas[1].Input.Row(30)[0] = 1; // outside the first band
        merger.Begin([100, 100, 100], 1, 0.1);
        merger.MergeHere(1);
        Assert.All(_replicas, r => Assert.Equal(1, r.LogZ[0], 1e-5));
        Assert.Equal(0, _replicas[0].Input.Row(30)[0]);
        merger.Begin([200, 200, 200], 1, 0.1);
        merger.MergeHere(3);
        Assert.Equal(1, _replicas[0].Input.Row(30)[0]);
    }

    [Fact]
    public void A_merge_that_ends_late_keeps_changes_made_in_the_meantime()
    {
        using ReplicaMerger merger = new([_replicas[0].Tables], RowRanking.Create(TestSpecs.Counts(Words), new float[Words]), new MergeRuler(Words, Words), MergeRule.Sum, 2);
        _replicas[0].Input.Row(7)[3] = 5;
        var sums = new float[Words * 10];
        var own = new float[Words * 10];
        using var alone = new SoloCommunicator();
        merger.Begin([100], 0.5, 0.1);
        merger.Mark(1);
        merger.Changed.ListOwn();
        MergePiece piece = Assert.Single(merger.Changed.Pieces(1000));
        Assert.Equal((1, 9), (piece.To - piece.From, piece.Floats));
        fixed (float* s = sums, o = own)
        {
            merger.CopyOwn(piece, o);
            _replicas[0].Input.Row(7)[3] += 1; // trained on meanwhile
            merger.Changed.ListAll(alone);
            merger.Spread(piece, o, s);
            s[3] += 100; // another process's change
            Assert.True(merger.Settle(piece, o, s) == o + 9);
            merger.AddOthers(piece, s);
        }

        Assert.Equal(106, _replicas[0].Input.Row(7)[3]);
        merger.Begin([200], 0.5, 0.1);
        merger.Mark(1);
        merger.Changed.ListAll(alone);
        fixed (float* s = sums)
            merger.Gather(Assert.Single(merger.Changed.Pieces(1000)), s);
        Assert.Equal(1, sums[3]); // the part that the other processes have not received
    }

    private ReplicaMerger Create(MergeRule rule, float updates, int rows = Words) => new(
        [.. _replicas.Select(r => r.Tables)],
        RowRanking.Create(TestSpecs.Counts(Words), [.. Enumerable.Repeat(updates, Words)]),
        new MergeRuler(rows, Words),
        rule,
        3);
}
