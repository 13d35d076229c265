using NceFast.Vocab;

namespace NceFast.Store;

/// <summary>Reads and writes a vocabulary within a binary file: for each word its length in bytes (32 bits), its bytes and its count (64 bits).</summary>
internal static class VocabularyCodec
{
    public static long Bytes(Vocabulary vocabulary)
    {
        long bytes = 0;
        for (int id = 0; id < vocabulary.Count; id++)
            bytes += sizeof(int) + vocabulary.Words[id].Length + sizeof(long);
        return bytes;
    }

    public static void Write(BinaryWriter writer, Vocabulary vocabulary)
    {
        for (int id = 0; id < vocabulary.Count; id++)
        {
            ReadOnlySpan<byte> word = vocabulary.Words[id];
            writer.Write(word.Length);
            writer.Write(word);
            writer.Write(vocabulary.Counts[id]);
        }
    }

    /// <summary>Reads a vocabulary.</summary>
    /// <param name="reader">The file.</param>
    /// <param name="count">Number of words.</param>
    /// <param name="corpusWords">See <see cref="Vocabulary.CorpusWords"/>.</param>
    /// <exception cref="InvalidDataException">A word, a count or the vocabulary is not valid.</exception>
    /// <exception cref="EndOfStreamException">The file ends too early.</exception>
    public static Vocabulary Read(BinaryReader reader, int count, long corpusWords = -1)
    {
        var words = new WordList.Builder();
        var counts = new List<long>(); // grows with the content, because the number of words may be wrong
        for (int id = 0; id < count; id++)
        {
            int length = reader.ReadInt32();
            if (length is < 1 or > 4096)
                throw new InvalidDataException($"gives word {id} {length} bytes");
            words.Add(reader.ReadBytes(length));
            counts.Add(reader.ReadInt64());
        }

        try
        {
            return new Vocabulary(words.Build(), [.. counts], corpusWords);
        }
        catch (Exception e) when (e is ArgumentException or NceFastException { Kind: not ErrorKind.Memory })
        {
            throw new InvalidDataException($"has an impossible vocabulary ({e.Message})", e);
        }
    }
}
