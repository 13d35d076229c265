using System.Diagnostics;

namespace NceFast.Estimation.Internals;

/// <summary>Counts the iterations and evaluations of a fit and reports its progress.</summary>
internal sealed class FitClock(IProgress<EstimationProgress>? progress)
{
    private readonly Stopwatch _watch = Stopwatch.StartNew();

    public int Iterations { get; private set; }

    public int Evaluations { get; private set; }

    public double Seconds => _watch.Elapsed.TotalSeconds;

    public void Iterated() => Iterations++;

    public void Evaluated(double objective, double gradientNorm)
    {
        Evaluations++;
        progress?.Report(new EstimationProgress(Iterations, Evaluations, objective, gradientNorm, _watch.Elapsed));
    }
}
