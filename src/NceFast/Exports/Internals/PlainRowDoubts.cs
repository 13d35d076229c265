namespace NceFast.Exports.Internals;

/// <summary>
/// Collects signs that rows without line feeds were read wrongly. Nothing marks the end of such a row, so a space within a
/// word shifts all bytes after it. The result is words and floats that no program writes.
/// </summary>
internal sealed class PlainRowDoubts
{
    private const float Largest = 1e30f;
    private long _words, _rows, _firstWord, _firstRow;

    /// <summary>Gets a sentence about the signs that were found, or null if there are none.</summary>
    public string? Sentence => _words + _rows == 0
        ? null
        : $"its rows do not end in line feeds, so a space within a word cannot be distinguished from the space after the word, and reading gave {string.Join(" and ", Parts())}. Check the vectors, or write the file again with a line feed after each row.";

    /// <summary>Checks a row.</summary>
    /// <param name="row">The number of the row, beginning at 0.</param>
    /// <param name="word">The word of the row.</param>
    /// <param name="floats">The floats of the row.</param>
    public void Look(long row, ReadOnlySpan<byte> word, ReadOnlySpan<float> floats)
    {
        if (!BinaryRows.IsText(word) && _words++ == 0)
            _firstWord = row;
        if (IsOdd(floats) && _rows++ == 0)
            _firstRow = row;
    }

    private static bool IsOdd(ReadOnlySpan<float> floats)
    {
        foreach (float f in floats)
        {
            if (!(Math.Abs(f) <= Largest))
                return true;
        }

        return false;
    }

    private IEnumerable<string> Parts()
    {
        if (_words > 0)
            yield return $"{_words:N0} words with control bytes or invalid UTF-8 (the first in row {_firstWord + 1:N0})";
        if (_rows > 0)
            yield return $"{_rows:N0} rows with floats that are above 1e30 or not numbers (the first is row {_firstRow + 1:N0})";
    }
}
