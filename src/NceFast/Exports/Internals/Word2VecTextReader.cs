using System.Buffers;
using System.Text;
using NceFast.Numerics;
using NceFast.Store;
using NceFast.Vocab;

namespace NceFast.Exports.Internals;

/// <summary>
/// Reads word2vec text in large blocks. Each block is divided at line ends into one piece per core. The number of lines in
/// the pieces gives the first row of each piece. The pieces are then parsed in parallel, directly into the matrix.
/// </summary>
internal sealed class Word2VecTextReader
{
    private const int BlockBytes = 8 << 20;
    private const int LongestLine = 1 << 30;
    private readonly InputFile _file;
    private readonly AlignedMatrix _matrix;
    private readonly WordList.Builder _words = new();
    private readonly Piece[] _pieces = new Piece[Environment.ProcessorCount];
    private byte[] _block = ArrayPool<byte>.Shared.Rent(BlockBytes);
    private long _row;

    private Word2VecTextReader(InputFile file, AlignedMatrix matrix)
    {
        _file = file;
        _matrix = matrix;
        for (int i = 0; i < _pieces.Length; i++)
            _pieces[i] = new Piece();
    }

    public static WordVectors Read(InputFile file, CancellationToken cancellation)
    {
        FormatProbe.TryHeader(file, out Word2VecHeader header);
        CheckFirstRow(file, header);

        // A row takes at least one letter, a space and a digit per float, and a newline. The newline of the last row is optional.
        long available = file.Length - header.End;
        AlignedMatrix matrix = Rows.Allocate(file, header.Words, header.Dim, available + 1, 2 + 2 * header.Dim);
        var reader = new Word2VecTextReader(file, matrix);
        try
        {
            reader.ReadRows(header.End, cancellation);
            return new WordVectors(reader._words.Build(), matrix);
        }
        catch
        {
            matrix.Dispose();
            throw;
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
        if (floats > 0 && floats != header.Dim && !line[word..].ContainsAnyExcept(FormatProbe.FloatBytes))
            throw file.Error("line 2", OtherThanPromised(floats, header.Dim));
    }

    private static string OtherThanPromised(long floats, long dim) => $"{floats:N0} float{(floats == 1 ? "" : "s")} found but the header states {dim:N0}; correct the header or the line.";

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

        if (_row != _matrix.Rows)
            throw _file.Error($"line {_row + 2:N0}", $"the file ends after {_row:N0} words but its header states {_matrix.Rows:N0}; it is truncated or its header is wrong.");
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
            throw _file.Error($"line {_row + 2:N0}", $"the line is longer than {LongestLine:N0} bytes, the maximum; the file is damaged or not word2vec text.");
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

        Failures.Unwrap(() => Parallel.ForEach(_pieces, options, piece => piece.Parse(_block, _matrix)));
        foreach (Piece piece in _pieces)
        {
            if (piece.Error is { } error)
                throw _file.Error(error.Place, error.Message);
            foreach (Range word in piece.Words)
                _words.Add(_block.AsSpan(word));
            _row += piece.Words.Count;
        }
    }

    /// <summary>Represents whole lines of a block that one core parses. Only one thread uses a piece at a time.</summary>
    private sealed class Piece
    {
        public int Start;
        public int End;
        public int Lines;
        public long FirstRow;
        public (string Place, string Message)? Error;

        public List<Range> Words { get; } = [];

        public void CountLines(byte[] block)
        {
            ReadOnlySpan<byte> text = block.AsSpan(Start, End - Start);
            Lines = text.Count((byte)'\n') + (text.IsEmpty || text[^1] == '\n' ? 0 : 1);
        }

        public void Parse(byte[] block, AlignedMatrix matrix)
        {
            Words.Clear();
            long row = FirstRow;
            for (int at = Start; at < End; row++)
            {
                int length = block.AsSpan(at, End - at).IndexOf((byte)'\n');
                length = length < 0 ? End - at : length;
                ReadOnlySpan<byte> line = block.AsSpan(at, length).TrimEnd(" \t\r"u8);
                at += length + 1;
                bool beyond = row >= matrix.Rows;
                if (beyond && line.IsEmpty)
                    continue; // Blank lines are allowed at the end.
                string? wrong = beyond
                    ? $"a line follows the {matrix.Rows:N0} words that the header states; correct the header or remove the line."
                    : ParseLine(line, matrix.Row(row));
                if (wrong != null)
                {
                    Error = ($"line {row + 2:N0}", wrong);
                    return;
                }

                int start = at - length - 1;
                Words.Add(start..(start + line.IndexOfAny(" \t"u8)));
            }
        }

        private static string? ParseLine(ReadOnlySpan<byte> line, Span<float> row)
        {
            int at = line.IndexOfAny(" \t"u8);
            if (at <= 0)
                return $"the line is '{Excerpt(line)}'; it must have a word, a space or tab, and {row.Length:N0} floats. Correct the line.";
            if (at > WordList.Builder.MaxWordBytes)
                return $"the word has {at:N0} bytes; at most {WordList.Builder.MaxWordBytes:N0} are allowed.";
            for (int i = 0; i < row.Length; i++)
            {
                int before = at;
                while (at < line.Length && line[at] is (byte)' ' or (byte)'\t')
                    at++;
                if (at == line.Length)
                    return OtherThanPromised(i, row.Length);
                if (at == before || !FloatText.TryRead(line, ref at, out row[i]))
                    return $"float {i + 1:N0} of {row.Length:N0} cannot be read from '{Excerpt(line[before..])}'.";
            }

            return at == line.Length ? null : OtherThanPromised(row.Length + FormatProbe.Tokens(line[at..]), row.Length);
        }

        private static string Excerpt(ReadOnlySpan<byte> text) =>
            Encoding.UTF8.GetString(text[..Math.Min(text.Length, 40)]).ReplaceLineEndings(" ");
    }
}
