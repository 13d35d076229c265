namespace NceFast.Exports;

/// <summary>The file formats word vectors are written in and read from.</summary>
public enum VectorFormat
{
    /// <summary>word2vec text: a line <c>words dim</c>, then a line a word with its floats in shortest round-trip form.</summary>
    Word2Vec,

    /// <summary>word2vec binary: a line <c>words dim</c>, then word, space, little-endian 32-bit floats, newline.</summary>
    Word2VecBinary,

    /// <summary>NumPy array, float32 in C order, <c>[words, dim]</c>; the words stand one a line in PATH.words.txt.</summary>
    Npy,

    /// <summary>
    /// Safetensors: <c>vectors</c> F32 <c>[words, dim]</c>, <c>words</c> U8 (the bytes of all words) and
    /// <c>word_ends</c> I64 <c>[words]</c> (index after the last byte of each word).
    /// </summary>
    Safetensors,
}
