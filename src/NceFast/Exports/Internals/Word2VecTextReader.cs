using System.Buffers;
using System.Text;
using NceFast.Numerics;
using NceFast.Store;
using NceFast.Vocab;

namespace NceFast.Exports.Internals;

/// <summary>
/// Reads word2vec text, and GloVe text, which has no header. Reads large blocks. Each block is divided at line ends into one piece
/// per core. The number of lines in the pieces gives the first row of each piece. The pieces are then parsed in parallel, directly
/// into the rows of the matrix.
/// </summary>
internal sealed class Word2VecTextReader
{
    private const int BlockBytes = 8 << 20;
    private const int LongestLine = 1 << 30;
    private readonly InputFile _file;
    private readonly TextLayout _layout;
    private readonly RowStore _rows;
    private readonly WordList.Builder _words = new();
    private readonly Piece[] _pieces = new Piece[Environment.ProcessorCount];
    private byte[] _block = ArrayPool<byte>.Shared.Rent(BlockBytes);
    private long _row;
    private bool _wasBlank;

    private Word2VecTextReader(InputFile file, TextLayout layout, RowStore rows)
    {
        (_file, _layout, _rows) = (file, layout, rows);
        for (int i = 0; i < _pieces.Length; i++)
            _pieces[i] = new Piece(layout, rows);
    }

    /// <summary>Reads text with a header.</summary>
    public static WordVectors Read(InputFile file, CancellationToken cancellation)
    {
        FormatProbe.TryHeader(file, out Word2VecHeader header);
        CheckFirstRow(file, header);

        // A row takes at least one letter, a space and a digit per float, and a newline. The newline of the last row is optional.
        RowStore rows = Rows.Allocate(file, header.Words, header.Dim, file.Length - header.End + 1, 2 + 2 * header.Dim);
        return Read(file, new TextLayout(header.Words, (int)header.Dim, 2), rows, header.End, cancellation);
    }

    /// <summary>Reads text without a header, whose first line has <paramref name="dim"/> floats.</summary>
    public static WordVectors ReadPlain(InputFile file, int dim, CancellationToken cancellation) =>
        Read(file, new TextLayout(-1, dim, 1), RowStore.Growing(dim, file.ExpectedBytes), FormatProbe.StartOf(file), cancellation);

    private static WordVectors Read(InputFile file, TextLayout layout, RowStore rows, long start, CancellationToken cancellation)
    {
        using RowStore owned = rows;
        var reader = new Word2VecTextReader(file, layout, rows);
        try
        {
            file.ReadOn();
            reader.ReadRows(start, cancellation);
            return new WordVectors(reader._words.Build(), rows.Take(reader._row));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(reader._block);
        }
    }

    // Reports a first row that contradicts the header with its line number, before the file is found too long or too short.
    private static void CheckFirstRow(InputFile file, Word2VecHeader header)
    {
        const int Shown = 1 << 16;
        byte[] bytes = new byte[Math.Min(Shown, Math.Max(0, file.Length - header.End))];
        ReadOnlySpan<byte> line = bytes.AsSpan(0, file.Read(bytes, header.End));
        int newline = line.IndexOf((byte)'\n'), word = line.IndexOfAny(" \t"u8);
        if (header.Words == 0 || header.Dim is < 1 or > int.MaxValue / 64 || word <= 0 || (newline < 0 && line.Length == Shown))
            return;
        line = newline < 0 ? line : line[..newline];
        long floats = word < line.Length ? FormatProbe.Tokens(line[word..]) : 0;
        if (floats > 0 && floats != header.Dim && !line[word..].ContainsAnyExcept(FormatProbe.FloatBytes) && !TextFields.TryFindWord(line.TrimEnd(" \t\r"u8), (int)header.Dim, out _))
            throw file.Error("line 2", new TextLayout(header.Words, (int)header.Dim, 2).WrongCount(floats));
    }

    private void ReadRows(long position, CancellationToken cancellation)
    {
        int kept = 0;
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            int got = _file.Read(_block.AsSpan(kept), position);
            position += got;
            int length = kept + got;
            bool last = length < _block.Length;
            int end = last ? length : _block.AsSpan(0, length).LastIndexOf((byte)'\n') + 1;
            if (end > 0)
                ParseBlock(end, cancellation);
            if (last)
                break;
            kept = length - end;
            MoveRest(end, kept);
        }

