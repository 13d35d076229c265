using NceFast.Backends;
using NceFast.Corpus;
using NceFast.Distribution;
using Xunit;

namespace NceFast.Tests.Distribution;

public class CoordinatorTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 4)]
    [InlineData(3, 2)]
    public void No_worker_runs_during_a_pause(int backends, int workers)
    {
        var devices = Enumerable.Range(0, backends).Select(_ => new SlowBackend(workers)).ToArray();
        var pause = new CountingPause(devices, every: 7);
        PassState state = new Coordinator(devices).RunPass(new NumberedBlocks(200), 0, _ => 1, null, default, pause);
        Assert.Equal(200, state.Words);
        Assert.Equal(200, devices.Sum(d => d.Processed));
        Assert.InRange(pause.Runs, 200 / (7 + backends * workers), 200 / 7);
        Assert.False(pause.SawAWorkerRunning);
        Assert.All(devices, d => Assert.Equal(1, d.Synchronized));
    }

    [Fact]
    public void A_pause_comes_after_a_block_and_sees_its_totals()
    {
        var seen = new List<long>();
        var device = new SlowBackend(1);
        new Coordinator(device).RunPass(new NumberedBlocks(10), 0, _ => 1, null, default, new ActionPause(s => s.Words % 4 == 0, s => seen.Add(s.Words)));
        Assert.Equal([4L, 8], seen);
    }

    [Fact]
    public void A_failure_in_a_pause_ends_the_pass()
    {
        var device = new SlowBackend(3);
        var pause = new ActionPause(s => s.Words >= 5, _ => throw new InvalidOperationException("disk"));
        Assert.Equal("disk", Assert.Throws<InvalidOperationException>(() => new Coordinator(device).RunPass(new NumberedBlocks(1000), 0, _ => 1, null, default, pause)).Message);
        Assert.InRange(device.Processed, 5, 10);
    }

    [Fact]
    public void A_worker_that_fails_does_not_hold_up_a_pause()
    {
        var device = new SlowBackend(3) { FailAt = 20 };
        var pause = new ActionPause(_ => true, _ => { });
        Assert.Throws<InvalidDataException>(() => new Coordinator(device).RunPass(new NumberedBlocks(1000), 0, _ => 1, null, default, pause));
    }

    [Fact]
    public void Only_a_failure_to_read_leaves_whole_parameters()
    {
        Assert.True(FailsToRead(new NumberedBlocks(100) { FailAt = 50 }));
        Assert.True(FailsToRead(new NumberedBlocks(100) { FailAt = 0 })); // in Open
        Assert.False(FailsToRead(new NumberedBlocks(100), failAt: 20));
        Assert.False(FailsToRead(new NumberedBlocks(100) { FailAt = 50 }, failAt: 1));
        Assert.False(FailsToRead(new NumberedBlocks(100), pause: new ActionPause(s => s.Words >= 5, _ => throw new IOException("disk"))));
        Assert.False(FailsToRead(new NumberedBlocks(100)));

        static bool FailsToRead(NumberedBlocks blocks, int failAt = int.MaxValue, IPauseWork? pause = null)
        {
            var coordinator = new Coordinator(new SlowBackend(3) { FailAt = failAt });
            Record.Exception(() => coordinator.RunPass(blocks, 0, _ => 1, null, default, pause is null ? [] : [pause]));
            return coordinator.HasFailedToRead;
        }
    }

    private sealed class ActionPause(Func<PassState, bool> due, Action<PassState> run) : IPauseWork
    {
        public bool IsDue(in PassState state) => due(state);

        public void Run(in PassState state) => run(state);
    }

    private sealed class CountingPause(SlowBackend[] devices, int every) : IPauseWork
    {
        private long _next = every;

        public int Runs { get; private set; }

        public bool SawAWorkerRunning { get; private set; }

        public bool IsDue(in PassState state) => state.Words >= _next;

        public void Run(in PassState state)
        {
            Runs++;
            long before = devices.Sum(d => d.Processed);
            SawAWorkerRunning |= devices.Any(d => d.Busy != 0);
            Thread.Sleep(2);
            SawAWorkerRunning |= devices.Sum(d => d.Processed) != before;
            _next = state.Words + every;
        }
    }

    private sealed class SlowBackend : IBackend
    {
        private int _busy, _processed;

        public SlowBackend(int workers) => Workers = [.. Enumerable.Range(0, workers).Select(_ => new Worker(this))];

        public string Description => "slow";

        public IReadOnlyList<IBlockWorker> Workers { get; }

        public int Busy => Volatile.Read(ref _busy);

        public int Processed => Volatile.Read(ref _processed);

        public int Synchronized { get; private set; }

        public int FailAt { get; init; } = int.MaxValue;

        public void Synchronize() => Synchronized++;

        public void Reload()
        {
        }

        public void Dispose()
        {
        }

        private sealed class Worker(SlowBackend owner) : IBlockWorker
        {
            public BlockResult Process(TokenBlock block, in BlockStep step)
            {
                Interlocked.Increment(ref owner._busy);
                Thread.SpinWait(2000);
                int processed = Interlocked.Increment(ref owner._processed);
                Interlocked.Decrement(ref owner._busy);
                return processed >= owner.FailAt ? throw new InvalidDataException("broken") : new BlockResult(1, 1);
            }

            public void Flush()
            {
            }
        }
    }

    private sealed class NumberedBlocks(int blocks) : IBlockSource
    {
        public long Words => blocks;

        public int FailAt { get; init; } = int.MaxValue;

        public IReadOnlyList<IBlockReader> Open(int epoch, int readers)
        {
            var next = new Counter();
            return FailAt == 0 ? throw new IOException("no text") : [.. Enumerable.Range(0, readers).Select(_ => new Reader(next, blocks, FailAt))];
        }

        public void Dispose()
        {
        }

        private sealed class Counter
        {
            public int Value;
        }

        private sealed class Reader(Counter next, int blocks, int failAt) : IBlockReader
        {
            public bool TryRead(TokenBlock block)
            {
                int i = Interlocked.Increment(ref next.Value) - 1;
                block.Clear();
                block.Words = 1;
                block.Number = (ulong)i;
                block.Progress = i / (double)blocks;
                return i >= failAt ? throw new IOException("no text") : i < blocks;
            }

            public void Dispose()
            {
            }
        }
    }
}
