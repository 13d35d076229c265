using NceFast.Vocab;

namespace NceFast.Training;

/// <summary>Represents a trained model in memory, with the report of its training.</summary>
/// <remarks>Several threads can use an instance at the same time. Dispose it when none does any more.</remarks>
public abstract class TrainedModel : IDisposable
{
    private protected TrainedModel(Vocabulary vocabulary, TrainingReport report) => (Vocabulary, Report) = (vocabulary, report);

    /// <summary>Gets the words.</summary>
    public Vocabulary Vocabulary { get; }

    /// <summary>Gets the course and the figures of the training.</summary>
    public TrainingReport Report { get; }

    /// <inheritdoc/>
    public abstract void Dispose();
}
