using System.Runtime.InteropServices;
using NceFast.Backends.Host;
using NceFast.Objectives;
using Xunit;

namespace NceFast.Tests.Backends.Host;

/// <summary>Compares every vector width with the scalar specification on random data, at sizes around every width.</summary>
public unsafe class HostKernelsTests
{
    private static readonly int[] Dims = [1, 15, 16, 17, 31, 33, 100, 128, 300, 301];
    private const float Sentinel = 12345.678f;

    public static TheoryData<string, int> WidthsAndDims()
    {
        var data = new TheoryData<string, int>();
        foreach (string width in new[] { "vector128", "vector256", "vector512" })
        {
            foreach (int dim in Dims)
                data.Add(width, dim);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(WidthsAndDims))]
    public void Tile_equals_scalar(string width, int dim)
    {
        foreach ((int quads, int count) in new[] { (1, 2), (1, 24), (3, 16), (4, 24), (4, 50) })
        {
            using var expected = new Case(new ScalarKernels(), dim, 4 * quads, count);
            using var actual = new Case(Kernels(width), dim, 4 * quads, count);
            foreach (Case c in new[] { expected, actual })
            {
                c.Kernels.ScoreTile(c.Inputs, quads, c.Outputs, count, c.Stride, c.Scores);
                c.ZeroFrom(4 * quads * count);
                c.Loss = c.Kernels.StepLogits<NoiseContrastive>(c.Scores, c.Shifts, c.Weights, 0, 4 * quads * count, 0.1f);
                c.Kernels.UpdateTile(c.Inputs, quads, c.Outputs, count, c.Stride, c.Scores, c.Ahead);
            }

            AssertEqual(expected, actual);
        }
    }

    [Theory]
    [MemberData(nameof(WidthsAndDims))]
    public void Row_equals_scalar(string width, int dim)
    {
        foreach (int count in new[] { 1, 3, 4, 10, 17 })
        {
            using var expected = new Case(new ScalarKernels(), dim, 2, count);
            using var actual = new Case(Kernels(width), dim, 2, count);
            foreach (Case c in new[] { expected, actual })
            {
                c.Kernels.ScoreRow(c.Inputs[0], c.Outputs, count, c.Stride, c.Scores);
                c.ZeroFrom(count);
                c.Loss = c.Kernels.StepLogits<NoiseContrastive>(c.Scores, c.Shifts, c.Weights, 1, count, 0.1f);
                c.Kernels.UpdateRow(c.Inputs[0], c.Outputs, count, c.Stride, c.Scores);
                c.Kernels.AddDifference(c.Outputs, count, c.Inputs[0], c.Inputs[1], -0.3f, c.Stride);
                c.Kernels.SumRows(c.Inputs[0], c.Outputs, count, 0.7f, c.Stride);
            }

            AssertEqual(expected, actual);
        }
    }

    [Theory]
    [InlineData("vector128")]
    [InlineData("vector256")]
    [InlineData("vector512")]
    public void Gradient_is_right_at_extremes_and_keeps_NaN(string width)
    {
        float[] logits = [-1e4f, -87.5f, -20, -1, -1e-20f, 0, 1e-20f, 0.5f, 6, 20, 88, 1e4f, float.NaN, 3, 2, 1];
        foreach (float label in new[] { 0f, 1f })
        {
            float[][] gradients = [Run(new ScalarKernels()), Run(Kernels(width))];
            for (int i = 0; i < logits.Length; i++)
            {
                Assert.Equal(float.IsNaN(gradients[0][i]), float.IsNaN(gradients[1][i]));
                if (!float.IsNaN(gradients[0][i]))
                    Assert.Equal(gradients[0][i], gradients[1][i], 3e-7f);
            }

            float[] Run(HostKernels kernels)
            {
                var scores = (float[])logits.Clone();
                var shifts = new float[16];
                float[] weights = [.. Enumerable.Repeat(1f, 16)];
                fixed (float* s = scores, h = shifts, w = weights)
                    kernels.StepLogits<NoiseContrastive>(s, h, w, label, 16, 1);
                return scores;
            }
        }
    }

