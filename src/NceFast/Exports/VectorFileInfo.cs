namespace NceFast.Exports;

/// <summary>Represents what was found in a vector file besides the vectors.</summary>
/// <param name="Format">The format, detected from the content.</param>
/// <param name="Bytes">The length of the file on disk, without the words file of a NumPy file, or the number of bytes that were read from a stream.</param>
/// <param name="Duplicates">The number of rows omitted because an earlier row has the same word.</param>
/// <param name="NonFinite">The number of floats that are NaN or infinite, including those of duplicates.</param>
public sealed record VectorFileInfo(VectorFormat Format, long Bytes, int Duplicates, long NonFinite)
{
    /// <summary>
    /// Gets a sentence about signs that the file was read wrongly, or null if there are none. In word2vec binary without line
    /// feeds, nothing marks the end of a row. Words and floats that no program writes then show that a word contains a space
    /// or that the file is damaged.
    /// </summary>
    public string? Doubt { get; init; }
}
