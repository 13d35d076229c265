using ILGPU.Runtime;
using NceFast.Backends;
using NceFast.Merging;
using NceFast.Models;
using NceFast.Numerics;
using NceFast.Training;

namespace NceFast.Kernels.WordVectors;

/// <summary>
/// Represents a device with word vectors on it. Each of its two workers has its own stream and staging memory. While one computes, the
/// other reads and copies.
/// </summary>
internal sealed class AcceleratorWordVectorBackend : IBackend
{
    private readonly Accelerator _accelerator;
    private readonly WordVectorBuffers _buffers;
    private readonly AcceleratorWordVectorWorker[] _workers;
    private readonly AcceleratorStream _train;
    private bool _disposed;

    /// <param name="accelerator">The device, which stays open.</param>
    /// <param name="spec">The model.</param>
    /// <param name="parameters">The parameters in host memory.</param>
    /// <param name="shape">Kernel, threads and groups.</param>
    /// <exception cref="NceFastException">The plain kernel would train with AdaGrad, which it lacks (<see cref="ErrorKind.Usage"/>).</exception>
    public AcceleratorWordVectorBackend(Accelerator accelerator, WordVectorSpec spec, WordVectorParameters parameters, WordVectorLaunch shape)
    {
        if (spec.AdaGrad && !shape.Registers)
            Throw.Usage($"{Member.Of(nameof(RateSchedule.AdaGrad))} is not possible on '{accelerator.Name}' with these settings: {shape.WhyPlain}. Change them, take {Member.Of(nameof(RateSchedule.Linear))}, or set {Member.Of(nameof(TrainingOptions.Device))} to host.");
        _accelerator = accelerator;
        _buffers = new WordVectorBuffers(accelerator, spec, parameters);
        Kernels = new WordVectorKernelSet(accelerator, spec, shape);
        var gate = new Lock();
        int workers = WorkersOf(accelerator.AcceleratorType);
        _train = accelerator.CreateStream();
        Clock = new FlightClock(PullLimits.SetsInFlight, streams: 1);
        _workers = [.. Enumerable.Range(0, workers).Select(_ => new AcceleratorWordVectorWorker(accelerator, spec, _buffers, Kernels, shape, _train, Clock, gate))];
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
        // The memory of a failed device cannot be trusted, so that the host keeps its last parameters.
        if (!_workers.Any(w => w.HasFailed))
            Download();
    }

    /// <summary>Copies the parameters to the host, even after a failure.</summary>
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

    /// <summary>Gets the number of sets that the device trained on, which limits how many may be in flight.</summary>
    internal FlightClock Clock { get; }

    /// <summary>Gets the kernels. A test may replace one by a kernel that fails.</summary>
    internal WordVectorKernelSet Kernels { get; }

    /// <summary>Gets the number of workers on a device of a kind.</summary>
    public static int WorkersOf(AcceleratorType type) => type == AcceleratorType.CPU ? 1 : 2;

    /// <summary>Determines whether nothing was written around the buffers on the device.</summary>
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
        DeviceResource.Release(_train);
        _buffers.Dispose();
    }

    private void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(_disposed, this);
}
