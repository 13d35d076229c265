using NceFast.Numerics;
using NceFast.Reporting.Internals;
using Xunit;

namespace NceFast.Tests.Reporting;

public sealed class PlanePushesTests
{
    public static TheoryData<string> Widths() => [.. SimdCatalog.Usable];

    [Theory]
    [MemberData(nameof(Widths))]
    public void Each_width_sums_what_the_formula_says(string width)
    {
        PlanePushes pushes = PlanePushes.Of(SimdCatalog.Find(width));
        for (int count = 1; count <= 70; count++)
        {
            float[] x = [.. Enumerable.Range(0, count).Select(i => MathF.Sin(i) * 3)], y = [.. Enumerable.Range(0, count).Select(i => MathF.Cos(i * 7) * 2)];
            int point = count * 2 / 3;
            (double sum, double pushX, double pushY) = (0, 0, 0);
            for (int j = 0; j < count; j++)
            {
                double dx = (double)x[point] - x[j], dy = (double)y[point] - y[j], q = 1 / (1 + (dx * dx) + (dy * dy));
                sum += j == point ? 0 : q;
                pushX += q * q * dx;
                pushY += q * q * dy;
            }

            (double actual, float actualX, float actualY) = pushes.On(x, y, point);
            Assert.Equal(sum, actual, 1e-4);
            Assert.Equal(pushX, actualX, 1e-4);
            Assert.Equal(pushY, actualY, 1e-4);
        }
    }
}
