namespace NceFast.Backends.Host.LanguageModels;

/// <summary>Represents the part of a training step that depends on the objective.</summary>
internal interface IGradientStep : IDisposable
{
    /// <summary>Steps target rows, biases and normalizer, and sets the batch's gradient.</summary>
    /// <param name="batch">Context vectors and targets.</param>
    /// <param name="draw">Identifies the noise words of this batch.</param>
    /// <param name="rate">Learning rate.</param>
    /// <returns>Loss before the updates, summed over predictions, nats, without weight decay.</returns>
    double Run(PredictionBatch batch, in NoiseDraw draw, float rate);
}

/// <summary>Identifies the noise words of a batch.</summary>
/// <param name="Epoch">Epoch, from 0.</param>
/// <param name="Block">Global number of the block.</param>
/// <param name="Batch">Number of the batch in the block.</param>
internal readonly record struct NoiseDraw(int Epoch, ulong Block, int Batch);
