using NceFast.Blocks;
using NceFast.Numerics;
using Xunit;

namespace NceFast.Tests.Numerics;

/// <summary>When several threads fail, callers receive the most informative error.</summary>
public sealed class FailuresTests
{
    private static readonly Exception Known = new NceFastException(ErrorKind.Input, "a file is missing."), Memory = new OutOfMemoryException(), Stop = new OperationCanceledException(), Bug = new InvalidOperationException();

    [Fact]
    public void The_most_informative_error_is_chosen_at_any_depth_and_place()
    {
        Assert.Same(Known, NceFastException.MostTelling(new AggregateException(Bug, Stop, new AggregateException(Memory, Known))));
        Assert.Same(Memory, NceFastException.MostTelling(new AggregateException(Bug, Stop, Memory)));
        Assert.Same(Stop, NceFastException.MostTelling(new AggregateException(Bug, Stop)));
        Assert.Same(Bug, NceFastException.MostTelling(new AggregateException(Bug, new NotSupportedException())));
        Assert.Same(Bug, NceFastException.MostTelling(Bug));
    }

    [Fact]
    public void Threads_that_run_out_of_memory_together_throw_one_error()
    {
        using var all = new Barrier(2);
        Assert.Throws<OutOfMemoryException>(() => Failures.Unwrap(() => Parallel.Invoke(Fail, Fail)));

        void Fail()
        {
            all.SignalAndWait(TimeSpan.FromSeconds(10));
            throw new OutOfMemoryException();
        }
    }

    [Fact]
    public void A_stopped_worker_does_not_hide_the_cause()
    {
        using var stop = new CancellationTokenSource();
        var thrown = Assert.Throws<NceFastException>(() => Workers.Run(2, stop, number =>
        {
            if (number == 0)
                throw Stop;
            stop.Token.WaitHandle.WaitOne();
            throw Known;
        }));
        Assert.Equal(ErrorKind.Input, thrown.Kind);
    }

    [Fact]
    public void A_lack_of_memory_is_a_known_error()
    {
        var thrown = Assert.Throws<NceFastException>(() => new AlignedMatrix(1L << 40, 1 << 16));
        Assert.Equal(ErrorKind.Memory, thrown.Kind);
        unsafe
        {
            thrown = Assert.Throws<NceFastException>(() => { AlignedMemory.Allocate((nuint)1 << 60); });
        }

        Assert.Equal(ErrorKind.Memory, thrown.Kind);
    }

    [Fact]
    public void No_parallel_loop_of_the_library_throws_several_errors_at_once()
    {
        string library = House.LayerTests.Library();
        IEnumerable<string> bare = Directory.EnumerateFiles(library, "*.cs", SearchOption.AllDirectories)
            .Where(f => !f.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}"))
            .SelectMany(f => File.ReadLines(f).Where(l => l.Contains("Parallel.", StringComparison.Ordinal) && !l.Contains("Failures.Unwrap", StringComparison.Ordinal)).Select(l => $"{Path.GetFileName(f)}: {l.Trim()}"));
        Assert.Empty(bare);
    }
}
