using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using NceFast.Numerics;

namespace NceFast.Corpus;

/// <summary>
/// Cuts bytes into words and sentences, 64 bytes at a time; keeps a word that a segment's end cut in two, in constant
/// memory. Separators are the bytes 0x00 to 0x20; a line feed ends a sentence. One sentence and one block may run over
/// any number of segments.
/// </summary>
internal sealed unsafe class TextScanner : IDisposable
{
    /// <summary>Longest word kept, in bytes; longer ones are left out and counted.</summary>
    public const int MaxWordBytes = 4096;

    private const int SentenceWords = TokenBlock.MaxSentenceWords;
    private byte* _carry = (byte*)NativeMemory.Alloc(MaxWordBytes + ShortWord.MaxBytes);
    private int _carried;
    private bool _skipping;
    private long _carryOffset;
    private int _left = SentenceWords;
    private bool _afterSplit;
    private int _item;

    ~TextScanner() => Free();

    /// <summary>What was seen so far.</summary>
    public ScanCounts Counts { get; } = new();

    /// <summary>Words of text that fill a block.</summary>
    public int TargetWords { get; init; } = TokenBlock.TargetWords;

    /// <summary>Words of the sentences closed since <see cref="StartBlock"/>.</summary>
    public int BlockWords { get; private set; }

    /// <summary>Forgets any open word and sentence; what follows is a new stretch of text.</summary>
    public void StartUnit(int item)
    {
        _item = item;
        _carried = 0;
        _skipping = false;
        _left = SentenceWords;
        _afterSplit = false;
        BlockWords = 0;
    }

    public void StartBlock() => BlockWords = 0;

    /// <summary>Scans a segment, to its end or to the end of the block.</summary>
    /// <param name="data">First byte.</param>
    /// <param name="length">Bytes.</param>
    /// <param name="offset">Place of the first byte in its file, for reports.</param>
    /// <param name="sink">Takes the words.</param>
    /// <param name="full">True when a sentence ended and the block has <see cref="TargetWords"/> words.</param>
    /// <returns>Bytes consumed; all of them unless <paramref name="full"/>.</returns>
    public int Scan<TSink>(byte* data, int length, long offset, ref TSink sink, out bool full)
        where TSink : struct, ITokenSink => SimdCatalog.Current switch
    {
        SimdWidth.Vector512 => Scan<TSink, SeparatorMask512>(data, length, offset, ref sink, out full),
        SimdWidth.Vector256 => Scan<TSink, SeparatorMask256>(data, length, offset, ref sink, out full),
        SimdWidth.Vector128 => Scan<TSink, SeparatorMask128>(data, length, offset, ref sink, out full),
        _ => Scan<TSink, SeparatorMaskScalar>(data, length, offset, ref sink, out full),
    };

    private int Scan<TSink, TMask>(byte* data, int length, long offset, ref TSink sink, out bool full)
        where TSink : struct, ITokenSink
        where TMask : struct, ISeparatorMask
    {
        byte* start = data, end = data + length;
        full = false;
        if (_carried > 0 || _skipping)
        {
            int resumed = Resume(data, length, ref sink, ref full);
            if (resumed == length)
                return length;
            start += resumed;
        }

        int left = _left;
        for (byte* chunk = start; chunk < end; chunk += SeparatorMask.Width)
        {
            long rest = end - chunk;
            ulong mask = rest >= SeparatorMask.Width ? TMask.Of(chunk) : SeparatorMask.OfTail(chunk, (int)rest);
            while (mask != 0)
            {
                byte* at = chunk + BitOperations.TrailingZeroCount(mask);
                mask &= mask - 1;
                int n = (int)(at - start);
                if (n > 0)
                {
                    if (n <= ShortWord.MaxBytes)
                    {
                        ulong low, high;
                        if (end - start >= ShortWord.MaxBytes)
                            ShortWord.Load(start, n, out low, out high);
                        else
                            ShortWord.LoadCareful(start, n, out low, out high);
                        sink.Short(low, high, n);
                        left--;
                    }
                    else
                    {
                        left -= Long(start, n, offset + (start - data), ref sink);
                    }

                    if (left == 0)
                        left = Split(ref sink, ref full);
                }

                start = at + 1;
                if (*at != (byte)' ')
                    left = Control(*at, left, ref sink, ref full);
                if (full)
                {
                    _left = left;
                    return (int)(start - data);
                }
            }
        }

        _left = left;
        if (start < end)
            Carry(start, (int)(end - start), offset + (start - data));
        return length;
    }

