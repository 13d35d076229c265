using NceFast.Models;
using NceFast.Objectives;

namespace NceFast.Backends.Host.WordVectors;

/// <summary>Represents the processor as a training device for word vectors, with vectorized kernels and one worker per thread.</summary>
internal sealed class WordVectorBackend : HostBackend
{
    /// <summary>Creates workers over parameters in host memory.</summary>
    /// <param name="spec">The model to train.</param>
    /// <param name="parameters">The parameters, which the caller owns. They are changed in place.</param>
    /// <param name="threads">Number of workers, at least 1. With one worker, each training gives the same bits.</param>
    /// <param name="learningRate">Learning rate at the start. The merging of frequent rows is planned for it.</param>
    /// <param name="kernels">Vector width by name (scalar, vector128, vector256, vector512); null for the best.</param>
    /// <exception cref="NceFastException">The kernels are unknown, or the processor cannot run them.</exception>
    public WordVectorBackend(WordVectorSpec spec, WordVectorParameters parameters, int threads, float learningRate, string? kernels = null)
        : base(threads, kernels, chosen =>
        {
            var tables = new HostTables(spec, parameters, threads, learningRate);
            return () => spec.Objective.Traits().Accept(new WorkerFactory(spec, tables, chosen));
        })
    {
    }

    // This is the only place where model and objective become types.
    private sealed class WorkerFactory(WordVectorSpec spec, HostTables tables, HostKernels kernels) : IObjectiveVisitor<IHostWorker>
    {
        public IHostWorker Binary<TObjective>()
            where TObjective : struct, IBinaryObjective => spec.Model == ModelKind.SkipGram
                ? new SkipGramWorker<TObjective>(spec, tables, kernels)
                : new CbowWorker<TObjective>(spec, tables, kernels);

        public IHostWorker Sampled<TObjective>()
            where TObjective : struct, ISampledObjective => Binary<SummedNoise<TObjective>>();

        public IHostWorker Exact() => throw spec.Objective.Traits().NotOf(ModelFamilies.WordVectors);
    }
}
