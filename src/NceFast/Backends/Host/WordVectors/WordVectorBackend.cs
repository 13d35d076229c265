using NceFast.Models;
using NceFast.Objectives;

namespace NceFast.Backends.Host.WordVectors;

/// <summary>The processor as a training device for word vectors: vectorized kernels, one worker per thread.</summary>
internal sealed class WordVectorBackend : HostBackend
{
    /// <summary>Creates workers over parameters in host memory.</summary>
    /// <param name="spec">What is trained.</param>
    /// <param name="parameters">The parameters; changed in place, owned by the caller.</param>
    /// <param name="threads">Number of workers, at least 1. One worker trains the same bits run after run.</param>
    /// <param name="learningRate">Learning rate at the start, from which merging of frequent rows is planned.</param>
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

    // The one place where model and objective become types.
    private sealed class WorkerFactory(WordVectorSpec spec, HostTables tables, HostKernels kernels) : IObjectiveVisitor<IHostWorker>
    {
        public IHostWorker Binary<TObjective>()
            where TObjective : struct, IBinaryObjective => spec.Model == ModelKind.SkipGram
                ? new SkipGramWorker<TObjective>(spec, tables, kernels)
                : new CbowWorker<TObjective>(spec, tables, kernels);

        public IHostWorker Sampled<TObjective>()
            where TObjective : struct, ISampledObjective => throw spec.Objective.Traits().NotOf(ModelFamilies.WordVectors);

        public IHostWorker Exact() => throw spec.Objective.Traits().NotOf(ModelFamilies.WordVectors);
    }
}
