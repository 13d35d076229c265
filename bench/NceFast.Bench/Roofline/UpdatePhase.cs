using NceFast.Backends;
using NceFast.Backends.Host.WordVectors;
using NceFast.Blocks;
using NceFast.Corpus;
using NceFast.Models;
using NceFast.Training;

namespace NceFast.Bench.Roofline;

/// <summary>
/// Measures the update step on the first blocks of a text: operations and bytes per kept word, and the rate that is reached. The
/// best of five repetitions counts.
/// </summary>
internal sealed class UpdatePhase(PreparedCorpus corpus, int threads, double peak)
{
    private const int Blocks = 48, Runs = 5;

    public static void PrintHeader()
    {
        Console.WriteLine("| update | set | flop per position | row bytes per position | sampling, ns | all, ns | GFLOP/s | of peak, % | million words/s |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|---|");
    }

    public void Print(string name, WordVectorOptions options)
    {
        WordVectorSpec spec = options.ToSpec(corpus.Vocabulary.Counts);
        using var parameters = new WordVectorParameters(spec);
        parameters.Initialize(1, corpus.Vocabulary.Counts);
        using var backend = new WordVectorBackend(spec, parameters, threads, (float)options.StartRate);
        List<TokenBlock> blocks = Read();
        using var plan = new WordVectorPlan(spec);
        long kept = 0, pairs = 0;
        double draws = Measure.Best(Runs, () =>
        {
            kept = pairs = 0;
            foreach (TokenBlock block in blocks)
            {
                plan.Prepare(block, 0);
                kept += plan.Count;
                pairs += spec.Model == ModelKind.SkipGram ? plan.Predictions : Context(plan);
            }
        });
        double all = Measure.Best(Runs, () => Train(backend, blocks, (float)options.StartRate));
        double flops = Flops(spec, pairs / (double)kept), bytes = Bytes(spec), reached = flops * kept / all / 1e9;
        Console.WriteLine(FormattableString.Invariant(
            $"| {name} | {spec.NoiseSetSize} | {flops:F0} | {bytes:F0} | {1e9 * draws / kept:F0} | {1e9 * all * threads / kept:F0} | {reached:F0} | {100 * reached / peak:F0} | {blocks.Sum(b => b.Words) / all / 1e6:F2} |"));
        blocks.ForEach(b => b.Dispose());
    }

    private List<TokenBlock> Read()
    {
        var blocks = new List<TokenBlock>();
        using IBlockReader reader = corpus.Blocks.Open(0, 1)[0];
        for (var block = new TokenBlock(); blocks.Count < Blocks && reader.TryRead(block); block = new TokenBlock())
            blocks.Add(block);
        return blocks;
    }

    private static void Train(WordVectorBackend backend, List<TokenBlock> blocks, float rate)
    {
        int next = -1;
        Parallel.ForEach(backend.Workers, new ParallelOptions { MaxDegreeOfParallelism = backend.Workers.Count }, worker =>
        {
            for (int i; (i = Interlocked.Increment(ref next)) < blocks.Count;)
                worker.Process(blocks[i], new BlockStep(0, rate));
        });
    }

    // A prediction or a noise word takes one dot product and two updates, six operations per column. CBOW also sums its window and returns the change to its rows.
    private static double Flops(WordVectorSpec spec, double pairs) => spec.Model == ModelKind.SkipGram
        ? 6 * spec.Dim * (spec.NoiseSetSize + pairs)
        : spec.Dim * ((6 * (spec.NoiseSetSize + 1.0)) + (2 * pairs));

    // The rows that each position reads and writes from memory: its input, its output, and its share of the noise words.
    private static double Bytes(WordVectorSpec spec) => 2 * sizeof(float) * spec.Dim * (2 + ((double)spec.NoiseSetSize / spec.Sharing));

    private static long Context(WordVectorPlan plan)
    {
        long words = 0;
        for (int i = 0; i < plan.Count; i++)
            words += plan.High[i] - plan.Low[i] - 1;
        return words;
    }
}
