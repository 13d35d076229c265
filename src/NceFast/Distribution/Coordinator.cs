using NceFast.Backends;
using NceFast.Corpus;

namespace NceFast.Distribution;

/// <summary>What has been trained so far in an epoch.</summary>
/// <param name="Words">Words of text, those outside the vocabulary included.</param>
/// <param name="Tokens">Words of the vocabulary.</param>
/// <param name="Predictions">Predictions made.</param>
/// <param name="Loss">Sum of the loss over predictions, nats.</param>
/// <param name="Progress">Part of the epoch done, 0 to 1.</param>
/// <param name="LearningRate">Learning rate of the last block.</param>
public readonly record struct PassState(long Words, long Tokens, long Predictions, double Loss, double Progress, float LearningRate);

/// <summary>
/// Drives a backend's workers over a corpus: each takes the next token block as soon as it is free, so that a slow worker
/// never holds up a fast one.
/// </summary>
/// <param name="backend">The backend.</param>
public sealed class Coordinator(IBackend backend)
{
    private static readonly TimeSpan ReportEvery = TimeSpan.FromMilliseconds(200);
    private readonly Lock _gate = new();
    private PassState _state;
    private long _nextReport;
    private Exception? _failure;

    /// <summary>Trains on every block of one pass.</summary>
    /// <param name="source">The corpus.</param>
    /// <param name="epoch">Epoch, from 0.</param>
    /// <param name="rate">Learning rate from the part of the epoch that lies before a block.</param>
    /// <param name="report">Called now and then from a worker's thread, never by two at once; may be null.</param>
    /// <param name="cancellation">Ends the pass after the blocks in work.</param>
    /// <returns>Totals of the pass.</returns>
    /// <exception cref="OperationCanceledException">The pass was cancelled; parameters are consistent.</exception>
    public PassState RunPass(IBlockSource source, int epoch, Func<double, float> rate, Action<PassState>? report, CancellationToken cancellation)
    {
        _state = default;
        _failure = null;
        _nextReport = Environment.TickCount64;
        IReadOnlyList<IBlockReader> readers = source.Open(epoch, backend.Workers.Count);
        try
        {
            // Threads of their own: a worker computes without pause for the whole pass, which would starve the thread pool.
            // The caller's own drives the first worker.
            var threads = new List<Thread>();
            for (int i = 1; i < readers.Count; i++)
            {
                IBlockReader reader = readers[i];
                IBlockWorker worker = backend.Workers[i];
                threads.Add(new Thread(() => Drive(reader, worker, epoch, rate, report, cancellation)) { IsBackground = true, Name = $"ncefast worker {i}" });
                threads[^1].Start();
            }

            Drive(readers[0], backend.Workers[0], epoch, rate, report, cancellation);
            foreach (Thread thread in threads)
                thread.Join();
        }
        finally
        {
            foreach (IBlockReader reader in readers)
                reader.Dispose();
        }

        backend.Synchronize();
        if (_failure is not null)
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(_failure);
        cancellation.ThrowIfCancellationRequested();
        return _state;
    }

    private void Drive(IBlockReader reader, IBlockWorker worker, int epoch, Func<double, float> rate, Action<PassState>? report, CancellationToken cancellation)
    {
        try
        {
            using var block = new TokenBlock();
            while (Volatile.Read(ref _failure) is null && !cancellation.IsCancellationRequested && reader.TryRead(block))
            {
                var step = new BlockStep(epoch, rate(block.Progress));
                BlockResult result = worker.Process(block, step);
                Account(block, step, result, report);
            }
        }
        catch (Exception e)
        {
            Interlocked.CompareExchange(ref _failure, e, null);
        }
    }

    private void Account(TokenBlock block, in BlockStep step, in BlockResult result, Action<PassState>? report)
    {
        lock (_gate)
        {
            _state = new PassState(
                _state.Words + block.Words,
                _state.Tokens + block.Count,
                _state.Predictions + result.Predictions,
                _state.Loss + result.Loss,
                Math.Max(_state.Progress, block.Progress),
                step.LearningRate);
            if (report is null || Environment.TickCount64 < _nextReport)
                return;
            _nextReport = Environment.TickCount64 + (long)ReportEvery.TotalMilliseconds;
            report(_state);
        }
    }
}
