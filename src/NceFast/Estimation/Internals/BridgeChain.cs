using NceFast.Numerics;

namespace NceFast.Estimation.Internals;

/// <summary>
/// Moves rows by a Markov chain that keeps the distribution p_n^(1 - t) phi^t. Every second proposal is a step of a random walk,
/// which suits heavy tails. The others are autoregressive, m + sqrt(1 - b^2) (x - m) + b L e with the mean m and covariance L L' of the
/// rows, and are all accepted if the distribution is Gaussian. The length of each kind follows its share of accepted proposals.
/// </summary>
internal sealed class BridgeChain
{
    private const double WalkTarget = 0.3, AutoregressiveTarget = 0.5;

    private readonly UnnormalizedModel _model;
    private readonly double[] _theta;
    private readonly NoiseDensity _noise;
    private readonly EstimationOptions _options;
    private readonly CancellationToken _cancellation;
    private readonly int _dim, _count;
    private double[] _rows, _logPhi, _logNoise;
    private double _walk, _autoregressive = 1;

    public BridgeChain(UnnormalizedModel model, double[] theta, NoiseDensity noise, double[] rows, EstimationOptions options, CancellationToken cancellation)
    {
        (_model, _theta, _noise, _rows, _options, _cancellation) = (model, theta, noise, rows, options, cancellation);
        (_dim, _count) = (model.Dim, rows.Length / model.Dim);
        (_logPhi, _logNoise) = (new double[_count], new double[_count]);
        _walk = 2.4 / Math.Sqrt(_dim);
        ForPieces(piece => Evaluate(_rows.AsSpan(piece.Start.Value * _dim, Size(piece) * _dim), _logPhi.AsSpan(piece), _logNoise.AsSpan(piece)));
        EnsureNumbers();
    }

    /// <summary>Computes log phi - log p_n of each row: <c>[rows]</c>.</summary>
    public double[] LogRatios() => [.. _logPhi.Zip(_logNoise, (phi, noise) => phi - noise)];

    /// <summary>Replaces each row by a chosen one.</summary>
    public void Keep(int[] chosen)
    {
        double[] rows = _rows;
        _rows = new double[rows.Length];
        for (int r = 0; r < chosen.Length; r++)
            rows.AsSpan(chosen[r] * _dim, _dim).CopyTo(_rows.AsSpan(r * _dim));
        _logPhi = [.. chosen.Select(r => _logPhi[r])];
        _logNoise = [.. chosen.Select(r => _logNoise[r])];
    }

    /// <summary>Does a number of sweeps over the rows.</summary>
    /// <param name="t">The place of the distribution on the path.</param>
    /// <param name="sweeps">The number of sweeps.</param>
    /// <param name="firstSweep">The number of the first sweep, for random numbers.</param>
    /// <returns>The share of accepted proposals.</returns>
    public double Move(double t, int sweeps, int firstSweep)
    {
        double[] mean = Moments.Mean(_rows, _dim);
        LowerTriangle factor = Moments.Factor(Moments.Second(_rows, mean), _dim, _count);
        long all = 0;
        for (int sweep = 0; sweep < sweeps; sweep++)
        {
            bool walks = sweep % 2 == 1;
            long accepted = Sweep(t, walks, mean, factor, firstSweep + sweep);
            double share = (double)accepted / _count;
            if (walks)
                _walk = Math.Clamp(_walk * Math.Exp(share - WalkTarget), 1e-4, 10);
            else
                _autoregressive = Math.Clamp(_autoregressive * Math.Exp(share - AutoregressiveTarget), 1e-4, 1);
            all += accepted;
        }

        return (double)all / sweeps / _count;
    }

    private static int Size(Range piece) => piece.End.Value - piece.Start.Value;

