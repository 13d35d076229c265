using System.Text;
using NceFast.Corpus;

namespace NceFast.Tests.Corpus;

/// <summary>A simple specification of the readers: no vector instructions, no segments, no reuse.</summary>
internal static class TextReference
{
    public static bool IsSeparator(byte b) => b <= 0x20;

    /// <summary>Returns the text of each shard, by number. Empty shards are left out.</summary>
    public static SortedDictionary<long, byte[]> Shards(byte[] text, int shardBytes)
    {
        var borders = new SortedDictionary<int, long> { [0] = 0 };
        for (long shard = 1; shard * shardBytes < text.Length; shard++)
        {
            int border = Border(text, (int)shard * shardBytes, shardBytes);
            if (border >= 0)
                borders[border] = shard; // of several shards that begin at one position, the last owns the text
        }

        var shards = new SortedDictionary<long, byte[]>();
        int[] places = [.. borders.Keys, text.Length];
        for (int i = 0; i < places.Length - 1; i++)
            shards.Add(borders[places[i]], text[places[i]..places[i + 1]]);
        return shards;
    }

    /// <summary>
    /// Returns where a shard begins: after a line end within 1,000 words, otherwise after a word; -1 when one word continues to
    /// the next shard.
    /// </summary>
    private static int Border(byte[] text, int nominal, int shardBytes)
    {
        int separator = Array.FindIndex(text, nominal, IsSeparator), words = 0;
        if (separator >= nominal + shardBytes)
            return -1;
        for (int i = nominal; i < text.Length; i++)
        {
            if (i > nominal && IsSeparator(text[i]) && !IsSeparator(text[i - 1]))
                words++;
            if (words > TokenBlock.MaxSentenceWords)
                return separator + 1;
            if (text[i] == '\n')
                return i + 1;
        }

        return -1; // the line has no end before the end of the text
    }

    /// <summary>Counts the lines that have a word of at most 4,096 bytes.</summary>
    public static int Lines(byte[] text) => Latin(text).Split('\n').Count(line => Sentences(Encoding.Latin1.GetBytes(line)).Count > 0);

    /// <summary>Splits text into sentences, each a list of words as Latin-1 strings (one character per byte).</summary>
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

    /// <summary>Collects sentences into blocks.</summary>
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
