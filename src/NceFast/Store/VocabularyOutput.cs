using NceFast.Files;
using NceFast.Vocab;

namespace NceFast.Store;

/// <summary>Writes vocabularies.</summary>
public static class VocabularyOutput
{
    /// <summary>Writes the vocabulary as text, a line "word count" each, and replaces the file only when all is written.</summary>
    /// <param name="vocabulary">The vocabulary.</param>
    /// <param name="path">File to write.</param>
    /// <exception cref="NceFastException">It cannot be written (<see cref="ErrorKind.Output"/>).</exception>
    public static void Save(this Vocabulary vocabulary, string path)
    {
        ArgumentNullException.ThrowIfNull(vocabulary);
        AtomicFile.Write(path, 0, stream => VocabularyFile.Write(vocabulary, stream));
    }
}