    /// <summary>Ends the stretch of text: the open word and the open sentence end here.</summary>
    /// <param name="sink">Takes the words.</param>
    /// <param name="textFollows">Whether the next stretch goes on with words of the same line: this end is a split then.</param>
    public void Finish<TSink>(ref TSink sink, bool textFollows = false)
        where TSink : struct, ITokenSink
    {
        bool full = false;
        if (_carried > 0)
            EmitCarried(ref sink, ref full);
        _skipping = false;
        if (textFollows && (_afterSplit || _left != SentenceWords))
            Counts.Splits++;
        _left = EndSentence(_left, ref sink, ref full);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int Control<TSink>(byte c, int left, ref TSink sink, ref bool full)
        where TSink : struct, ITokenSink
    {
        if (c == (byte)'\n')
            return EndSentence(left, ref sink, ref full);
        if (c == 0)
            Counts.Nuls++;
        return left;
    }

    private int EndSentence<TSink>(int left, ref TSink sink, ref bool full)
        where TSink : struct, ITokenSink
    {
        if (left != SentenceWords)
        {
            if (_afterSplit)
                Counts.Splits++;
            Close(SentenceWords - left, ref sink, ref full);
        }

        _afterSplit = false;
        return SentenceWords;
    }

    // A split is counted once text is known to follow: at the next split or at the sentence's real end.
    private int Split<TSink>(ref TSink sink, ref bool full)
        where TSink : struct, ITokenSink
    {
        if (_afterSplit)
            Counts.Splits++;
        _afterSplit = true;
        Close(SentenceWords, ref sink, ref full);
        return SentenceWords;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Close<TSink>(int words, ref TSink sink, ref bool full)
        where TSink : struct, ITokenSink
    {
        sink.EndSentence();
        Counts.Sentences++;
        Counts.Words += words;
        BlockWords += words;
        full |= BlockWords >= TargetWords;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private int Long<TSink>(byte* word, int length, long offset, ref TSink sink)
        where TSink : struct, ITokenSink
    {
        if (length > MaxWordBytes)
        {
            Counts.Overlong(_item, offset);
            return 0;
        }

        sink.Long(new ReadOnlySpan<byte>(word, length));
        return 1;
    }

    /// <summary>Ends the word that an earlier segment began; returns the place of the separator, or the length when none.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private int Resume<TSink>(byte* data, int length, ref TSink sink, ref bool full)
        where TSink : struct, ITokenSink
    {
        int at = new ReadOnlySpan<byte>(data, length).IndexOfAnyInRange((byte)0, (byte)0x20);
        int part = at < 0 ? length : at;
        Carry(data, part, _carryOffset);
        if (at < 0)
            return length;
        if (_carried > 0)
            EmitCarried(ref sink, ref full);
        _skipping = false;
        return at;
    }

    private void Carry(byte* part, int length, long offset)
    {
        if (_skipping)
            return;
        if (_carried == 0)
            _carryOffset = offset;
        if (_carried + length > MaxWordBytes)
        {
            Counts.Overlong(_item, _carryOffset);
            _carried = 0;
            _skipping = true;
            return;
        }

        Buffer.MemoryCopy(part, _carry + _carried, MaxWordBytes - _carried, length);
        _carried += length;
    }

    private void EmitCarried<TSink>(ref TSink sink, ref bool full)
        where TSink : struct, ITokenSink
    {
        int n = _carried;
        _carried = 0;
        if (n <= ShortWord.MaxBytes)
        {
            ShortWord.Load(_carry, n, out ulong low, out ulong high);
            sink.Short(low, high, n);
        }
        else
        {
            sink.Long(new ReadOnlySpan<byte>(_carry, n));
        }

        if (--_left == 0)
            _left = Split(ref sink, ref full);
    }

    private void Free()
    {
        NativeMemory.Free(_carry);
        _carry = null;
    }
}
