using System.CommandLine;
using NceFast.Exports;
using NceFast.Store;

namespace NceFast.Cli;

/// <summary>The argument VECTORS, shared by the verbs that read a file of vectors.</summary>
internal static class VectorInput
{
    public static Argument<string> Argument() => new("VECTORS") { Description = "File of word vectors; its format is recognised" };

    public static WordVectors Read(Session session, string path)
    {
        WordVectors vectors = VectorFile.Read(path, out VectorFileInfo info, session.Cancellation);
        if (info.Duplicates > 0)
            session.Screen.Warn($"{path} repeats words: {info.Duplicates:N0} rows were left out.");
        if (info.Doubt is { } doubt)
            session.Screen.Warn($"{path} may be read wrongly: {doubt}");
        if (info.NonFinite > 0)
            session.Screen.Warn($"{path} holds {info.NonFinite:N0} floats that are NaN or infinite.");
        return vectors;
    }
}
