using ILGPU.Runtime;
using NceFast.Backends;
using NceFast.Models;

namespace NceFast.Kernels;

/// <summary>A device with a model on it. Two workers, each with a stream and staging of its own: while one computes, the other reads and copies.</summary>
internal sealed class AcceleratorBackend : IBackend
{
    private readonly Accelerator _accelerator;
    private readonly DeviceBuffers _buffers;
    private readonly AcceleratorWorker[] _workers;

    /// <param name="accelerator">The device; it stays open.</param>
    /// <param name="request">Model and sizes.</param>
    /// <param name="shape">Threads and groups.</param>
    /// <param name="plain">Whether to take the plain kernel where the staged one would serve.</param>
    public AcceleratorBackend(Accelerator accelerator, BackendRequest request, LaunchShape shape, bool plain = false)
    {
        _accelerator = accelerator;
        _buffers = new DeviceBuffers(accelerator, request.Spec, request.Parameters);
        var kernels = new KernelSet(accelerator, request.Spec, _buffers.Columns, plain);
        var gate = new Lock();
        int workers = accelerator.AcceleratorType == AcceleratorType.CPU ? 1 : 2;
        _workers = [.. Enumerable.Range(0, workers).Select(_ => new AcceleratorWorker(accelerator, request.Spec, _buffers, kernels, shape, gate))];
        DeviceBytes = DeviceBuffers.Bytes(request.Spec) + (workers * BlockBuffers.Bytes(request.Spec, shape, _buffers.Columns));
        Description = $"{accelerator.AcceleratorType} {accelerator.Name}, {(kernels.IsStaged ? "staged" : "plain")} kernel, {shape.TrainGroups} groups of {shape.TrainThreads} threads";
    }

    /// <inheritdoc/>
    public string Description { get; }

    /// <inheritdoc/>
    public IReadOnlyList<IBlockWorker> Workers => _workers;

    /// <inheritdoc/>
    public long DeviceBytes { get; }

    /// <inheritdoc/>
    public void Synchronize()
    {
        if (_workers.Any(w => w.HasFailed))
            return;
        _accelerator.Bind();
        _accelerator.Synchronize();
        _buffers.Download(_accelerator.DefaultStream);
    }

    /// <inheritdoc/>
    public void Reload()
    {
        _accelerator.Bind();
        _accelerator.Synchronize();
        _buffers.Upload(_accelerator.DefaultStream);
    }

    /// <summary>Whether nothing was written around the buffers on the device.</summary>
    internal bool BuffersAreIntact() => _buffers.AreIntact() && _workers.All(w => w.Block.AreIntact());

    /// <inheritdoc/>
    public void Dispose()
    {
        _accelerator.Bind();
        foreach (AcceleratorWorker worker in _workers)
            worker.Dispose();
        _buffers.Dispose();
    }
}
