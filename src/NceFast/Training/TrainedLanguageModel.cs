using NceFast.Store;

namespace NceFast.Training;

/// <summary>Represents a trained language model, with the report of its training.</summary>
/// <remarks>Several threads can use an instance at the same time. Dispose it when none does any more.</remarks>
/// <param name="model">The model; it is disposed with this object.</param>
/// <param name="report">The course and the figures of the training.</param>
public sealed class TrainedLanguageModel(LanguageModel model, TrainingReport report) : TrainedModel(model.Vocabulary, report)
{
    private bool _disposed;

    /// <summary>Gets the model, which is valid until this object is disposed.</summary>
    /// <exception cref="ObjectDisposedException">This object was disposed.</exception>
    public LanguageModel Model
    {
        get
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return model;
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _disposed = true;
        model.Dispose();
    }
}
