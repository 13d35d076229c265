using NceFast.Backends;
using NceFast.Corpus;
using NceFast.Distribution;
using NceFast.Merging;
using NceFast.Models;
using NceFast.Objectives;
using NceFast.Tests.Backends;
using Xunit;

namespace NceFast.Tests.Distribution;

public sealed class MergeWorkTests : IDisposable
{
    private const int Words = 40;
    private readonly WordVectorParameters[] _replicas = [.. Enumerable.Range(0, 2).Select(_ => new WordVectorParameters(TestSpecs.Create(Words, dim: 9, objective: ObjectiveKind.Nce, normalizer: NormalizerKind.Learned)))];

    public void Dispose() => Array.ForEach(_replicas, r => r.Dispose());

    [Fact]
    public void A_training_that_ends_early_is_merged_by_the_pull_of_its_learning_rate()
    {
        var coordinator = new Coordinator(new IdleBackend(), new IdleBackend());
        var ranking = RowRanking.Create(TestSpecs.Counts(Words), [.. Enumerable.Repeat(1e9f, Words)]);
        var schedule = new SyncSchedule(new SyncOptions(), Words, 1000);
        using var merging = new MergeWork(coordinator, new ReplicaMerger([.. _replicas.Select(r => r.Tables)], ranking, schedule.Ruler, MergeRule.Adaptive, 2), schedule, false, new SoloCommunicator(), [], 0, default);
        coordinator.RunPass(new Blocks(), 0, _ => 0.05f, null, default);
        foreach (WordVectorParameters replica in _replicas)
            (replica.LogZ[0], replica.Input.Row(3)[0]) = (replica.LogZ[0] + 1, 7);
        float before = _replicas[0].LogZ[0];
        merging.MergeHere();
        Assert.All(_replicas, r => Assert.Equal(before, r.LogZ[0], 1e-5)); // the mean, not the sum
        Assert.All(_replicas, r => Assert.Equal(7, r.Input.Row(3)[0], 1e-2));
    }

    [Fact]
    public void A_rank_whose_blocks_take_longer_is_found()
    {
        var slow = new List<SlowRank>();
        var results = RankThreads.Run(2, ranks =>
        {
            var pace = new RankPace(["a", "b"], 0.1, ranks.Rank == 0 ? slow.Add : null);
            using MergeWork merging = Merging(ranks, out Coordinator coordinator, pace, delay: ranks.Rank == 0 ? 1 : 20);
            PassState state = coordinator.RunPass(new Blocks(60), 0, _ => 0.05f, null, merging.Stop, merging);
            merging.EndEpoch(state);
            return (pace.Totals, merging.Paused);
        });
        Assert.All(results, r => Assert.Null(r.Error));
        Assert.All(results, r => Assert.Equal(results[0].Result.Totals, r.Result.Totals));
        Assert.Equal(1, Assert.Single(slow).Rank);
        Assert.True(slow[0].Factor > 1.5, $"{slow[0]}"); // no upper limit, because a busy machine delays the ranks unequally
        Assert.True(results[0].Result.Totals[1].Seconds > 2 * results[0].Result.Totals[0].Seconds, $"{results[0].Result.Totals[1]}");
        Assert.True(results[0].Result.Paused > results[1].Result.Paused);
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(7, false)]
    [InlineData(7, true)]
    [InlineData(59, false)]
    public void A_rank_that_cannot_read_ends_all_ranks_after_a_merge_of_all_rows(int readable, bool overlap)
    {
        var results = RankThreads.Run(2, ranks =>
        {
            using MergeWork merging = Merging(ranks, out Coordinator coordinator, null, delay: 1, overlap);
            Exception? error = Record.Exception(() => coordinator.RunPass(new Blocks(60) { Readable = ranks.Rank == 1 ? readable : 60 }, 0, _ => 0.05f, null, merging.Stop, merging));
            if (coordinator.HasFailedToRead)
                merging.Fail(coordinator.Totals);
            else if (error is null)
                error = Record.Exception(() => merging.EndEpoch(coordinator.Totals));
            return (Error: error, merging.HasFailed, merging.HasStopped, coordinator.Totals.Words, Row: _replicas[ranks.Rank].Input.Row(3).ToArray());
        });
        Assert.All(results, r => Assert.Null(r.Error));
        Assert.All(results, r => Assert.True(r.Result.HasFailed && r.Result.HasStopped));
        Assert.IsAssignableFrom<OperationCanceledException>(results[0].Result.Error);
        Assert.Equal("no more", Assert.IsType<IOException>(results[1].Result.Error).Message);
        Assert.Equal(readable, results[1].Result.Words); // the block that could not be read does not count
        Assert.InRange(results[0].Result.Words, 1, 60);
        Assert.Equal(results[0].Result.Row, results[1].Result.Row);
        Assert.Equal(results[0].Result.Words + readable, results[0].Result.Row[0], 1e-3); // each block adds 1, so nothing is lost
    }

    // A rank with one worker, which adds 1 to a value of its replica for each block.
    private MergeWork Merging(ICommunicator ranks, out Coordinator coordinator, RankPace? pace, int delay, bool overlap = false)
    {
        WordVectorParameters own = _replicas[ranks.Rank];
        own.Input.Row(3)[0] = 0;
        coordinator = new Coordinator(new IdleBackend(() =>
        {
            Thread.Sleep(delay);
            own.Input.Row(3)[0]++;
        }));
        var ranking = RowRanking.Create(TestSpecs.Counts(Words), [.. Enumerable.Repeat(1e-9f, Words)]);
        var schedule = new SyncSchedule(new SyncOptions { Period = 2, Rows = 20 }, Words, 1000);
        return new MergeWork(coordinator, new ReplicaMerger([own.Tables], ranking, schedule.Ruler, MergeRule.Sum, 2), schedule, overlap, ranks, [], 0, default, pace);
    }

    private sealed class IdleBackend(Action? work = null) : IBackend, IBlockWorker
    {
        public string Description => "idle";

        public IReadOnlyList<IBlockWorker> Workers => [this];

        public BlockResult Process(TokenBlock block, in BlockStep step)
        {
            work?.Invoke();
            return new(1, 1);
        }

        public void Flush()
        {
        }

        public void Synchronize()
        {
        }

        public void Reload()
        {
        }

        public void Dispose()
        {
        }
    }

    // Blocks of one word for each worker.
    private sealed class Blocks(int count = 2) : IBlockSource
    {
        public int Readable { get; init; } = int.MaxValue;

        public long Words => 4;

        public IReadOnlyList<IBlockReader> Open(int epoch, int readers) => [.. Enumerable.Range(0, readers).Select(_ => new Reader(count, Readable))];

        public void Dispose()
        {
        }

        private sealed class Reader(int count, int readable) : IBlockReader
        {
            private int _read;

            public bool TryRead(TokenBlock block)
            {
                block.Clear();
                block.Words = 1;
                block.Add(1);
                block.EndSentence();
                return _read >= readable ? throw new IOException("no more") : _read++ < count;
            }

            public void Dispose()
            {
            }
        }
    }
}
