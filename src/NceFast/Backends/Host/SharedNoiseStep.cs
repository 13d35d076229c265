using NceFast.Models;
using NceFast.Numerics;
using NceFast.Objectives;

namespace NceFast.Backends.Host;

/// <summary>One set of noise words for many predictions: scores and both gradients are matrix products.</summary>
internal sealed unsafe class SharedNoiseStep : IGradientStep
{
    /// <summary>Predictions between a row's prefetch and its use.</summary>
    private const int Ahead = 4;

    private readonly LogBilinearSpec _spec;
    private readonly LogBilinearParameters _parameters;
    private readonly HostUpdates _updates;
    private readonly HostKernels _kernels;
    private readonly NoiseTerms _terms;
    private readonly AlignedMatrix _rows, _columns, _scores, _shifts, _shifted, _gradients, _biasGradients;
    private readonly uint[] _draws;
    private readonly int[] _noise;

    public SharedNoiseStep(LogBilinearSpec spec, LogBilinearParameters parameters, HostUpdates updates, HostKernels kernels)
    {
        (_spec, _parameters, _updates, _kernels, _terms) = (spec, parameters, updates, kernels, NoiseTerms.Create(spec, kernels));
        int padded = AlignedMatrix.PadColumns(spec.Draws), dim = spec.Shape.Dim;
        (_rows, _gradients) = (new AlignedMatrix(padded, dim), new AlignedMatrix(padded, dim));
        _columns = new AlignedMatrix(AlignedMatrix.PadColumns(dim), padded);
        _scores = new AlignedMatrix(PredictionBatch.Padded(spec.Sharing), padded);
        (_shifts, _shifted, _biasGradients) = (new AlignedMatrix(1, padded), new AlignedMatrix(1, padded), new AlignedMatrix(1, padded));
        _shifts.Row(0).Fill(-1e30f);
        int sets = (spec.Batch + spec.Sharing - 1) / spec.Sharing;
        _noise = new int[sets * spec.Draws];
        _draws = new uint[((2 * _noise.Length) + Philox4x32.Tile - 1) / Philox4x32.Tile * Philox4x32.Tile];
    }

    public double Run(PredictionBatch batch, in NoiseDraw draw, float rate)
    {
        PredictionPlan.DrawNoise(_spec, draw.Epoch, draw.Block, draw.Batch, _draws, _noise);
        new Span<float>(batch.Gradient.Pointer, PredictionBatch.Padded(batch.Count) * batch.Gradient.Stride).Clear();
        double loss = 0;
        int set = 0;
        for (int first = 0; first < batch.Count; first += _spec.Sharing, set++)
            loss += Set(batch, first, Math.Min(_spec.Sharing, batch.Count - first), _noise.AsSpan(set * _spec.Draws, _spec.Draws), rate);
        return loss;
    }

    public void Dispose()
    {
        foreach (AlignedMatrix matrix in new[] { _rows, _columns, _scores, _shifts, _shifted, _gradients, _biasGradients })
            matrix.Dispose();
    }

    private double Set(PredictionBatch batch, int first, int count, ReadOnlySpan<int> noise, float rate)
    {
        Pack(noise);
        int stride = batch.Hidden.Stride, wide = _scores.Stride, padded = PredictionBatch.Padded(count), dim = _spec.Shape.Dim;
        float* hidden = batch.Hidden.RowPointer(first), gradient = batch.Gradient.RowPointer(first), scores = _scores.Pointer;
        new Span<float>(scores, padded * wide).Clear();
        _kernels.MultiplyAdd(hidden, stride, 1, _columns.Pointer, wide, scores, wide, padded, dim, wide);
        double loss = 0;
        for (int b = 0; b < count; b++)
        {
            if (b + Ahead < count)
                RowPrefetch.Ask(_parameters.Target.RowPointer(batch.Targets[first + b + Ahead]), stride);
            loss += Observed(batch, first + b, rate) + Noise(batch, first + b, scores + (b * wide), noise.Length, rate / count);
        }

        // Rows past the set would add to the next set's gradient.
        new Span<float>(scores + (count * wide), (padded - count) * wide).Clear();
        _kernels.MultiplyAdd(scores, wide, 1, _rows.Pointer, stride, gradient, stride, padded, noise.Length, stride);
        StepNoise(hidden, count, noise, rate);
        return loss;
    }

