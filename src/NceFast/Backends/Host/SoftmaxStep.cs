using NceFast.Models;
using NceFast.Numerics;

namespace NceFast.Backends.Host;

/// <summary>
/// Maximum likelihood over the whole vocabulary, streamed over tiles of words: one sweep for log Z, a second that scores
/// each tile again, makes its gradients and steps its rows.
/// </summary>
internal sealed unsafe class SoftmaxStep(LogBilinearSpec spec, LogBilinearParameters parameters, HostUpdates updates, HostKernels kernels) : IGradientStep
{
    private const int Tile = VocabularySoftmax.TileWords;
    private readonly VocabularySoftmax _softmax = new(kernels, parameters, spec.Batch);
    private readonly AlignedMatrix _rowGradients = new(Tile, spec.Shape.Dim), _biasGradients = new(1, Tile);

    public double Run(PredictionBatch batch, in NoiseDraw draw, float rate)
    {
        batch.Gradient.ClearRows(PredictionBatch.Padded(batch.Count));
        _softmax.Normalize(batch);
        double loss = 0;
        for (int b = 0; b < batch.Count; b++)
        {
            int target = batch.Targets[b];
            double score = kernels.Dot(batch.Hidden.RowPointer(b), parameters.Target.RowPointer(target), batch.Hidden.Stride) + parameters.Bias[target];
            double logZ = _softmax.LogZ[b];
            loss += logZ - score + (spec.SelfNormalization * logZ * logZ);
        }

        for (int first = 0; first < spec.Shape.Words; first += Tile)
            StepTile(batch, first, rate);
        for (int b = 0; b < batch.Count; b++)
            updates.DecayTarget(parameters.Target.RowPointer(batch.Targets[b]), rate);
        return loss;
    }

    public void Dispose()
    {
        _softmax.Dispose();
        _rowGradients.Dispose();
        _biasGradients.Dispose();
    }

    private void StepTile(PredictionBatch batch, int first, float rate)
    {
        _softmax.Score(batch, first);
        int words = Math.Min(Tile, spec.Shape.Words - first), stride = batch.Hidden.Stride, count = batch.Count;
        float* bias = _biasGradients.Pointer;
        new Span<float>(bias, Tile).Clear();
        for (int b = 0; b < count; b++)
        {
            float* scores = _softmax.Scores.RowPointer(b);
            double logZ = _softmax.LogZ[b];
            kernels.AddAndMax(scores, _softmax.Shifts, Tile);
            kernels.ExpSum(scores, Tile, (float)logZ, (float)-(1 + (2 * spec.SelfNormalization * logZ)));
            int target = batch.Targets[b] - first;
            if ((uint)target < (uint)words)
                scores[target] += 1;
            kernels.AddScaled(bias, scores, 1, Tile);
        }

        AlignedMatrix table = parameters.Target;
        int padded = PredictionBatch.Padded(count);
        new Span<float>(_softmax.Scores.RowPointer(0) + (count * Tile), (padded - count) * Tile).Clear();
        kernels.MultiplyAdd(_softmax.Scores.Pointer, Tile, 1, table.RowPointer(first), stride, batch.Gradient.Pointer, stride, padded, words, stride);
        _rowGradients.ClearRows(Tile);
        kernels.MultiplyAdd(_softmax.Scores.Pointer, 1, Tile, batch.Hidden.Pointer, stride, _rowGradients.Pointer, stride, Tile, count, stride);
        for (int i = 0; i < words; i++)
        {
            float* gradient = _rowGradients.RowPointer(i);
            float own = updates.TargetRate(first + i, updates.IsAdaptive ? updates.MeanSquare(gradient) : 0, rate);
            kernels.AddScaled(table.RowPointer(first + i), gradient, own, stride);
            parameters.Bias[first + i] += own * bias[i];
        }
    }
}
