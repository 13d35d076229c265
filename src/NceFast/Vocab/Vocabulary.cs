using System.Text;
using NceFast.Corpus;
using NceFast.Numerics;

namespace NceFast.Vocab;

/// <summary>
/// Represents the words that have an id, with their numbers of occurrences. A vocabulary built from a corpus is ordered by
/// descending count, then by bytes. One loaded from a file has the order of the file. It is immutable.
/// </summary>
/// <remarks>Several threads can use an instance at the same time.</remarks>
public sealed class Vocabulary
{
    /// <summary>The largest sum of the counts of a vocabulary: 2^62. Two such sums can be added without overflow.</summary>
    public const long MaxTotalWords = 1L << 62;

    private readonly long[] _counts;

    /// <summary>Creates a vocabulary.</summary>
    /// <param name="words">Distinct words of 1 to 4096 bytes, without bytes from 0x00 to 0x20.</param>
    /// <param name="counts">The number of occurrences of each word, at least 1: <c>[words]</c>.</param>
    /// <param name="corpusWords">The number of words of the text, including those without an id; -1 when it is not known.</param>
    /// <exception cref="ArgumentException">A word is invalid or repeated, a count is below 1, or the lengths differ.</exception>
    /// <exception cref="NceFastException">
    /// The sum of the counts is larger than <see cref="MaxTotalWords"/> (<see cref="ErrorKind.Input"/>).
    /// </exception>
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
                throw new ArgumentException($"Word {id} ('{words.GetString(id)}') occurs twice.", nameof(words));
            if (counts[id] > MaxTotalWords - TotalWords)
                Throw.Input(TooMany("the counts of the vocabulary"));
            TotalWords += counts[id];
        }

        if (corpusWords > MaxTotalWords)
            Throw.Input(TooMany("the words of the text"));
        CorpusWords = corpusWords < 0 ? TotalWords : corpusWords;
    }

    /// <summary>Gets the number of words.</summary>
    public int Count => Words.Count;

    /// <summary>Gets the words, indexed by id.</summary>
    public WordList Words { get; }

    /// <summary>Gets the number of occurrences of each word: <c>[Count]</c>. The memory never changes.</summary>
    public ReadOnlySpan<long> Counts => _counts;

    /// <summary>Gets the sum of the counts.</summary>
    public long TotalWords { get; }

    /// <summary>
    /// Gets the number of words of the text, including those without an id; equal to <see cref="TotalWords"/> for a vocabulary
    /// loaded from a file.
    /// </summary>
    public long CorpusWords { get; }

    internal Utf8Table Table { get; }

    /// <summary>Returns the id of a word given as UTF-8 bytes, or -1.</summary>
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

    /// <summary>Returns the id of a word, or -1.</summary>
    public int Find(string word) => Find(Encoding.UTF8.GetBytes(word));

    /// <summary>Loads a vocabulary from a file with one word and its count per line, in any order.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="NceFastException">
    /// <see cref="ErrorKind.Input"/>: the file is missing or a line is invalid; the message names it.
    /// <see cref="ErrorKind.EmptyVocabulary"/>: the file contains no word.
    /// </exception>
    public static Vocabulary Load(string path) => VocabularyFile.Load(path);

    /// <summary>Reads a vocabulary from a stream with one word and its count per line, in any order, which may be compressed.</summary>
    /// <param name="stream">The stream, which is read from its position to its end and stays open. It need not support seeking.</param>
    /// <exception cref="ArgumentException">The stream cannot be read.</exception>
    /// <exception cref="NceFastException">
    /// <see cref="ErrorKind.Input"/>: a line is invalid; the message names it.
    /// <see cref="ErrorKind.EmptyVocabulary"/>: the stream contains no word.
    /// </exception>
    public static Vocabulary Load(Stream stream) => VocabularyFile.Load(stream);

    /// <summary>Returns the message for counts that are too large.</summary>
    /// <param name="what">What the counts are, in the plural.</param>
    internal static string TooMany(string what) => FormattableString.Invariant($"{char.ToUpperInvariant(what[0])}{what[1..]} add up to more than {MaxTotalWords:N0}, the most that is allowed; give counts of a real text, or divide all by the same number.");

    internal static bool IsWord(ReadOnlySpan<byte> word) =>
        word.Length is > 0 and <= TextScanner.MaxWordBytes && word.IndexOfAnyInRange((byte)0, (byte)0x20) < 0;
}
