using NceFast.Numerics;
using NceFast.Store;

namespace NceFast.Exports.Internals;

/// <summary>Checks, before anything is written, that words do not contain the separators of a format.</summary>
internal static class Separators
{
    public static void Check(string path, WordVectors vectors, ReadOnlySpan<byte> separators, bool emptyAllowed, string format)
    {
        for (int id = 0; id < vectors.Count; id++)
        {
            ReadOnlySpan<byte> word = vectors.Words[id];
            if (word.ContainsAny(separators))
                Throw.Output($"{path}: word {id:N0} ('{vectors.Words.GetString(id)}') contains a space, tab or line break, which {format} uses as a separator; write safetensors instead.");
            if (word.IsEmpty && !emptyAllowed)
                Throw.Output($"{path}: word {id:N0} is empty, which {format} cannot represent; write safetensors instead.");
        }
    }
}
