namespace NceFast.Backends.Host;

/// <summary>The processor as a training device: vectorized kernels, one worker per thread.</summary>
internal abstract class HostBackend : IBackend
{
    private readonly IHostWorker[] _workers;
    private bool _disposed;

    /// <summary>Creates workers over parameters in host memory.</summary>
    /// <param name="threads">Number of workers, at least 1.</param>
    /// <param name="kernels">Vector width by name; null for the best.</param>
    /// <param name="prepare">Makes what all workers share, and returns what makes one worker.</param>
    /// <exception cref="NceFastException">The kernels are unknown, or the processor cannot run them.</exception>
    private protected HostBackend(int threads, string? kernels, Func<HostKernels, Func<IHostWorker>> prepare)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        HostKernels chosen = HostKernelCatalog.Create(kernels);
        Func<IHostWorker> create = prepare(chosen);
        _workers = [.. Enumerable.Range(0, threads).Select(_ => create())];
        Description = $"host {chosen.Name}, {threads} thread{(threads == 1 ? "" : "s")}";
    }

    /// <inheritdoc/>
    public string Description { get; }

    /// <inheritdoc/>
    public IReadOnlyList<IBlockWorker> Workers => Alive();

    /// <inheritdoc/>
    public void Synchronize()
    {
        foreach (IHostWorker worker in Alive())
            worker.Flush();
    }

    /// <inheritdoc/>
    public void Reload()
    {
        foreach (IHostWorker worker in Alive())
            worker.Reload();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _disposed = true;
        foreach (IHostWorker worker in _workers)
            worker.Dispose();
        GC.SuppressFinalize(this);
    }

    private IHostWorker[] Alive()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return _workers;
    }
}
