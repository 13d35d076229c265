using System.Buffers.Text;
using System.Text;
using NceFast.Corpus;
using NceFast.Vocab;

namespace NceFast.NGrams.Internals;

/// <summary>
/// Reads an ARPA file: counts below <c>\data\</c>, then for each order the lines "log10 probability, words, log10 backoff", then <c>\end\</c>.
/// N-grams may be in any order. Messages name the line that is invalid.
/// </summary>
internal sealed class ArpaReader : IDisposable
{
    // Memory is allocated for the stated counts only as far as the file may have them.
    private const int LeastBytesPerGram = 4, LikelyCompression = 8;
    private const long CancellationLines = 1 << 16;
    private const int LongestLine = 1 << 17;
    private const int ExaminedBytes = 512; // so that a binary file of KenLM is recognised by its first line
    private readonly string _path;
    private readonly LineFile _lines;
    private readonly CancellationToken _cancellation;
    private readonly List<long> _counts = [];
    private readonly List<NgramTable> _tables = [];
    private readonly List<float> _unigrams = [], _backoffs = [];
    private Vocabulary? _vocabulary;

    private ArpaReader(string path, CancellationToken cancellation)
    {
        (_path, _cancellation) = (path, cancellation);
        _lines = new LineFile(path, LongestLine, () => Wrong(FormattableString.Invariant($"the line is longer than {LongestLine:N0} bytes; give an ARPA file.")), ExaminedBytes);
    }