        if (_layout.HasHeader && _row != _layout.Words)
            throw _file.Error(_layout.Line(_row), $"the file ends after {_row:N0} words but its header states {_layout.Words:N0}; it is truncated or its header is wrong.");
    }

    /// <summary>Moves the incomplete last line to the next block. If the line fills the whole buffer, the buffer is enlarged.</summary>
    private void MoveRest(int end, int kept)
    {
        if (end > 0)
        {
            _block.AsSpan(end, kept).CopyTo(_block);
            return;
        }

        if (_block.Length >= LongestLine)
            throw _file.Error(_layout.Line(_row), $"the line is longer than {LongestLine:N0} bytes, the maximum; the file is damaged or not text.");
        byte[] larger = ArrayPool<byte>.Shared.Rent(_block.Length * 2);
        _block.AsSpan(0, kept).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_block);
        _block = larger;
    }

    private void ParseBlock(int end, CancellationToken cancellation)
    {
        int start = 0;
        for (int i = 0; i < _pieces.Length; i++)
        {
            int target = Math.Max(start, (int)((long)end * (i + 1) / _pieces.Length));
            int newline = target < end ? _block.AsSpan(target, end - target).IndexOf((byte)'\n') : -1;
            int stop = i == _pieces.Length - 1 || newline < 0 ? end : target + newline + 1;
            (_pieces[i].Start, _pieces[i].End) = (start, stop);
            start = stop;
        }

        var options = new ParallelOptions { CancellationToken = cancellation };
        Failures.Unwrap(() => Parallel.ForEach(_pieces, options, piece => piece.CountLines(_block)));
        long row = _row;
        foreach (Piece piece in _pieces)
        {
            piece.FirstRow = row;
            row += piece.Lines;
        }

        // Short lines are errors, so that no more rows are needed than fit into the block.
        _rows.Reserve(Math.Min(row, _row + end / (2 + 2L * _layout.Dim) + 1));
        Failures.Unwrap(() => Parallel.ForEach(_pieces, options, piece => piece.Parse(_block)));
        foreach (Piece piece in _pieces)
        {
            if (_wasBlank && piece.Words.Count > 0)
                throw _file.Error(_layout.Line(_row), "the line is blank; remove it.");
            if (piece.Error is { } error)
                throw _file.Error(error.Place, error.Message);
            foreach (Range word in piece.Words)
                _words.Add(_block.AsSpan(word));
            _row += piece.Words.Count;
            _wasBlank |= piece.EndsBlank;
        }

        if (_row > int.MaxValue)
            throw _file.Error(_layout.Line(int.MaxValue), $"at most {int.MaxValue:N0} words are allowed.");
    }

    /// <summary>Represents whole lines of a block that one core parses. Only one thread uses a piece at a time.</summary>
    private sealed class Piece(TextLayout layout, RowStore rows)
    {
        public int Start;
        public int End;
        public int Lines;
        public long FirstRow;
        public (string Place, string Message)? Error;

        public List<Range> Words { get; } = [];

        /// <summary>Gets whether the last lines are blank.</summary>
        public bool EndsBlank { get; private set; }

        public void CountLines(byte[] block)
        {
            ReadOnlySpan<byte> text = block.AsSpan(Start, End - Start);
            Lines = text.Count((byte)'\n') + (text.IsEmpty || text[^1] == '\n' ? 0 : 1);
        }

        public void Parse(byte[] block)
        {
            Words.Clear();
            EndsBlank = false;
            long row = FirstRow;
            for (int at = Start; at < End; row++)
            {
                int start = at, length = block.AsSpan(at, End - at).IndexOf((byte)'\n');
                length = length < 0 ? End - at : length;
                ReadOnlySpan<byte> line = block.AsSpan(at, length).TrimEnd(" \t\r"u8);
                at += length + 1;
                bool beyond = layout.HasHeader && row >= layout.Words;
                if (line.IsEmpty && (beyond || !layout.HasHeader))
                {
                    EndsBlank |= !layout.HasHeader; // Blank lines are allowed at the end.
                    continue;
                }

                int word = 0;
                string? wrong = beyond ? $"a line follows the {layout.Words:N0} words that the header states; correct the header or remove the line."
                    : EndsBlank ? "a blank line comes before this line; remove it."
                    : row >= rows.Rows ? layout.WrongCount(0) // An earlier line is too short, and its error is reported.
                    : ParseLine(line, rows.Row(row), out word);
                if (wrong != null)
                {
                    Error = (layout.Line(row), wrong);
                    return;
                }

                Words.Add(start..(start + word));
            }
        }

        private string? ParseLine(ReadOnlySpan<byte> line, Span<float> row, out int word)
        {
            int at = word = line.IndexOfAny(" \t"u8);
            if (at <= 0)
                return $"the line is '{Excerpt(line)}'; it must have a word, a space or tab, and {row.Length:N0} floats. Correct the line.";
            if (TryParseFloats(line, row, at, out string? wrong) || (TextFields.TryFindWord(line, row.Length, out word) && TryParseFloats(line, row, word, out wrong)))
                return word <= WordList.Builder.MaxWordBytes ? null : $"the word has {word:N0} bytes; at most {WordList.Builder.MaxWordBytes:N0} are allowed.";
            return wrong;
        }

        private bool TryParseFloats(ReadOnlySpan<byte> line, Span<float> row, int at, out string? wrong)
        {
            wrong = null;
            for (int i = 0; i < row.Length; i++)
            {
                int before = at;
                while (at < line.Length && line[at] is (byte)' ' or (byte)'\t')
                    at++;
                if (at == line.Length)
                    wrong = layout.WrongCount(i);
                else if (at == before || !FloatText.TryRead(line, ref at, out row[i]))
                    wrong = $"float {i + 1:N0} of {row.Length:N0} cannot be read from '{Excerpt(line[before..])}'.";
                if (wrong != null)
                    return false;
            }

            wrong = at == line.Length ? null : layout.WrongCount(row.Length + FormatProbe.Tokens(line[at..]));
            return wrong == null;
        }

        private static string Excerpt(ReadOnlySpan<byte> text) =>
            Encoding.UTF8.GetString(text[..Math.Min(text.Length, 40)]).ReplaceLineEndings(" ");
    }
}

/// <summary>Represents what the lines of text vectors must have.</summary>
/// <param name="Words">The number of words that the header states, or -1 if there is no header.</param>
/// <param name="Dim">The number of floats per line.</param>
/// <param name="FirstLine">The number of the line of row 0.</param>
internal sealed record TextLayout(long Words, int Dim, int FirstLine)
{
    public bool HasHeader => Words >= 0;

    /// <summary>Gets the place of a row in messages.</summary>
    public string Line(long row) => $"line {row + FirstLine:N0}";

    /// <summary>Creates the message for a line with another number of floats.</summary>
    public string WrongCount(long floats)
    {
        string found = $"{floats:N0} float{(floats == 1 ? "" : "s")} found";
        return HasHeader ? $"{found} but the header states {Dim:N0}; correct the header or the line." : $"{found} but the first line has {Dim:N0}; correct the line.";
    }
}
