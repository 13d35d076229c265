using NceFast.Merging;
using NceFast.Numerics;
using Xunit;

namespace NceFast.Tests.Merging;

/// <summary>Compares the arithmetic of rows with its formulas, in every width and for rows whose ends do not fill a vector.</summary>
public sealed unsafe class RowMathTests
{
    private const int Longest = 70, Guard = 16;

    public static TheoryData<string> Widths() => [.. SimdCatalog.Usable];

    private delegate void Operation(RowMath math, float* a, float* b, float* c, int columns);

    [Theory]
    [MemberData(nameof(Widths))]
    public void Merged_rows_add_the_weighted_change_to_the_shared_row(string width) =>
        Check(width, (math, shared, own, old, n) => math.Merge(shared, own, old, 0.25f, n), (shared, own, old) =>
        {
            float merged = shared + (0.25f * (own - old));
            return (merged, merged, merged);
        });

    [Theory]
    [MemberData(nameof(Widths))]
    public void Changes_are_added_to_a_sum_by_their_weight(string width) =>
        Check(width, (math, sum, row, old, n) => math.AddChange(sum, row, old, -1.5f, n), (sum, row, old) => (sum + (-1.5f * (row - old)), row, old));

    [Theory]
    [MemberData(nameof(Widths))]
    public void A_sum_can_begin_with_a_weighted_change(string width) =>
        Check(width, (math, sum, row, old, n) => math.Weigh(sum, row, old, 0.75f, n), (_, row, old) => (0.75f * (row - old), row, old));

    [Theory]
    [MemberData(nameof(Widths))]
    public void Both_rows_become_the_old_one_plus_the_sum(string width) =>
        Check(width, (math, row, old, sum, n) => math.Replace(row, old, sum, 0.5f, n), (_, old, sum) => (old + (0.5f * sum), old + (0.5f * sum), sum));

    [Theory]
    [MemberData(nameof(Widths))]
    public void Changes_are_differences(string width) =>
        Check(width, (math, own, row, old, n) => math.Change(own, row, old, n), (_, row, old) => (row - old, row, old));

    [Theory]
    [MemberData(nameof(Widths))]
    public void Sums_are_added_by_a_factor(string width) =>
        Check(width, (math, old, sum, _, n) => math.AddScaled(old, sum, 3, n), (old, sum, c) => (old + (3 * sum), sum, c));

    [Theory]
    [MemberData(nameof(Widths))]
    public void What_others_changed_is_the_sum_without_the_own_change(string width)
    {
        Check(width, (math, sum, own, _, n) => math.Others(sum, 0.5f, own, n), (sum, own, c) => ((0.5f * sum) - own, own, c));
        Check(width, (math, sum, own, _, n) => math.Others(sum, 1, own, n), (sum, own, c) => (sum - own, own, c));
        Check(width, (math, sum, _, _, n) => math.Others(sum, 0.5f, null, n), (sum, b, c) => (0.5f * sum, b, c));
        Check(width, (math, sum, _, _, n) => math.Others(sum, 1, null, n), (sum, b, c) => (sum, b, c));
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void One_changed_float_makes_a_row_differ(string width)
    {
        RowMath math = RowMath.Of(SimdCatalog.Find(width));
        float* row = stackalloc float[Longest + 1], old = stackalloc float[Longest + 1], sum = stackalloc float[Longest];
        for (int n = 1; n <= Longest; n++)
        {
            new Span<float>(row, n).Fill(2);
            new Span<float>(old, n).Fill(2);
            Assert.False(math.Differs(row, old, n));
            Assert.False(math.AddChange(sum, row, old, 1, n));
            for (int c = 0; c < n; c++)
            {
                row[c] = c % 2 == 0 ? 2.5f : float.NaN;
                Assert.True(math.Differs(row, old, n), $"column {c} of {n}");
                Assert.True(math.AddChange(sum, row, old, 1, n), $"column {c} of {n}");
                row[c] = 2;
            }

            row[n] = 9;
            old[n] = 1;
            Assert.False(math.Differs(row, old, n)); // what follows the row does not count
        }
    }

    // A change of 2 along the unit vector and 3 across it.
    [Theory]
    [MemberData(nameof(Widths))]
    public void Only_the_part_along_the_unit_vector_is_scaled(string width)
    {
        RowMath math = RowMath.Of(SimdCatalog.Find(width));
        float* own = stackalloc float[Longest], old = stackalloc float[Longest], unit = stackalloc float[Longest];
        foreach (int columns in (int[])[16, 32, 48, 64])
        {
            for (int c = 0; c < columns; c++)
                (old[c], own[c], unit[c]) = (c, c, 0);
            (unit[1], unit[columns - 1]) = (0.6f, 0.8f);
            own[1] += (2 * 0.6f) + (3 * 0.8f);
            own[columns - 1] += (2 * 0.8f) - (3 * 0.6f);
            math.ScaleAlong(own, old, unit, 0.25f, columns);
            Assert.Equal(1 + (0.5 * 0.6) + (3 * 0.8), own[1], 1e-5);
            Assert.Equal(columns - 1 + (0.5 * 0.8) - (3 * 0.6), own[columns - 1], 1e-4);
            for (int c = 0; c < columns; c++)
            {
                if (unit[c] == 0)
                    Assert.Equal(c, own[c]);
            }
        }
    }

    // The last floats of each buffer are beyond the rows and must stay.
    private static void Check(string width, Operation operation, Func<float, float, float, (float A, float B, float C)> formula)
    {
        RowMath math = RowMath.Of(SimdCatalog.Find(width));
        var random = new Random(1);
        for (int n = 1; n <= Longest; n++)
        {
            float[] a = Draw(random), b = Draw(random), c = Draw(random);
            float[] givenA = [.. a], givenB = [.. b], givenC = [.. c];
            fixed (float* pa = a, pb = b, pc = c)
                operation(math, pa, pb, pc, n);
            for (int i = 0; i < a.Length; i++)
            {
                (float A, float B, float C) expected = i < n ? formula(givenA[i], givenB[i], givenC[i]) : (givenA[i], givenB[i], givenC[i]);
                Assert.Equal(expected.A, a[i], 1e-5f);
                Assert.Equal(expected.B, b[i], 1e-5f);
                Assert.Equal(expected.C, c[i], 1e-5f);
            }
        }
    }

    private static float[] Draw(Random random) => [.. Enumerable.Range(0, Longest + Guard).Select(_ => (4 * random.NextSingle()) - 2)];
}
