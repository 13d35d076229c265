namespace NceFast.Store;

/// <summary>Represents a word that is near another word.</summary>
/// <param name="Row">The row of the word.</param>
/// <param name="Word">The word.</param>
/// <param name="Cosine">The cosine of the two vectors, -1 to 1.</param>
public readonly record struct Neighbour(int Row, string Word, float Cosine);
