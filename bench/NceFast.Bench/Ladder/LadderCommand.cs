using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using NceFast.Backends;
using NceFast.Corpus;
using NceFast.Kernels;
using NceFast.Models;
using NceFast.Objectives;
using NceFast.Sampling;

namespace NceFast.Bench.Ladder;

/// <summary>
/// Times the versions of the training kernel on one block: the host, the plain kernel with separate noise for each pair, the
/// plain kernel with shared noise, and the register kernel. Prints a table and writes a result file.
/// </summary>
internal static class LadderCommand
{
    private const int Words = 30_000;

    public static Command Create()
    {
        var device = new Option<string>("--device") { Description = "cuda[:i], opencl[:i] or ilgpu-cpu.", DefaultValueFactory = _ => "opencl" };
        var dim = new Option<int>("--dim") { Description = "Floats per vector.", DefaultValueFactory = _ => 128 };
        var tokens = new Option<int>("--tokens") { Description = "Words in the block, at most 32,768.", DefaultValueFactory = _ => 20_000 };
        var output = new Option<string>("--out") { Description = "Result file.", DefaultValueFactory = _ => "ladder.json" };
        var command = new Command("ladder", "Times the kernels of one device, rung by rung, beside the host engine, and writes a result file.") { device, dim, tokens, output };
        command.SetAction(parsed => Run(parsed.GetValue(device)!, parsed.GetValue(dim), parsed.GetValue(tokens), parsed.GetValue(output)!));
        return command;
    }

    private static void Run(string name, int dim, int tokens, string output)
    {
        var rows = new List<Dictionary<string, object>>();
        foreach (ModelKind model in new[] { ModelKind.SkipGram, ModelKind.Cbow })
        {
            WordVectorSpec shared = Spec(model, dim, 16);
            rows.Add(Measure("host", model, shared, tokens, parameters => new BackendCatalog().Create("host", Request(shared, parameters))));
            if (model == ModelKind.SkipGram)
            {
                WordVectorSpec own = Spec(model, dim, 1);
                rows.Add(Measure("plain, own noise", model, own, tokens, parameters => AcceleratorProvider.Create(name, Request(own, parameters), plain: true)));
            }

            rows.Add(Measure("plain, shared noise", model, shared, tokens, parameters => AcceleratorProvider.Create(name, Request(shared, parameters), plain: true)));
            rows.Add(Measure("register", model, shared, tokens, parameters => AcceleratorProvider.Create(name, Request(shared, parameters), plain: false)));
        }

        File.WriteAllText(output, JsonSerializer.Serialize(new { machine = Environment.MachineName, processors = Environment.ProcessorCount, dim, tokens, rows }));
    }

    private static Dictionary<string, object> Measure(string rung, ModelKind model, WordVectorSpec spec, int tokens, Func<WordVectorParameters, IBackend> create)
    {
        using var parameters = new WordVectorParameters(spec);
        parameters.Initialize(spec.Seed, Counts());
        using IBackend backend = create(parameters);
        using TokenBlock block = Block(tokens);
        backend.Workers[0].Process(block, new BlockStep(0, 0.025f)); // compiles the code before it is timed
        double best = double.MaxValue;
        var total = Stopwatch.StartNew();
        for (int run = 0; run < 3 || (run < 20 && total.Elapsed.TotalSeconds < 3); run++)
        {
            var watch = Stopwatch.StartNew();
            backend.Workers[0].Process(block, new BlockStep(run + 1, 0.025f));
            best = Math.Min(best, watch.Elapsed.TotalSeconds);
        }

        double rate = tokens / best;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{model,-9} {rung,-20} {rate,12:N0} words/s  {backend.Description}"));
        return new Dictionary<string, object> { ["model"] = model.ToString(), ["rung"] = rung, ["device"] = backend.Description, ["wordsPerSecond"] = rate };
    }

    private static BackendRequest Request(WordVectorSpec spec, WordVectorParameters parameters) => new(spec, parameters, 1, 0.025f, null);

    private static long[] Counts() => [.. Enumerable.Range(1, Words).Select(rank => Math.Max(1, 10_000_000L / rank))];

    private static WordVectorSpec Spec(ModelKind model, int dim, int sharing)
    {
        NoiseDistribution noise = NoiseDistribution.Create(NoiseKind.Unigram, Counts(), 0.75);
        return new WordVectorSpec
        {
            Model = model,
            Objective = ObjectiveKind.Nce,
            Normalizer = NormalizerKind.Fixed,
            LogZ = 0,
            Words = Words,
            Dim = dim,
            Window = 5,
            K = 5,
            Sharing = sharing,
            DropTargetNoise = false,
            KeepLimits = Subsampling.KeepLimits(Counts(), 0),
            Noise = noise,
            LogKNoise = noise.LogKTimesProbability(5),
            Seed = 1,
        };
    }

    private static TokenBlock Block(int tokens)
    {
        var random = new Random(1);
        var block = new TokenBlock();
        for (int i = 0; i < tokens; i++)
        {
            block.Add((int)(Words * Math.Pow(random.NextDouble(), 4)));
            if (i % 500 == 499)
                block.EndSentence();
        }

        block.EndSentence();
        return block;
    }
}
