using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using NceFast.Numerics;
using NceFast.Objectives;

namespace NceFast.Backends.Host;

/// <summary>
/// Matrix products in register tiles. With 32 registers eight rows by three vectors are 24 sums, enough for two
/// multiply-adds a cycle, and three loads serve them all; sixteen registers hold four rows by three vectors less spare.
/// </summary>
internal abstract unsafe partial class VectorKernels<TSimd, TVector>
{
    // Rows of B that one sweep uses: with three vectors each they stay in the first-level cache.
    private const int InnerBlock = 192;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void MultiplyAdd(
        float* a, nint aRow, nint aInner, float* b, nint bStride, float* c, nint cStride, int rows, int inner, int columns, float* ahead, nint aheadFloats)
    {
        int width = TSimd.Width, tileRows = width == 16 ? 8 : 4;
        nint tiles = (inner + InnerBlock - 1) / InnerBlock * (columns / (3 * width)) * (rows / tileRows), done = 0;
        float* end = ahead + aheadFloats;
        for (int k = 0; k < inner; k += InnerBlock)
        {
            int depth = Math.Min(InnerBlock, inner - k);
            float* ak = a + (k * aInner), bk = b + (k * bStride);
            int j = 0;
            for (; j + (3 * width) <= columns; j += 3 * width)
            {
                for (int i = 0; i < rows; i += tileRows)
                {
                    // Each tile prefetches its share.
                    done++;
                    ahead = RowPrefetch.Until(ahead, end - (aheadFloats * (tiles - done) / tiles));
                    if (width == 16)
                        Tile8x3(ak + (i * aRow), aRow, aInner, bk + j, bStride, c + (i * cStride) + j, cStride, depth);
                    else
                        Tile4x3(ak + (i * aRow), aRow, aInner, bk + j, bStride, c + (i * cStride) + j, cStride, depth);
                }
            }

            for (; j < columns; j += width)
                Column(ak, aRow, aInner, bk + j, bStride, c + j, cStride, rows, depth, columns - j);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void StepRows(float* input, float** outputs, int count, int stride, float* gradients, float* steps, float* delta)
    {
        int c = 0;
        for (; c + (2 * TSimd.Width) <= stride; c += 2 * TSimd.Width)
        {
            TVector x0 = TSimd.Load(input + c), x1 = TSimd.Load(input + c + TSimd.Width), d0 = TSimd.Create(0), d1 = d0;
            for (int m = 0; m < count; m++)
            {
                float* o = outputs[m] + c;
                TVector g = TSimd.Create(gradients[m]), s = TSimd.Create(steps[m]), old0 = TSimd.Load(o), old1 = TSimd.Load(o + TSimd.Width);
                d0 = TSimd.MultiplyAdd(g, old0, d0);
                d1 = TSimd.MultiplyAdd(g, old1, d1);
                TSimd.Store(o, TSimd.MultiplyAdd(s, x0, old0));
                TSimd.Store(o + TSimd.Width, TSimd.MultiplyAdd(s, x1, old1));
            }

            TSimd.Store(delta + c, d0);
            TSimd.Store(delta + c + TSimd.Width, d1);
        }

        for (; c < stride; c += TSimd.Width)
        {
            TVector x = TSimd.Load(input + c), d = TSimd.Create(0);
            for (int m = 0; m < count; m++)
            {
                float* o = outputs[m] + c;
                TVector old = TSimd.Load(o);
                d = TSimd.MultiplyAdd(TSimd.Create(gradients[m]), old, d);
                TSimd.Store(o, TSimd.MultiplyAdd(TSimd.Create(steps[m]), x, old));
            }

            TSimd.Store(delta + c, d);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void AddScaled(float* destination, float* source, float scale, int stride)
    {
        TVector s = TSimd.Create(scale);
        for (int c = 0; c < stride; c += TSimd.Width)
            TSimd.Store(destination + c, TSimd.MultiplyAdd(s, TSimd.Load(source + c), TSimd.Load(destination + c)));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void AddProduct(float* destination, float* a, float* b, int stride)
    {
        for (int c = 0; c < stride; c += TSimd.Width)
            TSimd.Store(destination + c, TSimd.MultiplyAdd(TSimd.Load(a + c), TSimd.Load(b + c), TSimd.Load(destination + c)));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Blend(float* destination, float keep, float* source, float scale, int stride)
    {
        TVector k = TSimd.Create(keep), s = TSimd.Create(scale);
        for (int c = 0; c < stride; c += TSimd.Width)
            TSimd.Store(destination + c, TSimd.MultiplyAdd(s, TSimd.Load(source + c), TSimd.Multiply(k, TSimd.Load(destination + c))));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void ScorePairs(float** inputs, int quads, float** outputs, int stride, float* scores)
    {
        for (int q = 0; q < quads; q++, inputs += 4, outputs += 4)
        {
            float* i0 = inputs[0], i1 = inputs[1], i2 = inputs[2], i3 = inputs[3], o0 = outputs[0], o1 = outputs[1], o2 = outputs[2], o3 = outputs[3];
            TVector s0 = TSimd.Create(0), s1 = s0, s2 = s0, s3 = s0;
            for (int c = 0; c < stride; c += TSimd.Width)
            {
                s0 = TSimd.MultiplyAdd(TSimd.Load(i0 + c), TSimd.Load(o0 + c), s0);
                s1 = TSimd.MultiplyAdd(TSimd.Load(i1 + c), TSimd.Load(o1 + c), s1);
                s2 = TSimd.MultiplyAdd(TSimd.Load(i2 + c), TSimd.Load(o2 + c), s2);
                s3 = TSimd.MultiplyAdd(TSimd.Load(i3 + c), TSimd.Load(o3 + c), s3);
            }

            TSimd.Sum4(s0, s1, s2, s3).Store(scores + (4 * q));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override float Dot(float* a, float* b, int stride)
    {
        TVector sum = TSimd.Create(0);
        for (int c = 0; c < stride; c += TSimd.Width)
            sum = TSimd.MultiplyAdd(TSimd.Load(a + c), TSimd.Load(b + c), sum);
        return TSimd.Sum(sum);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override float AddAndMax(float* scores, float* shifts, int count)
    {
        TVector max = TSimd.Create(float.NegativeInfinity);
        for (int i = 0; i < count; i += TSimd.Width)
        {
            TVector s = TSimd.Add(TSimd.Load(scores + i), TSimd.Load(shifts + i));
            TSimd.Store(scores + i, s);
            max = TSimd.Max(max, s);
        }

        float* lanes = stackalloc float[16];
        TSimd.Store(lanes, max);
        float largest = lanes[0];
        for (int i = 1; i < TSimd.Width; i++)
            largest = MathF.Max(largest, lanes[i]);
        return largest;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override double ExpSum(float* scores, int count, float max, float scale)
    {
        TVector minusMax = TSimd.Create(-max), factor = TSimd.Create(scale), sum = TSimd.Create(0);
        for (int i = 0; i < count; i += TSimd.Width)
        {
            TVector e = Softmax.Part<TSimd, TVector>(TSimd.Load(scores + i), minusMax);
            sum = TSimd.Add(sum, e);
            TSimd.Store(scores + i, TSimd.Multiply(factor, e));
        }

        return TSimd.Sum(sum);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void MaxColumns(float* scores, nint stride, int rows, int columns, float* max)
    {
        for (int j = 0; j < columns; j += TSimd.Width)
        {
            TVector largest = TSimd.Load(max + j);
            float* score = scores + j;
            for (int i = 0; i < rows; i++, score += stride)
                largest = TSimd.MaxOfNumbers(largest, TSimd.Load(score)); // what is not a number stays among the scores and reaches the sum
            TSimd.Store(max + j, largest);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void ExpColumns(float* scores, nint stride, int rows, int columns, float* max, float* scales, float* sums)
    {
        for (int j = 0; j < columns; j += TSimd.Width)
        {
            TVector minusMax = TSimd.Multiply(TSimd.Create(-1), TSimd.Load(max + j)), scale = TSimd.Load(scales + j), sum = TSimd.Create(0);
            float* score = scores + j;
            for (int i = 0; i < rows; i++, score += stride)
            {
                TVector e = Softmax.Part<TSimd, TVector>(TSimd.Load(score), minusMax);
                sum = TSimd.Add(sum, e);
                TSimd.Store(score, TSimd.Multiply(scale, e));
            }

            TSimd.Store(sums + j, sum);
        }
    }

    // One vector's width of columns, or what is left of them in the narrowest vectors that hold it: at 100 columns the last four
    // cost half a vector of sixteen.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Column(float* a, nint aRow, nint aInner, float* b, nint bStride, float* c, nint cStride, int rows, int inner, int left)
    {
        for (int i = 0; i < rows; i += 8)
        {
            float* from = a + (i * aRow), to = c + (i * cStride);
            if (TSimd.Width > 4 && left <= 4)
                VectorKernels<Simd128, Vector128<float>>.Tile8x1(from, aRow, aInner, b, bStride, to, cStride, inner);
            else if (TSimd.Width > 8 && left <= 8)
                VectorKernels<Simd256, Vector256<float>>.Tile8x1(from, aRow, aInner, b, bStride, to, cStride, inner);
            else
                Tile8x1(from, aRow, aInner, b, bStride, to, cStride, inner);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile8x3(float* a, nint aRow, nint aInner, float* b, nint bStride, float* c, nint cStride, int inner)
    {
        TVector c0x = TSimd.Load(c), c0y = TSimd.Load(c + TSimd.Width), c0z = TSimd.Load(c + (2 * TSimd.Width));
        TVector c1x = TSimd.Load(c + cStride), c1y = TSimd.Load(c + cStride + TSimd.Width), c1z = TSimd.Load(c + cStride + (2 * TSimd.Width));
        TVector c2x = TSimd.Load(c + (2 * cStride)), c2y = TSimd.Load(c + (2 * cStride) + TSimd.Width), c2z = TSimd.Load(c + (2 * cStride) + (2 * TSimd.Width));
        TVector c3x = TSimd.Load(c + (3 * cStride)), c3y = TSimd.Load(c + (3 * cStride) + TSimd.Width), c3z = TSimd.Load(c + (3 * cStride) + (2 * TSimd.Width));
        TVector c4x = TSimd.Load(c + (4 * cStride)), c4y = TSimd.Load(c + (4 * cStride) + TSimd.Width), c4z = TSimd.Load(c + (4 * cStride) + (2 * TSimd.Width));
        TVector c5x = TSimd.Load(c + (5 * cStride)), c5y = TSimd.Load(c + (5 * cStride) + TSimd.Width), c5z = TSimd.Load(c + (5 * cStride) + (2 * TSimd.Width));
        TVector c6x = TSimd.Load(c + (6 * cStride)), c6y = TSimd.Load(c + (6 * cStride) + TSimd.Width), c6z = TSimd.Load(c + (6 * cStride) + (2 * TSimd.Width));
        TVector c7x = TSimd.Load(c + (7 * cStride)), c7y = TSimd.Load(c + (7 * cStride) + TSimd.Width), c7z = TSimd.Load(c + (7 * cStride) + (2 * TSimd.Width));
        float* lower = a + (4 * aRow);
        nint row2 = 2 * aRow, row3 = 3 * aRow;
        for (int k = 0; k < inner; k++)
        {
            TVector bx = TSimd.Load(b), by = TSimd.Load(b + TSimd.Width), bz = TSimd.Load(b + (2 * TSimd.Width));
            TVector v = TSimd.Create(a[0]);
            c0x = TSimd.MultiplyAdd(v, bx, c0x);
            c0y = TSimd.MultiplyAdd(v, by, c0y);
            c0z = TSimd.MultiplyAdd(v, bz, c0z);
            v = TSimd.Create(a[aRow]);
            c1x = TSimd.MultiplyAdd(v, bx, c1x);
            c1y = TSimd.MultiplyAdd(v, by, c1y);
            c1z = TSimd.MultiplyAdd(v, bz, c1z);
            v = TSimd.Create(a[row2]);
            c2x = TSimd.MultiplyAdd(v, bx, c2x);
            c2y = TSimd.MultiplyAdd(v, by, c2y);
            c2z = TSimd.MultiplyAdd(v, bz, c2z);
            v = TSimd.Create(a[row3]);
            c3x = TSimd.MultiplyAdd(v, bx, c3x);
            c3y = TSimd.MultiplyAdd(v, by, c3y);
            c3z = TSimd.MultiplyAdd(v, bz, c3z);
            v = TSimd.Create(lower[0]);
            c4x = TSimd.MultiplyAdd(v, bx, c4x);
            c4y = TSimd.MultiplyAdd(v, by, c4y);
            c4z = TSimd.MultiplyAdd(v, bz, c4z);
            v = TSimd.Create(lower[aRow]);
            c5x = TSimd.MultiplyAdd(v, bx, c5x);
            c5y = TSimd.MultiplyAdd(v, by, c5y);
            c5z = TSimd.MultiplyAdd(v, bz, c5z);
            v = TSimd.Create(lower[row2]);
            c6x = TSimd.MultiplyAdd(v, bx, c6x);
            c6y = TSimd.MultiplyAdd(v, by, c6y);
            c6z = TSimd.MultiplyAdd(v, bz, c6z);
            v = TSimd.Create(lower[row3]);
            c7x = TSimd.MultiplyAdd(v, bx, c7x);
            c7y = TSimd.MultiplyAdd(v, by, c7y);
            c7z = TSimd.MultiplyAdd(v, bz, c7z);
            a += aInner;
            lower += aInner;
            b += bStride;
        }

        TSimd.Store(c, c0x);
        TSimd.Store(c + TSimd.Width, c0y);
        TSimd.Store(c + (2 * TSimd.Width), c0z);
        TSimd.Store(c + cStride, c1x);
        TSimd.Store(c + cStride + TSimd.Width, c1y);
        TSimd.Store(c + cStride + (2 * TSimd.Width), c1z);
        TSimd.Store(c + (2 * cStride), c2x);
        TSimd.Store(c + (2 * cStride) + TSimd.Width, c2y);
        TSimd.Store(c + (2 * cStride) + (2 * TSimd.Width), c2z);
        TSimd.Store(c + (3 * cStride), c3x);
        TSimd.Store(c + (3 * cStride) + TSimd.Width, c3y);
        TSimd.Store(c + (3 * cStride) + (2 * TSimd.Width), c3z);
        TSimd.Store(c + (4 * cStride), c4x);
        TSimd.Store(c + (4 * cStride) + TSimd.Width, c4y);
        TSimd.Store(c + (4 * cStride) + (2 * TSimd.Width), c4z);
        TSimd.Store(c + (5 * cStride), c5x);
        TSimd.Store(c + (5 * cStride) + TSimd.Width, c5y);
        TSimd.Store(c + (5 * cStride) + (2 * TSimd.Width), c5z);
        TSimd.Store(c + (6 * cStride), c6x);
        TSimd.Store(c + (6 * cStride) + TSimd.Width, c6y);
        TSimd.Store(c + (6 * cStride) + (2 * TSimd.Width), c6z);
        TSimd.Store(c + (7 * cStride), c7x);
        TSimd.Store(c + (7 * cStride) + TSimd.Width, c7y);
        TSimd.Store(c + (7 * cStride) + (2 * TSimd.Width), c7z);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile4x3(float* a, nint aRow, nint aInner, float* b, nint bStride, float* c, nint cStride, int inner)
    {
        TVector c0x = TSimd.Load(c), c0y = TSimd.Load(c + TSimd.Width), c0z = TSimd.Load(c + (2 * TSimd.Width));
        TVector c1x = TSimd.Load(c + cStride), c1y = TSimd.Load(c + cStride + TSimd.Width), c1z = TSimd.Load(c + cStride + (2 * TSimd.Width));
        TVector c2x = TSimd.Load(c + (2 * cStride)), c2y = TSimd.Load(c + (2 * cStride) + TSimd.Width), c2z = TSimd.Load(c + (2 * cStride) + (2 * TSimd.Width));
        TVector c3x = TSimd.Load(c + (3 * cStride)), c3y = TSimd.Load(c + (3 * cStride) + TSimd.Width), c3z = TSimd.Load(c + (3 * cStride) + (2 * TSimd.Width));
        float* lower = a + (2 * aRow);
        for (int k = 0; k < inner; k++)
        {
            TVector bx = TSimd.Load(b), by = TSimd.Load(b + TSimd.Width), bz = TSimd.Load(b + (2 * TSimd.Width));
            TVector v = TSimd.Create(a[0]);
            c0x = TSimd.MultiplyAdd(v, bx, c0x);
            c0y = TSimd.MultiplyAdd(v, by, c0y);
            c0z = TSimd.MultiplyAdd(v, bz, c0z);
            v = TSimd.Create(a[aRow]);
            c1x = TSimd.MultiplyAdd(v, bx, c1x);
            c1y = TSimd.MultiplyAdd(v, by, c1y);
            c1z = TSimd.MultiplyAdd(v, bz, c1z);
            v = TSimd.Create(lower[0]);
            c2x = TSimd.MultiplyAdd(v, bx, c2x);
            c2y = TSimd.MultiplyAdd(v, by, c2y);
            c2z = TSimd.MultiplyAdd(v, bz, c2z);
            v = TSimd.Create(lower[aRow]);
            c3x = TSimd.MultiplyAdd(v, bx, c3x);
            c3y = TSimd.MultiplyAdd(v, by, c3y);
            c3z = TSimd.MultiplyAdd(v, bz, c3z);
            a += aInner;
            lower += aInner;
            b += bStride;
        }

        TSimd.Store(c, c0x);
        TSimd.Store(c + TSimd.Width, c0y);
        TSimd.Store(c + (2 * TSimd.Width), c0z);
        TSimd.Store(c + cStride, c1x);
        TSimd.Store(c + cStride + TSimd.Width, c1y);
        TSimd.Store(c + cStride + (2 * TSimd.Width), c1z);
        TSimd.Store(c + (2 * cStride), c2x);
        TSimd.Store(c + (2 * cStride) + TSimd.Width, c2y);
        TSimd.Store(c + (2 * cStride) + (2 * TSimd.Width), c2z);
        TSimd.Store(c + (3 * cStride), c3x);
        TSimd.Store(c + (3 * cStride) + TSimd.Width, c3y);
        TSimd.Store(c + (3 * cStride) + (2 * TSimd.Width), c3z);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile8x1(float* a, nint aRow, nint aInner, float* b, nint bStride, float* c, nint cStride, int inner)
    {
        TVector c0x = TSimd.Load(c);
        TVector c1x = TSimd.Load(c + cStride);
        TVector c2x = TSimd.Load(c + (2 * cStride));
        TVector c3x = TSimd.Load(c + (3 * cStride));
        TVector c4x = TSimd.Load(c + (4 * cStride));
        TVector c5x = TSimd.Load(c + (5 * cStride));
        TVector c6x = TSimd.Load(c + (6 * cStride));
        TVector c7x = TSimd.Load(c + (7 * cStride));
        float* lower = a + (4 * aRow);
        nint row2 = 2 * aRow, row3 = 3 * aRow;
        for (int k = 0; k < inner; k++)
        {
            TVector bx = TSimd.Load(b);
            TVector v = TSimd.Create(a[0]);
            c0x = TSimd.MultiplyAdd(v, bx, c0x);
            v = TSimd.Create(a[aRow]);
            c1x = TSimd.MultiplyAdd(v, bx, c1x);
            v = TSimd.Create(a[row2]);
            c2x = TSimd.MultiplyAdd(v, bx, c2x);
            v = TSimd.Create(a[row3]);
            c3x = TSimd.MultiplyAdd(v, bx, c3x);
            v = TSimd.Create(lower[0]);
            c4x = TSimd.MultiplyAdd(v, bx, c4x);
            v = TSimd.Create(lower[aRow]);
            c5x = TSimd.MultiplyAdd(v, bx, c5x);
            v = TSimd.Create(lower[row2]);
            c6x = TSimd.MultiplyAdd(v, bx, c6x);
            v = TSimd.Create(lower[row3]);
            c7x = TSimd.MultiplyAdd(v, bx, c7x);
            a += aInner;
            lower += aInner;
            b += bStride;
        }

        TSimd.Store(c, c0x);
        TSimd.Store(c + cStride, c1x);
        TSimd.Store(c + (2 * cStride), c2x);
        TSimd.Store(c + (3 * cStride), c3x);
        TSimd.Store(c + (4 * cStride), c4x);
        TSimd.Store(c + (5 * cStride), c5x);
        TSimd.Store(c + (6 * cStride), c6x);
        TSimd.Store(c + (7 * cStride), c7x);
    }
}
