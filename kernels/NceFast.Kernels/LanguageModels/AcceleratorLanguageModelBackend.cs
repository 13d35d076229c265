using ILGPU.Runtime;
using NceFast.Backends;
using NceFast.Models;
using NceFast.Numerics;
using NceFast.Objectives;
using NceFast.Training;

namespace NceFast.Kernels.LanguageModels;

/// <summary>A device with a language model on it. Two workers: while one computes, the other lays its block out and copies.</summary>
internal sealed class AcceleratorLanguageModelBackend : IBackend
{
    private const int MostWorkers = 2;

    private readonly Accelerator _accelerator;
    private readonly LanguageModelBuffers _buffers;
    private readonly LanguageModelWorker[] _workers;
    private bool _disposed;

    /// <param name="accelerator">The device; it stays open.</param>
    /// <param name="spec">The model.</param>
    /// <param name="parameters">The parameters in host memory.</param>
    /// <param name="toleratesDivergence">See <see cref="BackendRequest.ToleratesDivergence"/>.</param>
    /// <param name="inOrder">Whether one group takes all predictions or sets in turn, as the host does.</param>
    public AcceleratorLanguageModelBackend(Accelerator accelerator, LanguageModelSpec spec, LanguageModelParameters parameters, Func<bool> toleratesDivergence, bool inOrder)
    {
        _accelerator = accelerator;
        LanguageModelLaunch shape = Launch(accelerator.Device, spec);
        if (inOrder)
            shape = shape.InOrder;
        _buffers = new LanguageModelBuffers(accelerator, spec, parameters);
        var context = new ContextLauncher(accelerator, spec, shape);
        WorkSize work = WorkSize.Of(spec, shape);
        WaveSize wave = WaveSize.Of(spec, shape);
        IStepLauncher step = spec.Objective.Traits().Accept(new LauncherFactory(accelerator, spec, shape, work, wave));
        var gate = new Lock();
        _workers = [.. Enumerable.Range(0, WorkersOf(accelerator.AcceleratorType)).Select(_ => new LanguageModelWorker(accelerator, spec, _buffers, shape, work, wave, context, step, gate) { ToleratesDivergence = toleratesDivergence })];
        DeviceBytes = LanguageModelBuffers.Bytes(spec) + (_workers.Length * BatchBuffers.Bytes(spec, work, wave));
        Description = $"{accelerator.AcceleratorType} {accelerator.Name}, batches of {spec.Batch}, {(wave.Sets > 0 ? $"waves of {wave.Predictions}" : $"{work.Groups} groups at once")}";
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

    /// <summary>Refuses what does not fit a device, before any of its memory is taken.</summary>
    public static void Ensure(DeviceInfo device, LanguageModelSpec spec)
    {
        long noise = !spec.Objective.Traits().DrawsNoise ? 0 : (long)((spec.Batch + spec.Sharing - 1) / spec.Sharing) * spec.NoiseSetSize;
        long scores = spec.Sharing == 1 ? 0 : (long)Math.Min(spec.Sharing, spec.Batch) * spec.NoiseSetSize;
        if (Math.Max(noise, scores) > 1 << 29)
            Throw.Device($"The device '{device.Id}' ({device.Name}) takes at most {1 << 29:N0} noise words a batch and scores a set, and {Math.Max(noise, scores):N0} are asked for. Lower {Member.Of(nameof(LanguageModelOptions.Batch))}, {Member.Of(nameof(TrainingOptions.NoiseSetSize))} or {Member.Of(nameof(TrainingOptions.NoiseSharing))}, or set {Member.Of(nameof(TrainingOptions.Device))} to host.");
    }

    /// <summary>Computes the bytes of a device's memory that a model takes.</summary>
    public static long Forecast(Device device, LanguageModelSpec spec)
    {
        LanguageModelLaunch shape = Launch(device, spec);
        return LanguageModelBuffers.Bytes(spec) + (WorkersOf(device.AcceleratorType) * BatchBuffers.Bytes(spec, WorkSize.Of(spec, shape), WaveSize.Of(spec, shape)));
    }

    /// <inheritdoc/>
    public long DeviceBytes { get; }

    /// <inheritdoc/>
    public void Synchronize()
    {
        ThrowIfDisposed();
        if (!_workers.Any(w => w.HasFailed))
            DeviceResource.Copy(_accelerator, _buffers.Download);
    }

    /// <inheritdoc/>
    public void Reload()
    {
        ThrowIfDisposed();
        if (_workers.Any(w => w.IsLost))
            return; // its error has been thrown, and must not be hidden by another one
        DeviceResource.Copy(_accelerator, _buffers.Upload);
        foreach (LanguageModelWorker worker in _workers)
            worker.Trust();
    }

    /// <summary>Gets a value indicating whether nothing was written around the buffers on the device.</summary>
    internal bool BuffersAreIntact() => _buffers.AreIntact() && _workers.All(w => w.Buffers.AreIntact());

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        _accelerator.Bind();
        foreach (LanguageModelWorker worker in _workers)
            worker.Dispose();
        _buffers.Dispose();
    }

    private void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(_disposed, this);

    private static int WorkersOf(AcceleratorType type) => type == AcceleratorType.CPU ? 1 : MostWorkers;

    private static LanguageModelLaunch Launch(Device device, LanguageModelSpec spec) =>
        LanguageModelLaunch.For(device, LanguageModelBuffers.Columns(spec.Shape), rowGroups: spec.Sharing == 1 && spec.Objective.Traits().DrawsNoise);

    // The one place where the objective becomes a type.
    private sealed class LauncherFactory(Accelerator accelerator, LanguageModelSpec spec, LanguageModelLaunch shape, WorkSize work, WaveSize wave) : IObjectiveVisitor<IStepLauncher>
    {
        public IStepLauncher Binary<TObjective>()
            where TObjective : struct, IBinaryObjective => Noise<BinaryTerms<TObjective>>();

        public IStepLauncher Sampled<TObjective>()
            where TObjective : struct, ISampledObjective => Noise<SampledTerms<TObjective>>();

        public IStepLauncher Exact() => new SoftmaxLauncher(accelerator, spec, shape, work);

        private IStepLauncher Noise<TTerms>()
            where TTerms : struct, INoiseTerms => spec.Sharing == 1
                ? new OwnNoiseLauncher<TTerms>(accelerator, spec, shape, work)
                : new SharedNoiseLauncher<TTerms>(accelerator, spec, shape, wave);
    }
}
