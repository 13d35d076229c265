using System.Buffers;
using System.IO.Pipelines;

namespace NceFast.Corpus;

/// <summary>
/// Reads text from a pipe block by block: either one shard, or a whole text, whose shard borders it finds while reading.
/// </summary>
internal sealed unsafe class TextCursor
{
    private readonly PipeReader _pipe;
    private readonly string _name;
    private readonly int _item;
    private readonly int _shardBytes;
    private readonly TextTransform? _transform;
    private readonly CancellationToken _cancellation;
    private readonly long _textStart;
    private long _shardStart;
    private long _shardEnd = long.MaxValue;
    private bool _dividesSentence;
    private BorderSearch _border;
    private long _nextNominal = long.MaxValue;
    private ulong _number;
    private long _position;
    private bool _ended;
    private bool _done;
    private ReadOnlyMemory<byte> _changed;
    private bool _isChangedToEnd;

    /// <summary>Starts reading one shard.</summary>
    /// <param name="pipe">The text of the shard.</param>
    /// <param name="name">The file name for messages.</param>
    /// <param name="shard">The byte range of the shard.</param>
    /// <param name="number">The number of its first block.</param>
    /// <param name="transform">Changes the words; null to keep them.</param>
    /// <param name="cancellation">Cancels the reading.</param>
    public TextCursor(PipeReader pipe, string name, in ShardRange shard, ulong number, TextTransform? transform, CancellationToken cancellation)
    {
        (_pipe, _name, _number, _transform, _cancellation) = (pipe, name, number, transform, cancellation);
        _transform?.Reset();
        (_position, _shardStart, _shardEnd, _dividesSentence) = (shard.Start, shard.Start, shard.End, shard.DividesSentence);
    }

    /// <summary>Starts reading a whole text.</summary>
    /// <param name="input">The text.</param>
    /// <param name="name">The name for messages.</param>
    /// <param name="item">The index of the text in the list.</param>
    /// <param name="shardBytes">The nominal size of a shard in bytes.</param>
    /// <param name="transform">Changes the words; null to keep them.</param>
    /// <param name="cancellation">Cancels the reading.</param>
    public TextCursor(TextInput input, string name, int item, int shardBytes, TextTransform? transform, CancellationToken cancellation)
    {
        (_pipe, _name, _item, _shardBytes, _transform, _cancellation) = (input.Pipe, name, item, shardBytes, transform, cancellation);
        _position = _textStart = input.Start;
        StartShard(input.Start);
    }

    /// <summary>Gets the position of the next byte.</summary>
    public long Position => _position;

    /// <summary>Passes the words of one block to the sink.</summary>
    /// <returns>False when no words are left. The sink has then received nothing.</returns>
    public bool TryRead<TSink>(TextScanner scanner, ref TSink sink, out ulong number)
        where TSink : struct, ITokenSink
    {
        scanner.StartBlock();
        while (!_done)
        {
            number = _number;
            if ((!_changed.IsEmpty && ScanChanged(scanner, ref sink)) || (_position < _shardEnd && Advance(scanner, ref sink)))
            {
                _number++;
                return true;
            }

            if (_position < _shardEnd && !_ended)
                continue;
            if (_transform is not null && !_isChangedToEnd)
            {
                (_changed, _isChangedToEnd) = (_transform.Apply(default, isLast: true), true);
                continue;
            }

            EndShard(scanner, ref sink);
            if (scanner.BlockWords > 0)
                return true;
        }

        number = 0;
        return false;
    }

    private void EndShard<TSink>(TextScanner scanner, ref TSink sink)
        where TSink : struct, ITokenSink
    {
        scanner.Finish(ref sink, textFollows: _dividesSentence);
        scanner.Counts.Bytes += _position - _shardStart;
        if (_ended || _nextNominal == long.MaxValue)
            _done = true;
        else
            StartShard(_shardEnd);
    }

    // The number of a shard is that of the last nominal position before its first byte. The nominal shards in between are empty.
    private void StartShard(long start)
    {
        long shard = Math.Max(0, start - 1 - _textStart) / _shardBytes;
        BlockNumber.EnsureShards(_name, shard + 1, _shardBytes);
        (_shardStart, _shardEnd, _dividesSentence, _isChangedToEnd, _number) = (start, long.MaxValue, false, false, BlockNumber.First(_item, shard));
        SeekBorder(_textStart + ((shard + 1) * _shardBytes));
    }

    private void SeekBorder(long nominal)
    {
        _nextNominal = nominal;
        _border = new BorderSearch(nominal, _shardBytes);
    }

    private bool Advance<TSink>(TextScanner scanner, ref TSink sink)
        where TSink : struct, ITokenSink
    {
        ReadResult result = Read();
        ReadOnlySequence<byte> buffer = result.Buffer;
        if (_position == _nextNominal && _shardEnd == long.MaxValue && !FindBorder(buffer))
        {
            if (!result.IsCompleted)
            {
                _pipe.AdvanceTo(buffer.Start, buffer.End); // consumes nothing; the next read waits for more bytes
                return false;
            }

            _nextNominal = long.MaxValue; // the last line belongs to this shard
        }

        long consumed = 0, limit = Math.Min(buffer.Length, (_shardEnd == long.MaxValue ? _nextNominal : _shardEnd) - _position);
        bool full = false;
        foreach (ReadOnlyMemory<byte> segment in buffer.Slice(0, limit))
        {
            int used = segment.Length;
            if (_transform is null)
            {
                used = Scan(segment.Span, _position, scanner, ref sink, ref full);
            }
            else
            {
                _changed = _transform.Apply(segment.Span, isLast: false);
                full = ScanChanged(scanner, ref sink);
            }

            consumed += used;
            _position += used;
            if (full)
                break;
        }

        _ended = result.IsCompleted && !full && consumed == buffer.Length;
        _pipe.AdvanceTo(buffer.GetPosition(consumed));
        return full;
    }

    // The buffer begins at the nominal position. Bytes that were searched before are not searched again.
    private bool FindBorder(in ReadOnlySequence<byte> buffer)
    {
        foreach (ReadOnlyMemory<byte> segment in buffer.Slice(_border.Position - _position))
            _border.Feed(segment.Span);
        if (_border.State == BorderState.Undecided)
            return false;
        if (_border.State == BorderState.None)
            SeekBorder(_nextNominal + _shardBytes);
        else
            (_shardEnd, _dividesSentence) = (_border.ShardStart, _border.State == BorderState.WordEnd);
        return true;
    }

    // A block may end within the changed text. The rest is scanned in the next block.
    private bool ScanChanged<TSink>(TextScanner scanner, ref TSink sink)
        where TSink : struct, ITokenSink
    {
        bool full = false;
        _changed = _changed[Scan(_changed.Span, _position, scanner, ref sink, ref full)..];
        return full;
    }

    private static int Scan<TSink>(ReadOnlySpan<byte> text, long position, TextScanner scanner, ref TSink sink, ref bool full)
        where TSink : struct, ITokenSink
    {
        fixed (byte* p = text)
            return scanner.Scan(p, text.Length, position, ref sink, out full);
    }

    private ReadResult Read()
    {
        try
        {
            return TextInput.Read(_pipe, _cancellation);
        }
        catch (Exception e) when (e is not (NceFastException or OperationCanceledException))
        {
            throw new NceFastException(ErrorKind.Input, $"{_name} cannot be read on from byte {_position:N0}: {e.Message}", e);
        }
    }
}
