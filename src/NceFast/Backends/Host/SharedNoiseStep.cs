using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using NceFast.Models;
using NceFast.Numerics;

namespace NceFast.Backends.Host;

/// <summary>
/// One set of noise words for several predictions: scores and both gradients are small matrix products in register tiles.
/// Observed words come first, prediction by prediction; then each noise row is read and stepped once a set.
/// </summary>
internal sealed unsafe class SharedNoiseStep : IGradientStep
{
    private readonly LogBilinearSpec _spec;
    private readonly HostUpdates _updates;
    private readonly HostKernels _kernels;
    private readonly TargetView _view;
    private readonly NoiseTerms _terms;
    private readonly NoiseWords _noise;
    private readonly AlignedMatrix _scores, _shifts, _steps, _row, _rowShifts, _observed, _squares, _padding, _pointers;
    private readonly int _count;
    private readonly bool _learnsLogZ, _dropsObserved;

    public SharedNoiseStep(LogBilinearSpec spec, TargetView view, HostUpdates updates, HostKernels kernels)
    {
        (_spec, _view, _updates, _kernels, _terms) = (spec, view, updates, kernels, NoiseTerms.Create(spec, kernels));
        _noise = new NoiseWords(spec, view, (spec.Batch + spec.Sharing - 1) / spec.Sharing);
        _count = (spec.Draws + 1) & ~1;
        int inputs = 4 * ((spec.Sharing + 3) / 4), elements = inputs * _count, pointers = (2 * inputs) + _count;
        (_scores, _shifts, _steps) = (new AlignedMatrix(1, elements), new AlignedMatrix(1, _count), new AlignedMatrix(1, elements));
        (_row, _rowShifts) = (new AlignedMatrix(1, _terms.Room), new AlignedMatrix(1, _terms.Room));
        (_observed, _squares) = (new AlignedMatrix(1, inputs), new AlignedMatrix(1, inputs));
        _rowShifts.Row(0).Fill(-1e30f);
        _padding = new AlignedMatrix(2, spec.Shape.Dim); // an input that is 0, and a row that takes what nobody reads
        _pointers = new AlignedMatrix(1, pointers * sizeof(float*) / sizeof(float));
        _learnsLogZ = spec.LearnsLogZ;
        _dropsObserved = spec.Objective == LanguageObjective.ImportanceSampling;
    }

    public double Run(PredictionBatch batch, in NoiseDraw draw, float rate)
    {
        int sharing = _spec.Sharing, sets = (batch.Count + sharing - 1) / sharing;
        _noise.Draw(draw, sets);
        double loss = 0;
        for (int set = 0; set < sets; set++)
        {
            int first = set * sharing, count = Math.Min(sharing, batch.Count - first);
            Prefetch(batch, set + 1, sets);
            loss += Set(batch, set, first, count, rate);
        }

        return loss;
    }

    public void Dispose()
    {
        foreach (AlignedMatrix matrix in new[] { _scores, _shifts, _steps, _row, _rowShifts, _observed, _squares, _padding, _pointers })
            matrix.Dispose();
        _terms.Dispose();
    }

    private void Prefetch(PredictionBatch batch, int set, int sets)
    {
        if (set >= sets)
            return;
        _noise.Prefetch(set);
        int first = set * _spec.Sharing;
        for (int b = first; b < Math.Min(first + _spec.Sharing, batch.Count); b++)
            _noise.PrefetchWord(batch.Targets[b]);
    }

