using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.Optimization;

namespace NceFast.Estimation.Internals;

/// <summary>Represents the point at which a search ended.</summary>
internal sealed record Minimum(double[] Point, double Value, double GradientNorm, Convergence Convergence, int Iterations, int Evaluations);

/// <summary>Minimises an objective by L-BFGS over all data. Returns the best point that was evaluated, however the search ends.</summary>
internal static class FullBatch
{
    // The number of stored pairs, more than most models have parameters. L-BFGS is then close to BFGS, but it also scales its
    // initial matrix to the problem.
    private const int Memory = 20;

    // A relative tolerance, far below any statistical error and far above rounding errors.
    private const double StepTolerance = 1e-9;

    // If the objective decreases by this many nats over all data, the estimate moves by about a hundredth of its standard error.
    // At kinks, a search could continue forever with smaller decreases.
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

        // A failed line search leaves a poor curvature estimate. The search is restarted from the best point without it.
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
            // This search finds no descent from here. The best point is the result.
        }

        return Math.Max(1, trace.Clock.Iterations - before);
    }

    /// <summary>Evaluates the objective and keeps the best point.</summary>
    private sealed class Trace(EstimationObjective objective, FitClock clock)
    {
        private readonly Queue<double> _values = new();
        private double[] _gradient = [];

        /// <summary>Gets whether the last iterations hardly decreased the objective.</summary>
        public bool IsFlat { get; private set; }

        public FitClock Clock => clock;

        public double[] Point { get; private set; } = [];

        public double Best { get; private set; } = double.PositiveInfinity;

        public double GradientNorm => _gradient.Max(Math.Abs);

        public Action LineSearchBegins { get; set; } = () => { };

        // The first step of the minimiser has a length of 100 tolerances / |g|. With the true tolerance this is too short by ten
        // doublings. This tolerance makes the length |g|, at most 1, and cannot end the search immediately. The true tolerance
        // replaces it after the first step.
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

        // Returns a large value and a zero gradient for a point outside the domain, so that every line search retreats from it.
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

    /// <summary>Represents a point for the minimiser, which creates a new instance for each line search.</summary>
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
