using NceFast.Backends.Host;
using NceFast.Backends.Host.LanguageModels;
using NceFast.Merging;
using NceFast.Models;
using NceFast.Numerics;
using NceFast.Objectives;

namespace NceFast.Bench.Flight;

/// <summary>
/// Simulates the kernel of separate noise words with many groups in flight. The predictions of a flight are all scored before any of
/// their steps, as by groups that start together. There is no weight decay.
/// </summary>
internal sealed unsafe class LanguageFlightStep<TObjective> : IGradientStep
    where TObjective : struct, IBinaryObjective
{
    private readonly LanguageModelSpec _spec;
    private readonly LanguageModelParameters _parameters;
    private readonly LanguageFlightSettings _settings;
    private readonly HostKernels _kernels;
    private readonly BinaryTerms<TObjective> _terms;
    private readonly AlignedMatrix _scores, _shifts, _steps, _pointers, _rows;
    private readonly uint[] _draws;
    private readonly int[] _words;
    private readonly float[] _termsPerPrediction, _biasChange;
    private long _predictions;

    public LanguageFlightStep(LanguageModelSpec spec, LanguageModelParameters parameters, LanguageFlightSettings settings, HostKernels kernels)
    {
        (_spec, _parameters, _settings, _kernels, _terms) = (spec, parameters, settings, kernels, new BinaryTerms<TObjective>(spec, kernels));
        int flight = Math.Min(settings.Common.Groups, spec.Batch), room = _terms.Room;
        (_scores, _shifts, _steps) = (new AlignedMatrix(flight, room), new AlignedMatrix(1, room), new AlignedMatrix(1, room));
        _pointers = new AlignedMatrix(1, (spec.NoiseSetSize + 5) * sizeof(float*) / sizeof(float));
        _rows = new AlignedMatrix(settings.Common.Rule == FlightRule.Store ? flight : 1, spec.Shape.Dim);
        _words = new int[spec.Batch * spec.NoiseSetSize];
        _draws = new uint[((2 * _words.Length) + Philox4x32.Tile - 1) / Philox4x32.Tile * Philox4x32.Tile];
        (_termsPerPrediction, _biasChange) = (spec.TermsPerPrediction(), new float[flight]);
    }

    public double Run(PredictionBatch batch, in NoiseDraw draw, float rate)
    {
        LanguageModelPlan.DrawNoise(_spec, draw.Epoch, draw.Block, draw.Batch, _draws, _words.AsSpan(0, batch.Count * _spec.NoiseSetSize));
        int flight = Math.Min(_settings.Common.After(_predictions), (int)_scores.Rows);
        _predictions += batch.Count;
        double loss = 0;
        for (int first = 0; first < batch.Count; first += flight)
        {
            int count = Math.Min(flight, batch.Count - first);
            for (int b = 0; b < count; b++)
                loss += Score(batch, first + b, b);
            if (_settings.Common.Rule == FlightRule.Store)
            {
                Store(batch, first, count, rate);
                continue;
            }

            for (int b = 0; b < count; b++)
                Add(batch, first + b, b, flight, rate);
        }

        return loss;
    }

    public void Dispose()
    {
        foreach (AlignedMatrix matrix in new[] { _scores, _shifts, _steps, _pointers, _rows })
            matrix.Dispose();
        _terms.Dispose();
    }

    private int Word(PredictionBatch batch, int b, int m) => m < _spec.NoiseSetSize ? _words[(b * _spec.NoiseSetSize) + m] : batch.Targets[b];

    private double Score(PredictionBatch batch, int b, int slot)
    {
        int count = _spec.NoiseSetSize, target = batch.Targets[b];
        float* scores = _scores.RowPointer(slot), shifts = _shifts.Pointer, logNoise = _terms.LogNoise;
        var rows = (float**)_pointers.Pointer;
        float logZ = _parameters.LogZ[batch.Bucket(b)];
        for (int m = 0; m < ((count + 4) & ~3); m++)
            rows[m] = _parameters.Target.RowPointer(Word(batch, b, Math.Min(m, count)));
        for (int m = 0; m < count; m++)
        {
            int word = Word(batch, b, m);
            shifts[m] = Logit.Shift(TObjective.Offset(_parameters.Bias[word], logNoise[word]), logZ);
        }

        _kernels.ScoreRow(batch.Hidden.RowPointer(b), rows, count + 1, _parameters.Target.Stride, scores);
        float observed = Logit.Shift(TObjective.ObservedOffset(scores[count] + _parameters.Bias[target], logNoise[target]), logZ);
        double loss = _terms.Run(scores, shifts, count, ref observed);
        scores[count] = observed;
        return loss;
    }

    private void Add(PredictionBatch batch, int b, int slot, int flight, float rate)
    {
        int count = _spec.NoiseSetSize;
        float* gradients = _scores.RowPointer(slot), steps = _steps.Pointer;
        var rows = (float**)_pointers.Pointer;
        for (int m = 0; m <= count; m++)
        {
            int word = Word(batch, b, m);
            rows[m] = _parameters.Target.RowPointer(word);
            steps[m] = gradients[m] * rate * _settings.Weight(flight - 1, _termsPerPrediction[word], rate);
            _parameters.Bias[word] += steps[m];
        }

        _kernels.StepRows(batch.Hidden.RowPointer(b), rows, count + 1, batch.Hidden.Stride, gradients, steps, batch.Gradient.RowPointer(b));
        if (_spec.LearnsLogZ)
        {
            float sum = 0;
            for (int m = 0; m <= count; m++)
                sum += gradients[m];
            _parameters.LogZ[batch.Bucket(b)] -= rate * sum * (_spec.NormalizerRows > 1 ? 1 : MergeWeight.Of(rate, flight));
        }
    }

    // All groups load the row of their word m, and then all store it.
    private void Store(PredictionBatch batch, int first, int count, float rate)
    {
        int stride = _parameters.Target.Stride;
        for (int b = 0; b < count; b++)
            new Span<float>(batch.Gradient.RowPointer(first + b), stride).Clear();
        for (int m = 0; m <= _spec.NoiseSetSize; m++)
        {
            for (int b = 0; b < count; b++)
            {
                int word = Word(batch, first + b, m);
                float* row = _parameters.Target.RowPointer(word), copy = _rows.RowPointer(b);
                float g = _scores.RowPointer(b)[m];
                new Span<float>(row, stride).CopyTo(new Span<float>(copy, stride));
                _kernels.AddScaled(batch.Gradient.RowPointer(first + b), row, g, stride);
                _kernels.AddScaled(copy, batch.Hidden.RowPointer(first + b), rate * g, stride);
                _biasChange[b] = _parameters.Bias[word] + (rate * g);
            }

            for (int b = 0; b < count; b++)
            {
                int word = Word(batch, first + b, m);
                new Span<float>(_rows.RowPointer(b), stride).CopyTo(new Span<float>(_parameters.Target.RowPointer(word), stride));
                _parameters.Bias[word] = _biasChange[b];
            }
        }
    }
}
