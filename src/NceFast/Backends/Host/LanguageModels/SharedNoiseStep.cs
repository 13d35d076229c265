using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using NceFast.Models;
using NceFast.Numerics;
using NceFast.Objectives;

namespace NceFast.Backends.Host.LanguageModels;

/// <summary>
/// Trains with one set of noise words for several predictions. Scores and both gradients are small matrix products in register tiles.
/// The observed words are stepped first, prediction by prediction. Then each noise row is read and stepped once per set.
/// </summary>
internal sealed unsafe class SharedNoiseStep<TObjective, TNoise> : IGradientStep
    where TObjective : struct, IObjective
    where TNoise : struct, INoiseSource
{
    private readonly LanguageModelSpec _spec;
    private readonly HostUpdates _updates;
    private readonly HostKernels _kernels;
    private readonly TargetView _view;
    private readonly NoiseTerms _terms;
    private readonly NoiseWords _noise;
    private readonly AlignedMatrix _scores, _shifts, _steps, _logZ, _squares, _padding, _pointers;
    private readonly int _count, _inputs;
    private readonly bool _learnsLogZ, _dropsObserved;

    public SharedNoiseStep(LanguageModelSpec spec, TargetView view, HostUpdates updates, HostKernels kernels, NoiseTerms terms)
    {
        (_spec, _view, _updates, _kernels, _terms) = (spec, view, updates, kernels, terms);
        _noise = new NoiseWords(spec, view, spec.MostSets);
        (_count, _inputs) = ((spec.NoiseSetSize + 1) & ~1, 4 * ((spec.Sharing + 3) / 4));
        int elements = NoiseTerms.SetRoom(spec), pointers = (3 * _inputs) + _count;
        (_scores, _shifts, _steps) = (new AlignedMatrix(1, elements), new AlignedMatrix(1, elements), new AlignedMatrix(1, elements));
        (_logZ, _squares) = (new AlignedMatrix(1, _inputs), new AlignedMatrix(1, _inputs));
        _padding = new AlignedMatrix(2, spec.Shape.Dim); // an input of zeros, and a row for results that are not used
        _pointers = new AlignedMatrix(1, pointers * sizeof(float*) / sizeof(float));
        _learnsLogZ = spec.LearnsLogZ;
        _dropsObserved = spec.Objective.Traits().DropsObserved.HasFlag(ModelFamilies.LanguageModels);
    }

    // Pointers to the rows of a set: noise words, context vectors, gradients of the context vectors, observed words.
    private float** Outputs => (float**)_pointers.Pointer;

    private float** Inputs => Outputs + _count;

    private float** Deltas => Inputs + _inputs;

    private float** Targets => Deltas + _inputs;

    public double Run(PredictionBatch batch, in NoiseDraw draw, float rate)
    {
        int sets = Sets(batch);
        if (TNoise.IsContextual)
            _noise.Draw(draw, batch);
        else
            _noise.Draw(draw, sets);
        double loss = 0;
        for (int set = 0; set < sets; set++)
        {
            int first = First(batch, set), count = First(batch, set + 1) - first;
            Prefetch(batch, set + 1, sets);
            loss += Set(batch, set, first, count, rate);
        }

        return loss;
    }

    public void Dispose()
    {
        foreach (AlignedMatrix matrix in new[] { _scores, _shifts, _steps, _logZ, _squares, _padding, _pointers })
            matrix.Dispose();
        _terms.Dispose();
    }

    private int Sets(PredictionBatch batch) => TNoise.IsContextual ? batch.Sets!.Count : (batch.Count + _spec.Sharing - 1) / _spec.Sharing;

    // The first prediction of a set, or the end of the batch.
    private int First(PredictionBatch batch, int set) => TNoise.IsContextual ? batch.Sets!.Starts[set] : Math.Min(batch.Count, set * _spec.Sharing);

    private void Prefetch(PredictionBatch batch, int set, int sets)
    {
        if (set >= sets)
            return;
        _noise.Prefetch(set);
        int end = First(batch, set + 1);
        for (int b = First(batch, set); b < end; b++)
            _noise.PrefetchWord(batch.Targets[b]);
    }

    private double Set(PredictionBatch batch, int set, int first, int count, float rate)
    {
        int quads = (count + 3) / 4, stride = batch.Hidden.Stride;
        ReadOnlySpan<int> noise = _noise.Set(set);
        float* observed = _scores.Pointer + (4 * quads * _count);
        PointToRows(batch, first, count, noise);
        _kernels.ScorePairs(Inputs, quads, Targets, stride, observed);
        _kernels.ScoreTile(Inputs, quads, Outputs, _count, stride, _scores.Pointer);
        Shift(batch, set, first, count, noise, observed);
        double loss = _terms.RunSet(_scores.Pointer, _shifts.Pointer, count, _count);
        for (int i = 0; i < count; i++)
            StepObserved(batch, first, count, i, observed[i], rate);
        Steps(Inputs, quads, noise, rate);
        _kernels.StepTile(Inputs, quads, Outputs, _count, stride, _scores.Pointer, _steps.Pointer, Deltas);
        return loss;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void PointToRows(PredictionBatch batch, int first, int count, ReadOnlySpan<int> noise)
    {
        HotTable table = _view.Rows;
        float** outputs = Outputs, inputs = Inputs, deltas = Deltas, targets = Targets;
        for (int m = 0; m < noise.Length; m++)
            outputs[m] = table.Row(noise[m]);
        if (noise.Length < _count)
            outputs[noise.Length] = _padding.RowPointer(1);
        for (int i = 0; i < ((count + 3) & ~3); i++)
        {
            inputs[i] = i < count ? batch.Hidden.RowPointer(first + i) : _padding.RowPointer(0);
            deltas[i] = i < count ? batch.Gradient.RowPointer(first + i) : _padding.RowPointer(1);
            targets[i] = i < count ? table.Row(batch.Targets[first + i]) : _padding.RowPointer(1);
        }
    }

    // Computes the shifts of the noise words, for four predictions at a time, and the logits of the observed words.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Shift(PredictionBatch batch, int set, int first, int count, ReadOnlySpan<int> noise, float* observed)
    {
        HotTable biases = _view.Biases;
        float* logNoise = TNoise.IsContextual ? _noise.LogNoise(set) : _terms.LogNoise, logZ = _logZ.Pointer, shifts = _shifts.Pointer;
        int quads = (count + 3) / 4;
        for (int i = 0; i < count; i++)
        {
            int target = batch.Targets[first + i];
            logZ[i] = *_view.LogZ.Row(batch.Bucket(first + i));
            observed[i] += Logit.Shift(TObjective.ObservedOffset(*biases.Row(target), TNoise.IsContextual ? _noise.LogNoiseOfObserved(batch, first + i) : logNoise[target]), logZ[i]);
        }

        for (int m = 0; m < noise.Length; m++)
        {
            float own = TObjective.Offset(*biases.Row(noise[m]), logNoise[TNoise.IsContextual ? m : noise[m]]);
            for (int q = 0; q < quads; q++)
                Logit.Shift(Vector128.Create(own), Vector128.Load(logZ + (4 * q))).Store(shifts + (4 * ((q * _count) + m)));
        }

        new Span<float>(shifts + (4 * quads * _count), 4 * quads).Clear();
        if (_dropsObserved)
            Drop(batch, first, count, noise);
    }

    // Drops the noise words that equal the observed word of a prediction.
    private void Drop(PredictionBatch batch, int first, int count, ReadOnlySpan<int> noise)
    {
        for (int i = 0; i < count; i++)
        {
            for (int m = 0; m < noise.Length; m++)
            {
                if (noise[m] == batch.Targets[first + i])
                    _shifts.Pointer[(((i / 4 * _count) + m) * 4) + (i % 4)] = Logit.Dropped;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void StepObserved(PredictionBatch batch, int first, int count, int i, float g, float rate)
    {
        int b = first + i, target = batch.Targets[b];
        float* hidden = batch.Hidden.RowPointer(b), row = _view.Rows.Row(target);
        float step = g * (_updates.IsAdaptive ? _view.Adapt(target, g * g * _updates.MeanSquare(hidden), rate) : rate);
        _updates.DecayTarget(row, rate);
        _kernels.StepRows(hidden, &row, 1, batch.Hidden.Stride, &g, &step, batch.Gradient.RowPointer(b));
        *_view.Biases.Row(target) += step;
        if (_learnsLogZ)
            StepLogZ(batch.Bucket(b), i, g, rate / (TNoise.IsContextual ? count : _spec.Sharing)); // sets of contextual noise have different sizes
    }

    // The predictions of a set step log Z together, by the mean of their gradients.
    private void StepLogZ(int bucket, int i, float g, float part)
    {
        float* scores = _scores.Pointer + (i / 4 * 4 * _count) + (i % 4);
        for (int m = 0; m < _count; m++)
            g += scores[4 * m];
        *_view.LogZ.Row(bucket) -= part * g;
    }

    // Computes gradients times learning rates, and steps the biases of the noise words.
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

    // The gradients of a row over the set count as uncorrelated, so that their mean squares add up.
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
