using NceFast.Numerics;
using NceFast.Store;

namespace NceFast.Exports.Internals;

/// <summary>Refuses, before a byte is written, words that a format could not tell from its separators.</summary>
internal static class Separators
{
    public static void Check(string path, WordVectors vectors, ReadOnlySpan<byte> separators, bool emptyAllowed, string format)
    {
        for (int id = 0; id < vectors.Count; id++)
        {
            ReadOnlySpan<byte> word = vectors.Words[id];
            if (word.ContainsAny(separators))
                Throw.Output($"{path}: word {id:N0} ('{vectors.Words.GetString(id)}') holds a blank, tab or line break, which {format} takes as a separator; write safetensors instead.");
            if (word.IsEmpty && !emptyAllowed)
                Throw.Output($"{path}: word {id:N0} is empty, which {format} cannot express; write safetensors instead.");
        }
    }
}
