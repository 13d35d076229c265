using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using NceFast.Models;
using NceFast.Numerics;
using NceFast.Objectives;

namespace NceFast.Backends.Host.WordVectors;

/// <summary>
/// Steps rows with AdaGrad, with one accumulator per row (Duchi et al. 2011; Mnih and Kavukcuoglu 2013). A gradient is minus the derivative of
/// the loss, without the learning rate. All gradients of a tile or of a batch reach the sums before any of its rows is stepped, so that
/// the result does not depend on their order. The gradients of a row count as uncorrelated, so that their mean squares add up.
/// </summary>
/// <remarks>The bias of a word is one more element of its output row, which meets the constant 1.</remarks>
internal sealed unsafe class AdaptiveRows : IDisposable
{
    private const int Tile = 16;

    private static readonly nuint Pointers = 2 * Tile * (nuint)sizeof(float*);

    private readonly HostKernels _kernels;
    private readonly AlignedMatrix _deltas, _steps, _rates, _squares;
    private readonly float _dim, _bias;
    private readonly int _stride;

    /// <param name="spec">The model.</param>
    /// <param name="tables">The tables.</param>
    /// <param name="kernels">The arithmetic.</param>
    /// <param name="scratch">The working memory of the worker.</param>
    public AdaptiveRows(WordVectorSpec spec, HostTables tables, HostKernels kernels, HostScratch scratch)
    {
        (_kernels, _dim, _bias) = (kernels, spec.Dim, spec.Objective.Traits().HasBiases ? 1 : 0);
        (InputSums, OutputSums) = (tables.InputSums(), tables.OutputSums());
        _deltas = new AlignedMatrix(Tile + 1, spec.Dim);
        (_steps, _rates, _squares) = (new AlignedMatrix(1, scratch.Capacity), new AlignedMatrix(1, scratch.Capacity), new AlignedMatrix(1, Tile));
        _stride = _deltas.Stride;
        Deltas = (float**)AlignedMemory.Allocate(Pointers);
        Rows = Deltas + Tile;
        for (int i = 0; i < Tile; i++)
            Deltas[i] = _deltas.RowPointer(i);
    }

    /// <summary>Gets the view of the sums of input rows.</summary>
    public HotTable InputSums { get; }

    /// <summary>Gets the view of the sums of output rows.</summary>
    public HotTable OutputSums { get; }

    /// <summary>Gets the gradient of each input of a tile or of a batch: <c>[16]</c> rows.</summary>
    public float** Deltas { get; private set; }

    /// <summary>Gets room for the rows of a batch of inputs: <c>[16]</c>.</summary>
    public float** Rows { get; }

    /// <summary>Gets the steps of the logits that belong to the last gradients: <c>[Capacity]</c>.</summary>
    public float* Steps => _steps.Pointer;

    /// <summary>Gets a sum of squares, then a learning rate, per output: <c>[Capacity]</c>.</summary>
    public float* Rates => _rates.Pointer;

    /// <summary>Gets a row that receives a gradient before it is added to others.</summary>
    public float* Spare => _deltas.RowPointer(Tile);

    /// <summary>Computes the factor that turns the square of a logit's gradient into the mean square of the output row's gradient.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float Square(float* input) => (_kernels.Dot(input, input, _stride) + _bias) / _dim;

    /// <summary>Sets the gradients of inputs to zero.</summary>
    public void ClearDeltas(int inputs) => _deltas.ClearRows((inputs + 3) & ~3);

    /// <summary>Adds to the gradients of a tile's inputs, and steps its outputs.</summary>
    /// <param name="inputs">Input rows: <c>[4 * quads]</c>.</param>
    /// <param name="quads">Inputs / 4.</param>
    /// <param name="outputs">Output rows: <c>[words]</c>.</param>
    /// <param name="words">The words of the outputs.</param>
    /// <param name="gradients">Gradients of the logits: <c>[quads, words, 4]</c>.</param>
    /// <param name="rate">Learning rate.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void StepTile(float** inputs, int quads, float** outputs, ReadOnlySpan<int> words, float* gradients, float rate)
    {
        int count = words.Length;
        float* squares = _squares.Pointer, rates = Rates, steps = Steps;
        for (int i = 0; i < 4 * quads; i++)
            squares[i] = Square(inputs[i]);
        for (int m = 0; m < count; m++)
        {
            Vector128<float> sum = Vector128<float>.Zero;
            for (int q = 0; q < quads; q++)
            {
                Vector128<float> g = Vector128.Load(gradients + (4 * ((q * count) + m)));
                sum += g * g * Vector128.Load(squares + (4 * q));
            }

            rates[m] = Vector128.Sum(sum);
        }

        Adapt(OutputSums, words, rates, rate);
        for (int q = 0; q < quads; q++)
        {
            for (int m = 0; m < count; m++)
                (rates[m] * Vector128.Load(gradients + (4 * ((q * count) + m)))).Store(steps + (4 * ((q * count) + m)));
        }

        _kernels.StepTile(inputs, quads, outputs, count, _stride, gradients, steps, Deltas);
    }

    /// <summary>Adds the mean squares of gradients to the sums of their words, and replaces them by the learning rates of the words.</summary>
    /// <param name="sums">The sums.</param>
    /// <param name="words">The words, of which some may be equal.</param>
    /// <param name="squares">Mean squares, then learning rates: <c>[words]</c>.</param>
    /// <param name="rate">Learning rate of the block.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Adapt(HotTable sums, ReadOnlySpan<int> words, float* squares, float rate)
    {
        for (int m = 0; m < words.Length; m++)
            *sums.Row(words[m]) += squares[m];
        for (int m = 0; m < words.Length; m++)
            squares[m] = Adaptation.Rate(rate, *sums.Row(words[m]));
    }

    /// <summary>Steps input rows by their gradients in <see cref="Deltas"/>.</summary>
    /// <param name="rows">Input rows: <c>[words]</c>; one may occur several times.</param>
    /// <param name="words">The words.</param>
    /// <param name="rate">Learning rate.</param>
    public void StepInputs(float** rows, ReadOnlySpan<int> words, float rate)
    {
        float* squares = _squares.Pointer;
        for (int i = 0; i < words.Length; i++)
            squares[i] = MeanSquare(i);
        Adapt(InputSums, words, squares, rate);
        for (int i = 0; i < words.Length; i++)
            _kernels.AddScaled(rows[i], Deltas[i], squares[i], _stride);
    }

    /// <summary>Computes the mean square of a gradient's elements.</summary>
    public float MeanSquare(int input) => _kernels.Dot(Deltas[input], Deltas[input], _stride) / _dim;

    public void Dispose()
    {
        foreach (AlignedMatrix matrix in new[] { _deltas, _steps, _rates, _squares })
            matrix.Dispose();
        AlignedMemory.Free(Deltas, Pointers);
        Deltas = null;
    }
}
