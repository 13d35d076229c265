using System.Runtime.CompilerServices;
using NceFast.Numerics;

namespace NceFast.Reporting.Internals;

/// <summary>Sums how points on a plane push one of them away: the repulsion of t-SNE (equation 5), before it is divided by the sum of all points.</summary>
internal abstract unsafe class PlanePushes
{
    /// <summary>Gets the sums in the process's width.</summary>
    public static PlanePushes Current => Of(SimdCatalog.Current);

    /// <summary>Gets the sums in a width.</summary>
    public static PlanePushes Of(SimdWidth width) => SimdCatalog.Get<Factory, PlanePushes>(width);

    /// <summary>Sums over all points j, with q = 1 / (1 + the squared distance of j and the point).</summary>
    /// <param name="xs">The first coordinates: <c>[count]</c>.</param>
    /// <param name="ys">The second coordinates: <c>[count]</c>.</param>
    /// <param name="point">The point that is pushed.</param>
    /// <returns>The sum of q without the point itself, and the sums of q^2 times the differences of the coordinates.</returns>
    public abstract (double Sum, float X, float Y) On(ReadOnlySpan<float> xs, ReadOnlySpan<float> ys, int point);

    private readonly struct Factory : ISimdFactory<PlanePushes>
    {
        public static PlanePushes Create<TSimd, TVector>()
            where TSimd : struct, ISimd<TVector>
            where TVector : unmanaged => new PlanePushes<TSimd, TVector>();
    }
}

/// <summary>The sums in one vector width.</summary>
internal sealed unsafe class PlanePushes<TSimd, TVector> : PlanePushes
    where TSimd : struct, ISimd<TVector>
    where TVector : unmanaged
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override (double Sum, float X, float Y) On(ReadOnlySpan<float> xs, ReadOnlySpan<float> ys, int point)
    {
        float px = xs[point], py = ys[point];
        TVector one = TSimd.Create(1), x = TSimd.Create(px), y = TSimd.Create(py), sum = TSimd.Create(0), pushX = sum, pushY = sum;
        float restSum = 0, restX = 0, restY = 0;
        fixed (float* pointerX = xs, pointerY = ys)
        {
            int j = 0;
            for (; j + TSimd.Width <= xs.Length; j += TSimd.Width)
            {
                TVector dx = TSimd.Subtract(x, TSimd.Load(pointerX + j)), dy = TSimd.Subtract(y, TSimd.Load(pointerY + j));
                TVector near = TSimd.Divide(one, TSimd.MultiplyAdd(dx, dx, TSimd.MultiplyAdd(dy, dy, one))), square = TSimd.Multiply(near, near);
                sum = TSimd.Add(sum, near);
                pushX = TSimd.MultiplyAdd(square, dx, pushX);
                pushY = TSimd.MultiplyAdd(square, dy, pushY);
            }

            for (; j < xs.Length; j++)
            {
                float dx = px - pointerX[j], dy = py - pointerY[j], near = 1 / (1 + (dx * dx) + (dy * dy));
                restSum += near;
                restX += near * near * dx;
                restY += near * near * dy;
            }
        }

        return (TSimd.Sum(sum) + (double)restSum - 1, TSimd.Sum(pushX) + restX, TSimd.Sum(pushY) + restY);
    }
}
