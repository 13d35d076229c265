using System.Runtime.CompilerServices;
using NceFast.Models;
using NceFast.Numerics;
using NceFast.Objectives;

namespace NceFast.Backends.Host.LanguageModels;

/// <summary>
/// Maximum likelihood over the whole vocabulary, streamed over tiles of words: one sweep for log Z, a second that scores
/// each tile again, makes its gradients and steps its rows.
/// </summary>
internal sealed unsafe class SoftmaxStep(LanguageModelSpec spec, LanguageModelParameters parameters, HostUpdates updates, HostKernels kernels) : IGradientStep
{
    private const int Tile = VocabularySoftmax.TileWords;
    private readonly VocabularySoftmax _softmax = new(kernels, parameters, spec.Batch);
    private readonly AlignedMatrix _rowGradients = new(Tile, spec.Shape.Dim), _lanes = new(3, spec.Batch);

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
            loss += Softmax.Loss(logZ, score, spec.SelfNormalization);
        }

        SetLanes(batch.Count);
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
        _lanes.Dispose();
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void StepTile(PredictionBatch batch, int first, float rate)
    {
        int words = _softmax.Score(first), stride = batch.Hidden.Stride, count = batch.Count;
        AlignedMatrix errors = _softmax.Scores, table = parameters.Target;
        float* logZ = _lanes.RowPointer(0), scales = _lanes.RowPointer(1), unused = _lanes.RowPointer(2);
        kernels.ExpColumns(errors.Pointer, errors.Stride, words, errors.Stride, logZ, scales, unused);
        for (int b = 0; b < count; b++)
        {
            int target = batch.Targets[b] - first;
            if ((uint)target < (uint)words)
                errors.RowPointer(target)[b] = Softmax.ObservedGradient(errors.RowPointer(target)[b]);
        }

        kernels.MultiplyAdd(errors.Pointer, 1, errors.Stride, table.RowPointer(first), stride, batch.Gradient.Pointer, stride, PredictionBatch.Padded(count), words, spec.Shape.Dim);
        _rowGradients.ClearRows(Tile);
        kernels.MultiplyAdd(errors.Pointer, errors.Stride, 1, batch.Hidden.Pointer, stride, _rowGradients.Pointer, stride, PredictionBatch.Padded(words), count, spec.Shape.Dim);
        for (int i = 0; i < words; i++)
        {
            float* gradient = _rowGradients.RowPointer(i);
            float own = updates.TargetRate(first + i, updates.IsAdaptive ? updates.MeanSquare(gradient) : 0, rate);
            kernels.AddScaled(table.RowPointer(first + i), gradient, own, stride);
            parameters.Bias[first + i] += own * kernels.Dot(errors.RowPointer(i), _softmax.Ones, errors.Stride);
        }
    }

    // Lanes past the count get scale 0 and so no error.
    private void SetLanes(int count)
    {
        _lanes.Row(1).Clear();
        for (int b = 0; b < count; b++)
        {
            double logZ = _softmax.LogZ[b];
            _lanes.Row(0)[b] = (float)logZ;
            _lanes.Row(1)[b] = (float)Softmax.Scale(logZ, spec.SelfNormalization);
        }
    }
}
