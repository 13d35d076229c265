using NceFast.Backends.Host;
using NceFast.Numerics;
using Xunit;

namespace NceFast.Tests.Backends.Host;

/// <summary>Every vector width computes what the scalar specification does.</summary>
public unsafe class MatrixKernelsTests
{
    public static TheoryData<string, int, int, int> Products()
    {
        var data = new TheoryData<string, int, int, int>();
        foreach (string name in HostKernelCatalog.Usable.Where(n => n != "scalar"))
        {
            foreach ((int rows, int inner, int columns) in new[] { (8, 1, 16), (16, 31, 48), (24, 193, 112), (8, 400, 64), (64, 5, 80), (16, 31, 100), (8, 7, 6), (8, 40, 56), (16, 9, 27) })
                data.Add(name, rows, inner, columns);
        }

        return data;
    }

    public static TheoryData<string> Names() => [.. HostKernelCatalog.Usable.Where(n => n != "scalar")];

    [Theory, MemberData(nameof(Products))]
    public void Product_equals_the_scalar_one_for_both_layouts_and_any_prefetch(string name, int rows, int inner, int columns)
    {
        using AlignedMatrix a = Random(rows, inner, 1), at = Random(inner, rows, 2), b = Random(inner, columns, 3);
        foreach (bool transposed in new[] { false, true })
        {
            using AlignedMatrix c = Random(rows, columns, 4), d = Random(rows, columns, 4);
            AlignedMatrix left = transposed ? at : a;
            (nint row, nint step) = transposed ? (1, left.Stride) : (left.Stride, 1);
            new ScalarKernels().MultiplyAdd(left.Pointer, row, step, b.Pointer, b.Stride, c.Pointer, c.Stride, rows, inner, columns);
            HostKernelCatalog.Create(name).MultiplyAdd(left.Pointer, row, step, b.Pointer, b.Stride, d.Pointer, d.Stride, rows, inner, columns, at.Pointer, (nint)at.Rows * at.Stride);
            AssertClose(c, d, 1e-4f);
        }
    }

    [Theory, MemberData(nameof(Names))]
    public void Steps_products_and_dots_equal_the_scalar_ones(string name)
    {
        HostKernels scalar = new ScalarKernels(), tested = HostKernelCatalog.Create(name);
        foreach (int columns in new[] { 16, 48, 100 })
        {
            using AlignedMatrix x = Random(1, columns, 1), g = Random(1, 5, 2), s = Random(1, 5, 3);
            using AlignedMatrix rows = Random(5, columns, 4), others = Random(5, columns, 4), delta = Random(2, columns, 5);
            Step(scalar, x, rows, g, s, delta.RowPointer(0));
            Step(tested, x, others, g, s, delta.RowPointer(1));
            AssertClose(rows, others, 1e-5f);
            AssertRows(delta);
            scalar.AddProduct(delta.RowPointer(0), x.Pointer, rows.Pointer, x.Stride);
            tested.AddProduct(delta.RowPointer(1), x.Pointer, rows.Pointer, x.Stride);
            scalar.Blend(delta.RowPointer(0), 0.9f, x.Pointer, 0.3f, x.Stride);
            tested.Blend(delta.RowPointer(1), 0.9f, x.Pointer, 0.3f, x.Stride);
            AssertRows(delta);
            AssertPairs(scalar, tested, rows, others);
            Assert.Equal(scalar.Dot(delta.Pointer, x.Pointer, x.Stride), tested.Dot(delta.RowPointer(1), x.Pointer, x.Stride), 1e-3f);
        }
    }

    [Theory, MemberData(nameof(Names))]
    public void Context_products_and_steps_of_tiles_equal_the_scalar_ones(string name)
    {
        foreach (int columns in new[] { 16, 48, 100 })
        {
            AlignedMatrix[] expected = Contexts(new ScalarKernels(), columns), actual = Contexts(HostKernelCatalog.Create(name), columns);
            for (int i = 0; i < expected.Length; i++)
            {
                AssertClose(expected[i], actual[i], 1e-5f);
                expected[i].Dispose();
                actual[i].Dispose();
            }
        }
    }

    // Five rows, the last of them twice, and two fours of inputs over six outputs.
    private static AlignedMatrix[] Contexts(HostKernels kernels, int columns)
    {
        AlignedMatrix rows = Random(8, columns, 1), factors = Random(6, columns, 2), carried = Random(5, columns, 3), sums = Random(6, columns, 4);
        AlignedMatrix destination = Random(8, columns, 5), outputs = Random(5, columns, 6), gradients = Random(1, 48, 7), steps = Random(1, 48, 8);
        float** r = stackalloc float*[8], c = stackalloc float*[6], o = stackalloc float*[6], d = stackalloc float*[8];
        for (int i = 0; i < 8; i++)
        {
            r[i] = rows.RowPointer(i);
            d[i] = destination.RowPointer(i);
        }

        for (int i = 0; i < 6; i++)
        {
            c[i] = carried.RowPointer(Math.Min(i, 4));
            o[i] = outputs.RowPointer(Math.Min(i, 4));
        }

        kernels.SumProducts(destination.Pointer, r, factors.Pointer, 6, rows.Stride);
        kernels.CarryProducts(rows.Pointer, r, c, factors.Pointer, sums.Pointer, 6, rows.Stride);
        kernels.StepTile(r, 2, o, 6, rows.Stride, gradients.Pointer, steps.Pointer, d);
        return [rows, factors, carried, sums, destination, outputs, gradients, steps];
    }

