using NceFast.Backends;
using NceFast.Corpus;
using NceFast.Numerics;

namespace NceFast.Distribution;

/// <summary>The totals of an epoch so far.</summary>
/// <param name="Epoch">Epoch, from 0.</param>
/// <param name="Words">Words of text, including those outside the vocabulary.</param>
/// <param name="Tokens">Words of the vocabulary.</param>
/// <param name="Predictions">Predictions made.</param>
/// <param name="Loss">Sum of the loss over predictions, nats.</param>
/// <param name="Progress">Part of the epoch done, 0 to 1.</param>
/// <param name="LearningRate">Learning rate of the last block.</param>
internal readonly record struct PassState(int Epoch, long Words, long Tokens, long Predictions, double Loss, double Progress, float LearningRate);

/// <summary>Work that is done now and then in the middle of a pass, while every worker waits between two blocks.</summary>
internal interface IPauseWork
{
    /// <summary>Returns whether a pause is due. Called after each block, never by two threads at once.</summary>
    /// <param name="state">Totals of the pass so far.</param>
    bool IsDue(in PassState state);

    /// <summary>Does the work. No worker runs meanwhile, and all blocks that workers have taken are trained.</summary>
    /// <param name="state">Totals of the pass so far.</param>
    void Run(in PassState state);

    /// <summary>Does what belongs at the end of an epoch. All blocks are trained, and the host has all parameters.</summary>
    /// <param name="state">Totals of the pass.</param>
    void EndEpoch(in PassState state)
    {
    }
}

/// <summary>
/// Drives the workers of one or more backends over a corpus. Each worker takes the next token block as soon as it is free, so that
/// a slow worker never delays a fast one.
/// </summary>
internal sealed class Coordinator
{
    private static readonly TimeSpan ReportEvery = TimeSpan.FromMilliseconds(200);
    private readonly object _gate = new();
    private readonly IReadOnlyList<IBackend> _backends;
    private readonly IBlockWorker[] _workers;
    private readonly int[] _backendOf;
    private readonly long[] _tokens;
    private PassState _state;
    private long _nextReport;
    private int _running, _waiting, _pauses;
    private bool _pauseWanted;
    private volatile bool _isTorn;
    private Exception? _failure;

    /// <summary>Creates a coordinator.</summary>
    /// <param name="backends">The backends, one per replica of the parameters.</param>
    public Coordinator(params IReadOnlyList<IBackend> backends)
    {
        ArgumentNullException.ThrowIfNull(backends);
        _backends = backends;
        _workers = [.. backends.SelectMany(b => b.Workers)];
        _backendOf = [.. backends.SelectMany((b, i) => b.Workers.Select(_ => i))];
        _tokens = new long[backends.Count];
    }

    /// <summary>Gets the words of the vocabulary that each backend has trained on in all passes; exact while no worker runs.</summary>
    public IReadOnlyList<long> Tokens => _tokens;

    /// <summary>Copies the parameters of all backends to host memory; no worker may be running.</summary>
    public void Synchronize()
    {
        foreach (IBackend backend in _backends)
            backend.Synchronize();
    }

    /// <summary>Makes all backends reload their parameters from host memory; no worker may be running.</summary>
    public void Reload()
    {
        foreach (IBackend backend in _backends)
            backend.Reload();
    }

    /// <summary>
    /// Gets whether the last pass failed only because a block could not be read. Every block that was taken is then trained on, and the
    /// host has the parameters.
    /// </summary>
    public bool HasFailedToRead { get; private set; }

    /// <summary>Gets the totals of the current pass or of the last one; no worker may be running.</summary>
    public PassState Totals => _state;

    /// <summary>Trains on every block of one pass.</summary>
    /// <param name="source">The corpus.</param>
    /// <param name="epoch">Epoch, from 0.</param>
    /// <param name="rate">Gives the learning rate for the part of the epoch that lies before a block.</param>
    /// <param name="report">Called now and then from a worker's thread, never by two threads at once; may be null.</param>
    /// <param name="cancellation">Ends the pass after the blocks that workers have taken.</param>
    /// <param name="pauses">Works that need all workers to wait, done in this order when several are due.</param>
    /// <returns>Totals of the pass.</returns>
    /// <exception cref="OperationCanceledException">The pass was cancelled; parameters are consistent.</exception>
    public PassState RunPass(
        IBlockSource source, int epoch, Func<double, float> rate, Action<PassState>? report, CancellationToken cancellation, params IReadOnlyList<IPauseWork> pauses) =>
        RunPass(source, new PassState { Epoch = epoch }, rate, report, cancellation, pauses);

