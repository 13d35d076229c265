using NceFast.Corpus;

namespace NceFast.Tests.Corpus;

/// <summary>What the readers must give, said plainly: no vectors, no segments, no reuse.</summary>
internal static class TextReference
{
    public static bool IsSeparator(byte b) => b <= 0x20;

    /// <summary>The stretches of text that shards of one file own.</summary>
    public static List<byte[]> Shards(byte[] file, int shardBytes)
    {
        var cuts = new List<int> { 0 };
        for (int start = shardBytes; start < file.Length; start += shardBytes)
        {
            int cut = start;
            while (cut < file.Length && !IsSeparator(file[cut]))
                cut++;
            cuts.Add(Math.Min(file.Length, cut + 1));
        }

        cuts.Add(file.Length);
        return [.. Enumerable.Range(0, cuts.Count - 1).Select(i => file[cuts[i]..cuts[i + 1]])];
    }

    /// <summary>Sentences of a stretch of text, each its words as Latin-1 strings (a character a byte).</summary>
    public static List<List<string>> Sentences(byte[] text)
    {
        var sentences = new List<List<string>> { new() };
        var word = new List<byte>();
        foreach (byte b in text.Append((byte)'\n'))
        {
            if (!IsSeparator(b))
            {
                word.Add(b);
                continue;
            }

            if (word.Count is > 0 and <= 4096)
            {
                if (sentences[^1].Count == TokenBlock.MaxSentenceWords)
                    sentences.Add([]);
                sentences[^1].Add(Latin(word.ToArray()));
            }

            word.Clear();
            if (b == '\n' && sentences[^1].Count > 0)
                sentences.Add([]);
        }

        sentences.RemoveAll(sentence => sentence.Count == 0);
        return sentences;
    }

    /// <summary>Sentences gathered to blocks.</summary>
    public static List<List<List<string>>> Blocks(byte[] text)
    {
        var blocks = new List<List<List<string>>>();
        int words = TokenBlock.TargetWords;
        foreach (List<string> sentence in Sentences(text))
        {
            if (words >= TokenBlock.TargetWords)
            {
                blocks.Add([]);
                words = 0;
            }

            blocks[^1].Add(sentence);
            words += sentence.Count;
        }

        return blocks;
    }

    public static string Latin(ReadOnlySpan<byte> bytes) => System.Text.Encoding.Latin1.GetString(bytes);

    public static string Show(IEnumerable<IEnumerable<string>> sentences) => string.Join("\n", sentences.Select(s => string.Join(" ", s)));
}

/// <summary>Collects words as Latin-1 strings.</summary>
internal struct CollectingSink() : ITokenSink
{
    private List<string> _open = [];

    public List<List<string>> Sentences { get; } = [];

    public void Short(ulong low, ulong high, int length)
    {
        Span<byte> bytes = stackalloc byte[16];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt64LittleEndian(bytes, low);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt64LittleEndian(bytes[8..], high);
        if (bytes[length..].IndexOfAnyExcept((byte)0) >= 0)
            throw new InvalidOperationException("A short word is not padded with zeros.");
        _open.Add(TextReference.Latin(bytes[..length]));
    }

    public readonly void Long(ReadOnlySpan<byte> word)
    {
        if (word.Length <= 16)
            throw new InvalidOperationException("A short word came as a long one.");
        _open.Add(TextReference.Latin(word));
    }

    public void EndSentence()
    {
        if (_open.Count == 0)
            throw new InvalidOperationException("A sentence without words was ended.");
        Sentences.Add(_open);
        _open = [];
    }
}