    private void Pack(ReadOnlySpan<int> noise)
    {
        AlignedMatrix table = _parameters.Target;
        int stride = table.Stride, wide = _columns.Stride, dim = _spec.Shape.Dim;
        float* columns = _columns.Pointer;
        foreach (int word in noise)
            RowPrefetch.Ask(table.RowPointer(word), stride);
        for (int i = 0; i < noise.Length; i++)
        {
            float* row = table.RowPointer(noise[i]);
            Buffer.MemoryCopy(row, _rows.RowPointer(i), stride * sizeof(float), stride * sizeof(float));
            for (int c = 0; c < dim; c++)
                columns[(c * wide) + i] = row[c];
            _shifts.Pointer[i] = _parameters.Bias[noise[i]] + _terms.Constants[noise[i]];
        }
    }

    // The observed word's loss, and its steps.
    private double Observed(PredictionBatch batch, int b, float rate)
    {
        int target = batch.Targets[b], stride = batch.Hidden.Stride;
        float* hidden = batch.Hidden.RowPointer(b), row = _parameters.Target.RowPointer(target);
        int bucket = batch.Bucket(b);
        float logit = _kernels.Dot(hidden, row, stride) + _parameters.Bias[target] - _parameters.LogZ[bucket];
        double loss = -logit;
        float g = 1;
        if (_terms.IsBinary)
        {
            logit += _terms.Constants[target];
            loss = BinaryLogistic.Loss(logit, 1);
            g = -BinaryLogistic.Gradient(logit, 1);
            StepLogZ(bucket, g, rate / _spec.Sharing);
        }

        _kernels.AddScaled(batch.Gradient.RowPointer(b), row, g, stride);
        float step = g * _updates.TargetRate(target, _updates.IsAdaptive ? g * g * _updates.MeanSquare(hidden) : 0, rate);
        _updates.DecayTarget(target, rate);
        _kernels.AddScaled(row, hidden, step, stride);
        _parameters.Bias[target] += step;
        return loss;
    }

    private double Noise(PredictionBatch batch, int b, float* scores, int count, float normalizerRate)
    {
        float* shifts = _shifts.Pointer;
        int bucket = batch.Bucket(b);
        float logZ = _parameters.LogZ[bucket];
        if (logZ != 0)
        {
            for (int i = 0; i < count; i++)
                _shifted.Pointer[i] = shifts[i] - logZ;
            new Span<float>(_shifted.Pointer + count, _shifted.Stride - count).Fill(-1e30f);
            shifts = _shifted.Pointer;
        }

        double loss = _terms.Run(scores, shifts, count);
        if (_spec.Objective == LanguageObjective.Nce && _spec.Normalizer != NormalizerKind.Fixed)
        {
            float sum = 0;
            for (int i = 0; i < count; i++)
                sum += scores[i];
            StepLogZ(bucket, sum, normalizerRate);
        }

        return loss;
    }

    // A set's predictions pull together: the step is that of their mean.
    private void StepLogZ(int bucket, float gradient, float rate)
    {
        if (_spec.Objective == LanguageObjective.Nce && _spec.Normalizer != NormalizerKind.Fixed)
            _parameters.LogZ[bucket] -= rate * gradient;
    }

    private void StepNoise(float* hidden, int count, ReadOnlySpan<int> noise, float rate)
    {
        int stride = _rows.Stride, wide = _scores.Stride;
        float* bias = _biasGradients.Pointer;
        new Span<float>(_gradients.Pointer, (int)_gradients.Rows * stride).Clear();
        _kernels.MultiplyAdd(_scores.Pointer, 1, wide, hidden, stride, _gradients.Pointer, stride, (int)_gradients.Rows, count, stride);
        new Span<float>(bias, wide).Clear();
        for (int b = 0; b < count; b++)
            _kernels.AddScaled(bias, _scores.RowPointer(b), 1, wide);
        for (int i = 0; i < noise.Length; i++)
        {
            float* gradient = _gradients.RowPointer(i);
            float own = _updates.TargetRate(noise[i], _updates.IsAdaptive ? _updates.MeanSquare(gradient) : 0, rate);
            _kernels.AddScaled(_parameters.Target.RowPointer(noise[i]), gradient, own, stride);
            _parameters.Bias[noise[i]] += own * bias[i];
        }
    }
}
