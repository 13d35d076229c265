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

    /// <summary>Writes the vocabulary to a stream as text, one line "word count" per word. The stream is flushed and stays open.</summary>
    /// <param name="vocabulary">The vocabulary.</param>
    /// <param name="stream">The stream to write.</param>
    /// <exception cref="ArgumentException">The stream cannot be written.</exception>
    /// <exception cref="NceFastException">A write failed (<see cref="ErrorKind.Output"/>).</exception>
    public static void Save(this Vocabulary vocabulary, Stream stream)
    {
        ArgumentNullException.ThrowIfNull(vocabulary);
        LentOutput.Write(stream, to => VocabularyFile.Write(vocabulary, to));
    }
}
