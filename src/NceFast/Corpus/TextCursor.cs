using System.Buffers;
using System.IO.Pipelines;

namespace NceFast.Corpus;

/// <summary>Reads one stretch of text, a shard or a whole sequential source, block by block through a pipe.</summary>
internal sealed unsafe class TextCursor
{
    private readonly PipeReader _pipe;
    private readonly string _name;
    private readonly long _start;
    private readonly long _end;
    private readonly CancellationToken _cancellation;
    private ulong _number;
    private long _position;
    private Phase _phase;

    /// <summary>Starts reading.</summary>
    /// <param name="pipe">The text from <paramref name="start"/> on.</param>
    /// <param name="name">The file, for messages.</param>
    /// <param name="start">Place of the pipe's first byte.</param>
    /// <param name="end">Place where a shard ends, or <see cref="long.MaxValue"/>.</param>
    /// <param name="seekWord">Whether the stretch begins after the first separator, not at once.</param>
    /// <param name="number">Number of the first block.</param>
    /// <param name="cancellation">Stops the reading.</param>
    public TextCursor(PipeReader pipe, string name, long start, long end, bool seekWord, ulong number, CancellationToken cancellation)
    {
        (_pipe, _name, _start, _end, _number, _cancellation) = (pipe, name, start, end, number, cancellation);
        _position = start;
        _phase = seekWord ? Phase.Seek : Phase.Body;
    }

    private enum Phase
    {
        /// <summary>Before the first separator: the word there belongs to the shard before.</summary>
        Seek,

        /// <summary>Inside the shard.</summary>
        Body,

        /// <summary>Past the shard's end, up to the first separator.</summary>
        Tail,

        Done,
    }

    /// <summary>Place of the next byte.</summary>
    public long Position => _position;

    /// <summary>Gives one block's words to the sink.</summary>
    /// <returns>False when no word is left; the sink was given nothing then.</returns>
    public bool TryRead<TSink>(TextScanner scanner, ref TSink sink, out ulong number)
        where TSink : struct, ITokenSink
    {
        scanner.StartBlock();
        bool full = false;
        while (!full && _phase != Phase.Done)
            full = Advance(scanner, ref sink);
        number = _number;
        if (scanner.BlockWords == 0)
            return false;
        _number++;
        return true;
    }

    private bool Advance<TSink>(TextScanner scanner, ref TSink sink)
        where TSink : struct, ITokenSink
    {
        ReadResult result = Read();
        ReadOnlySequence<byte> buffer = result.Buffer;
        long consumed = 0;
        bool full = false;
        foreach (ReadOnlyMemory<byte> segment in buffer)
        {
            int used = Consume(segment.Span, scanner, ref sink, ref full);
            consumed += used;
            _position += used;
            if (full || _phase == Phase.Done)
                break;
        }

        if (result.IsCompleted && !full && consumed == buffer.Length)
            _phase = Phase.Done;
        _pipe.AdvanceTo(buffer.GetPosition(consumed));
        if (_phase == Phase.Done)
        {
            scanner.Finish(ref sink);
            scanner.Counts.Bytes += Math.Min(_end, Math.Max(_position, _start)) - _start;
        }

        return full;
    }

    private int Consume<TSink>(ReadOnlySpan<byte> text, TextScanner scanner, ref TSink sink, ref bool full)
        where TSink : struct, ITokenSink
    {
        int used = 0;
        if (_phase == Phase.Seek)
        {
            int room = (int)Math.Min(text.Length, _end - _position);
            int separator = FindSeparator(text[..room]);
            if (separator < 0)
            {
                if (_position + room == _end)
                    _phase = Phase.Done;
                return room;
            }

            used = separator + 1;
            _phase = Phase.Body;
        }

        if (_phase == Phase.Body)
        {
            int room = (int)Math.Min(text.Length - used, _end - _position - used);
            used += Scan(text.Slice(used, room), _position + used, scanner, ref sink, ref full);
            if (full)
                return used;
            if (_position + used == _end)
                _phase = Phase.Tail;
        }

        if (_phase == Phase.Tail && used < text.Length)
        {
            ReadOnlySpan<byte> rest = text[used..];
            int separator = FindSeparator(rest);
            used += Scan(separator < 0 ? rest : rest[..(separator + 1)], _position + used, scanner, ref sink, ref full);
            if (separator >= 0)
                _phase = Phase.Done;
        }

        return used;
    }

    private static int FindSeparator(ReadOnlySpan<byte> text) => text.IndexOfAnyInRange((byte)0, (byte)0x20);

    private static int Scan<TSink>(ReadOnlySpan<byte> text, long offset, TextScanner scanner, ref TSink sink, ref bool full)
        where TSink : struct, ITokenSink
    {
        fixed (byte* p = text)
            return scanner.Scan(p, text.Length, offset, ref sink, out full);
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
