using System.Text.RegularExpressions;
using NceFast.Corpus;
using NceFast.Merging;
using NceFast.Numerics;
using NceFast.Tests.House;
using Xunit;

namespace NceFast.Tests.Numerics;

/// <summary>The one choice of the vector width, and what follows it.</summary>
public sealed unsafe partial class SimdCatalogTests
{
    private const int Longest = 67;

    public static TheoryData<string> Widths() => [.. SimdCatalog.Usable];

    [Fact]
    public void Names_are_found_best_first_and_scalar_always()
    {
        Assert.Equal("scalar", SimdCatalog.Usable[^1]);
        Assert.Equal(SimdCatalog.Usable.Select(name => (int)SimdCatalog.Find(name)).OrderDescending(), SimdCatalog.Usable.Select(name => (int)SimdCatalog.Find(name)));
        Assert.Equal(SimdCatalog.Find(SimdCatalog.Usable[0]), SimdCatalog.Find("auto"));
    }

    [Fact]
    public void An_unknown_name_is_refused_with_those_allowed()
    {
        var e = Assert.Throws<NceFastException>(() => SimdCatalog.Find("vector1024"));
        Assert.Equal(ErrorKind.Usage, e.Kind);
        Assert.Contains("vector1024", e.Message);
        Assert.Contains("auto, vector512, vector256, vector128, scalar", e.Message);
    }

    [Fact]
    public void No_other_code_chooses_a_width()
    {
        IEnumerable<string> wrong = from file in Directory.EnumerateFiles(Path.Combine(LayerTests.Library(), ".."), "*.cs", SearchOption.AllDirectories)
                                    where !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}") && Path.GetFileName(file) != "SimdCatalog.cs"
                                    from match in Choice().Matches(File.ReadAllText(file))
                                    select $"{Path.GetFileName(file)}: {match.Value}";
        Assert.Empty(wrong);
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void Rows_are_merged_to_the_same_bits_at_every_width(string name)
    {
        for (int columns = 0; columns <= Longest; columns++)
        {
            Assert.Equal(Merged(RowMath.Of(SimdWidth.Scalar), columns), Merged(RowMath.Of(SimdCatalog.Find(name)), columns));
        }
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void A_change_of_one_column_is_noticed_at_every_width(string name)
    {
        RowMath math = RowMath.Of(SimdCatalog.Find(name));
        float[] row = Values(Longest, 1), old = [.. row], sum = new float[Longest];
        fixed (float* r = row, o = old, s = sum)
        {
            Assert.False(math.AddChange(s, r, o, 1, Longest));
            Assert.False(math.Differs(r, o, Longest));
            for (int c = 0; c < Longest; c++)
            {
                row[c] += 1;
                Assert.True(math.AddChange(s, r, o, 1, Longest));
                Assert.True(math.Differs(r, o, Longest));
                Assert.False(math.Differs(r, o, c));
                row[c] = float.NaN;
                Assert.True(math.Differs(r, o, Longest));
                (row[c], float before) = (-0f, old[c]);
                old[c] = 0;
                Assert.False(math.Differs(r, o, Longest));
                old[c] = before;
                row[c] = old[c];
            }
        }
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void The_part_of_a_change_along_a_vector_is_scaled_at_every_width(string name)
    {
        const int Columns = 48;
        float[] own = Values(Columns, 1), old = Values(Columns, 2), unit = Values(Columns, 3);
        double length = Math.Sqrt(unit.Sum(u => (double)u * u));
        unit = [.. unit.Select(u => (float)(u / length))];
        double along = own.Zip(old, (a, b) => (double)a - b).Zip(unit, (change, u) => change * u).Sum();
        double[] expected = [.. own.Zip(unit, (o, u) => o + (along * (0.25 - 1) * u))];
        fixed (float* w = own, o = old, u = unit)
            RowMath.Of(SimdCatalog.Find(name)).ScaleAlong(w, o, u, 0.25f, Columns);
        Assert.All(expected.Zip(own), pair => Assert.Equal(pair.First, pair.Second, 1e-5));
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void The_largest_magnitude_is_found_and_what_is_not_finite_at_every_width(string name)
    {
        Magnitudes search = Magnitudes.Of(SimdCatalog.Find(name));
        for (int length = 0; length <= Longest; length++)
        {
            float[] values = Values(length, length);
            Assert.Equal(values.Select(Math.Abs).DefaultIfEmpty(0).Max(), search.Largest(values));
            for (int i = 0; i < length; i++)
            {
                float before = values[i];
                foreach (float odd in new[] { float.NaN, float.PositiveInfinity, float.NegativeInfinity })
                {
                    values[i] = odd;
                    Assert.True(float.IsNaN(search.Largest(values)));
                    Assert.False(search.AreFinite(values));
                }

                values[i] = before;
            }
        }
    }

    [Fact]
    public void Separators_are_found_at_every_width()
    {
        var random = new Random(1);
        var bytes = new byte[SeparatorMask.Width];
        fixed (byte* p = bytes)
        {
            for (int i = 0; i < 1000; i++)
            {
                random.NextBytes(bytes);
                for (int at = random.Next(3); at < bytes.Length; at += 1 + random.Next(9))
                    bytes[at] = (byte)random.Next(SeparatorMask.Last + 2);
                ulong expected = SeparatorMask.OfTail(p, SeparatorMask.Width);
                Assert.Equal(expected, SeparatorMaskScalar.Of(p));
                Assert.Equal(expected, SeparatorMask128.Of(p));
                Assert.Equal(expected, SeparatorMask256.Of(p));
                Assert.Equal(expected, SeparatorMask512.Of(p));
            }
        }
    }

    // All operations one after another, each on what the one before left.
    private static float[] Merged(RowMath math, int columns)
    {
        float[] a = Values(columns, 1), b = Values(columns, 2), c = Values(columns, 3), d = Values(columns, 4);
        fixed (float* pa = a, pb = b, pc = c, pd = d)
        {
            math.Merge(pa, pb, pc, 0.3f, columns);
            math.AddChange(pd, pa, pd, 0.7f, columns);
            math.Change(pc, pd, pa, columns);
            math.AddScaled(pb, pc, 0.9f, columns);
            math.Others(pb, 1.1f, pd, columns);
            math.Others(pa, 1.1f, null, columns);
        }

        return [.. a, .. b, .. c, .. d];
    }

    private static float[] Values(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (random.NextSingle() * 4) - 2)];
    }

    [GeneratedRegex(@"Vector(128|256|512)?\.IsHardwareAccelerated|\bVector<float>|\bAvx\w*\.IsSupported|\bFma\.IsSupported")]
    private static partial Regex Choice();
}
