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
        long bytes = 0;
        if (words is not null && format != VectorFormat.Word2Vec) // the size of text is a guess, no reason to refuse
        {
            long wordBytes = 0;
            for (int id = 0; id < words.Count; id++)
                wordBytes += words[id].Length;
            bytes = VectorFile.EstimateBytes(words.Count, dim, wordBytes, format);
        }

        VectorFile.EnsureWritable(path, bytes);
        if (format == VectorFormat.Npy)
            VectorFile.EnsureWritable(path + VectorFile.NpyWordsSuffix);
    }
}
