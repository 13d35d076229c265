using NceFast.Models;
using NceFast.Vocab;

namespace NceFast.Store;

/// <summary>Represents a trained log-bilinear language model.</summary>
/// <remarks>
/// Several threads can use a model at the same time, as long as none of them changes its parameters. Saving, scoring and evaluating keep
/// its memory until they end. Do not dispose the model while another thread uses rows of its parameters.
/// </remarks>
/// <param name="vocabulary">Its words, &lt;/s&gt; and, in a closed vocabulary, &lt;unk&gt; included.</param>
/// <param name="parameters">Its parameters; the model owns them.</param>
public sealed class LanguageModel(Vocabulary vocabulary, LanguageModelParameters parameters) : IDisposable
{
    private bool _disposed;

    /// <summary>Gets the words; row i predicts word i.</summary>
    public Vocabulary Vocabulary { get; } = vocabulary;

    /// <summary>Gets the parameters, which are valid until the model is disposed.</summary>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    public LanguageModelParameters Parameters
    {
        get
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return parameters;
        }
    }

    /// <summary>Gets the shape of the model.</summary>
    public LanguageModelShape Shape => parameters.Shape;

    /// <summary>Returns the ids of the words of a sentence. Unknown words become &lt;unk&gt;; in an open vocabulary they are left out.</summary>
    /// <param name="sentence">Words, separated by blanks.</param>
    public int[] Encode(string sentence)
    {
        ArgumentNullException.ThrowIfNull(sentence);
        ObjectDisposedException.ThrowIf(_disposed, this);
        return [.. sentence.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Select(IdOf).Where(id => id >= 0)];
    }

    /// <summary>Returns the id of a word; for an unknown word that of &lt;unk&gt;, or -1 in an open vocabulary.</summary>
    public int IdOf(string word)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        int id = Vocabulary.Find(word);
        return id >= 0 ? id : Shape.Unknown;
    }

    /// <summary>Writes the model. An existing file is replaced when the new one is complete.</summary>
    /// <param name="path">Path of the file.</param>
    /// <exception cref="NceFastException">The file cannot be written (<see cref="ErrorKind.Output"/>).</exception>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    public void Save(string path)
    {
        using LanguageModelParameters.Hold held = Parameters.Use();
        LanguageModelFile.Save(this, path);
    }

    /// <summary>Writes the model to a stream in the form of its file. The stream is flushed and stays open.</summary>
    /// <param name="stream">The stream to write. After an error it holds a part of the model.</param>
    /// <exception cref="ArgumentException">The stream cannot be written.</exception>
    /// <exception cref="NceFastException">A write failed (<see cref="ErrorKind.Output"/>).</exception>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    public void Save(Stream stream)
    {
        using LanguageModelParameters.Hold held = Parameters.Use();
        LanguageModelFile.Save(this, stream);
    }

    /// <summary>Reads a model that <see cref="Save(string)"/> wrote.</summary>
    /// <param name="path">Path of the file.</param>
    /// <exception cref="NceFastException">The file is missing or damaged, or has another format or a later version (<see cref="ErrorKind.Input"/>).</exception>
    public static LanguageModel Load(string path) => LanguageModelFile.Load(path);

    /// <summary>Reads a model from a stream, which stays open and is then at the byte after the model. It need not support seeking.</summary>
    /// <param name="stream">The stream, at the first byte of the model. Reads are small, so buffer a stream that is slow for these.</param>
    /// <exception cref="ArgumentException">The stream cannot be read.</exception>
    /// <exception cref="NceFastException">The content is damaged, or has another format or a later version (<see cref="ErrorKind.Input"/>).</exception>
    public static LanguageModel Load(Stream stream) => LanguageModelFile.Load(stream);

    /// <summary>Returns whether a file begins as one that <see cref="Save(string)"/> wrote; false if it cannot be read.</summary>
    /// <param name="path">Path of the file.</param>
    public static bool IsLanguageModel(string path) => LanguageModelFile.IsLanguageModel(path);

    /// <inheritdoc/>
    public void Dispose()
    {
        _disposed = true;
        parameters.Dispose();
    }
}
