using System.Numerics;
using NceFast.Numerics;

namespace NceFast.Corpus;

/// <summary>The result of a search for the border between two shards.</summary>
internal enum BorderState
{
    /// <summary>More text is needed.</summary>
    Undecided,

    /// <summary>One word covers the whole nominal range of the shard, so that no shard begins in it.</summary>
    None,

    /// <summary>The border is after a line end.</summary>
    LineEnd,

    /// <summary>The border is after a word, because the line is too long.</summary>
    WordEnd,
}

/// <summary>
/// Finds the byte at which a shard begins. The search starts at the nominal position, a multiple of the shard size.
/// </summary>
/// <remarks>
/// A shard begins after the first line end at or after its nominal position, so that no sentence is divided. If no line end
/// follows within <see cref="TokenBlock.MaxSentenceWords"/> words (a longer sentence is split anyway) or within
/// <see cref="MaxBytes"/>, the shard begins after the first separator.
/// The result depends only on the text from the nominal position on. Therefore a reader of single shards and a reader of the
/// whole text find the same borders.
/// </remarks>
internal unsafe struct BorderSearch
{
    /// <summary>
    /// The number of bytes that are searched for a line end: enough for the longest sentence of the longest words.
    /// </summary>
    public const int MaxBytes = 4 << 20;

    private const int MaxWords = TokenBlock.MaxSentenceWords;
    private const int Piece = 8192;
    private readonly long _nominal;
    private readonly int _shardBytes;
    private long _firstSeparator;
    private int _words;
    private bool _inWord;

    /// <summary>Starts a search.</summary>
    /// <param name="nominal">The nominal position.</param>
    /// <param name="shardBytes">The distance to the next nominal position.</param>
    public BorderSearch(long nominal, int shardBytes)
    {
        (_nominal, _shardBytes) = (nominal, shardBytes);
        (Position, ShardStart, _firstSeparator) = (nominal, -1, -1);
    }

    /// <summary>Gets the position of the next byte to feed.</summary>
    public long Position { get; private set; }

    /// <summary>Gets the result of the search.</summary>
    public BorderState State { get; private set; }

    /// <summary>Gets the byte position at which the shard begins, or -1 while it is not known.</summary>
    public long ShardStart { get; private set; }

    /// <summary>Searches the next bytes. After the decision, further bytes are ignored.</summary>
    public void Feed(ReadOnlySpan<byte> text)
    {
        while (State == BorderState.Undecided && text.Length > 0)
        {
            int length = Math.Min(Piece, text.Length);
            FeedPiece(text[..length]);
            text = text[length..];
        }
    }

    private void FeedPiece(ReadOnlySpan<byte> text)
    {
        if (_firstSeparator < 0 && !FindSeparator(text))
        {
            _inWord = true;
            Position += text.Length;
            return;
        }

        if (State == BorderState.None)
            return;
        int searched = (int)Math.Min(text.Length, _nominal + MaxBytes - Position);
        int lineEnd = searched > 0 ? text[..searched].IndexOf((byte)'\n') : -1;
        if (searched > 0)
            _words += CountWordEnds(text[..(lineEnd < 0 ? searched : lineEnd + 1)]);
        if (_words > MaxWords || (lineEnd < 0 && searched < text.Length))
            (State, ShardStart) = (BorderState.WordEnd, _firstSeparator + 1);
        else if (lineEnd >= 0)
            (State, ShardStart) = (BorderState.LineEnd, Position + lineEnd + 1);
        Position += text.Length;
    }

    private bool FindSeparator(ReadOnlySpan<byte> text)
    {
        int at = text.IndexOfAnyInRange((byte)0, (byte)0x20);
        long separator = Position + (at < 0 ? text.Length : at);
        if (separator - _nominal >= _shardBytes)
        {
            State = BorderState.None;
            return true;
        }

        if (at < 0)
            return false;
        _firstSeparator = separator;
        return true;
    }

    private int CountWordEnds(ReadOnlySpan<byte> text) => SimdCatalog.Current switch
    {
        SimdWidth.Vector512 => CountWordEnds<SeparatorMask512>(text),
        SimdWidth.Vector256 => CountWordEnds<SeparatorMask256>(text),
        SimdWidth.Vector128 => CountWordEnds<SeparatorMask128>(text),
        _ => CountWordEnds<SeparatorMaskScalar>(text),
    };

    private int CountWordEnds<TMask>(ReadOnlySpan<byte> text)
        where TMask : struct, ISeparatorMask
    {
        int count = 0, done = 0;
        fixed (byte* p = text)
        {
            for (; done < text.Length; done += SeparatorMask.Width)
            {
                int rest = Math.Min(SeparatorMask.Width, text.Length - done);
                ulong separators = rest == SeparatorMask.Width ? TMask.Of(p + done) : SeparatorMask.OfTail(p + done, rest);
                ulong letters = ~separators;
                count += BitOperations.PopCount(separators & ((letters << 1) | (_inWord ? 1ul : 0ul)));
                _inWord = ((letters >> (rest - 1)) & 1) != 0;
            }
        }

        return count;
    }
}
