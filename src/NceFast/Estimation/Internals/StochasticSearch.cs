using System.Runtime.InteropServices;
using NceFast.Numerics;
using NceFast.Training;

namespace NceFast.Estimation.Internals;

/// <summary>
/// Minimises the NCE objective by gradient steps over batches of data, in a new random order per epoch. Every step draws new
/// noise, so that the estimate does not depend on one set of noise rows.
/// </summary>
internal sealed class StochasticSearch(UnnormalizedModel model, RowSet data, NoiseDensity noise, double nu, EstimationOptions options, FitClock clock, CancellationToken cancellation)
{
    // The number of a random sequence has 32 bits: 12 for the piece of noise within a step and 20 for the step within an epoch.
    private const int PieceBits = 12, StepBits = 20;

    private readonly StochasticOptions _steps = options.Stochastic!;
    private readonly int[] _order = [.. Enumerable.Range(0, data.Count)];
    private readonly double[] _squares = new double[model.ParameterCount + 1];

    /// <summary>Moves <paramref name="point"/> to the estimate.</summary>
    /// <returns>The number of epochs.</returns>
    public int Run(double[] point)
    {
        int batch = Math.Min(_steps.BatchRows, data.Count), noiseRows = Math.Max(1, (int)Math.Round(nu * batch)), epoch = 0;
        EnsureNumbered(noiseRows, data.Count / batch);
        var halving = new HalvingSchedule(_steps.LearningRate);
        RowSet dataBatch = Buffer(batch, 1), noiseBatch = Buffer(noiseRows, 0);
        var objective = new NceObjective(model, dataBatch, noiseBatch, options.Threads, cancellation);
        for (; epoch < _steps.Epochs && !(_steps.Schedule == RateSchedule.Halving && halving.IsOver); epoch++)
        {
            Shuffle(epoch);
            int steps = data.Count / batch;
            double loss = 0;
            for (int step = 0; step < steps; step++)
            {
                Gather(dataBatch, step * batch);
                DrawNoise(noiseBatch, (double)noiseRows / batch, epoch, step);
                double rate = Rate(halving, (epoch + ((double)step / steps)) / _steps.Epochs);
                loss += Step(objective, point, rate) / steps;
            }

            halving.Next(Math.Exp(loss));
            clock.Iterated();
        }

        return epoch;
    }

    private double Rate(HalvingSchedule halving, double done) => _steps.Schedule switch
    {
        RateSchedule.Halving => halving.Rate,
        RateSchedule.Linear => LinearSchedule.Rate(_steps.LearningRate, done),
        _ => _steps.LearningRate,
    };

    private double Step(NceObjective objective, double[] point, double rate)
    {
        Span<double> gradient = new double[point.Length];
        double loss = objective.Evaluate(point, gradient);
        double norm = 0;
        for (int i = 0; i < point.Length; i++)
        {
            _squares[i] += _steps.Schedule == RateSchedule.AdaGrad ? gradient[i] * gradient[i] : 0;
            point[i] -= rate * (_squares[i] > 0 ? gradient[i] / Math.Sqrt(_squares[i]) : gradient[i]);
            norm = Math.Max(norm, Math.Abs(gradient[i]));
        }

        clock.Evaluated(loss, norm);
        return loss;
    }

    private RowSet Buffer(int rows, double label) => new(new double[rows * model.Dim], new double[rows], rows, label);

    private void Gather(RowSet batch, int from)
    {
        Span<double> rows = MemoryMarshal.AsMemory(batch.Values).Span, logs = batch.LogNuNoise.Span;
        for (int r = 0; r < batch.Count; r++)
        {
            int row = _order[from + r];
            data.Values.Span.Slice(row * model.Dim, model.Dim).CopyTo(rows[(r * model.Dim)..]);
            logs[r] = data.LogNuNoise.Span[row];
        }
    }

    // With more pieces or steps, two steps would draw the same noise.
    private static void EnsureNumbered(int noiseRows, int steps)
    {
        if (noiseRows > NoisePieces.PieceRows << PieceBits)
            Throw.Usage($"A step needs {noiseRows:N0} noise rows; at most {NoisePieces.PieceRows << PieceBits:N0} are allowed. Reduce nu or {nameof(StochasticOptions.BatchRows)}.");
        if (steps > 1 << StepBits)
            Throw.Usage($"An epoch has {steps:N0} steps; at most {1 << StepBits:N0} are allowed. Increase {nameof(StochasticOptions.BatchRows)}.");
    }

    private void DrawNoise(RowSet batch, double batchNu, int epoch, int step)
    {
        Memory<double> rows = MemoryMarshal.AsMemory(batch.Values);
        NoisePieces.Fill(noise, rows, piece => PhiloxStream.For(options.Seed, DrawPurpose.NoiseRows, epoch + 1, ((ulong)step << PieceBits) + piece), options.Threads, cancellation);
        InputChecks.FillLogNuNoise(rows, batch.LogNuNoise, noise, batchNu, options.Threads, cancellation);
    }

    // The shuffle of Fisher and Yates.
    private void Shuffle(int epoch)
    {
        var draws = new DrawSequence(PhiloxStream.For(options.Seed, DrawPurpose.Order, epoch, 0));
        for (int i = _order.Length - 1; i > 0; i--)
        {
            int j = (int)(((ulong)draws.NextWord() * (ulong)(i + 1)) >> 32);
            (_order[i], _order[j]) = (_order[j], _order[i]);
        }
    }
}
