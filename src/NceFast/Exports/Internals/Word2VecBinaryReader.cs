using System.Buffers;
using System.Runtime.InteropServices;
using NceFast.Store;
using NceFast.Vocab;

namespace NceFast.Exports.Internals;

/// <summary>
/// Reads word2vec binary. The first rows decide whether rows end in line feeds. If they do, all rows must. Without line feeds
/// nothing marks the end of a row, so words and floats are checked for signs of a wrong reading.
/// </summary>
internal sealed class Word2VecBinaryReader
{
    private const int BufferBytes = 1 << 20;
    private const int TailBytes = 64;
    private readonly InputFile _file;
    private readonly RowStore _store;
    private readonly long _count;
    private readonly BinaryRows _rows;
    private readonly int _floatBytes;
    private readonly WordList.Builder _words = new();
    private readonly PlainRowDoubts _doubts = new();
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
    private long _readTo, _row;
    private int _at, _length;
    private bool _toEnd;

    private Word2VecBinaryReader(InputFile file, RowStore store, Word2VecHeader header)
    {
        (_file, _store, _count, _readTo) = (file, store, header.Words, header.End);
        _floatBytes = store.Dim * sizeof(float);
        _rows = new BinaryRows(_floatBytes);
    }

    private ReadOnlySpan<byte> Bytes => _buffer.AsSpan(_at, _length - _at);

    private long Position => _readTo - (_length - _at);

    /// <summary>Reads a file.</summary>
    /// <param name="file">The file.</param>
    /// <param name="doubt">A sentence about signs of a wrong reading, or null if there are none.</param>
    /// <param name="cancellation">A token that stops the reading.</param>
    public static WordVectors Read(InputFile file, out string? doubt, CancellationToken cancellation)
    {
        FormatProbe.TryHeader(file, out Word2VecHeader header);
        using RowStore store = Rows.Allocate(file, header.Words, header.Dim, file.Length - header.End, 2 + 4 * header.Dim);
        var reader = new Word2VecBinaryReader(file, store, header);
        try
        {
            file.ReadOn();
            reader.ReadRows(cancellation);
            doubt = reader._doubts.Sentence;
            return new WordVectors(reader._words.Build(), store.Take(header.Words));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(reader._buffer);
        }
    }

    private void ReadRows(CancellationToken cancellation)
    {
        bool lineFeeds = _count > 0 && TellLineFeeds(cancellation);
        while (_row < _count)
        {
            RowAnswer answer = lineFeeds ? _rows.FindEnded(Bytes, _toEnd, _count - _row, out int word) : _rows.FindPlain(Bytes, _toEnd, out word);
            if (answer == RowAnswer.NeedMore)
                Fill(cancellation);
            else if (answer == RowAnswer.Found)
                Take(word, lineFeeds);
            else
                throw Wrong(answer);
        }

        CheckTail(cancellation);
    }

    private bool TellLineFeeds(CancellationToken cancellation)
    {
        Fill(cancellation);
        while (_at < _length && _buffer[_at] == '\n') // The header may be followed by blank lines.
            _at++;
        bool lineFeeds;
        while (!_rows.TryTell(Bytes, _toEnd, _count, out lineFeeds))
            Fill(cancellation);
        return lineFeeds;
    }

    private void Take(int word, bool lineFeeds)
    {
        ReadOnlySpan<byte> bytes = Bytes;
        _store.Reserve(_row + 1);
        Span<float> row = _store.Row(_row);
        MemoryMarshal.Cast<byte, float>(bytes.Slice(word + 1, _floatBytes)).CopyTo(row);
        _words.Add(bytes[..word]);
        if (!lineFeeds)
            _doubts.Look(_row, bytes[..word], row);
        int end = word + 1 + _floatBytes;
        _at += end + (lineFeeds && end < bytes.Length ? 1 : 0);
        _row++;
    }

    private void Fill(CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        int kept = _length - _at;
        if (_at == 0 && kept == _buffer.Length)
        {
            byte[] larger = ArrayPool<byte>.Shared.Rent(_buffer.Length * 2);
            _buffer.CopyTo(larger, 0);
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = larger;
        }

        _buffer.AsSpan(_at, kept).CopyTo(_buffer);
        int want = _buffer.Length - kept, got = _file.Read(_buffer.AsSpan(kept, want), _readTo);
        _toEnd = got < want;
        _readTo += got;
        (_at, _length) = (0, kept + got);
    }

    private NceFastException Wrong(RowAnswer answer)
    {
        string place = $"byte {Position:N0}", doubt = _doubts.Sentence is { } sentence ? $" In the rows before, {sentence}" : "";
        if (Bytes.Length > WordList.Builder.MaxWordBytes && !Bytes[..WordList.Builder.MaxWordBytes].Contains((byte)' '))
            return _file.Error(place, $"no space follows within {WordList.Builder.MaxWordBytes:N0} bytes, the maximum length of a word; the dimension in the header is wrong or the file is damaged.");
        return answer == RowAnswer.CutOff
            ? _file.Error(place, $"the file ends within word {_row + 1:N0} of {_count:N0}; it is truncated or its header is wrong.{doubt}")
            : _file.Error(place, $"no line feed follows the {_store.Dim:N0} floats of row {_row + 1:N0} of {_count:N0}, although one follows each earlier row; the file is damaged or its header is wrong.");
    }

    private void CheckTail(CancellationToken cancellation)
    {
        while (Bytes.Length < TailBytes && !_toEnd)
            Fill(cancellation);
        ReadOnlySpan<byte> tail = Bytes[..Math.Min(TailBytes, Bytes.Length)];
        if (!tail.ContainsAnyExcept(" \r\n"u8))
            return;
        string found = _file.IsCompressed && !_toEnd ? "further bytes" : $"{(_file.IsCompressed ? Bytes.Length : _file.Length - Position):N0} bytes";
        throw _file.Error($"byte {Position:N0}", $"{found} follow the last of the {_count:N0} words that the header states; the header is wrong or the file is damaged.");
    }
}
