namespace NceFast.Exports;

/// <summary>Specifies a file format of word vectors.</summary>
public enum VectorFormat
{
    /// <summary>word2vec text: a line <c>words dim</c>, then one line per word with its floats in the shortest form that reads back exactly.</summary>
    Word2Vec,

    /// <summary>word2vec binary: a line <c>words dim</c>, then word, space, little-endian 32-bit floats, newline.</summary>
    Word2VecBinary,

    /// <summary>A NumPy array of float32 in C order, <c>[words, dim]</c>, and a file PATH.words.txt with one word per line.</summary>
    Npy,

    /// <summary>
    /// Safetensors: <c>vectors</c> F32 <c>[words, dim]</c>, <c>words</c> U8 (the bytes of all words) and
    /// <c>word_ends</c> I64 <c>[words]</c> (index after the last byte of each word).
    /// </summary>
    Safetensors,

    /// <summary>GloVe text: one line per word with its floats, as in word2vec text, but without the line <c>words dim</c>. Reading needs at least two floats per line.</summary>
    GloVe,
}
