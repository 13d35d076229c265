using System.Runtime.CompilerServices;
using NceFast.Models;
using NceFast.Numerics;

namespace NceFast.Backends.Host.LanguageModels;

/// <summary>
/// Steps of a log-bilinear model's parameters, with weight decay and, if wanted, AdaGrad with one accumulator per row.
/// Shared by all workers, without locks. Gradients come as minus the derivative of the loss, without learning rate.
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

    /// <summary>The learning rate of a target row, its new gradient already counted.</summary>
    /// <param name="row">The row.</param>
    /// <param name="meanSquare">Mean square of the gradient's elements.</param>
    /// <param name="rate">Learning rate at the start.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float TargetRate(int row, float meanSquare, float rate) => IsAdaptive ? Adapt(ref _targetSums[row], meanSquare, rate) : rate;

    /// <summary>Mean square of a row's elements.</summary>
    public float MeanSquare(float* row) => _kernels.Dot(row, row, _stride) / _dim;

    /// <summary>Weight decay of the target row of an observed word.</summary>
    public void DecayTarget(float* row, float rate)
    {
        if (_decay > 0)
            _kernels.AddScaled(row, row, -rate * _decay, _stride);
    }

    /// <summary>Steps a context row by its part in a batch.</summary>
    /// <param name="row">The row.</param>
    /// <param name="gradient">Sum of its gradients.</param>
    /// <param name="rate">Learning rate.</param>
    /// <param name="uses">Number of context places that contain it, each of which decays it.</param>
    public void StepContext(int row, float* gradient, float rate, int uses)
    {
        float* to = _context.RowPointer(row);
        if (IsAdaptive)
            rate = Adapt(ref _contextSums[row], MeanSquare(gradient), rate);
        _kernels.Blend(to, 1 - Math.Min(1, rate * _decay * uses), gradient, rate, _stride);
    }

    /// <summary>Steps a row of the position matrices by the sum of its gradients over a batch.</summary>
    public void StepPosition(int row, float* gradient, float rate, int predictions)
    {
        float* to = _position.RowPointer(row);
        rate *= _positionRate;
        if (IsAdaptive)
            rate = Adapt(ref _positionSums[row], MeanSquare(gradient), rate);
        _kernels.Blend(to, 1 - Math.Min(1, rate * _decay * predictions), gradient, rate, _stride);
    }

    /// <summary>Counts a gradient's mean square; returns the rate divided by the root of the sum.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static float Adapt(ref float sum, float meanSquare, float rate)
    {
        sum += meanSquare;
        return rate / (MathF.Sqrt(sum) + 1e-8f);
    }
}
