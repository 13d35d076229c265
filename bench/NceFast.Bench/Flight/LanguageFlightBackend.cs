using NceFast.Backends;
using NceFast.Backends.Host;
using NceFast.Backends.Host.LanguageModels;
using NceFast.Corpus;
using NceFast.Models;
using NceFast.Objectives;

namespace NceFast.Bench.Flight;

/// <summary>Represents a simulated device with one stream.</summary>
internal sealed unsafe class LanguageFlightBackend : IBackend, IBlockWorker
{
    private readonly LanguageModelSpec _spec;
    private readonly LanguageModelParameters _parameters;
    private readonly LanguageFlightSettings _settings;
    private readonly HostKernels _kernels = HostKernelCatalog.Create(null);
    private readonly HostUpdates _updates;
    private readonly LanguageModelPlan _plan;
    private readonly PredictionBatch _batch;
    private readonly ContextRows _rows;
    private readonly int[] _offsets;
    private readonly IGradientStep _step;
    private float[] _before = [];

    public LanguageFlightBackend(LanguageModelSpec spec, LanguageModelParameters parameters, LanguageFlightSettings settings)
    {
        (_spec, _parameters, _settings) = (spec, parameters, settings);
        _updates = new HostUpdates(spec, parameters, _kernels);
        _plan = new LanguageModelPlan(spec.Shape);
        _batch = new PredictionBatch(_kernels, parameters, spec.Batch);
        _rows = new ContextRows(spec.Shape, spec.Batch);
        _offsets = [.. Enumerable.Range(0, spec.Shape.Places).Select(spec.Shape.Offset)];
        _step = spec.Objective.Traits().Accept(new Steps(spec, parameters, settings, _kernels));
    }

    /// <summary>Creates the backend with the batch of the settings.</summary>
    public static LanguageFlightBackend Create(BackendRequest request, LanguageFlightSettings settings) =>
        new(WithBatch((LanguageModelSpec)request.Spec, settings.Batch), (LanguageModelParameters)request.Parameters, settings);

    public string Description => $"{_settings}";

    public IReadOnlyList<IBlockWorker> Workers => [this];

    public BlockResult Process(TokenBlock block, in BlockStep step)
    {
        _plan.Prepare(block);
        ReadOnlySpan<int> targets = _plan.Targets;
        double loss = 0;
        for (int first = 0, number = 0; first < targets.Length; first += _spec.Batch, number++)
        {
            ReadOnlySpan<int> part = targets.Slice(first, Math.Min(_spec.Batch, targets.Length - first));
            _batch.Load(_plan.Stream, part);
            loss += _step.Run(_batch, new NoiseDraw(step.Epoch, block.Number, number), step.LearningRate);
            Backward(part, step.LearningRate);
        }

        return new BlockResult(loss, targets.Length);
    }

    public void Flush()
    {
    }

    public void Synchronize()
    {
    }

    public void Reload()
    {
    }

    public void Dispose()
    {
        _batch.Dispose();
        _step.Dispose();
    }

    private static LanguageModelSpec WithBatch(LanguageModelSpec spec, int batch) => batch == 0 ? spec : new LanguageModelSpec
    {
        Shape = spec.Shape,
        Objective = spec.Objective,
        Normalizer = spec.Normalizer,
        K = spec.K,
        NoiseSetSize = spec.NoiseSetSize,
        Sharing = spec.Sharing,
        Noise = spec.Noise,
        Frequencies = spec.Frequencies,
        Batch = batch,
        PlaceRate = spec.PlaceRate,
        WeightDecay = spec.WeightDecay,
        SelfNormalization = spec.SelfNormalization,
        AdaGrad = spec.AdaGrad,
        Seed = spec.Seed,
    };

    private void Backward(ReadOnlySpan<int> targets, float rate)
    {
        if (_settings.Context == 0)
        {
            _batch.Backward(_updates, rate);
            return;
        }

        int stride = _parameters.Context.Stride;
        _rows.Load(_plan.Stream, targets, targets[0], targets[^1]);
        ReadOnlySpan<int> distinct = _rows.Distinct, uses = _rows.CountUses(_offsets);
        if (_before.Length < distinct.Length * stride)
            _before = new float[2 * distinct.Length * stride];
        for (int u = 0; u < distinct.Length; u++)
            new Span<float>(_parameters.Context.RowPointer(distinct[u]), stride).CopyTo(_before.AsSpan(u * stride));
        _batch.Backward(_updates, rate);
        for (int u = 0; u < distinct.Length; u++)
        {
            float weight = 1 / (1 + (Math.Max(0, uses[u] - 1) * _settings.Context * rate));
            float* row = _parameters.Context.RowPointer(distinct[u]);
            for (int c = 0; c < stride; c++)
                row[c] = _before[(u * stride) + c] + (weight * (row[c] - _before[(u * stride) + c]));
        }
    }

    private sealed class Steps(LanguageModelSpec spec, LanguageModelParameters parameters, LanguageFlightSettings settings, HostKernels kernels) : IObjectiveVisitor<IGradientStep>
    {
        public IGradientStep Binary<TObjective>()
            where TObjective : struct, IBinaryObjective => spec.Sharing == 1
                ? new LanguageFlightStep<TObjective>(spec, parameters, settings, kernels)
                : new LanguageFlightWave<TObjective>(spec, parameters, settings, kernels);

        public IGradientStep Sampled<TObjective>()
            where TObjective : struct, ISampledObjective => throw new NotSupportedException();

        public IGradientStep Exact() => throw new NotSupportedException();
    }
}
