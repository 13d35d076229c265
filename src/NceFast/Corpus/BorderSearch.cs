using System.Numerics;
using NceFast.Numerics;

namespace NceFast.Corpus;

/// <summary>What is known of the border between two shards.</summary>
internal enum BorderState
{
    /// <summary>More text must be seen.</summary>
    Undecided,

    /// <summary>A word covers the whole nominal range of the shard, so that no shard begins there.</summary>
    None,

    /// <summary>The border lies after a line end.</summary>
    LineEnd,

    /// <summary>The line is so long that the border lies after a word.</summary>
    WordEnd,
}

/// <summary>
/// Finds where a shard begins that is nominally at a multiple of the shard size: after the first line end there, so that
/// no sentence is divided. When neither a line end comes within <see cref="TokenBlock.MaxSentenceWords"/> words, after which
/// a sentence is split anyway, nor within <see cref="MaxBytes"/>, the shard begins after the first separator.
/// A reader of shards and a reader of a whole stream find the same places, because they depend on nothing but
/// the text from the nominal place on.
/// </summary>
internal unsafe struct BorderSearch
{
    /// <summary>Bytes searched for a line end: as many as a sentence of the most and longest words has.</summary>
    public const int MaxBytes = 4 << 20;

    private const int MaxWords = TokenBlock.MaxSentenceWords;
    private const int Piece = 8192;
    private readonly long _nominal;
    private readonly int _shardBytes;
    private long _firstSeparator;
    private int _words;
    private bool _inWord;

    /// <summary>Starts a search.</summary>
    /// <param name="nominal">The nominal place.</param>
    /// <param name="shardBytes">Distance to the next nominal place.</param>
    public BorderSearch(long nominal, int shardBytes)
    {
        (_nominal, _shardBytes) = (nominal, shardBytes);
        (Position, Place, _firstSeparator) = (nominal, -1, -1);
    }

    /// <summary>Place of the next byte to be fed.</summary>
    public long Position { get; private set; }

    /// <summary>What was found.</summary>
    public BorderState State { get; private set; }

    /// <summary>Where the shard begins, once it is found.</summary>
    public long Place { get; private set; }

    /// <summary>Takes the next bytes; those after the decision are not looked at.</summary>
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
            (State, Place) = (BorderState.WordEnd, _firstSeparator + 1);
        else if (lineEnd >= 0)
            (State, Place) = (BorderState.LineEnd, Position + lineEnd + 1);
        Position += text.Length;
    }

    private bool FindSeparator(ReadOnlySpan<byte> text)
    {
        int at = text.IndexOfAnyInRange((byte)0, (byte)0x20);
        long place = Position + (at < 0 ? text.Length : at);
        if (place - _nominal >= _shardBytes)
        {
            State = BorderState.None;
            return true;
        }

        if (at < 0)
            return false;
        _firstSeparator = place;
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