    [Theory, MemberData(nameof(Names))]
    public void Exponentials_and_maxima_equal_the_scalar_ones(string name)
    {
        HostKernels scalar = new ScalarKernels(), tested = HostKernelCatalog.Create(name);
        using AlignedMatrix a = Random(1, 64, 1), b = Random(1, 64, 1), shifts = Random(1, 64, 2);
        float max = scalar.AddAndMax(a.Pointer, shifts.Pointer, 64);
        Assert.Equal(max, tested.AddAndMax(b.Pointer, shifts.Pointer, 64));
        AssertClose(a, b, 0);
        double sum = scalar.ExpSum(a.Pointer, 64, max, -0.5f);
        Assert.Equal(sum, tested.ExpSum(b.Pointer, 64, max, -0.5f), 1e-4);
        AssertClose(a, b, 1e-6f);
    }

    [Theory, MemberData(nameof(Names))]
    public void Columns_of_exponentials_and_maxima_equal_the_scalar_ones(string name)
    {
        HostKernels scalar = new ScalarKernels(), tested = HostKernelCatalog.Create(name);
        using AlignedMatrix a = Random(5, 48, 1), b = Random(5, 48, 1), lanesA = Random(3, 48, 2), lanesB = Random(3, 48, 2);
        foreach ((HostKernels kernels, AlignedMatrix scores, AlignedMatrix lanes) in new[] { (scalar, a, lanesA), (tested, b, lanesB) })
        {
            kernels.MaxColumns(scores.Pointer, scores.Stride, 5, 48, lanes.RowPointer(0));
            kernels.ExpColumns(scores.Pointer, scores.Stride, 5, 48, lanes.RowPointer(0), lanes.RowPointer(1), lanes.RowPointer(2));
        }

        AssertClose(lanesA, lanesB, 1e-5f);
        AssertClose(a, b, 1e-6f);
    }

    // Eight pairs of rows of two tables, none with its own number.
    private static void AssertPairs(HostKernels scalar, HostKernels tested, AlignedMatrix inputs, AlignedMatrix outputs)
    {
        float** left = stackalloc float*[8], right = stackalloc float*[8];
        float* expected = stackalloc float[8], actual = stackalloc float[8];
        for (int i = 0; i < 8; i++)
        {
            left[i] = inputs.RowPointer(i % 5);
            right[i] = outputs.RowPointer((i + 2) % 5);
        }

        scalar.ScorePairs(left, 2, right, inputs.Stride, expected);
        tested.ScorePairs(left, 2, right, inputs.Stride, actual);
        for (int i = 0; i < 8; i++)
            Assert.Equal(expected[i], actual[i], 1e-4f);
    }

    private static void Step(HostKernels kernels, AlignedMatrix x, AlignedMatrix rows, AlignedMatrix g, AlignedMatrix s, float* delta)
    {
        // The last row occurs twice: order matters.
        float** pointers = stackalloc float*[6];
        float* gradients = stackalloc float[6], steps = stackalloc float[6];
        for (int i = 0; i < 6; i++)
        {
            pointers[i] = rows.RowPointer(Math.Min(i, 4));
            gradients[i] = g.Pointer[i % 5];
            steps[i] = s.Pointer[i % 5];
        }

        kernels.StepRows(x.Pointer, pointers, 6, rows.Stride, gradients, steps, delta);
    }

    private static AlignedMatrix Random(int rows, int columns, int seed)
    {
        var random = new Random(seed);
        var matrix = new AlignedMatrix(rows, columns);
        for (int r = 0; r < rows; r++)
        {
            foreach (ref float value in matrix.Row(r))
                value = random.NextSingle() - 0.5f;
        }

        return matrix;
    }

    private static void AssertRows(AlignedMatrix two)
    {
        for (int c = 0; c < two.Columns; c++)
            Assert.Equal(two.Row(0)[c], two.Row(1)[c], 1e-4f);
    }

    private static void AssertClose(AlignedMatrix expected, AlignedMatrix actual, float tolerance)
    {
        for (int r = 0; r < expected.Rows; r++)
        {
            for (int c = 0; c < expected.Columns; c++)
                Assert.True(MathF.Abs(expected.Row(r)[c] - actual.Row(r)[c]) <= tolerance * (1 + MathF.Abs(expected.Row(r)[c])), $"[{r}, {c}]: {expected.Row(r)[c]} and {actual.Row(r)[c]}.");
        }
    }
}