    private static HostKernels Kernels(string width)
    {
        Assert.SkipUnless(HostKernelCatalog.Usable.Contains(width), $"this processor cannot run {width}; it can run {string.Join(", ", HostKernelCatalog.Usable)}");
        return HostKernelCatalog.Create(width);
    }

    // Sums of up to 301 products of numbers near 1 in another order: a few hundred units in the last place.
    private static void AssertEqual(Case expected, Case actual)
    {
        Assert.Equal(expected.Loss, actual.Loss, 1e-5 * Math.Max(1, Math.Abs(expected.Loss)));
        for (int i = 0; i < expected.Length; i++)
        {
            float a = expected.Memory[i], b = actual.Memory[i];
            Assert.True(MathF.Abs(a - b) <= 2e-5f * MathF.Max(1, MathF.Abs(a)), $"float {i}: scalar {a}, {actual.Kernels.Name} {b}");
        }

        Assert.Equal(Sentinel, actual.Memory[actual.Length]);
        Assert.Equal(Sentinel, actual.Memory[-1]);
    }

    // Rows of random numbers in one allocation, with a sentinel on either side.
    private sealed class Case : IDisposable
    {
        private readonly nint _rows, _pointers, _terms;

        public Case(HostKernels kernels, int dim, int inputs, int outputs)
        {
            var random = new Random(dim + (1000 * inputs) + (77 * outputs));
            Kernels = kernels;
            Stride = (dim + 15) & ~15;
            Length = (inputs + outputs) * Stride;
            _rows = (nint)NativeMemory.AlignedAlloc((nuint)(Length + 32) * sizeof(float), 64);
            Memory = (float*)_rows + 16;
            Memory[-1] = Memory[Length] = Sentinel;
            _pointers = (nint)NativeMemory.AllocZeroed((nuint)(inputs + outputs + 8 + (inputs * outputs)), (nuint)sizeof(float*));
            Inputs = (float**)_pointers;
            Outputs = Inputs + inputs;
            Ahead = Outputs + outputs + 8;
            int terms = (((inputs + 3) * outputs) + 64) & ~15;
            _terms = (nint)NativeMemory.AlignedAlloc((nuint)(3 * terms) * sizeof(float), 64);
            Scores = (float*)_terms;
            Shifts = Scores + terms;
            Weights = Shifts + terms;
            for (int i = 0; i < Length; i++)
                Memory[i] = i % Stride < dim ? (random.NextSingle() - 0.5f) * 2 / MathF.Sqrt(dim) : 0;
            for (int i = 0; i < terms; i++)
            {
                Scores[i] = 0;
                Shifts[i] = random.NextSingle() - 0.5f;
                Weights[i] = random.NextSingle();
            }

            for (int r = 0; r < inputs + outputs; r++)
                Inputs[r] = Memory + (r * Stride);
            for (int r = 0; r < 4; r++)
                Outputs[outputs + r] = Outputs[0];
            for (int r = 0; r < inputs * outputs; r++)
                Ahead[r] = Memory;
        }

        public HostKernels Kernels { get; }

        public int Stride { get; }

        public int Length { get; }

        public float* Memory { get; }

        public float** Inputs { get; }

        public float** Outputs { get; }

        public float** Ahead { get; }

        public float* Scores { get; }

        public float* Shifts { get; }

        public float* Weights { get; }

        public double Loss { get; set; }

        public void ZeroFrom(int count)
        {
            for (int i = count; i < ((count + 15) & ~15); i++)
                Scores[i] = Weights[i] = 0;
        }

        public void Dispose()
        {
            NativeMemory.AlignedFree((void*)_rows);
            NativeMemory.Free((void*)_pointers);
            NativeMemory.AlignedFree((void*)_terms);
        }
    }
}