    private double Set(PredictionBatch batch, int set, int first, int count, float rate)
    {
        var outputs = (float**)_pointers.Pointer;
        float** inputs = outputs + _count, deltas = inputs + (4 * ((_spec.Sharing + 3) / 4));
        int quads = (count + 3) / 4, stride = batch.Hidden.Stride;
        ReadOnlySpan<int> noise = _noise.Set(set);
        LayOut(batch, first, count, noise, outputs, inputs, deltas);
        _kernels.ScoreTile(inputs, quads, outputs, _count, stride, _scores.Pointer);
        double loss = Gradients(batch, first, count, noise);
        for (int b = 0; b < count; b++)
            StepObserved(batch, first + b, _observed.Pointer[b], rate);
        Steps(inputs, quads, noise, rate);
        _kernels.StepTile(inputs, quads, outputs, _count, stride, _scores.Pointer, _steps.Pointer, deltas);
        return loss;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void LayOut(PredictionBatch batch, int first, int count, ReadOnlySpan<int> noise, float** outputs, float** inputs, float** deltas)
    {
        HotTable table = _view.Rows, biases = _view.Biases;
        for (int m = 0; m < noise.Length; m++)
        {
            outputs[m] = table.Row(noise[m]);
            _shifts.Pointer[m] = *biases.Row(noise[m]) + _terms.Constants[noise[m]];
        }

        if (noise.Length < _count)
            outputs[noise.Length] = _padding.RowPointer(1);
        for (int i = 0; i < ((count + 3) & ~3); i++)
        {
            inputs[i] = i < count ? batch.Hidden.RowPointer(first + i) : _padding.RowPointer(0);
            deltas[i] = i < count ? batch.Gradient.RowPointer(first + i) : _padding.RowPointer(1);
        }
    }

    // Prediction by prediction, for a loss may join the terms of one; scores lie in fours of predictions.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private double Gradients(PredictionBatch batch, int first, int count, ReadOnlySpan<int> noise)
    {
        float* row = _row.Pointer, rowShifts = _rowShifts.Pointer, shifts = _shifts.Pointer;
        double loss = 0;
        for (int i = 0; i < ((count + 3) & ~3); i++)
        {
            float* scores = _scores.Pointer + (i / 4 * 4 * _count) + (i % 4);
            if (i >= count)
            {
                Clear(scores);
                continue;
            }

            int target = batch.Targets[first + i];
            float logZ = *_view.LogZ.Row(batch.Bucket(first + i));
            for (int m = 0; m < noise.Length; m++)
            {
                row[m] = scores[4 * m];
                rowShifts[m] = shifts[m] - logZ;
            }

            if (_dropsObserved)
                OwnNoiseStep.Drop(noise, target, rowShifts);
            float* q = _view.Rows.Row(target);
            float observed = _kernels.Dot(batch.Hidden.RowPointer(first + i), q, batch.Hidden.Stride) + *_view.Biases.Row(target) + _terms.ObservedConstants[target] - logZ;
            loss += _terms.Run(row, rowShifts, noise.Length, ref observed);
            _observed.Pointer[i] = observed;
            row[noise.Length] = 0;
            for (int m = 0; m < _count; m++)
                scores[4 * m] = row[m];
        }

        return loss;
    }

    private void Clear(float* scores)
    {
        for (int m = 0; m < _count; m++)
            scores[4 * m] = 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void StepObserved(PredictionBatch batch, int b, float g, float rate)
    {
        int target = batch.Targets[b];
        float* hidden = batch.Hidden.RowPointer(b), row = _view.Rows.Row(target);
        float step = g * (_updates.IsAdaptive ? _view.Adapt(target, g * g * _updates.MeanSquare(hidden), rate) : rate);
        _updates.DecayTarget(row, rate);
        _kernels.StepRows(hidden, &row, 1, batch.Hidden.Stride, &g, &step, batch.Gradient.RowPointer(b));
        *_view.Biases.Row(target) += step;
        if (_learnsLogZ)
            StepLogZ(batch, b, g, rate);
    }

    // A set's predictions pull together: the step is that of their mean.
    private void StepLogZ(PredictionBatch batch, int b, float g, float rate)
    {
        int i = b % _spec.Sharing;
        float* scores = _scores.Pointer + (i / 4 * 4 * _count) + (i % 4);
        for (int m = 0; m < _count; m++)
            g += scores[4 * m];
        *_view.LogZ.Row(batch.Bucket(b)) -= rate / _spec.Sharing * g;
    }

    // Gradients times learning rates, and the biases' steps.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Steps(float** inputs, int quads, ReadOnlySpan<int> noise, float rate)
    {
        float* gradients = _scores.Pointer, steps = _steps.Pointer;
        if (_updates.IsAdaptive)
        {
            Adapt(inputs, quads, noise, rate);
        }
        else
        {
            for (int e = 0; e < quads * _count; e++)
                (rate * Vector128.Load(gradients + (4 * e))).Store(steps + (4 * e));
        }

        for (int m = 0; m < noise.Length; m++)
        {
            Vector128<float> sum = Vector128<float>.Zero;
            for (int q = 0; q < quads; q++)
                sum += Vector128.Load(steps + (4 * ((q * _count) + m)));
            *_view.Biases.Row(noise[m]) += Vector128.Sum(sum);
        }
    }

    // A row's gradient over the set is taken to be as long as one of uncorrelated parts.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Adapt(float** inputs, int quads, ReadOnlySpan<int> noise, float rate)
    {
        float* gradients = _scores.Pointer, steps = _steps.Pointer, squares = _squares.Pointer;
        for (int i = 0; i < 4 * quads; i++)
            squares[i] = _updates.MeanSquare(inputs[i]);
        for (int m = 0; m < noise.Length; m++)
        {
            Vector128<float> sum = Vector128<float>.Zero;
            for (int q = 0; q < quads; q++)
            {
                Vector128<float> g = Vector128.Load(gradients + (4 * ((q * _count) + m)));
                sum += g * g * Vector128.Load(squares + (4 * q));
            }

            float own = _view.Adapt(noise[m], Vector128.Sum(sum), rate);
            for (int q = 0; q < quads; q++)
                (own * Vector128.Load(gradients + (4 * ((q * _count) + m)))).Store(steps + (4 * ((q * _count) + m)));
        }

        if (noise.Length == _count)
            return;
        for (int q = 0; q < quads; q++)
            Vector128<float>.Zero.Store(steps + (4 * ((q * _count) + noise.Length)));
    }
}
