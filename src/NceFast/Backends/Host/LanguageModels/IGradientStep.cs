namespace NceFast.Backends.Host.LanguageModels;

/// <summary>The part of a language model's training that knows the objective.</summary>
internal interface IGradientStep : IDisposable
{
    /// <summary>Steps target rows, biases and normaliser, and sets the batch's gradient.</summary>
    /// <param name="batch">Context vectors and targets.</param>
    /// <param name="draw">Where the noise of this batch comes from.</param>
    /// <param name="rate">Learning rate.</param>
    /// <returns>Loss before the updates, summed over predictions, nats, without weight decay.</returns>
    double Run(PredictionBatch batch, in NoiseDraw draw, float rate);
}

/// <summary>Names the noise of a batch.</summary>
/// <param name="Epoch">Epoch, from 0.</param>
/// <param name="Block">Global number of the block.</param>
/// <param name="Batch">Number of the batch in the block.</param>
internal readonly record struct NoiseDraw(int Epoch, ulong Block, int Batch);
