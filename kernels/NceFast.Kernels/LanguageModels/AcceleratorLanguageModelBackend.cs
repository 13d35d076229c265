using ILGPU.Runtime;
using NceFast.Backends;
using NceFast.Blocks;
using NceFast.Models;
using NceFast.Numerics;
using NceFast.Objectives;

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
    /// <param name="request">Model and sizes.</param>
    /// <param name="inOrder">Whether one group takes all predictions or sets in turn, as the host does.</param>
    public AcceleratorLanguageModelBackend(Accelerator accelerator, LanguageModelRequest request, bool inOrder)
    {
        _accelerator = accelerator;
        LanguageModelSpec spec = request.Spec;
        LanguageModelLaunch shape = Launch(accelerator, spec);
        if (inOrder)
            shape = shape.InOrder;
        _buffers = new LanguageModelBuffers(accelerator, spec, request.Parameters);
        var context = new ContextLauncher(accelerator, spec, shape);
        WorkSize work = WorkSize.Of(spec, shape);
        WaveSize wave = WaveSize.Of(spec, shape);
        IStepLauncher step = spec.Objective.Traits().Accept(new LauncherFactory(accelerator, spec, shape, work, wave));
        var gate = new Lock();
        _workers = [.. Enumerable.Range(0, WorkersOf(accelerator)).Select(_ => new LanguageModelWorker(accelerator, spec, _buffers, shape, work, wave, context, step, gate) { ToleratesDivergence = request.ToleratesDivergence })];
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
    public static void Ensure(DeviceInfo device, Accelerator accelerator, LanguageModelSpec spec)
    {
        long noise = !spec.Objective.Traits().DrawsNoise ? 0 : (long)((spec.Batch + spec.Sharing - 1) / spec.Sharing) * spec.Draws;
        long scores = spec.Sharing == 1 ? 0 : (long)Math.Min(spec.Sharing, spec.Batch) * spec.Draws;
        if (Math.Max(noise, scores) > 1 << 29)
            Throw.Device($"The device '{device.Id}' ({device.Name}) takes at most {1 << 29:N0} noise words a batch and scores a set, and {Math.Max(noise, scores):N0} are asked for. Lower --batch, --noise-draws or --noise-sharing, or take --device host.");
        LanguageModelLaunch shape = Launch(accelerator, spec);
        long need = LanguageModelBuffers.Bytes(spec) + (WorkersOf(accelerator) * BatchBuffers.Bytes(spec, WorkSize.Of(spec, shape), WaveSize.Of(spec, shape)));
        if (need > device.Memory)
            Throw.Memory($"The model of {spec.Shape.Words:N0} words at dim {spec.Shape.Dim} needs {need:N0} bytes on '{device.Id}' ({device.Name}), which has {device.Memory:N0}. Lower --dim, --max-vocab, --batch or --noise-sharing, or take --device host.");
    }

    /// <inheritdoc/>
    public long DeviceBytes { get; }

    /// <inheritdoc/>
    public void Synchronize()
    {
        ThrowIfDisposed();
        if (_workers.Any(w => w.HasFailed))
            return;
        _accelerator.Bind();
        _accelerator.Synchronize();
        _buffers.Download(_accelerator.DefaultStream);
    }

    /// <inheritdoc/>
    public void Reload()
    {
        ThrowIfDisposed();
        _accelerator.Bind();
        _accelerator.Synchronize();
        _buffers.Upload(_accelerator.DefaultStream);
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

    private static int WorkersOf(Accelerator accelerator) => accelerator.AcceleratorType == AcceleratorType.CPU ? 1 : MostWorkers;

    private static LanguageModelLaunch Launch(Accelerator accelerator, LanguageModelSpec spec) =>
        LanguageModelLaunch.For(accelerator, LanguageModelBuffers.Columns(spec.Shape), rowGroups: spec.Sharing == 1 && spec.Objective.Traits().DrawsNoise);

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
