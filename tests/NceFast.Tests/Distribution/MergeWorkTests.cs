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

    private sealed class IdleBackend : IBackend, IBlockWorker
    {
        public string Description => "idle";

        public IReadOnlyList<IBlockWorker> Workers => [this];

        public BlockResult Process(TokenBlock block, in BlockStep step) => new(1, 1);

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

    // Two blocks for each worker.
    private sealed class Blocks : IBlockSource
    {
        public long Words => 4;

        public IReadOnlyList<IBlockReader> Open(int epoch, int readers) => [.. Enumerable.Range(0, readers).Select(_ => new Reader())];

        public void Dispose()
        {
        }

        private sealed class Reader : IBlockReader
        {
            private int _left = 2;

            public bool TryRead(TokenBlock block)
            {
                block.Clear();
                block.Words = 1;
                block.Add(1);
                block.EndSentence();
                return _left-- > 0;
            }

            public void Dispose()
            {
            }
        }
    }
}
