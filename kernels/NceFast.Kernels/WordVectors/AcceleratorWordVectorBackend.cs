using ILGPU.Runtime;
using NceFast.Backends;
using NceFast.Models;

namespace NceFast.Kernels.WordVectors;

/// <summary>A device with a model on it. Two workers, each with a stream and staging of its own: while one computes, the other reads and copies.</summary>
internal sealed class AcceleratorWordVectorBackend : IBackend
{
    private readonly Accelerator _accelerator;
    private readonly WordVectorBuffers _buffers;
    private readonly AcceleratorWordVectorWorker[] _workers;
    private bool _disposed;

    /// <param name="accelerator">The device; it stays open.</param>
    /// <param name="spec">The model.</param>
    /// <param name="parameters">The parameters in host memory.</param>
    /// <param name="shape">Kernel, threads and groups.</param>
    public AcceleratorWordVectorBackend(Accelerator accelerator, WordVectorSpec spec, WordVectorParameters parameters, WordVectorLaunch shape)
    {
        _accelerator = accelerator;
        _buffers = new WordVectorBuffers(accelerator, spec, parameters);
        Kernels = new WordVectorKernelSet(accelerator, spec, shape);
        var gate = new Lock();
        int workers = WorkersOf(accelerator.AcceleratorType);
        _workers = [.. Enumerable.Range(0, workers).Select(_ => new AcceleratorWordVectorWorker(accelerator, spec, _buffers, Kernels, shape, gate))];
        DeviceBytes = WordVectorBuffers.Bytes(spec) + (workers * BlockBuffers.Bytes(spec, shape, _buffers.Columns));
        Description = $"{accelerator.AcceleratorType} {accelerator.Name}, {(shape.Registers ? "register kernel" : $"plain kernel ({shape.WhyPlain})")}, {shape.TrainGroups} groups of {shape.TrainThreads} threads";
    }

    /// <inheritdoc/>
    public string Description { get; }

    /// <inheritdoc/>
    public IReadOnlyList<IBlockWorker> Workers
    {
        get
        {
            ThrowIfDisposed();
            return _workers;
        }
    }

    /// <inheritdoc/>
    public long DeviceBytes { get; }

    /// <inheritdoc/>
    public void Synchronize()
    {
        ThrowIfDisposed();
        // What a failed device holds is not to be trusted: the host keeps the parameters of the last time.
        if (!_workers.Any(w => w.HasFailed))
            Download();
    }

    /// <summary>Copies the parameters to the host, whatever they are.</summary>
    internal void Download() => DeviceResource.Copy(_accelerator, _buffers.Download);

    /// <inheritdoc/>
    public void Reload()
    {
        ThrowIfDisposed();
        if (_workers.Any(w => w.IsLost))
            return; // its error has been thrown, and must not be hidden by another one
        DeviceResource.Copy(_accelerator, _buffers.Upload);
        foreach (AcceleratorWordVectorWorker worker in _workers)
            worker.Trust();
    }

    /// <summary>The kernels; a test may put one in that fails.</summary>
    internal WordVectorKernelSet Kernels { get; }

    /// <summary>Workers on a device of a kind.</summary>
    public static int WorkersOf(AcceleratorType type) => type == AcceleratorType.CPU ? 1 : 2;

    /// <summary>Gets a value indicating whether nothing was written around the buffers on the device.</summary>
    internal bool BuffersAreIntact() => _buffers.AreIntact() && _workers.All(w => w.Block.AreIntact());

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        _accelerator.Bind();
        foreach (AcceleratorWordVectorWorker worker in _workers)
            worker.Dispose();
        _buffers.Dispose();
    }

    private void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(_disposed, this);
}
