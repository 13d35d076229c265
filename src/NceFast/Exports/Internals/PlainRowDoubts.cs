namespace NceFast.Exports.Internals;

/// <summary>
/// Collects what speaks against the reading of rows that nothing marks the end of: a blank within a word shifts all bytes
/// after it, and words and floats that no program writes come out.
/// </summary>
internal sealed class PlainRowDoubts
{
    private const float Largest = 1e30f;
    private long _words, _rows, _firstWord, _firstRow;

    /// <summary>What was seen, a sentence; null for nothing.</summary>
    public string? Sentence => _words + _rows == 0
        ? null
        : $"its rows do not end in line feeds, so that a blank within a word cannot be told from the one after it, and {string.Join(" and ", Parts())} came out. Check the vectors, or write the file anew with a line feed after each row.";

    /// <summary>Looks at a row.</summary>
    /// <param name="row">Its number, from 0.</param>
    /// <param name="word">Its word.</param>
    /// <param name="floats">Its floats.</param>
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
            yield return $"{_words:N0} words with control bytes or broken UTF-8 (the first in row {_firstWord + 1:N0})";
        if (_rows > 0)
            yield return $"{_rows:N0} rows with floats beyond 1e30 or no number (the first is row {_firstRow + 1:N0})";
    }
}
