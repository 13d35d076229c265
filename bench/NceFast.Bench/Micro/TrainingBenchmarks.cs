using BenchmarkDotNet.Attributes;
using NceFast.Backends;
using NceFast.Backends.Host;
using NceFast.Backends.Host.WordVectors;
using NceFast.Corpus;
using NceFast.Models;
using NceFast.Numerics;
using NceFast.Objectives;
using NceFast.Training;

namespace NceFast.Bench.Micro;

/// <summary>
/// Measures the sampler and the update step. One operation is a block of about 33 thousand words with Zipf frequencies.
/// </summary>
[MemoryDiagnoser]
public class TrainingBenchmarks
{
    private const int Words = 70_000;
    private readonly TokenBlock _block = new();
    private WordVectorParameters? _parameters;
    private WordVectorBackend? _backend;
    private WordVectorPlan? _plan;
    private int _epoch;

    /// <summary>Gets or sets the vector width.</summary>
    [ParamsSource(nameof(Widths))]
    public string Kernels { get; set; } = "scalar";

    /// <summary>Gets or sets the number of floats per vector.</summary>
    [Params(128)]
    public int Dim { get; set; }

    /// <summary>Gets or sets the objective.</summary>
    [Params(ObjectiveKind.Neg, ObjectiveKind.Nce)]
    public ObjectiveKind Objective { get; set; }

    /// <summary>Gets the vector widths of this machine.</summary>
    public static IEnumerable<string> Widths => HostKernelCatalog.Usable;

    /// <summary>Creates a model.</summary>
    [GlobalSetup]
    public void Setup()
    {
        long[] counts = [.. Enumerable.Range(1, Words).Select(rank => 2_000_000L / rank)];
        WordVectorSpec spec = new WordVectorOptions { Dim = Dim, Objective = Objective }.ToSpec(counts);
        var draws = new uint[TokenBlock.TargetWords];
        Philox4x32.Fill(PhiloxStream.For(1, DrawPurpose.Synthetic, 0, 0), draws);
        for (int i = 0; i < draws.Length; i++)
        {
            _block.Add((int)Math.Pow(Words, draws[i] / 4294967296.0) - 1);
            if (i % 25 == 24)
                _block.EndSentence();
        }

        _block.EndSentence();
        _parameters = new WordVectorParameters(spec);
        _parameters.Initialize(1, counts);
        _backend = new WordVectorBackend(spec, _parameters, 1, 0.025f, Kernels);
        _plan = new WordVectorPlan(spec);
    }

    /// <summary>Frees the model.</summary>
    [GlobalCleanup]
    public void Cleanup()
    {
        _plan?.Dispose();
        _backend?.Dispose();
        _parameters?.Dispose();
        _block.Dispose();
    }

    /// <summary>Measures subsampling, windows and noise words.</summary>
    [Benchmark]
    public int Sample()
    {
        _plan!.Prepare(_block, _epoch++);
        return _plan.Count;
    }

    /// <summary>Measures the same and all updates.</summary>
    [Benchmark]
    public double Update() => _backend!.Workers[0].Process(_block, new BlockStep(_epoch++, 0.025f)).Loss;
}
