using System.Runtime.CompilerServices;
using NceFast.Models;
using NceFast.Numerics;
using NceFast.Objectives;

namespace NceFast.Backends.Host.LanguageModels;

/// <summary>Trains with separate noise words for each prediction. The target rows are stepped prediction by prediction.</summary>
internal sealed unsafe class OwnNoiseStep<TObjective, TNoise> : IGradientStep
    where TObjective : struct, IObjective
    where TNoise : struct, INoiseSource
{
    private readonly HostUpdates _updates;
    private readonly HostKernels _kernels;
    private readonly TargetView _view;
    private readonly NoiseTerms _terms;
    private readonly NoiseWords _noise;
    private readonly AlignedMatrix _scores, _shifts, _steps, _pointers;
    private readonly bool _learnsLogZ, _dropsObserved;

    public OwnNoiseStep(LanguageModelSpec spec, TargetView view, HostUpdates updates, HostKernels kernels, NoiseTerms terms)
    {
        (_view, _updates, _kernels, _terms) = (view, updates, kernels, terms);
        _noise = new NoiseWords(spec, view, sets: spec.Batch);
        (_scores, _shifts, _steps) = (new AlignedMatrix(1, _terms.Room), new AlignedMatrix(1, _terms.Room), new AlignedMatrix(1, _terms.Room));
        _shifts.Row(0).Fill(Logit.Dropped);
        _pointers = new AlignedMatrix(1, (spec.NoiseSetSize + 5) * sizeof(float*) / sizeof(float));
        _learnsLogZ = spec.LearnsLogZ;
        _dropsObserved = spec.Objective.Traits().DropsObserved.HasFlag(ModelFamilies.LanguageModels);
    }

    public double Run(PredictionBatch batch, in NoiseDraw draw, float rate)
    {
        if (TNoise.IsContextual)
            _noise.Draw(draw, batch);
        else
            _noise.Draw(draw, batch.Count);
        double loss = 0;
        for (int b = 0; b < batch.Count; b++)
        {
            if (b + 1 < batch.Count)
            {
                _noise.Prefetch(b + 1);
                _noise.PrefetchWord(batch.Targets[b + 1]);
            }

            loss += Step(batch, b, rate);
        }

        return loss;
    }

    public void Dispose()
    {
        foreach (AlignedMatrix matrix in new[] { _scores, _shifts, _steps, _pointers })
            matrix.Dispose();
        _terms.Dispose();
    }

    // The noise words come first, so that their terms begin at a vector boundary. The observed word follows.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private double Step(PredictionBatch batch, int b, float rate)
    {
        float* scores = _scores.Pointer, shifts = _shifts.Pointer, hidden = batch.Hidden.RowPointer(b), logNoise = TNoise.IsContextual ? _noise.LogNoise(b) : _terms.LogNoise;
        var rows = (float**)_pointers.Pointer;
        ReadOnlySpan<int> noise = _noise.Set(b);
        HotTable table = _view.Rows, biases = _view.Biases;
        int target = batch.Targets[b], bucket = batch.Bucket(b), count = noise.Length;
        float logZ = *_view.LogZ.Row(bucket);
        for (int i = 0; i < count; i++)
        {
            int word = noise[i];
            rows[i] = table.Row(word);
            shifts[i] = Logit.Shift(TObjective.Offset(*biases.Row(word), logNoise[TNoise.IsContextual ? i : word]), logZ);
        }

        for (int i = count; i < ((count + 4) & ~3); i++)
            rows[i] = table.Row(target);
        if (_dropsObserved)
            Drop(noise, target, shifts);
        _kernels.ScoreRow(hidden, rows, count + 1, table.Stride, scores);
        float observed = Logit.Shift(TObjective.ObservedOffset(scores[count] + *biases.Row(target), TNoise.IsContextual ? _noise.LogNoiseOfObserved(batch, b) : logNoise[target]), logZ);
        double loss = _terms.Run(scores, shifts, count, ref observed);
        scores[count] = observed;
        Apply(batch, b, noise, rate);
        return loss;
    }

    /// <summary>Drops the noise words that equal the observed word.</summary>
    private static void Drop(ReadOnlySpan<int> noise, int target, float* shifts)
    {
        for (int i = 0; i < noise.Length; i++)
        {
            if (noise[i] == target)
                shifts[i] = Logit.Dropped;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Apply(PredictionBatch batch, int b, ReadOnlySpan<int> noise, float rate)
    {
        float* gradients = _scores.Pointer, steps = _steps.Pointer, hidden = batch.Hidden.RowPointer(b);
        var rows = (float**)_pointers.Pointer;
        HotTable biases = _view.Biases;
        int count = noise.Length, target = batch.Targets[b];
        for (int i = 0; i <= count; i++)
            steps[i] = gradients[i] * rate;
        if (_updates.IsAdaptive)
            Adapt(noise, target, _updates.MeanSquare(hidden), rate);
        for (int i = 0; i < count; i++)
            *biases.Row(noise[i]) += steps[i];
        *biases.Row(target) += steps[count];
        _updates.DecayTarget(rows[count], rate);
        _kernels.StepRows(hidden, rows, count + 1, batch.Hidden.Stride, gradients, steps, batch.Gradient.RowPointer(b));
        if (_learnsLogZ)
            StepLogZ(batch.Bucket(b), count, rate);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Adapt(ReadOnlySpan<int> noise, int target, float square, float rate)
    {
        float* gradients = _scores.Pointer;
        for (int i = 0; i <= noise.Length; i++)
        {
            float g = gradients[i];
            _steps.Pointer[i] = g * _view.Adapt(i < noise.Length ? noise[i] : target, g * g * square, rate);
        }
    }

    private void StepLogZ(int bucket, int count, float rate)
    {
        float sum = 0;
        for (int i = 0; i <= count; i++)
            sum += _scores.Pointer[i];
        *_view.LogZ.Row(bucket) -= rate * sum;
    }
}
