using System.Buffers.Binary;
using NceFast.Vocab;

namespace NceFast.Distribution;

/// <summary>Represents words and their counts on their way between ranks: for each word its count, its length and its bytes.</summary>
internal sealed class WordCountPage
{
    private const int PageBytes = 16 << 20;
    private const int HeadBytes = sizeof(long) + sizeof(int);
    private readonly byte[] _bytes;
    private readonly int _used;

    private WordCountPage(byte[] bytes, int used) => (_bytes, _used) = (bytes, used);

    /// <summary>Makes pages of the words of tables.</summary>
    public static IEnumerable<WordCountPage> Of(Utf8Table[] tables)
    {
        var scratch = new byte[64];
        return Fill(tables.SelectMany(table => Slots(table).Select(slot => (table.Slot(slot).Count, table.Bytes(table.Slot(slot), scratch).ToArray()))));

        static IEnumerable<long> Slots(Utf8Table table)
        {
            for (long slot = 0; slot < table.SlotCount; slot++)
            {
                if (table.Slot(slot).Count > 0)
                    yield return slot;
            }
        }
    }

    /// <summary>Makes pages of the words of a vocabulary, in its order.</summary>
    public static IEnumerable<WordCountPage> Of(Vocabulary vocabulary) =>
        Fill(Enumerable.Range(0, vocabulary.Count).Select(id => (vocabulary.Counts[id], vocabulary.Words[id].ToArray())));

    /// <summary>Sends one rank's pages to all ranks, including itself.</summary>
    public static IEnumerable<WordCountPage> Send(ICommunicator ranks, int root, Func<IEnumerable<WordCountPage>> pages)
    {
        using IEnumerator<WordCountPage> own = (ranks.Rank == root ? pages() : []).GetEnumerator();
        while (true)
        {
            byte[] bytes = own.MoveNext() ? own.Current._bytes[..own.Current._used] : [];
            bytes = ranks.Share(bytes, root);
            if (bytes.Length == 0)
                yield break;
            yield return new WordCountPage(bytes, bytes.Length);
        }
    }

    /// <summary>Adds the counts to others; null for a rank that ignores them.</summary>
    public void AddTo(SharedCounts? counts)
    {
        if (counts is not null)
            Read(counts.Add);
    }

    /// <summary>Appends words, and writes their counts from an index on.</summary>
    /// <returns>The index after the last count.</returns>
    public int AddTo(WordList.Builder words, long[] counts, int first)
    {
        Read((word, count) =>
        {
            words.Add(word);
            counts[first++] = count;
        });
        return first;
    }

    private void Read(WordAction action)
    {
        ReadOnlySpan<byte> rest = _bytes.AsSpan(0, _used);
        while (!rest.IsEmpty)
        {
            long count = BinaryPrimitives.ReadInt64LittleEndian(rest);
            int length = BinaryPrimitives.ReadInt32LittleEndian(rest[sizeof(long)..]);
            action(rest.Slice(HeadBytes, length), count);
            rest = rest[(HeadBytes + length)..];
        }
    }

    private static IEnumerable<WordCountPage> Fill(IEnumerable<(long Count, byte[] Word)> words)
    {
        var bytes = new byte[PageBytes];
        int used = 0;
        foreach ((long count, byte[] word) in words)
        {
            if (used + HeadBytes + word.Length > bytes.Length)
            {
                yield return new WordCountPage(bytes, used);
                used = 0;
            }

            BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(used), count);
            BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(used + sizeof(long)), word.Length);
            word.CopyTo(bytes, used + HeadBytes);
            used += HeadBytes + word.Length;
        }

        if (used > 0)
            yield return new WordCountPage(bytes, used);
    }

    private delegate void WordAction(ReadOnlySpan<byte> word, long count);
}
