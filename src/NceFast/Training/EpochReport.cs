using NceFast.Evaluation;

namespace NceFast.Training;

/// <summary>Represents one epoch of a training.</summary>
/// <param name="Epoch">Epoch, from 0.</param>
/// <param name="Words">Words of text.</param>
/// <param name="Tokens">Words of the vocabulary among them, before subsampling.</param>
/// <param name="Predictions">Word pairs (skip-gram), positions (CBOW), or predicted words and ends of sentences (language models).</param>
/// <param name="Loss">Mean loss per prediction, in nats, without weight decay; NaN when there was no prediction.</param>
/// <param name="Seconds">Time that the epoch took, without validation.</param>
public sealed record EpochReport(int Epoch, long Words, long Tokens, long Predictions, double Loss, double Seconds)
{
    /// <summary>Gets the learning rate at the end of the epoch.</summary>
    public double LearningRate { get; init; }

    /// <summary>Gets the validation after the epoch; null without a validation text, and for word vectors.</summary>
    public PerplexityResult? Validation { get; init; }

    /// <summary>Gets the words of text per second.</summary>
    public double WordsPerSecond => Words / Seconds;
}
