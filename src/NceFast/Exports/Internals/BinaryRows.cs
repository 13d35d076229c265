using System.Text.Unicode;
using NceFast.Vocab;

namespace NceFast.Exports.Internals;

/// <summary>Whether a row of word2vec binary was found.</summary>
internal enum RowAnswer
{
    /// <summary>It was.</summary>
    Found,

    /// <summary>More bytes of the file are needed to tell.</summary>
    NeedMore,

    /// <summary>The file ends within the row.</summary>
    CutOff,

    /// <summary>No row of this form begins here.</summary>
    None,
}

/// <summary>
/// Finds rows of word2vec binary: a word, a blank, floats and, in the files of most programs, a line feed. Where rows end
/// in line feeds, a blank within a word differs from the one after it: after the latter, a line feed follows the floats.
/// </summary>
/// <param name="floatBytes">Bytes of a row's floats.</param>
internal readonly struct BinaryRows(int floatBytes)
{
    // Floats hold any bytes, so that a wrong blank fits with a chance of 1 in 256. Each further row that must fit behind it
    // lowers that chance at least as much.
    private const int Ahead = 2, AheadAtTheStart = 4;

    /// <summary>Tells whether the rows of a file end in line feeds.</summary>
    /// <param name="bytes">Bytes from the first row on.</param>
    /// <param name="toEnd">Whether they reach the end of the file.</param>
    /// <param name="rows">Rows of the file.</param>
    /// <param name="lineFeeds">Whether they end so.</param>
    /// <returns>False when more bytes are needed.</returns>
    public bool TryTell(ReadOnlySpan<byte> bytes, bool toEnd, long rows, out bool lineFeeds)
    {
        RowAnswer ended = FindEnded(bytes, toEnd, rows, AheadAtTheStart, out _);
        RowAnswer plain = FindPlain(bytes, toEnd, out int word);
        int end = word + 1 + floatBytes;
        lineFeeds = ended == RowAnswer.Found || (plain == RowAnswer.Found && end < bytes.Length && bytes[end] == '\n');
        return ended != RowAnswer.NeedMore && plain != RowAnswer.NeedMore && (plain != RowAnswer.Found || end < bytes.Length || toEnd);
    }

    /// <summary>Finds a row that ends in a line feed.</summary>
    /// <param name="bytes">Bytes from the row on.</param>
    /// <param name="toEnd">Whether they reach the end of the file.</param>
    /// <param name="rows">Rows of the file from this one on.</param>
    /// <param name="word">Length of its word.</param>
    public RowAnswer FindEnded(ReadOnlySpan<byte> bytes, bool toEnd, long rows, out int word)
    {
        // Rows behind this one may be damaged: that is found when their turn comes, and reported with their number.
        RowAnswer answer = RowAnswer.None;
        word = 0;
        for (int ahead = Ahead; ahead >= 0 && answer is not (RowAnswer.Found or RowAnswer.NeedMore); ahead--)
            answer = FindEnded(bytes, toEnd, rows, ahead, out word);
        return answer;
    }

    /// <summary>Finds a row that ends with its floats.</summary>
    /// <param name="bytes">Bytes from the row on.</param>
    /// <param name="toEnd">Whether they reach the end of the file.</param>
    /// <param name="word">Length of its word.</param>
    public RowAnswer FindPlain(ReadOnlySpan<byte> bytes, bool toEnd, out int word)
    {
        word = Math.Max(0, bytes.IndexOf((byte)' '));
        if (word == 0 && (bytes.IsEmpty || bytes[0] != ' '))
            return Unfinished(bytes, toEnd);
        if (word > WordList.Builder.MaxWordBytes)
            return RowAnswer.None;
        return bytes.Length - word - 1 >= floatBytes ? RowAnswer.Found : toEnd ? RowAnswer.CutOff : RowAnswer.NeedMore;
    }

    /// <summary>Whether bytes are rows of this form and no others, as far as the bytes show.</summary>
    /// <param name="bytes">Bytes from the first row on.</param>
    /// <param name="toEnd">Whether they reach the end of the file.</param>
    /// <param name="rows">Rows of the file.</param>
    public bool Fits(ReadOnlySpan<byte> bytes, bool toEnd, long rows)
    {
        if (FindEnded(bytes, toEnd, rows, AheadAtTheStart, out _) == RowAnswer.Found)
            return true;
        for (; toEnd && rows > 0 && FindPlain(bytes, toEnd, out int word) == RowAnswer.Found; rows--)
            bytes = bytes[(word + 1 + floatBytes)..];
        return toEnd && rows == 0 && bytes.IsEmpty;
    }

    /// <summary>Whether a word is UTF-8 without control bytes.</summary>
    public static bool IsText(ReadOnlySpan<byte> word) => !word.ContainsAnyInRange((byte)0, (byte)0x1F) && !word.Contains((byte)0x7F) && Utf8.IsValid(word);

    private static RowAnswer Unfinished(ReadOnlySpan<byte> bytes, bool toEnd) =>
        bytes.Length > WordList.Builder.MaxWordBytes ? RowAnswer.None : toEnd ? RowAnswer.CutOff : RowAnswer.NeedMore;

    // The first blank that fits is taken: one within a word fits by chance only, and hardly with the rows behind it. A word
    // with a blank must be text, else floats would be taken for a part of it where a line feed is missing.
    private RowAnswer FindEnded(ReadOnlySpan<byte> bytes, bool toEnd, long rows, int ahead, out int word)
    {
        var answer = RowAnswer.None;
        bool isFirst = true;
        word = 0;
        while (true)
        {
            int step = bytes[word..].IndexOfAny((byte)' ', (byte)'\n');
            if (step < 0)
                return answer == RowAnswer.None ? Unfinished(bytes, toEnd) : answer;
            word += step;
            if (bytes[word] == '\n' || word > WordList.Builder.MaxWordBytes) // no word holds a line feed
                return answer;
            RowAnswer ends = Ends(bytes[(word + 1)..], toEnd, rows, ahead);
            if (ends == RowAnswer.Found && !isFirst && !IsText(bytes[..word]))
                ends = RowAnswer.None;
            if (ends is RowAnswer.Found or RowAnswer.NeedMore)
                return ends;
            answer = isFirst ? ends : answer;
            isFirst = false;
            word++;
        }
    }

    private RowAnswer Ends(ReadOnlySpan<byte> floats, bool toEnd, long rows, int ahead)
    {
        if (floats.Length < floatBytes)
            return toEnd ? RowAnswer.CutOff : RowAnswer.NeedMore;
        ReadOnlySpan<byte> rest = floats[floatBytes..];
        if (rest.IsEmpty)
            return !toEnd ? RowAnswer.NeedMore : rows == 1 ? RowAnswer.Found : RowAnswer.CutOff;
        if (rest[0] != '\n')
            return RowAnswer.None;
        if (ahead == 0)
            return RowAnswer.Found;
        return rows > 1 ? FindEnded(rest[1..], toEnd, rows - 1, ahead - 1, out _) : rest.ContainsAnyExcept(" \r\n"u8) ? RowAnswer.None : RowAnswer.Found;
    }
}