    /// <summary>Continues a pass that an earlier process began.</summary>
    /// <param name="source">The corpus without the blocks that are done.</param>
    /// <param name="start">Totals of the blocks that are done.</param>
    /// <param name="rate">Gives the learning rate for the part of the epoch that lies before a block.</param>
    /// <param name="report">Called now and then from a worker's thread, never by two threads at once; may be null.</param>
    /// <param name="cancellation">Ends the pass after the blocks that workers have taken.</param>
    /// <param name="pauses">Works that need all workers to wait, done in this order when several are due.</param>
    /// <returns>Totals of the pass.</returns>
    /// <exception cref="OperationCanceledException">The pass was cancelled; parameters are consistent.</exception>
    public PassState RunPass(
        IBlockSource source, PassState start, Func<double, float> rate, Action<PassState>? report, CancellationToken cancellation, params IReadOnlyList<IPauseWork> pauses)
    {
        int epoch = start.Epoch;
        _state = start;
        _failure = null;
        (_pauseWanted, _waiting, _isTorn, HasFailedToRead) = (false, 0, false, true);
        _nextReport = Environment.TickCount64;
        IReadOnlyList<IBlockReader> readers = source.Open(epoch, _workers.Length);
        HasFailedToRead = false;
        _running = readers.Count;
        var pass = new Pass(epoch, rate, report, pauses, cancellation);
        try
        {
            // Workers have dedicated threads, because a worker computes without pause for the whole pass, which would starve the
            // thread pool. The caller's thread drives the first worker.
            var threads = new List<Thread>();
            for (int i = 1; i < readers.Count; i++)
            {
                IBlockReader reader = readers[i];
                int worker = i;
                threads.Add(new Thread(() => Drive(reader, worker, pass)) { IsBackground = true, Name = $"ncefast worker {i}" });
                threads[^1].Start();
            }

            Drive(readers[0], 0, pass);
            foreach (Thread thread in threads)
                thread.Join();
        }
        finally
        {
            foreach (IBlockReader reader in readers)
                reader.Dispose();
        }

        Synchronize();
        HasFailedToRead = _failure is not null && !_isTorn;
        if (_failure is not null)
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(_failure);
        cancellation.ThrowIfCancellationRequested();
        return _state;
    }

    private void Drive(IBlockReader reader, int worker, Pass pass)
    {
        try
        {
            using var block = new TokenBlock();
            while (Volatile.Read(ref _failure) is null && !pass.Cancellation.IsCancellationRequested && TryRead(reader, block))
            {
                var step = new BlockStep(pass.Epoch, pass.Rate(block.Progress));
                BlockResult result = _workers[worker].Process(block, step);
                lock (_gate)
                {
                    _tokens[_backendOf[worker]] += block.Count;
                    Account(block, step, result, pass.Report);
                    _pauseWanted = _pauseWanted || pass.Pauses.Any(p => p.IsDue(_state));
                    if (_pauseWanted)
                        WaitForPause(pass);
                }
            }
        }
        catch (Exception e)
        {
            _isTorn = true;
            Failures.Keep(ref _failure, e);
        }

        Leave(pass);
    }

    // A block that cannot be read leaves the parameters whole, unlike one that failed while it was trained on.
    private bool TryRead(IBlockReader reader, TokenBlock block)
    {
        try
        {
            return reader.TryRead(block);
        }
        catch (Exception e)
        {
            Failures.Keep(ref _failure, e);
            return false;
        }
    }

    private void Account(TokenBlock block, in BlockStep step, in BlockResult result, Action<PassState>? report)
    {
        _state = new PassState(
            _state.Epoch,
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

    // The last worker to arrive does the work and holds the gate meanwhile.
    private void WaitForPause(Pass pass)
    {
        if (_waiting + 1 == _running)
        {
            RunPause(pass);
            return;
        }

        int seen = _pauses;
        _waiting++;
        while (seen == _pauses)
            Monitor.Wait(_gate);
    }

    private void Leave(Pass pass)
    {
        lock (_gate)
        {
            _running--;
            if (_pauseWanted && _running > 0 && _waiting == _running)
                RunPause(pass);
        }
    }

    private void RunPause(Pass pass)
    {
        try
        {
            foreach (IPauseWork work in pass.Pauses)
            {
                if (_failure is null && work.IsDue(_state))
                    work.Run(_state);
            }
        }
        catch (Exception e)
        {
            _isTorn = true;
            Failures.Keep(ref _failure, e);
        }

        _pauseWanted = false;
        _waiting = 0;
        _pauses++;
        Monitor.PulseAll(_gate);
    }

    // What all workers of one pass share.
    private sealed record Pass(int Epoch, Func<double, float> Rate, Action<PassState>? Report, IReadOnlyList<IPauseWork> Pauses, CancellationToken Cancellation);
}
