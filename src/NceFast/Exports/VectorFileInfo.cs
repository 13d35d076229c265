namespace NceFast.Exports;

/// <summary>What reading a vector file found besides the vectors.</summary>
/// <param name="Format">Format recognised from the content.</param>
/// <param name="Bytes">Length of the file, without a words file beside it.</param>
/// <param name="Duplicates">Rows left out because their word stood in a row before; the first is kept.</param>
/// <param name="NonFinite">Floats that are NaN or infinite, duplicates included.</param>
public sealed record VectorFileInfo(VectorFormat Format, long Bytes, int Duplicates, long NonFinite)
{
    /// <summary>
    /// What speaks against the reading, a sentence; null for nothing. Rows of word2vec binary without line feeds have no mark
    /// of their end: words and floats that no program writes show that a word holds a blank, or that the file is damaged.
    /// </summary>
    public string? Doubt { get; init; }
}
