using NceFast.Exports;
using NceFast.Vocab;

namespace NceFast.Cli;

/// <summary>The names of vector formats, and what is asked before one is written.</summary>
internal static class Formats
{
    public static readonly (string Name, VectorFormat Value)[] Table =
    [
        ("word2vec", VectorFormat.Word2Vec),
        ("word2vec-binary", VectorFormat.Word2VecBinary),
        ("npy", VectorFormat.Npy),
        ("safetensors", VectorFormat.Safetensors),
        ("glove", VectorFormat.GloVe),
    ];

    public static Opt<VectorFormat> Option(string group) => Opt.Choice("--format", group, "File format of the vectors", VectorFormat.Word2Vec, Table);

    public static Opt<string?> Out(string group, string description)
    {
        Opt<string?> option = Opt.Path("--out", group, "PATH", description, PathUse.Output);
        option.Required = true;
        option.DefaultValueFactory = null;
        return option;
    }

    public static string NameOf(VectorFormat format) => Table.First(row => row.Value == format).Name;

    /// <summary>Checks that vectors can be written later; the size is checked where the words are known.</summary>
    public static void EnsureWritable(string path, VectorFormat format, WordList? words, int dim)
    {
        // The size of text is a guess, no reason to refuse.
        VectorFile.EnsureWritable(path, words is null || format is VectorFormat.Word2Vec or VectorFormat.GloVe ? 0 : BytesOf(words, dim, format));
        if (format == VectorFormat.Npy)
            VectorFile.EnsureWritable(path + VectorFile.NpyWordsSuffix);
    }

    /// <summary>Bytes that vectors take; for text an estimate.</summary>
    public static long BytesOf(WordList words, int dim, VectorFormat format)
    {
        long wordBytes = 0;
        for (int id = 0; id < words.Count; id++)
            wordBytes += words[id].Length;
        return VectorFile.EstimateBytes(words.Count, dim, wordBytes, format);
    }
}
