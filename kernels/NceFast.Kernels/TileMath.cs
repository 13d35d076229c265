using System.Runtime.CompilerServices;
using ILGPU;
using NceFast.Objectives;

namespace NceFast.Kernels;

/// <summary>Represents rows of a table in any memory: <c>[rows, Pitch]</c> units of four floats, of which the first <c>Columns</c> are used.</summary>
internal struct Rows
{
    public ArrayView<Float4> Data;
    public int Pitch, Columns;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Rows(ArrayView<Float4> data, int pitch, int columns)
    {
        Data = data;
        Pitch = pitch;
        Columns = columns;
    }

    /// <summary>Gets the index of a row's first unit, in 64 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly long At(int row) => (long)row * Pitch;
}

/// <summary>
/// Contains the arithmetic that the training kernels share. All threads of a group call each function. Columns or terms are
/// distributed over the threads, and the caller puts barriers between the calls. The additions have the host's order, column by column.
/// </summary>
internal static class TileMath
{
    /// <summary>The maximum number of positions in a tile, as on the host.</summary>
    public const int Tile = 16;

    /// <summary>The number of positions whose observed words are scored before any of them is updated, as on the host.</summary>
    public const int Batch = 8;

    /// <summary>Computes the dot product of two rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Dot(Rows x, int xRow, Rows o, int oRow)
    {
        long a = x.At(xRow), b = o.At(oRow);
        Float4 sum = default;
        for (int c = 0; c < x.Columns; c++)
            sum = sum.PlusProduct(x.Data[a + c], o.Data[b + c]);
        return sum.Sum();
    }

    /// <summary>Computes the step of a logit, -rate * weight * dLoss/dD, and adds to the loss.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float StepLogit<TObjective>(float logit, float weight, float label, float rate, ref float loss)
        where TObjective : struct, IBinaryObjective
    {
        loss += weight * TObjective.LossAndGradient(logit, label, out float gradient);
        return -rate * weight * gradient;
    }

    /// <summary>
    /// For each output in order, adds g times the inputs' old rows to the output, and g times the output's row to the inputs. Inputs
    /// are processed four at a time. Each thread has its own columns, so that the function needs no barrier.
    /// </summary>
    /// <param name="x">Rows of the inputs.</param>
    /// <param name="xi">Row of each input: <c>[inputs]</c>, distinct.</param>
    /// <param name="inputs">Number of inputs.</param>
    /// <param name="o">Rows of the outputs.</param>
    /// <param name="oi">Row of each output: <c>[outputs]</c>.</param>
    /// <param name="outputs">Number of outputs.</param>
    /// <param name="g">Gradients: <c>[inputs rounded up to 4, outputs]</c>, 0 in the padding rows.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Update(Rows x, ArrayView<int> xi, int inputs, Rows o, ArrayView<int> oi, int outputs, ArrayView<float> g)
    {
        for (int c = Group.IdxX; c < x.Columns; c += Group.DimX)
        {
            for (int q = 0; q < inputs; q += 4)
            {
                long a0 = x.At(xi[q]) + c, a1 = x.At(xi[Last(q + 1, inputs)]) + c, a2 = x.At(xi[Last(q + 2, inputs)]) + c, a3 = x.At(xi[Last(q + 3, inputs)]) + c;
                Float4 x0 = x.Data[a0], x1 = x.Data[a1], x2 = x.Data[a2], x3 = x.Data[a3];
                Float4 d0 = x0, d1 = x1, d2 = x2, d3 = x3;
                for (int m = 0; m < outputs; m++)
                {
                    long b = o.At(oi[m]) + c;
                    Float4 old = o.Data[b];
                    float g0 = g[(q * outputs) + m], g1 = g[((q + 1) * outputs) + m], g2 = g[((q + 2) * outputs) + m], g3 = g[((q + 3) * outputs) + m];
                    d0 = d0.Plus(g0, old);
                    d1 = d1.Plus(g1, old);
                    d2 = d2.Plus(g2, old);
                    d3 = d3.Plus(g3, old);
                    o.Data[b] = old.Plus(g0, x0).Plus(g1, x1).Plus(g2, x2).Plus(g3, x3);
                }

                // Padding inputs repeat the last input with g = 0. The last input itself is stored after them, with its own sum.
                x.Data[a3] = d3;
                x.Data[a2] = d2;
                x.Data[a1] = d1;
                x.Data[a0] = d0;
            }
        }
    }

    /// <summary>Updates one column of one input and of several outputs, one of which may be skipped.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void UpdateRow(Rows x, int xRow, Rows o, ArrayView<int> oi, int outputs, int skip, ArrayView<float> g, int column)
    {
        long a = x.At(xRow) + column;
        Float4 old = x.Data[a], sum = old;
        for (int m = 0; m < outputs; m++)
        {
            if (m == skip)
                continue;
            long b = o.At(oi[m]) + column;
            Float4 row = o.Data[b];
            sum = sum.Plus(g[m], row);
            o.Data[b] = row.Plus(g[m], old);
        }

        x.Data[a] = sum;
    }

    /// <summary>Adds the gradients of all outputs of a word to the word's offset. A word that occurs twice is written once, by the thread of its first output.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void AddOffsets(ArrayView<float> offsets, ArrayView<int> words, int outputs, int inputs, ArrayView<float> g)
    {
        for (int m = Group.IdxX; m < outputs; m += Group.DimX)
        {
            int word = words[m];
            float sum = 0;
            bool first = true;
            for (int n = 0; n < outputs; n++)
            {
                if (words[n] != word)
                    continue;
                first &= n >= m;
                for (int i = 0; i < inputs; i++)
                    sum += g[(i * outputs) + n];
            }

            if (first)
                offsets[word] += sum;
        }
    }

    /// <summary>Computes the sum of the threads' values, for all threads. Has barriers before and after the summation.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float GroupSum(ArrayView<float> shared, float value)
    {
        shared[Group.IdxX] = value;
        Group.Barrier();
        float sum = 0;
        for (int t = 0; t < Group.DimX; t++)
            sum += shared[t];
        Group.Barrier();
        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Least(int a, int b) => a < b ? a : b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Last(int index, int count) => index < count ? index : count - 1;
}
