using NceFast.Models;
using NceFast.Numerics;

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
    private readonly AlignedMatrix _rows, _columns, _scores, _shifts, _shifted, _gradients, _biasGradients, _observed, _observedShifts, _ones;
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
        (_observed, _observedShifts, _ones) = (new AlignedMatrix(1, spec.Sharing), new AlignedMatrix(1, spec.Sharing), new AlignedMatrix(1, spec.Sharing));
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
        foreach (AlignedMatrix matrix in new[] { _rows, _columns, _scores, _shifts, _shifted, _gradients, _biasGradients, _observed, _observedShifts, _ones })
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
        loss += ScoreObserved(batch, first, count);
        for (int b = 0; b < count; b++)
        {
            StepObserved(batch, first + b, _observed.Pointer[b], rate);
            loss += Noise(batch, first + b, scores + (b * wide), noise.Length, rate / count);
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

    // Losses of a set's observed words, and their gradients, before any of their steps.
    private double ScoreObserved(PredictionBatch batch, int first, int count)
    {
        int stride = batch.Hidden.Stride;
        AlignedMatrix table = _parameters.Target;
        float[] bias = _parameters.Bias, logZ = _parameters.LogZ, constants = _terms.Constants;
        float* scores = _observed.Pointer, shifts = _observedShifts.Pointer;
        double sum = 0;
        for (int b = 0; b < count; b++)
        {
            if (b + Ahead < count)
                RowPrefetch.Ask(table.RowPointer(batch.Targets[first + b + Ahead]), stride);
            int target = batch.Targets[first + b];
            scores[b] = _kernels.Dot(batch.Hidden.RowPointer(first + b), table.RowPointer(target), stride);
            shifts[b] = bias[target] - logZ[batch.Bucket(first + b)];
            sum += scores[b] + shifts[b];
            shifts[b] += constants[target];
            _ones.Pointer[b] = 1;
        }

        if (!_terms.IsBinary)
        {
            new Span<float>(scores, count).Fill(1);
            return -sum;
        }

        new Span<float>(_ones.Pointer + count, _ones.Stride - count).Clear();
        return _kernels.Gradient(scores, shifts, _ones.Pointer, 1, count, 1);
    }

    private void StepObserved(PredictionBatch batch, int b, float g, float rate)
    {
        int target = batch.Targets[b];
        float* hidden = batch.Hidden.RowPointer(b);
        _kernels.AddScaled(batch.Gradient.RowPointer(b), _parameters.Target.RowPointer(target), g, batch.Hidden.Stride);
        float step = g * _updates.TargetRate(target, _updates.IsAdaptive ? g * g * _updates.MeanSquare(hidden) : 0, rate);
        _updates.StepTarget(target, hidden, step, rate);
        _parameters.Bias[target] += step;
        StepLogZ(batch.Bucket(b), g, rate / _spec.Sharing);
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
