using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.Optimization;

namespace NceFast.Estimation.Internals;

/// <summary>Where a search ended.</summary>
internal sealed record Minimum(double[] Point, double Value, double GradientNorm, Convergence Convergence, int Iterations, int Evaluations);

/// <summary>L-BFGS on the whole data, with the best point kept whatever ends the search.</summary>
internal static class FullBatch
{
    // More pairs than most models have parameters: close to BFGS, whose first matrix would lack the problem's scale.
    private const int Memory = 20;

    // Relative: far below any statistical error, far above rounding.
    private const double StepTolerance = 1e-9;

    // A fall of the objective by so many nats over all data moves the estimate by about a hundredth of its standard error.
    // Kinks let a search go on for ever below it.
    private const double LeastFall = 1e-4;
    private const int FallWithin = 10;

    public static Minimum Minimize(EstimationObjective objective, double[] start, EstimationOptions options, FitClock clock)
    {
        var trace = new Trace(objective, clock);
        var first = new Evaluation(trace);
        first.EvaluateAt(Vector<double>.Build.DenseOfArray(start));
        if (!double.IsFinite(trace.Best))
            throw InputChecks.BadStart();
        int iterations = 0;
        bool within = trace.IsWithin(options.GradientTolerance), gains = true;

        // A line search that fails leaves a poor curvature behind: once more from the best point, without it.
        while (!within && gains && !trace.IsFlat && iterations < options.MaxIterations)
        {
            double before = trace.Best;
            iterations += Search(trace, options, options.MaxIterations - iterations);
            within = trace.IsWithin(options.GradientTolerance);
            gains = trace.Best < before - (1e-12 * (1 + Math.Abs(before)));
        }

        Convergence end = within ? Convergence.Gradient : gains && !trace.IsFlat ? Convergence.IterationLimit : Convergence.NoProgress;
        return new Minimum(trace.Point, trace.Best, trace.GradientNorm, end, iterations, clock.Evaluations);
    }

    private static int Search(Trace trace, EstimationOptions options, int most)
    {
        int before = trace.Clock.Iterations;
        var minimizer = new LimitedMemoryBfgsMinimizer(trace.FirstTolerance, StepTolerance, 0, Memory, most);
        trace.LineSearchBegins = () => minimizer.GradientTolerance = trace.IsFlat ? double.PositiveInfinity : options.GradientTolerance;
        try
        {
            minimizer.FindMinimum(new Evaluation(trace), Vector<double>.Build.DenseOfArray(trace.Point));
        }
        catch (OptimizationException)
        {
            // No descent from here by this search; the best point stands.
        }

        return Math.Max(1, trace.Clock.Iterations - before);
    }

    /// <summary>The objective with the best point it was asked about.</summary>
    private sealed class Trace(EstimationObjective objective, FitClock clock)
    {
        private readonly Queue<double> _values = new();
        private double[] _gradient = [];

        /// <summary>Whether the last iterations gained next to nothing.</summary>
        public bool IsFlat { get; private set; }

        public FitClock Clock => clock;

        public double[] Point { get; private set; } = [];

        public double Best { get; private set; } = double.PositiveInfinity;

        public double GradientNorm => _gradient.Max(Math.Abs);

        public Action LineSearchBegins { get; set; } = () => { };

        // The minimiser's first step is 100 tolerances long over |g|, which by the true tolerance is ten doublings too short.
        // This one makes it |g|, at most 1, and never ends the search at once; the true one takes its place after it.
        public double FirstTolerance
        {
            get
            {
                double norm = Math.Sqrt(_gradient.Sum(g => g * g));
                return Math.Min(0.5 * RelativeGradient, norm * Math.Min(1, norm) / 100);
            }
        }

        private double RelativeGradient => _gradient.Zip(Point, (g, x) => Math.Abs(g) * Math.Max(1, Math.Abs(x))).Max() / Math.Max(1, Math.Abs(Best));

        public bool IsWithin(double tolerance) => RelativeGradient < tolerance;

        public void Iterate()
        {
            clock.Iterated();
            _values.Enqueue(Best);
            IsFlat = _values.Count > FallWithin && _values.Dequeue() - Best < LeastFall / objective.Rows;
        }

        // A point out of bounds gets a great value and no slope, from which every line search turns back.
        public double Evaluate(double[] point, double[] gradient)
        {
            double value = objective.Evaluate(point, gradient);
            if (!double.IsFinite(value) || !Array.TrueForAll(gradient, double.IsFinite))
            {
                gradient.AsSpan().Clear();
                clock.Evaluated(double.PositiveInfinity, 0);
                return Point.Length == 0 ? value : double.MaxValue / 4;
            }

            clock.Evaluated(value, gradient.Max(Math.Abs));
            if (value < Best)
                (Best, Point, _gradient) = (value, (double[])point.Clone(), (double[])gradient.Clone());
            return value;
        }
    }

    /// <summary>One point as the minimiser sees it. A new one is made for each line search.</summary>
    private sealed class Evaluation(Trace trace) : IObjectiveFunction
    {
        public Vector<double> Point { get; private set; } = Vector<double>.Build.Dense(1);

        public double Value { get; private set; }

        public Vector<double> Gradient { get; private set; } = Vector<double>.Build.Dense(1);

        public bool IsGradientSupported => true;

        public bool IsHessianSupported => false;

        public Matrix<double> Hessian => throw new NotSupportedException();

        public void EvaluateAt(Vector<double> point)
        {
            var gradient = new double[point.Count];
            Point = point;
            Value = trace.Evaluate(point.ToArray(), gradient);
            Gradient = Vector<double>.Build.Dense(gradient);
        }

        public IObjectiveFunction CreateNew()
        {
            trace.Iterate();
            trace.LineSearchBegins();
            return new Evaluation(trace);
        }

        public IObjectiveFunction Fork() => new Evaluation(trace) { Point = Point, Value = Value, Gradient = Gradient };
    }
}
