namespace NceFast.Kernels.WordVectors;

/// <summary>Specifies the words that one pass lists: the tokens that belong to some positions of a set, or its noise words.</summary>
internal struct ListedWords
{
    /// <summary>Whether noise words have no weight for the predictions of the word itself.</summary>
    public bool DropsTargets;

    /// <summary>Whether the words are listed for their input rows, otherwise for their output rows.</summary>
    public bool AreInputs;

    /// <summary>The first token, and the number of tokens or noise words.</summary>
    public int From, Count;

    /// <summary>The positions that count, one bit each.</summary>
    public int Positions;

    /// <summary>The first noise word of the set in the block.</summary>
    public long Noise;
}
