using ILGPU.Runtime;
using NceFast.Backends;
using NceFast.Merging;
using NceFast.Models;
using NceFast.Numerics;
using NceFast.Objectives;
using NceFast.Training;

namespace NceFast.Kernels.LanguageModels;

/// <summary>Represents a device with a language model on it. While one of its two workers computes, the other lays out its block and copies it.</summary>
internal sealed class AcceleratorLanguageModelBackend : IBackend
{
    internal const int MostWorkers = 2;

    private readonly Accelerator _accelerator;
    private readonly LanguageModelBuffers _buffers;
    private readonly LanguageModelWorker[] _workers;
    private bool _disposed;

    /// <param name="accelerator">The device, which stays open.</param>
    /// <param name="spec">The model.</param>
    /// <param name="parameters">The parameters in host memory.</param>
    /// <param name="toleratesDivergence">See <see cref="BackendRequest.ToleratesDivergence"/>.</param>
    /// <param name="inOrder">Whether one group processes all predictions or sets one after another, as the host does.</param>
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
        Clock = new FlightClock(PullLimits.PredictionsInFlight, shape.Streams);
        var gate = new Lock();
        _workers = [.. Enumerable.Range(0, WorkersOf(accelerator.AcceleratorType)).Select(_ => new LanguageModelWorker(accelerator, spec, _buffers, shape, work, wave, context, step, Clock, gate) { ToleratesDivergence = toleratesDivergence })];
        DeviceBytes = LanguageModelBuffers.Bytes(spec) + (_workers.Length * BatchBuffers.Bytes(spec, work, wave));
        Description = $"{accelerator.AcceleratorType} {accelerator.Name}, batches of {spec.Batch}, {(wave.Sets > 0 ? $"waves of up to {wave.Predictions}" : $"up to {work.Groups} groups at once")}";
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

    /// <summary>Throws if a model does not fit a device, before any device memory is allocated.</summary>
    public static void Ensure(DeviceInfo device, LanguageModelSpec spec)
    {
        long noise = !spec.Objective.Traits().DrawsNoise ? 0 : (long)spec.MostSets * spec.NoiseSetSize;
        long scores = spec.Sharing == 1 ? 0 : (long)Math.Min(spec.Sharing, spec.Batch) * spec.NoiseSetSize;
        if (Math.Max(noise, scores) > 1 << 29)
            Throw.Device($"The device '{device.Id}' ({device.Name}) takes at most {1 << 29:N0} noise words per batch or scores per set, but the options need {Math.Max(noise, scores):N0}. Lower {Member.Of(nameof(LanguageModelOptions.Batch))}, {Member.Of(nameof(TrainingOptions.NoiseSetSize))} or {Member.Of(nameof(TrainingOptions.NoiseSharing))}, or set {Member.Of(nameof(TrainingOptions.Device))} to host.");
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

    /// <summary>Gets the clock that decides how many predictions are in flight.</summary>
    internal FlightClock Clock { get; }

    /// <summary>Determines whether nothing was written around the buffers on the device.</summary>
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

    // This is the only place where the objective becomes a type.
    private sealed class LauncherFactory(Accelerator accelerator, LanguageModelSpec spec, LanguageModelLaunch shape, WorkSize work, WaveSize wave) : IObjectiveVisitor<IStepLauncher>
    {
        public IStepLauncher Binary<TObjective>()
            where TObjective : struct, IBinaryObjective => Noise<BinaryTerms<TObjective>>();

        public IStepLauncher Sampled<TObjective>()
            where TObjective : struct, ISampledObjective => Noise<SampledTerms<TObjective>>();

        public IStepLauncher Exact() => new SoftmaxLauncher(accelerator, spec, shape, work);

        private IStepLauncher Noise<TTerms>()
            where TTerms : struct, INoiseTerms => spec.Bigrams is null ? Noise<TTerms, PlainNoise>() : Noise<TTerms, BigramKind>();

        private IStepLauncher Noise<TTerms, TNoise>()
            where TTerms : struct, INoiseTerms
            where TNoise : struct, INoiseKind => spec.Sharing == 1
                ? OwnNoise<TTerms, TNoise>()
                : new SharedNoiseLauncher<TTerms, TNoise>(accelerator, spec, shape, wave);

        // The simulator runs a single group.
        private IStepLauncher OwnNoise<TTerms, TNoise>()
            where TTerms : struct, INoiseTerms
            where TNoise : struct, INoiseKind => accelerator.AcceleratorType == AcceleratorType.Cuda
                ? new OwnNoiseLauncher<TTerms, AtomicAdds, TNoise>(accelerator, shape, work)
                : shape.IsAtomic ? new OwnNoiseLauncher<TTerms, SwapAdds, TNoise>(accelerator, shape, work) : new OwnNoiseLauncher<TTerms, PlainAdds, TNoise>(accelerator, shape, work);
    }
}