    public static NgramModel Load(string path, CancellationToken cancellation)
    {
        try
        {
            using var reader = new ArpaReader(path, cancellation);
            return reader.Read();
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new NceFastException(ErrorKind.Input, $"{path} does not exist; check the path.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new NceFastException(ErrorKind.Input, $"The n-gram model {path} cannot be read: {e.Message}", e);
        }
    }

    public void Dispose() => _lines.Dispose();

    private NgramModel Read()
    {
        FindData();
        ReadOnlySpan<byte> heading = ReadCounts();
        for (int n = 1; n <= _counts.Count; n++)
        {
            if (!heading.SequenceEqual(Encoding.ASCII.GetBytes($"\\{n}-grams:")))
                throw Wrong($"'{Show(heading)}' was found where the section \\{n}-grams: of {_counts[n - 1]:N0} n-grams must begin; \\data\\ announces {_counts.Count} orders.");
            heading = n == 1 ? ReadUnigrams() : ReadGrams(n);
        }

        if (!heading.SequenceEqual("\\end\\"u8))
            throw Wrong($"'{Show(heading)}' was found where \\end\\ must follow the section of the last order that \\data\\ announces.");
        return new NgramModel(_vocabulary!, [.. _unigrams], [.. _backoffs], [.. _tables]);
    }

    private void FindData()
    {
        while (TryRead(out ReadOnlySpan<byte> line))
        {
            if (line.StartsWith("mmap lm http://kheafield.com/code"u8))
                throw new NceFastException(ErrorKind.Input, $"{_path} is a binary file of KenLM, which depends on the program that wrote it; give the ARPA file from which it was built.");
            if (line.SequenceEqual("\\data\\"u8))
                return;
        }

        throw new NceFastException(ErrorKind.Input, $"{_path} has no line \\data\\, with which an ARPA file begins; give an ARPA file, plain or compressed.");
    }

    // Returns the heading that follows the counts.
    private ReadOnlySpan<byte> ReadCounts()
    {
        ReadOnlySpan<byte> line;
        while (ReadOn(out line)[0] != '\\')
        {
            int equals = line.IndexOf((byte)'='), order = _counts.Count + 1;
            if (!line.StartsWith("ngram "u8) || equals < 0
                || !Utf8Parser.TryParse(line[6..equals].Trim((byte)' '), out int stated, out _) || stated != order
                || !TryCount(line[(equals + 1)..].Trim((byte)' '), out long count))
                throw Wrong($"'{Show(line)}' is not a count of order {order}; below \\data\\, the lines 'ngram N=COUNT' must state the orders from 1 on, and counts are 0 to {NgramTable.MostGrams:N0}.");
            if (order > NgramModel.MaxOrder)
                throw Wrong($"the model has n-grams of order {order}; at most {NgramModel.MaxOrder} is allowed.");
            _counts.Add(count);
        }

        if (_counts.Count == 0 || _counts[0] == 0)
            throw Wrong("\\data\\ announces no unigrams; a line 'ngram 1=COUNT' must state how many there are.");
        return line;
    }

    private static bool TryCount(ReadOnlySpan<byte> digits, out long count) =>
        Utf8Parser.TryParse(digits, out count, out int used) && used == digits.Length && count is >= 0 and <= NgramTable.MostGrams;

    private ReadOnlySpan<byte> ReadUnigrams()
    {
        var words = new WordList.Builder();
        using var seen = new Utf8Table();
        ReadOnlySpan<byte> line;
        for (long count = 0; ReadOn(out line)[0] != '\\'; count++)
        {
            EnsureExpected(1, count);
            float probability = Probability(ref line);
            ReadOnlySpan<byte> word = Field(ref line);
            if (word.IsEmpty || !Vocabulary.IsWord(word))
                throw Wrong($"the word '{Show(word)}' is empty, longer than {TextScanner.MaxWordBytes:N0} bytes or has a control character; a line must have a probability, a word and, if n-grams of order 2 begin with it, a backoff.");
            if (!seen.TryAppend(word, 1))
                throw Wrong($"the word '{Show(word)}' is repeated; each n-gram may occur once.");
            words.Add(word);
            _unigrams.Add(probability);
            _backoffs.Add(Backoff(line));
        }

        EnsureComplete(1, _unigrams.Count);
        WordList list = words.Build();
        long[] ones = new long[list.Count];
        Array.Fill(ones, 1);
        _vocabulary = new Vocabulary(list, ones);
        return line;
    }

    private ReadOnlySpan<byte> ReadGrams(int order)
    {
        var table = new NgramTable(_counts[order - 1], LikelyCompression * _lines.StoredBytes / (LeastBytesPerGram * order));
        ReadOnlySpan<byte> line;
        while (ReadOn(out line)[0] != '\\')
        {
            EnsureExpected(order, table.Count);
            float probability = Probability(ref line);
            int context = Word(ref line);
            for (int i = 1; i < order - 1; i++)
            {
                context = _tables[i - 1].Find(context, Word(ref line));
                if (context < 0)
                    throw Wrong($"the first {i + 1} words of this n-gram are missing among the n-grams of order {i + 1}, where their backoff must be; add the shorter n-gram, or write the model again with the program that made it.");
            }

            int last = Word(ref line);
            if (!table.TryAdd(context, last, probability, Backoff(line)))
                throw Wrong("this n-gram is repeated; each n-gram may occur once.");
        }

        EnsureComplete(order, table.Count);
        _tables.Add(table);
        return line;
    }

    // Returns the next line that is not blank.
    private ReadOnlySpan<byte> ReadOn(out ReadOnlySpan<byte> line)
    {
        do
        {
            if (!TryRead(out line))
                throw Wrong("the file ends here without a line \\end\\; it is cut short, so write or download it again.");
            if (_lines.Number % CancellationLines == 0)
                _cancellation.ThrowIfCancellationRequested();
        }
        while (line.IsEmpty);
        return line;
    }

    private void EnsureExpected(int order, long count)
    {
        if (count == _counts[order - 1])
            throw Wrong(FormattableString.Invariant($"the section \\{order}-grams: has more n-grams than the {count:N0} that \\data\\ states; correct the line 'ngram {order}=', or write the model again."));
    }

    private void EnsureComplete(int order, long count)
    {
        if (count < _counts[order - 1])
            throw Wrong(FormattableString.Invariant($"the section \\{order}-grams: ends after {count:N0} n-grams, but \\data\\ states {_counts[order - 1]:N0}; the file is damaged, or the line 'ngram {order}=' is wrong."));
    }

    private int Word(ref ReadOnlySpan<byte> line)
    {
        ReadOnlySpan<byte> word = Field(ref line);
        int id = _vocabulary!.Find(word);
        if (id < 0)
            throw Wrong($"the word '{Show(word)}' is not a unigram; an n-gram needs as many words as its section says, separated by blanks, and each must be in the section \\1-grams:.");
        return id;
    }

    private float Probability(ref ReadOnlySpan<byte> line)
    {
        ReadOnlySpan<byte> field = Field(ref line);
        if (!TryNumber(field, out float value) || value > 0)
            throw Wrong($"'{Show(field)}' is not the logarithm of a probability; a number up to 0 must begin the line.");
        return value;
    }

    private float Backoff(ReadOnlySpan<byte> line)
    {
        ReadOnlySpan<byte> field = Field(ref line);
        if (field.IsEmpty)
            return 0;
        if (!TryNumber(field, out float value) || !line.IsEmpty)
            throw Wrong($"'{Show(field)}' is not the logarithm of a backoff; after the words, one number or nothing may follow.");
        return value;
    }

    // A probability or a backoff of 0 may be written as -inf.
    private static bool TryNumber(ReadOnlySpan<byte> field, out float value)
    {
        if (field.SequenceEqual("-inf"u8) || field.SequenceEqual("-Infinity"u8))
        {
            value = float.NegativeInfinity;
            return true;
        }

        if (!field.IsEmpty && field[0] == '+')
            field = field[1..];
        return Utf8Parser.TryParse(field, out value, out int used) && used == field.Length && float.IsFinite(value);
    }

    private static ReadOnlySpan<byte> Field(ref ReadOnlySpan<byte> line)
    {
        int end = line.IndexOfAny((byte)' ', (byte)'\t');
        ReadOnlySpan<byte> field = end < 0 ? line : line[..end];
        line = end < 0 ? default : line[end..].TrimStart(" \t"u8);
        return field;
    }

    private static string Show(ReadOnlySpan<byte> bytes) => Encoding.UTF8.GetString(bytes[..Math.Min(40, bytes.Length)]);

    // Blanks around a line do not count.
    private bool TryRead(out ReadOnlySpan<byte> line)
    {
        bool found = _lines.TryRead(out line);
        line = line.Trim(" \t\r"u8);
        return found;
    }

    private NceFastException Wrong(string message) => new(ErrorKind.Input, $"{_path}, line {_lines.Number}: {message}");
}