    private long Sweep(double t, bool walks, double[] mean, LowerTriangle factor, int sweep)
    {
        var accepted = new long[(_count + NoisePieces.PieceRows - 1) / NoisePieces.PieceRows];
        ForPieces(piece =>
        {
            int number = piece.Start.Value / NoisePieces.PieceRows;
            var draws = new DrawSequence(PhiloxStream.For(_options.Seed, DrawPurpose.Bridge, sweep, (ulong)number));
            accepted[number] = Step(piece, t, walks, mean, factor, draws);
        });
        return accepted.Sum();
    }

    private int Step(Range piece, double t, bool walks, double[] mean, LowerTriangle factor, DrawSequence draws)
    {
        int count = Size(piece);
        double[] proposals = new double[count * _dim], logPhi = new double[count], logNoise = new double[count], corrections = new double[count];
        for (int r = 0; r < count; r++)
            corrections[r] = Propose(_rows.AsSpan((piece.Start.Value + r) * _dim, _dim), proposals.AsSpan(r * _dim, _dim), walks, mean, factor, draws);
        Evaluate(proposals, logPhi, logNoise);
        int accepted = 0;
        for (int r = 0, row = piece.Start.Value; r < count; r++, row++)
        {
            double gain = Log(t, logPhi[r], logNoise[r]) - Log(t, _logPhi[row], _logNoise[row]) + corrections[r];
            if (!(Math.Log(draws.NextUniform()) < gain))
                continue;
            proposals.AsSpan(r * _dim, _dim).CopyTo(_rows.AsSpan(row * _dim));
            (_logPhi[row], _logNoise[row]) = (logPhi[r], logNoise[r]);
            accepted++;
        }

        return accepted;
    }

    // Returns the log of the ratio of the densities of both proposals, back and forth. It is 0 for the random walk, which is symmetric.
    private double Propose(ReadOnlySpan<double> row, Span<double> proposal, bool walks, double[] mean, LowerTriangle factor, DrawSequence draws)
    {
        double keep = walks ? 1 : Math.Sqrt(1 - (_autoregressive * _autoregressive)), length = walks ? _walk : _autoregressive, before = 0, after = 0;
        for (int j = 0; j < _dim; j++)
            proposal[j] = row[j] - mean[j];
        factor.Solve(proposal);
        for (int j = 0; j < _dim; j++)
        {
            before += proposal[j] * proposal[j];
            proposal[j] = (keep * proposal[j]) + (length * draws.NextNormal());
            after += proposal[j] * proposal[j];
        }

        factor.Multiply(proposal);
        for (int j = 0; j < _dim; j++)
            proposal[j] += mean[j];
        return walks ? 0 : 0.5 * (after - before);
    }

    private static double Log(double t, double logPhi, double logNoise) => ((1 - t) * logNoise) + (t * logPhi);

    private void Evaluate(ReadOnlySpan<double> rows, Span<double> logPhi, Span<double> logNoise)
    {
        _model.Evaluate(rows, _theta, logPhi, default);
        _noise.LogDensity(rows, logNoise);
    }

    private void ForPieces(Action<Range> action) =>
        Strands.Run((_count + NoisePieces.PieceRows - 1) / NoisePieces.PieceRows, _options.Threads, _cancellation, piece =>
            action((piece * NoisePieces.PieceRows)..Math.Min(_count, (piece + 1) * NoisePieces.PieceRows)));

    private void EnsureNumbers()
    {
        int bad = Array.FindIndex(_logPhi, v => double.IsNaN(v) || double.IsPositiveInfinity(v)), worse = Array.FindIndex(_logNoise, v => !double.IsFinite(v));
        if (bad >= 0)
            Throw.Input($"log phi of {_model.GetType().Name} is {_logPhi[bad]} at noise row {bad} (counted from 0); it must be finite or negative infinity. Correct theta, or {nameof(_model.Evaluate)} of the model.");
        if (worse >= 0)
            Throw.Usage($"The log density of {_noise.GetType().Name} is {_logNoise[worse]} at noise row {worse} (counted from 0); it must be finite. Check that the density and the sampler of the noise belong to the same distribution.");
    }
}
