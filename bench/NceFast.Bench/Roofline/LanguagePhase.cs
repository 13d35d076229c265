using System.Diagnostics;
using NceFast.Backends.Host;
using NceFast.Backends.Host.LanguageModels;
using NceFast.Evaluation;
using NceFast.Models;
using NceFast.Numerics;
using NceFast.Objectives;
using NceFast.Sampling;

namespace NceFast.Bench.Roofline;

/// <summary>
/// Measures the matrix products of log-bilinear models on one thread, at the sizes for dim 100. The best of five repetitions
/// counts. Padding does not count as work.
/// </summary>
internal static unsafe class LanguagePhase
{
    private const int Dim = 100, Words = 33_278, Batch = 48, Distinct = 456, Repeats = 200;

    public static void Print(double peak)
    {
        HostKernels kernels = HostKernelCatalog.Create(null);
        Console.WriteLine("| log-bilinear model, dim 100, 1 thread | GFLOP/s | of peak, % |");
        Console.WriteLine("|---|---|---|");
        Products(kernels, peak);
        for (int places = 2; places <= 5; places++)
            Contexts(kernels, places, peak);
        Softmax(kernels, peak);
        Console.WriteLine();
    }

    // The three products of a position matrix: transforming context rows, transforming gradients back, and the gradient of the matrix.
    private static void Products(HostKernels kernels, double peak)
    {
        using AlignedMatrix x = SearchPhase.Random(Distinct, Dim, 1), d = SearchPhase.Random(Distinct, Dim, 2), y = new(Distinct, Dim), c = SearchPhase.Random(Dim + 4, Dim, 3), g = new(Dim + 4, Dim);
        double seconds = Best(() =>
        {
            for (int i = 0; i < Repeats; i++)
            {
                kernels.MultiplyAdd(x.Pointer, x.Stride, 1, c.Pointer, c.Stride, y.Pointer, y.Stride, Distinct, Dim, Dim);
                kernels.MultiplyAdd(d.Pointer, d.Stride, 1, c.Pointer, c.Stride, y.Pointer, y.Stride, Distinct, Dim, Dim);
                kernels.MultiplyAdd(x.Pointer, 1, x.Stride, d.Pointer, d.Stride, g.Pointer, g.Stride, Dim + 4, Distinct, Dim);
            }
        });
        Row($"position matrices, {Distinct} distinct context rows", 3.0 * 2 * Distinct * Dim * Dim * Repeats / seconds, peak);
    }

    // All work of a batch except its noise: gathering rows, transforming and summing them by context, transforming gradients back, and
    // updating rows and matrices. Only the products count as work.
    private static void Contexts(HostKernels kernels, int places, double peak)
    {
        const int Predictions = 1020;
        LanguageModelSpec spec = Spec(new LanguageModelShape(Words, Dim, places, 0, PlaceWeightKind.Full, false, 0, -1), Predictions);
        using var parameters = new LanguageModelParameters(spec.Shape);
        using var batch = new PredictionBatch(kernels, parameters, Predictions);
        var updates = new HostUpdates(spec, parameters, kernels);
        var random = new Random(1);
        int[] stream = [.. Enumerable.Range(0, Predictions + places).Select(_ => (int)Math.Pow(Words, random.NextDouble()))], targets = [.. Enumerable.Range(places, Predictions)];
        batch.Load(stream, targets);
        int distinct = stream[..^1].Distinct().Count();
        double seconds = Best(() =>
        {
            batch.Load(stream, targets);
            batch.Backward(updates, 1e-6f);
        });
        Row($"contexts of {Predictions:N0} predictions, n = {places}, {distinct} distinct rows", 3.0 * 2 * places * distinct * Dim * Dim / seconds, peak);
    }

    private static LanguageModelSpec Spec(LanguageModelShape shape, int batch) => new()
    {
        Shape = shape,
        Objective = ObjectiveKind.MaximumLikelihood,
        K = 1,
        NoiseSetSize = 1,
        Sharing = 1,
        Noise = NoiseDistribution.Create(NoiseKind.Uniform, new long[Words], 1),
        Batch = batch,
        PlaceRate = 0,
        Seed = 1,
    };

    // A training step computes scores twice, for Z and for the gradient, and the gradients of both sides: four products. Perplexity needs only the first.
    private static void Softmax(HostKernels kernels, double peak)
    {
        LanguageModelSpec spec = Spec(new LanguageModelShape(Words, Dim, 1, 0, PlaceWeightKind.None, false, 0, -1), Batch);
        using var parameters = new LanguageModelParameters(spec.Shape);
        Normalizer(kernels, parameters, Batch, peak);
        Normalizer(kernels, parameters, PerplexityEvaluation.Batch, peak);
        using PredictionBatch batch = Load(kernels, parameters, Batch);
        using var step = new SoftmaxStep(spec, parameters, new HostUpdates(spec, parameters, kernels), kernels);
        Row("exact softmax, training step", 8.0 * Words * Dim * Batch / Best(() => step.Run(batch, default, 1e-6f)), peak);
    }

    private static void Normalizer(HostKernels kernels, LanguageModelParameters parameters, int predictions, double peak)
    {
        using PredictionBatch batch = Load(kernels, parameters, predictions);
        using var softmax = new VocabularySoftmax(kernels, parameters, predictions);
        Row($"log Z over {Words:N0} words, {predictions} predictions", 2.0 * Words * Dim * predictions / Best(() => softmax.Normalize(batch)), peak);
    }

    private static PredictionBatch Load(HostKernels kernels, LanguageModelParameters parameters, int predictions)
    {
        var batch = new PredictionBatch(kernels, parameters, predictions);
        batch.Load([.. Enumerable.Range(0, predictions + 1)], [.. Enumerable.Range(1, predictions)]);
        return batch;
    }

    private static void Row(string name, double flops, double peak) =>
        Console.WriteLine(FormattableString.Invariant($"| {name} | {flops / 1e9:F0} | {100 * flops / 1e9 / peak:F0} |"));

    private static double Best(Action action)
    {
        for (var warming = Stopwatch.StartNew(); warming.Elapsed.TotalSeconds < 1;)
            action(); // repeats until the code has been optimised
        return Measure.Best(5, action);
    }
}
