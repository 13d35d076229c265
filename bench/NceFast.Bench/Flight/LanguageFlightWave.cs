using NceFast.Backends.Host;
using NceFast.Backends.Host.LanguageModels;
using NceFast.Models;
using NceFast.Numerics;
using NceFast.Objectives;

namespace NceFast.Bench.Flight;

/// <summary>Simulates the kernels of shared noise words: all predictions of a wave are scored before any step, and each row is stepped by the sum of its terms. There is no weight decay.</summary>
internal sealed unsafe class LanguageFlightWave<TObjective> : IGradientStep
    where TObjective : struct, IBinaryObjective
{
    private readonly LanguageModelSpec _spec;
    private readonly LanguageModelParameters _parameters;
    private readonly LanguageFlightSettings _settings;
    private readonly HostKernels _kernels;
    private readonly BinaryTerms<TObjective> _terms;
    private readonly AlignedMatrix _scores, _shifts, _pointers, _changes;
    private readonly uint[] _draws;
    private readonly int[] _words, _slot;
    private readonly List<int> _distinct = [];
    private long _predictions;
    private readonly float[] _biases, _termsPerPrediction;

    public LanguageFlightWave(LanguageModelSpec spec, LanguageModelParameters parameters, LanguageFlightSettings settings, HostKernels kernels)
    {
        (_spec, _parameters, _settings, _kernels, _terms) = (spec, parameters, settings, kernels, new BinaryTerms<TObjective>(spec, kernels));
        int wave = Math.Min(settings.Common.Groups, spec.Batch), room = _terms.Room, sets = (spec.Batch + spec.Sharing - 1) / spec.Sharing;
        (_scores, _shifts) = (new AlignedMatrix(wave + spec.Sharing, room), new AlignedMatrix(1, room));
        _pointers = new AlignedMatrix(1, (spec.NoiseSetSize + 5) * sizeof(float*) / sizeof(float));
        _words = new int[sets * spec.NoiseSetSize];
        _draws = new uint[((2 * _words.Length) + Philox4x32.Tile - 1) / Philox4x32.Tile * Philox4x32.Tile];
        _slot = new int[spec.Shape.Words];
        Array.Fill(_slot, -1);
        _termsPerPrediction = spec.TermsPerPrediction();
        int most = _words.Length + spec.Batch;
        _changes = new AlignedMatrix(most, spec.Shape.Dim);
        _biases = new float[most];
    }

    public double Run(PredictionBatch batch, in NoiseDraw draw, float rate)
    {
        int sharing = _spec.Sharing, sets = (batch.Count + sharing - 1) / sharing, perWave = Math.Max(1, _settings.Common.After(_predictions) / sharing);
        _predictions += batch.Count;
        LanguageModelPlan.DrawNoise(_spec, draw.Epoch, draw.Block, draw.Batch, _draws, _words.AsSpan(0, sets * _spec.NoiseSetSize));
        double loss = 0;
        for (int set = 0; set < sets; set += perWave)
        {
            int first = set * sharing, end = Math.Min(batch.Count, (set + perWave) * sharing);
            for (int b = first; b < end; b++)
                loss += Score(batch, b, b - first);
            Observe(batch, first, end, rate);
            Noise(batch, first, end, rate);
        }

        return loss;
    }

    public void Dispose()
    {
        foreach (AlignedMatrix matrix in new[] { _scores, _shifts, _pointers, _changes })
            matrix.Dispose();
        _terms.Dispose();
    }

    private float Weight(int word, int wave, float rate) => _settings.Weight(Math.Max(0, wave - _spec.Sharing), _termsPerPrediction[word], rate);

    private double Score(PredictionBatch batch, int b, int slot)
    {
        int count = _spec.NoiseSetSize, target = batch.Targets[b], set = b / _spec.Sharing;
        float* scores = _scores.RowPointer(slot), shifts = _shifts.Pointer, logNoise = _terms.LogNoise;
        var rows = (float**)_pointers.Pointer;
        float logZ = _parameters.LogZ[batch.Bucket(b)];
        for (int m = 0; m < ((count + 4) & ~3); m++)
            rows[m] = _parameters.Target.RowPointer(m < count ? _words[(set * count) + m] : target);
        for (int m = 0; m < count; m++)
        {
            int word = _words[(set * count) + m];
            shifts[m] = Logit.Shift(TObjective.Offset(_parameters.Bias[word], logNoise[word]), logZ);
        }

        _kernels.ScoreRow(batch.Hidden.RowPointer(b), rows, count + 1, _parameters.Target.Stride, scores);
        float observed = Logit.Shift(TObjective.ObservedOffset(scores[count] + _parameters.Bias[target], logNoise[target]), logZ);
        double loss = _terms.Run(scores, shifts, count, ref observed);
        scores[count] = observed;
        return loss;
    }

    private void Observe(PredictionBatch batch, int first, int end, float rate)
    {
        int stride = _parameters.Target.Stride;
        for (int b = first; b < end; b++)
        {
            int word = batch.Targets[b];
            float g = _scores.RowPointer(b - first)[_spec.NoiseSetSize], own = rate * Weight(word, end - first, rate);
            float* row = _parameters.Target.RowPointer(word), gradient = batch.Gradient.RowPointer(b);
            new Span<float>(gradient, stride).Clear();
            _kernels.AddScaled(gradient, row, g, stride);
            _kernels.AddScaled(row, batch.Hidden.RowPointer(b), own * g, stride);
            _parameters.Bias[word] += own * g;
        }
    }

    private void Noise(PredictionBatch batch, int first, int end, float rate)
    {
        int stride = _parameters.Target.Stride, size = _spec.NoiseSetSize, sharing = _spec.Sharing;
        _distinct.Clear();
        for (int from = first; from < end; from += sharing)
        {
            int set = from / sharing, to = Math.Min(end, from + sharing);
            for (int m = 0; m < size; m++)
            {
                int word = _words[(set * size) + m], slot = _slot[word];
                if (slot < 0)
                {
                    slot = _slot[word] = _distinct.Count;
                    _distinct.Add(word);
                    _changes.Row(slot).Clear();
                    _biases[slot] = 0;
                }

                float* row = _parameters.Target.RowPointer(word), change = _changes.RowPointer(slot);
                for (int b = from; b < to; b++)
                {
                    float g = _scores.RowPointer(b - first)[m];
                    _kernels.AddScaled(batch.Gradient.RowPointer(b), row, g, stride);
                    _kernels.AddScaled(change, batch.Hidden.RowPointer(b), g, stride);
                    _biases[slot] += g;
                }
            }
        }

        for (int slot = 0; slot < _distinct.Count; slot++)
        {
            int word = _distinct[slot];
            float own = rate * Weight(word, end - first, rate);
            _kernels.AddScaled(_parameters.Target.RowPointer(word), _changes.RowPointer(slot), own, stride);
            _parameters.Bias[word] += own * _biases[slot];
            _slot[word] = -1;
        }
    }
}
