using NceFast.Models;
using NceFast.Numerics;
using NceFast.Objectives;

namespace NceFast.Backends.Host;

/// <summary>Noise words of its own for each prediction; target rows are stepped prediction by prediction.</summary>
internal sealed unsafe class OwnNoiseStep : IGradientStep
{
    private readonly LogBilinearSpec _spec;
    private readonly LogBilinearParameters _parameters;
    private readonly HostUpdates _updates;
    private readonly HostKernels _kernels;
    private readonly NoiseTerms _terms;
    private readonly AlignedMatrix _scores, _shifts, _steps;
    private readonly AlignedMatrix _pointers;
    private readonly uint[] _draws;
    private readonly int[] _noise;

    public OwnNoiseStep(LogBilinearSpec spec, LogBilinearParameters parameters, HostUpdates updates, HostKernels kernels)
    {
        (_spec, _parameters, _updates, _kernels, _terms) = (spec, parameters, updates, kernels, NoiseTerms.Create(spec, kernels));
        int terms = spec.Draws + 20;
        (_scores, _shifts, _steps) = (new AlignedMatrix(1, terms), new AlignedMatrix(1, terms), new AlignedMatrix(1, terms));
        _shifts.Row(0).Fill(-1e30f);
        _pointers = new AlignedMatrix(1, terms * sizeof(float*) / sizeof(float));
        _noise = new int[spec.Batch * spec.Draws];
        _draws = new uint[((2 * _noise.Length) + Philox4x32.Tile - 1) / Philox4x32.Tile * Philox4x32.Tile];
    }

    public double Run(PredictionBatch batch, in NoiseDraw draw, float rate)
    {
        int draws = _spec.Draws, count = batch.Count;
        int used = ((2 * count * draws) + Philox4x32.Tile - 1) / Philox4x32.Tile * Philox4x32.Tile;
        PredictionPlan.DrawNoise(_spec, draw.Epoch, draw.Block, draw.Batch, _draws.AsSpan(0, used), _noise.AsSpan(0, count * draws));
        double loss = 0;
        for (int b = 0; b < count; b++)
        {
            if (b + 1 < count)
                Prefetch(_noise.AsSpan((b + 1) * draws, draws), batch.Targets[b + 1]);
            loss += Step(batch, b, _noise.AsSpan(b * draws, draws), rate);
        }

        return loss;
    }

    public void Dispose()
    {
        foreach (AlignedMatrix matrix in new[] { _scores, _shifts, _steps, _pointers })
            matrix.Dispose();
    }

    private void Prefetch(ReadOnlySpan<int> noise, int target)
    {
        AlignedMatrix table = _parameters.Target;
        float* rows = table.Pointer;
        int stride = table.Stride;
        RowPrefetch.Ask(rows + ((long)target * stride), stride);
        foreach (int word in noise)
        {
            if (word >= RowPrefetch.First)
                RowPrefetch.Ask(rows + ((long)word * stride), stride);
        }
    }

    // The noise words stand first and the observed one after them, so that noise terms begin on a vector's bound.
    private double Step(PredictionBatch batch, int b, ReadOnlySpan<int> noise, float rate)
    {
        float* scores = _scores.Pointer, shifts = _shifts.Pointer, hidden = batch.Hidden.RowPointer(b);
        float** rows = (float**)_pointers.Pointer;
        AlignedMatrix table = _parameters.Target;
        float[] bias = _parameters.Bias, constants = _terms.Constants;
        int target = batch.Targets[b], bucket = batch.Bucket(b), stride = table.Stride, count = noise.Length;
        float logZ = _parameters.LogZ[bucket];
        for (int i = 0; i < count; i++)
        {
            int word = noise[i];
            rows[i] = table.RowPointer(word);
            shifts[i] = bias[word] + constants[word] - logZ;
        }

        for (int i = count; i < ((count + 4) & ~3); i++)
            rows[i] = table.RowPointer(target);
        _kernels.ScoreRow(hidden, rows, count + 1, stride, scores);
        float observed = scores[count] + bias[target] - logZ;
        double loss = _terms.Run(scores, shifts, count);
        scores[count] = Observe(ref loss, observed, constants[target]);
        Apply(batch, b, noise, target, bucket, rate);
        return loss;
    }

    private float Observe(ref double loss, float score, float constant)
    {
        if (!_terms.IsBinary)
        {
            loss -= score;
            return 1;
        }

        loss += BinaryLogistic.Loss(score + constant, 1);
        return -BinaryLogistic.Gradient(score + constant, 1);
    }

    private void Apply(PredictionBatch batch, int b, ReadOnlySpan<int> noise, int target, int bucket, float rate)
    {
        float* gradients = _scores.Pointer, steps = _steps.Pointer, hidden = batch.Hidden.RowPointer(b);
        float[] bias = _parameters.Bias;
        int count = noise.Length;
        float square = _updates.IsAdaptive ? _updates.MeanSquare(hidden) : 0, sum = 0;
        for (int i = 0; i <= count; i++)
        {
            int word = i < count ? noise[i] : target;
            float g = gradients[i], step = g * _updates.TargetRate(word, g * g * square, rate);
            steps[i] = step;
            bias[word] += step;
            sum += g;
        }

        _updates.DecayTarget(target, rate);
        _kernels.StepRows(hidden, (float**)_pointers.Pointer, count + 1, _parameters.Target.Stride, gradients, steps, batch.Gradient.RowPointer(b));
        if (_spec.Objective == LanguageObjective.Nce && _spec.Normalizer != NormalizerKind.Fixed)
            _parameters.LogZ[bucket] -= rate * sum;
    }
}
