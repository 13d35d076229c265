using NceFast.Blocks;
using NceFast.Corpus;

namespace NceFast.Bench.Roofline;

/// <summary>
/// Measures the passes over a text before training: counting, encoding and reading the cache. One thread, best of three.
/// </summary>
internal static class TextPhases
{
    private const int Runs = 3;

    public static void Print(string path)
    {
        double megabytes = new FileInfo(path).Length / 1e6;
        Console.WriteLine("| text, one thread | MB/s of text | million words/s |");
        Console.WriteLine("|---|---|---|");
        long words = 0;
        double seconds = Measure.Best(Runs, () =>
        {
            using PreparedCorpus corpus = Prepare(path, CacheMode.Never, 1);
            words = corpus.Statistics.Words;
        });
        Row("vocabulary", seconds);
        using (PreparedCorpus text = Prepare(path, CacheMode.Never, 2))
            Row("text to ids", Measure.Best(Runs, () => ReadAll(text.Blocks)));
        using (PreparedCorpus cached = Prepare(path, CacheMode.Always, 2))
            Row("cached ids", Measure.Best(Runs, () => ReadAll(cached.Blocks)));
        Console.WriteLine();

        void Row(string name, double s) => Console.WriteLine(FormattableString.Invariant($"| {name} | {megabytes / s:F0} | {words / s / 1e6:F1} |"));
    }

    private static PreparedCorpus Prepare(string path, CacheMode cache, int epochs) =>
        PreparedCorpus.Prepare(CorpusSource.FromPaths([path]), new CorpusOptions { Cache = cache }, 1, epochs);

    private static void ReadAll(IBlockSource source)
    {
        using IBlockReader reader = source.Open(0, 1)[0];
        using var block = new TokenBlock();
        while (reader.TryRead(block))
        {
        }
    }
}
