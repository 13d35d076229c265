using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using NceFast.Numerics;

namespace NceFast.Corpus;

/// <summary>Splits bytes into words and sentences with vector instructions, 64 bytes at a time.</summary>
/// <remarks>
/// The bytes 0x00 to 0x20 separate words. A line feed ends a sentence. Text arrives in segments; a word, a sentence or a block may
/// extend over any number of segments. A word that is cut at the end of a segment is kept in a buffer of constant size.
/// </remarks>
internal sealed unsafe class TextScanner : IDisposable
{
    /// <summary>The length in bytes of the longest word that is kept. Longer words are left out and counted.</summary>
    public const int MaxWordBytes = 4096;

    private const int SentenceWords = TokenBlock.MaxSentenceWords;
    private byte* _carry = (byte*)AlignedMemory.AllocateUncounted(MaxWordBytes + ShortWord.MaxBytes);
    private int _carried;
    private bool _skipping;
    private long _carryPosition;
    private int _left = SentenceWords;
    private bool _afterSplit;
    private int _item;

    ~TextScanner() => Free();

    /// <summary>Gets the counts so far.</summary>
    public ScanCounts Counts { get; } = new();

    /// <summary>Gets the number of words of text after which a block is full.</summary>
    public int TargetWords { get; init; } = TokenBlock.TargetWords;

    /// <summary>Gets the number of words in the sentences that ended since <see cref="StartBlock"/>.</summary>
    public int BlockWords { get; private set; }

    /// <summary>Discards an incomplete word or sentence and starts a new text or shard.</summary>
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

    /// <summary>Scans a segment up to its end or the end of the block.</summary>
    /// <param name="data">The first byte.</param>
    /// <param name="length">The number of bytes.</param>
    /// <param name="position">The position of the first byte in its file, for messages.</param>
    /// <param name="sink">Receives the words.</param>
    /// <param name="full">True when a sentence ended and the block has at least <see cref="TargetWords"/> words.</param>
    /// <returns>The number of bytes consumed: all of them unless <paramref name="full"/> is true.</returns>
    public int Scan<TSink>(byte* data, int length, long position, ref TSink sink, out bool full)
        where TSink : struct, ITokenSink => SimdCatalog.Current switch
        {
            SimdWidth.Vector512 => Scan<TSink, SeparatorMask512>(data, length, position, ref sink, out full),
            SimdWidth.Vector256 => Scan<TSink, SeparatorMask256>(data, length, position, ref sink, out full),
            SimdWidth.Vector128 => Scan<TSink, SeparatorMask128>(data, length, position, ref sink, out full),
            _ => Scan<TSink, SeparatorMaskScalar>(data, length, position, ref sink, out full),
        };

    private int Scan<TSink, TMask>(byte* data, int length, long position, ref TSink sink, out bool full)
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
                        left -= Long(start, n, position + (start - data), ref sink);
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
            Carry(start, (int)(end - start), position + (start - data));
        return length;
    }

    /// <summary>Ends the text or shard, and with it the current word and sentence.</summary>
    /// <param name="sink">Receives the words.</param>
    /// <param name="textFollows">Whether the next shard continues the same line, so that this end splits a sentence.</param>
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

    // A split is counted only when more words of the sentence follow: at the next split, or at the end of the sentence.
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
    private int Long<TSink>(byte* word, int length, long position, ref TSink sink)
        where TSink : struct, ITokenSink
    {
        if (length > MaxWordBytes)
        {
            Counts.Overlong(_item, position);
            return 0;
        }

        sink.Long(new ReadOnlySpan<byte>(word, length));
        return 1;
    }

    /// <summary>
    /// Completes the word that began in an earlier segment. Returns the index of the separator, or the length if there is none.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private int Resume<TSink>(byte* data, int length, ref TSink sink, ref bool full)
        where TSink : struct, ITokenSink
    {
        int at = new ReadOnlySpan<byte>(data, length).IndexOfAnyInRange((byte)0, (byte)0x20);
        int part = at < 0 ? length : at;
        Carry(data, part, _carryPosition);
        if (at < 0)
            return length;
        if (_carried > 0)
            EmitCarried(ref sink, ref full);
        _skipping = false;
        return at;
    }

    private void Carry(byte* part, int length, long position)
    {
        if (_skipping)
            return;
        if (_carried == 0)
            _carryPosition = position;
        if (_carried + length > MaxWordBytes)
        {
            Counts.Overlong(_item, _carryPosition);
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
        NativeMemory.AlignedFree(_carry);
        _carry = null;
    }
}
