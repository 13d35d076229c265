using System.Runtime.CompilerServices;
using NceFast.Models;
using NceFast.Numerics;

namespace NceFast.Backends.Host.LanguageModels;

/// <summary>
/// Steps the parameters of a log-bilinear model, with weight decay and, if requested, AdaGrad with one accumulator per row.
/// All workers share this object without locks. A gradient is minus the derivative of the loss, without the learning rate.
/// </summary>
internal sealed unsafe class HostUpdates
{
    private readonly HostKernels _kernels;
    private readonly float[] _contextSums, _targetSums, _positionSums;
    private readonly AlignedMatrix _context, _position;
    private readonly float _decay, _positionRate, _dim;
    private readonly int _stride;

    public HostUpdates(LanguageModelSpec spec, LanguageModelParameters parameters, HostKernels kernels)
    {
        (_kernels, _context, _position) = (kernels, parameters.Context, parameters.PlaceWeights);
        (_decay, _positionRate, _dim, _stride) = (spec.WeightDecay, spec.PlaceRate, spec.Shape.Dim, parameters.Context.Stride);
        IsAdaptive = spec.AdaGrad;
        (_contextSums, _targetSums, _positionSums) = (parameters.ContextSums, parameters.TargetSums, parameters.PlaceSums);
    }

    /// <summary>Gets a value indicating whether steps depend on earlier gradients.</summary>
    public bool IsAdaptive { get; }

    /// <summary>Counts a new gradient of a target row, and returns the learning rate of the row.</summary>
    /// <param name="row">The row.</param>
    /// <param name="meanSquare">Mean square of the gradient's elements.</param>
    /// <param name="rate">Learning rate at the start.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float TargetRate(int row, float meanSquare, float rate) => IsAdaptive ? Adapt(ref _targetSums[row], meanSquare, rate) : rate;

    /// <summary>Computes the mean square of a row's elements.</summary>
    public float MeanSquare(float* row) => _kernels.Dot(row, row, _stride) / _dim;

    /// <summary>Applies weight decay to the target row of an observed word.</summary>
    public void DecayTarget(float* row, float rate)
    {
        if (_decay > 0)
            _kernels.AddScaled(row, row, -rate * _decay, _stride);
    }

    /// <summary>Steps a context row by the sum of its gradients over a batch.</summary>
    /// <param name="row">The row.</param>
    /// <param name="gradient">Sum of its gradients.</param>
    /// <param name="rate">Learning rate.</param>
    /// <param name="uses">Number of context places that contain the row. Each of them decays it.</param>
    public void StepContext(int row, float* gradient, float rate, int uses)
    {
        float* to = _context.RowPointer(row);
        if (IsAdaptive)
            rate = Adapt(ref _contextSums[row], MeanSquare(gradient), rate);
        _kernels.Blend(to, 1 - Math.Min(1, rate * _decay * uses), gradient, rate, _stride);
    }

    /// <summary>Steps one row of the place weights by the sum of its gradients over a batch.</summary>
    public void StepPosition(int row, float* gradient, float rate, int predictions)
    {
        float* to = _position.RowPointer(row);
        rate *= _positionRate;
        if (IsAdaptive)
            rate = Adapt(ref _positionSums[row], MeanSquare(gradient), rate);
        _kernels.Blend(to, 1 - Math.Min(1, rate * _decay * predictions), gradient, rate, _stride);
    }

    /// <summary>Adds the mean square of a gradient to a sum, and returns the rate divided by the root of the sum.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static float Adapt(ref float sum, float meanSquare, float rate)
    {
        sum += meanSquare;
        return Adaptation.Rate(rate, sum);
    }
}
