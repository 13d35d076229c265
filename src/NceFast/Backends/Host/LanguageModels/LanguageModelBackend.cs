using NceFast.Corpus;
using NceFast.Models;
using NceFast.Objectives;

namespace NceFast.Backends.Host.LanguageModels;

/// <summary>Represents the processor as a training device for log-bilinear models. Each thread has a worker, and all workers share the parameters without locks.</summary>
internal sealed class LanguageModelBackend : HostBackend
{
    /// <summary>Creates workers over parameters in host memory.</summary>
    /// <param name="spec">The model to train.</param>
    /// <param name="parameters">The parameters, which the caller owns. They are changed in place.</param>
    /// <param name="threads">Number of workers, at least 1. With one worker, each training gives the same bits.</param>
    /// <param name="kernels">Vector width by name (scalar, vector128, vector256, vector512); null for the best.</param>
    /// <exception cref="NceFastException">The kernels are unknown, or the processor cannot run them.</exception>
    public LanguageModelBackend(LanguageModelSpec spec, LanguageModelParameters parameters, int threads, string? kernels = null)
        : base(threads, kernels, chosen =>
        {
            ArgumentNullException.ThrowIfNull(spec);
            ArgumentNullException.ThrowIfNull(parameters);
            var updates = new HostUpdates(spec, parameters, chosen);
            var tables = new TargetTables(spec, parameters, threads);
            return () => new Worker(spec, new PredictionBatch(chosen, parameters, spec.Batch), tables.CreateView(), updates, view => spec.Objective.Traits().Accept(new StepFactory(spec, parameters, view, updates, chosen)));
        })
    {
    }

    // This is the only place where the objective becomes a type.
    private sealed class StepFactory(LanguageModelSpec spec, LanguageModelParameters parameters, TargetView view, HostUpdates updates, HostKernels kernels) : IObjectiveVisitor<IGradientStep>
    {
        public IGradientStep Binary<TObjective>()
            where TObjective : struct, IBinaryObjective => Noise<TObjective>(new BinaryTerms<TObjective>(spec, kernels));

        public IGradientStep Sampled<TObjective>()
            where TObjective : struct, ISampledObjective => Noise<TObjective>(new SampledTerms(spec, kernels));

        public IGradientStep Exact() => new SoftmaxStep(spec, parameters, updates, kernels);

        private IGradientStep Noise<TObjective>(NoiseTerms terms)
            where TObjective : struct, IObjective => spec.Bigrams is null ? Noise<TObjective, PlainNoise>(terms) : Noise<TObjective, ContextualNoise>(terms);

        private IGradientStep Noise<TObjective, TNoise>(NoiseTerms terms)
            where TObjective : struct, IObjective
            where TNoise : struct, INoiseSource => spec.Sharing == 1
                ? new OwnNoiseStep<TObjective, TNoise>(spec, view, updates, kernels, terms)
                : new SharedNoiseStep<TObjective, TNoise>(spec, view, updates, kernels, terms);
    }

    private sealed class Worker(LanguageModelSpec spec, PredictionBatch batch, TargetView view, HostUpdates updates, Func<TargetView, IGradientStep> createStep) : IHostWorker
    {
        private readonly LanguageModelPlan _plan = new(spec.Shape);
        private readonly IGradientStep _step = createStep(view);
        private readonly NoiseSets? _sets = spec.Bigrams is null ? null : new NoiseSets(spec.Sharing, spec.Batch);
        private bool _disposed;

        public BlockResult Process(TokenBlock block, in BlockStep blockStep)
        {
            ThrowIfDisposed();
            _plan.Prepare(block);
            view.Rate = blockStep.LearningRate;
            ReadOnlySpan<int> targets = _plan.Targets;
            double loss = 0;
            int number = 0;
            for (int first = 0; first < targets.Length; first += spec.Batch, number++)
            {
                batch.Load(_plan.Stream, targets.Slice(first, Math.Min(spec.Batch, targets.Length - first)), _sets);
                loss += _step.Run(batch, new NoiseDraw(blockStep.Epoch, block.Number, number), blockStep.LearningRate);
                batch.Backward(updates, blockStep.LearningRate);
                view.Advance(batch.Count);
            }

            return new BlockResult(loss, targets.Length);
        }

        public void Flush()
        {
            ThrowIfDisposed();
            view.Merge();
        }

        public void Reload()
        {
            ThrowIfDisposed();
            view.Reload();
        }

        public void Dispose()
        {
            _disposed = true;
            batch.Dispose();
            view.Dispose();
            _step.Dispose();
        }

        private void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(_disposed, this);
    }
}
