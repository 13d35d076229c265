using NceFast.Files;
using NceFast.Vocab;

namespace NceFast.Store;

/// <summary>Writes vocabularies.</summary>
public static class VocabularyOutput
{
    /// <summary>Writes the vocabulary as text, one line "word count" per word. An existing file is replaced when the new one is complete.</summary>
    /// <param name="vocabulary">The vocabulary.</param>
    /// <param name="path">Path of the file.</param>
    /// <exception cref="NceFastException">The file cannot be written (<see cref="ErrorKind.Output"/>).</exception>
    public static void Save(this Vocabulary vocabulary, string path)
    {
        ArgumentNullException.ThrowIfNull(vocabulary);
        AtomicFile.Write(path, 0, stream => VocabularyFile.Write(vocabulary, stream));
    }
}
