using System.Globalization;
using System.Text.RegularExpressions;

namespace NceFast.Bench.Compare;

/// <summary>The settings of a training that every program performs.</summary>
/// <param name="Corpus">The text file.</param>
/// <param name="Lines">The same text with line ends, for a program that divides work by lines.</param>
/// <param name="Dim">The number of floats per vector.</param>
/// <param name="Epochs">The number of epochs.</param>
/// <param name="Threads">The number of threads.</param>
/// <param name="Words">The number of words in the text.</param>
internal sealed record Setting(string Corpus, string Lines, int Dim, int Epochs, int Threads, long Words);

/// <summary>
/// A program to compare with: how it is started for skip-gram with 5 negatives, and how its training rate is read.
/// </summary>
/// <param name="Name">The name in the table.</param>
/// <param name="Program">The path of the executable.</param>
/// <param name="Arguments">Returns the arguments, given the setting and the output path.</param>
/// <param name="Output">Returns the file that the program writes, given the output path.</param>
/// <param name="Rate">
/// Reads the rate in million words of text per second, over all threads, from the output; null if it is not there.
/// </param>
internal sealed partial record Peer(string Name, string Program, Func<Setting, string, string[]> Arguments, Func<string, string> Output, Func<string, Setting, double?> Rate)
{
    private const string GensimScript = """
        import sys, time
        from gensim.models import Word2Vec
        text, out, dim, epochs, threads = sys.argv[1], sys.argv[2], *map(int, sys.argv[3:6])
        model = Word2Vec(vector_size=dim, window=5, negative=5, sample=1e-4, min_count=5, sg=1, hs=0, alpha=0.025, min_alpha=2.5e-6, workers=threads)
        model.build_vocab(corpus_file=text)
        start = time.time()
        model.train(corpus_file=text, total_words=model.corpus_total_words, epochs=epochs)
        print("RATE", model.corpus_total_words * epochs / (time.time() - start))
        model.wv.save_word2vec_format(out, binary=True)
        """;

    public static Peer NceFast(string dotnet, string cli, string objective) => new(
        "NceFast " + objective,
        dotnet,
        (s, o) => [cli, "train", s.Corpus, "--out", o, "--format", "word2vec-binary", "--objective", objective, "--dim", $"{s.Dim}", "--epochs", $"{s.Epochs}", "--threads", $"{s.Threads}", "--json", "--quiet"],
        o => o,
        (text, _) => Number(OwnRate().Match(text)) / 1e6);

    public static Peer Word2Vec(string program) => new(
        "word2vec.c",
        program,
        (s, o) => WordToVecArguments(s, o),
        o => o,
        (text, s) => Number(ThreadRate().Matches(text).LastOrDefault()) * s.Threads / 1e3);

    public static Peer PWord2Vec(string program) => new(
        "pWord2Vec",
        program,
        (s, o) => [.. WordToVecArguments(s, o), "-batch-size", "11"],
        o => o,
        (text, _) => Number(TotalRate().Matches(text).LastOrDefault()) / 1e3);

    public static Peer PSgnScc(string program) => new(
        "pSGNScc",
        program,
        (s, o) => WordToVecArguments(s, o),
        o => o,
        (text, _) => Number(TotalRate().Matches(text).LastOrDefault()) / 1e3);

    public static Peer FastText(string program) => new(
        "fastText",
        program,
        (s, o) => ["skipgram", "-input", s.Corpus, "-output", o, "-dim", $"{s.Dim}", "-ws", "5", "-neg", "5", "-loss", "ns", "-t", "1e-4", "-minCount", "5", "-minn", "0", "-maxn", "0", "-bucket", "0", "-lr", "0.025", "-epoch", $"{s.Epochs}", "-thread", $"{s.Threads}"],
        o => o + ".vec",
        (text, s) => Number(FastTextRate().Matches(text).LastOrDefault()) * s.Threads / 1e6);

    public static Peer Gensim(string python) => new(
        "gensim",
        python,
        (s, o) => ["-c", GensimScript, s.Lines, o, $"{s.Dim}", $"{s.Epochs}", $"{s.Threads}"],
        o => o,
        (text, _) => Number(GensimRate().Match(text)) / 1e6);

    private static string[] WordToVecArguments(Setting s, string output) =>
        ["-train", s.Corpus, "-output", output, "-cbow", "0", "-hs", "0", "-size", $"{s.Dim}", "-window", "5", "-negative", "5", "-sample", "1e-4", "-threads", $"{s.Threads}", "-iter", $"{s.Epochs}", "-min-count", "5", "-alpha", "0.025", "-binary", "1"];

    private static double? Number(Match? match) =>
        match is { Success: true } ? double.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture) : null;

    [GeneratedRegex("\"wordsPerSecond\": ?([0-9.Ee+]+)")]
    private static partial Regex OwnRate();

    [GeneratedRegex(@"Words/thread/sec: ([0-9.]+)k")]
    private static partial Regex ThreadRate();

    [GeneratedRegex(@"Words/sec: ([0-9.]+)k")]
    private static partial Regex TotalRate();

    [GeneratedRegex(@"words/sec/thread: +([0-9]+)")]
    private static partial Regex FastTextRate();

    [GeneratedRegex(@"RATE ([0-9.]+)")]
    private static partial Regex GensimRate();
}
