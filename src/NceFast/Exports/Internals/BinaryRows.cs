using System.Text.Unicode;
using NceFast.Vocab;

namespace NceFast.Exports.Internals;

/// <summary>Specifies whether a row of word2vec binary was found.</summary>
internal enum RowAnswer
{
    /// <summary>A row was found.</summary>
    Found,

    /// <summary>More bytes of the file are needed to decide.</summary>
    NeedMore,

    /// <summary>The file ends within the row.</summary>
    CutOff,

    /// <summary>No row of this form begins at this byte.</summary>
    None,
}

/// <summary>
/// Finds rows of word2vec binary. A row is a word, a space, floats and, in the files of most programs, a line feed. If rows
/// end in line feeds, a space within a word can be distinguished from the space after the word: the space after the word is
/// followed by the floats and then by a line feed.
/// </summary>
/// <param name="floatBytes">The number of bytes of the floats of a row.</param>
internal readonly struct BinaryRows(int floatBytes)
{
    // Floats can contain any bytes, so a wrong space fits by chance with a probability of 1/256. Requiring that more rows fit
    // after it divides this probability by at least 256 per row.
    private const int Ahead = 2, AheadAtTheStart = 4;

    /// <summary>Detects whether the rows of a file end in line feeds.</summary>
    /// <param name="bytes">The bytes from the first row on.</param>
    /// <param name="toEnd">Whether the bytes reach the end of the file.</param>
    /// <param name="rows">The number of rows in the file.</param>
    /// <param name="lineFeeds">Whether the rows end in line feeds.</param>
    /// <returns>False if more bytes are needed.</returns>
    public bool TryTell(ReadOnlySpan<byte> bytes, bool toEnd, long rows, out bool lineFeeds)
    {
        RowAnswer ended = FindEnded(bytes, toEnd, rows, AheadAtTheStart, out _);
        RowAnswer plain = FindPlain(bytes, toEnd, out int word);
        int end = word + 1 + floatBytes;
        lineFeeds = ended == RowAnswer.Found || (plain == RowAnswer.Found && end < bytes.Length && bytes[end] == '\n');
        return ended != RowAnswer.NeedMore && plain != RowAnswer.NeedMore && (plain != RowAnswer.Found || end < bytes.Length || toEnd);
    }

    /// <summary>Finds a row that ends in a line feed.</summary>
    /// <param name="bytes">The bytes from the row on.</param>
    /// <param name="toEnd">Whether the bytes reach the end of the file.</param>
    /// <param name="rows">The number of rows from this row to the end of the file.</param>
    /// <param name="word">The length of the word of the row, bytes.</param>
    public RowAnswer FindEnded(ReadOnlySpan<byte> bytes, bool toEnd, long rows, out int word)
    {
        // The rows after this one may be damaged. They are checked, and reported by number, when they are read.
        RowAnswer answer = RowAnswer.None;
        word = 0;
        for (int ahead = Ahead; ahead >= 0 && answer is not (RowAnswer.Found or RowAnswer.NeedMore); ahead--)
            answer = FindEnded(bytes, toEnd, rows, ahead, out word);
        return answer;
    }

    /// <summary>Finds a row that ends with its floats.</summary>
    /// <param name="bytes">The bytes from the row on.</param>
    /// <param name="toEnd">Whether the bytes reach the end of the file.</param>
    /// <param name="word">The length of the word of the row, bytes.</param>
    public RowAnswer FindPlain(ReadOnlySpan<byte> bytes, bool toEnd, out int word)
    {
        word = Math.Max(0, bytes.IndexOf((byte)' '));
        if (word == 0 && (bytes.IsEmpty || bytes[0] != ' '))
            return Unfinished(bytes, toEnd);
        if (word > WordList.Builder.MaxWordBytes)
            return RowAnswer.None;
        return bytes.Length - word - 1 >= floatBytes ? RowAnswer.Found : toEnd ? RowAnswer.CutOff : RowAnswer.NeedMore;
    }

    /// <summary>Determines whether the available bytes can be rows of word2vec binary.</summary>
    /// <param name="bytes">The bytes from the first row on.</param>
    /// <param name="toEnd">Whether the bytes reach the end of the file.</param>
    /// <param name="rows">The number of rows in the file.</param>
    public bool Fits(ReadOnlySpan<byte> bytes, bool toEnd, long rows)
    {
        if (FindEnded(bytes, toEnd, rows, AheadAtTheStart, out _) == RowAnswer.Found)
            return true;
        for (; toEnd && rows > 0 && FindPlain(bytes, toEnd, out int word) == RowAnswer.Found; rows--)
            bytes = bytes[(word + 1 + floatBytes)..];
        return toEnd && rows == 0 && bytes.IsEmpty;
    }

    /// <summary>Determines whether a word is UTF-8 without control bytes.</summary>
    public static bool IsText(ReadOnlySpan<byte> word) => !word.ContainsAnyInRange((byte)0, (byte)0x1F) && !word.Contains((byte)0x7F) && Utf8.IsValid(word);

    private static RowAnswer Unfinished(ReadOnlySpan<byte> bytes, bool toEnd) =>
        bytes.Length > WordList.Builder.MaxWordBytes ? RowAnswer.None : toEnd ? RowAnswer.CutOff : RowAnswer.NeedMore;

    // Takes the first space that fits. A space within a word fits only by chance, and the rows after it then hardly fit. A
    // word with a space must be text. Otherwise floats would be read as part of a word where a line feed is missing.
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
            if (bytes[word] == '\n' || word > WordList.Builder.MaxWordBytes) // A word has no line feed.
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
