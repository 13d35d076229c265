using NceFast.Corpus;

namespace NceFast.Bench.Gpu;

/// <summary>Represents the text that every program trains on, and a text that none of them sees.</summary>
/// <param name="Train">The path of the text.</param>
/// <param name="HeldOut">The path of the held-out text.</param>
/// <param name="Words">The number of words of the text.</param>
/// <param name="Description">What the text is.</param>
/// <param name="Synthetic">The description of a generated text; null for a text that was given.</param>
internal sealed record GpuText(string Train, string HeldOut, long Words, string Description, SyntheticCorpus? Synthetic)
{
    private const long HeldOutWords = 100_000, MaxHeldOutBytes = 2 << 20, ShortWords = 1_000_000;

    /// <summary>The number of words of the longest text that is generated.</summary>
    public const long MaxSynthetic = 20_000_000;

    /// <summary>Returns the reason why a file cannot be cut; null if it can.</summary>
    public static string? Reject(string path)
    {
        if (!File.Exists(path))
            return $"{path} does not exist.";
        using FileStream file = File.OpenRead(path);
        return file.ReadByte() == 0x1f && file.ReadByte() == 0x8b ? $"{path} is compressed; a part of the text is measured, which needs a plain file." : null;
    }

    /// <summary>Generates a text. The same number of words gives the same text on every machine.</summary>
    public static GpuText Generate(string folder, long words)
    {
        words = Math.Clamp(words, 4_000, MaxSynthetic);
        (int classes, int wordsPerClass) = words < ShortWords ? (20, 50) : (100, 300);
        var corpus = new SyntheticCorpus(classes, wordsPerClass, words);
        string train = Write(corpus, Path.Combine(folder, "train.txt"));
        string heldOut = Write(new SyntheticCorpus(classes, wordsPerClass, Math.Min(HeldOutWords, words), seed: 2), Path.Combine(folder, "held-out.txt"));
        return new GpuText(train, heldOut, words, FormattableString.Invariant($"generated: {words:N0} words, {corpus.DistinctWords:N0} distinct words in {classes} classes"), corpus);
    }

    /// <summary>Cuts a text to a number of words. Without a held-out text, the end of the text becomes one.</summary>
    public static GpuText Cut(string folder, string path, string? heldOut, long words)
    {
        long end = new FileInfo(path).Length;
        if (heldOut is null)
        {
            long tail = Math.Min(end / 20, MaxHeldOutBytes);
            end -= tail;
            TextFile.Copy(path, end, tail, heldOut = Path.Combine(folder, "held-out.txt"));
        }

        (long bytes, long count) = TextFile.Prefix(path, words, end);
        string train = path;
        if (bytes < new FileInfo(path).Length)
            TextFile.Copy(path, 0, bytes, train = Path.Combine(folder, "train.txt"));
        return new GpuText(train, heldOut, count, FormattableString.Invariant($"{Path.GetFileName(path)}, the first {count:N0} words, {bytes / 1e6:F1} MB"), null);
    }

    private static string Write(SyntheticCorpus corpus, string path)
    {
        using Stream text = corpus.OpenText();
        using FileStream file = File.Create(path);
        text.CopyTo(file);
        return path;
    }
}
