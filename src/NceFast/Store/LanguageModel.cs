using NceFast.Models;
using NceFast.Vocab;

namespace NceFast.Store;

/// <summary>A trained log-bilinear language model.</summary>
/// <remarks>Saving, scoring and evaluating keep its memory until they end; do not dispose it while another thread uses rows of its parameters.</remarks>
/// <param name="vocabulary">Its words, &lt;/s&gt; and, in a closed vocabulary, &lt;unk&gt; included.</param>
/// <param name="parameters">Its parameters; the model owns them.</param>
public sealed class LanguageModel(Vocabulary vocabulary, LanguageModelParameters parameters) : IDisposable
{
    private bool _disposed;

    /// <summary>The words; word i is predicted by row i.</summary>
    public Vocabulary Vocabulary { get; } = vocabulary;

    /// <summary>The parameters; valid until the model is disposed.</summary>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    public LanguageModelParameters Parameters
    {
        get
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return parameters;
        }
    }

    /// <summary>The model's shape.</summary>
    public LanguageModelShape Shape => parameters.Shape;

    /// <summary>Ids of a sentence's words; unknown ones become &lt;unk&gt;, or are left out in an open vocabulary.</summary>
    /// <param name="sentence">Words parted by blanks.</param>
    public int[] Encode(string sentence)
    {
        ArgumentNullException.ThrowIfNull(sentence);
        ObjectDisposedException.ThrowIf(_disposed, this);
        return [.. sentence.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Select(IdOf).Where(id => id >= 0)];
    }

    /// <summary>The id of a word, that of &lt;unk&gt; when it is unknown, or -1.</summary>
    public int IdOf(string word)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        int id = Vocabulary.Find(word);
        return id >= 0 ? id : Shape.Unknown;
    }

    /// <summary>Writes the model; the file is replaced only when all is written.</summary>
    /// <param name="path">File to write.</param>
    /// <exception cref="NceFastException">It cannot be written (<see cref="ErrorKind.Output"/>).</exception>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    public void Save(string path)
    {
        using LanguageModelParameters.Hold held = Parameters.Use();
        LanguageModelFile.Save(this, path);
    }

    /// <summary>Reads a model that <see cref="Save"/> wrote.</summary>
    /// <param name="path">File to read.</param>
    /// <exception cref="NceFastException">It is missing, damaged, of another format or a later version (<see cref="ErrorKind.Input"/>).</exception>
    public static LanguageModel Load(string path) => LanguageModelFile.Load(path);

    /// <inheritdoc/>
    public void Dispose()
    {
        _disposed = true;
        parameters.Dispose();
    }
}
