using System.Text;
using NceFast.Corpus;
using NceFast.Numerics;

namespace NceFast.Vocab;

/// <summary>
/// The words with an id, and how often each was seen. Built from a corpus, words are ordered by falling count, then by
/// bytes; loaded from a file, in the file's order. Immutable.
/// </summary>
public sealed class Vocabulary
{
    /// <summary>The most that the counts of a vocabulary may add up to: 2^62, which leaves room for the counts of another.</summary>
    public const long MaxTotalWords = 1L << 62;

    private readonly long[] _counts;

    /// <summary>Makes a vocabulary.</summary>
    /// <param name="words">Words of 1 to 4096 bytes, without bytes up to 0x20, none twice.</param>
    /// <param name="counts">Times each was seen, at least 1: <c>[words]</c>.</param>
    /// <param name="corpusWords">All words of the text, those without id included; -1 when not known.</param>
    /// <exception cref="ArgumentException">A word is not allowed or is there twice, or the lengths differ.</exception>
    /// <exception cref="NceFastException">The counts add up to more than <see cref="MaxTotalWords"/> (<see cref="ErrorKind.Input"/>).</exception>
    public Vocabulary(WordList words, ReadOnlySpan<long> counts, long corpusWords = -1)
    {
        ArgumentNullException.ThrowIfNull(words);
        if (words.Count != counts.Length)
            throw new ArgumentException($"{words.Count} words have {counts.Length} counts.", nameof(counts));
        Words = words;
        _counts = counts.ToArray();
        Table = new Utf8Table(words.Count);
        for (int id = 0; id < words.Count; id++)
        {
            if (counts[id] < 1)
                throw new ArgumentException($"Word {id} has count {counts[id]}; at least 1 is allowed.", nameof(counts));
            if (!IsWord(words[id]))
                throw new ArgumentException($"Word {id} is empty, longer than {TextScanner.MaxWordBytes} bytes or holds a separator.", nameof(words));
            if (!Table.TryAppend(words[id], counts[id]))
                throw new ArgumentException($"Word {id} ('{words.GetString(id)}') is there twice.", nameof(words));
            if (counts[id] > MaxTotalWords - TotalWords)
                Throw.Input(TooMany("the counts of the vocabulary"));
            TotalWords += counts[id];
        }

        if (corpusWords > MaxTotalWords)
            Throw.Input(TooMany("the words of the text"));
        CorpusWords = corpusWords < 0 ? TotalWords : corpusWords;
    }

    /// <summary>Number of words.</summary>
    public int Count => Words.Count;

    /// <summary>The words; the word of an id.</summary>
    public WordList Words { get; }

    /// <summary>Times each word was seen: <c>[Count]</c>; managed memory that never changes.</summary>
    public ReadOnlySpan<long> Counts => _counts;

    /// <summary>Sum of the counts.</summary>
    public long TotalWords { get; }

    /// <summary>All words of the text, those left out of the vocabulary included; <see cref="TotalWords"/> when loaded from a file.</summary>
    public long CorpusWords { get; }

    internal Utf8Table Table { get; }

    /// <summary>The id of a word given as UTF-8 bytes, or -1.</summary>
    public unsafe int Find(ReadOnlySpan<byte> word)
    {
        if (!IsWord(word))
            return -1;
        int id;
        if (word.Length > ShortWord.MaxBytes)
        {
            id = Table.FindLong(word);
        }
        else
        {
            fixed (byte* p = word)
            {
                ShortWord.LoadCareful(p, word.Length, out ulong low, out ulong high);
                id = Table.FindShort(low, high, Table.Prefetch(low, high));
            }
        }

        GC.KeepAlive(this);
        return id;
    }

    /// <summary>The id of a word, or -1.</summary>
    public int Find(string word) => Find(Encoding.UTF8.GetBytes(word));

    /// <summary>Reads a vocabulary that this program or another wrote: a line "word count" each, in any order.</summary>
    /// <param name="path">File to read.</param>
    /// <exception cref="NceFastException">
    /// <see cref="ErrorKind.Input"/>: the file is missing or a line is wrong, which is named.
    /// <see cref="ErrorKind.EmptyVocabulary"/>: it holds no word.
    /// </exception>
    public static Vocabulary Load(string path) => VocabularyFile.Load(path);

    /// <summary>What to say of counts that are too large.</summary>
    /// <param name="what">The counts, a plural.</param>
    internal static string TooMany(string what) => FormattableString.Invariant($"{char.ToUpperInvariant(what[0])}{what[1..]} add up to more than {MaxTotalWords:N0}, the most that is allowed; give counts of a real text, or divide all by the same number.");

    internal static bool IsWord(ReadOnlySpan<byte> word) =>
        word.Length is > 0 and <= TextScanner.MaxWordBytes && word.IndexOfAnyInRange((byte)0, (byte)0x20) < 0;
}
