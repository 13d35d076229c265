using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using NceFast.Numerics;
using NceFast.Objectives;

namespace NceFast.Backends.Host;

/// <summary>Implements the vectorized kernels for all widths. The sealed classes below supply the width.</summary>
internal abstract unsafe partial class VectorKernels<TSimd, TVector> : HostKernels
    where TSimd : struct, ISimd<TVector>
    where TVector : unmanaged
{
    // The outer loop runs over the outputs: the inputs of a tile fit into the first-level cache, but the outputs may not.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void ScoreTile(float** inputs, int quads, float** outputs, int count, int stride, float* scores)
    {
        int m = 0;
        for (; TSimd.Registers >= 32 && m + 4 <= count; m += 4)
        {
            for (int q = 0; q < quads; q++)
                Score4x4(inputs + (4 * q), outputs + m, stride, scores + (4 * ((q * count) + m)));
        }

        for (; m < count; m += 2)
        {
            for (int q = 0; q < quads; q++)
                Score4x2(inputs + (4 * q), outputs + m, stride, scores + (4 * ((q * count) + m)));
        }
    }

    // The outer loop runs over the columns, so that a cache line of an output is fetched once for all inputs. Two quads share the
    // rows to prefetch: with two columns at a time, each quad prefetches one of the columns.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void UpdateTile(float** inputs, int quads, float** outputs, int count, int stride, float* gradients, float** ahead)
    {
        int c = 0;
        for (; TSimd.Registers >= 32 && c + (2 * TSimd.Width) <= stride; c += 2 * TSimd.Width)
        {
            for (int q = 0; q < quads; q++)
                UpdateTwoColumns(inputs + (4 * q), outputs, count, c, gradients + (4 * q * count), ahead + (q / 2 * count), c + (q % 2 * TSimd.Width));
        }

        for (; c < stride; c += TSimd.Width)
        {
            for (int q = 0; q < quads; q++)
                UpdateColumn(inputs + (4 * q), outputs, count, c, gradients + (4 * q * count), ahead + (q / 2 * count));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void ScoreRow(float* input, float** outputs, int count, int stride, float* scores)
    {
        for (int m = 0; m < count; m += 4)
        {
            float* o0 = outputs[m], o1 = outputs[m + 1], o2 = outputs[m + 2], o3 = outputs[m + 3];
            TVector s0 = TSimd.Create(0), s1 = s0, s2 = s0, s3 = s0;
            for (int c = 0; c < stride; c += TSimd.Width)
            {
                TVector x = TSimd.Load(input + c);
                s0 = TSimd.MultiplyAdd(x, TSimd.Load(o0 + c), s0);
                s1 = TSimd.MultiplyAdd(x, TSimd.Load(o1 + c), s1);
                s2 = TSimd.MultiplyAdd(x, TSimd.Load(o2 + c), s2);
                s3 = TSimd.MultiplyAdd(x, TSimd.Load(o3 + c), s3);
            }

            TSimd.Sum4(s0, s1, s2, s3).Store(scores + m);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void UpdateRow(float* input, float** outputs, int count, int stride, float* gradients)
    {
        int c = 0;
        for (; c + (2 * TSimd.Width) <= stride; c += 2 * TSimd.Width)
        {
            TVector x0 = TSimd.Load(input + c), x1 = TSimd.Load(input + c + TSimd.Width), d0 = x0, d1 = x1;
            for (int m = 0; m < count; m++)
            {
                float* o = outputs[m] + c;
                TVector g = TSimd.Create(gradients[m]), old0 = TSimd.Load(o), old1 = TSimd.Load(o + TSimd.Width);
                d0 = TSimd.MultiplyAdd(g, old0, d0);
                d1 = TSimd.MultiplyAdd(g, old1, d1);
                TSimd.Store(o, TSimd.MultiplyAdd(g, x0, old0));
                TSimd.Store(o + TSimd.Width, TSimd.MultiplyAdd(g, x1, old1));
            }

            TSimd.Store(input + c, d0);
            TSimd.Store(input + c + TSimd.Width, d1);
        }

        for (; c < stride; c += TSimd.Width)
        {
            TVector x = TSimd.Load(input + c), d = x;
            for (int m = 0; m < count; m++)
            {
                float* o = outputs[m] + c;
                TVector g = TSimd.Create(gradients[m]), old = TSimd.Load(o);
                d = TSimd.MultiplyAdd(g, old, d);
                TSimd.Store(o, TSimd.MultiplyAdd(g, x, old));
            }

            TSimd.Store(input + c, d);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override double StepLogits<TObjective>(float* scores, float* shifts, float* weights, float label, int count, float rate)
    {
        TVector minusLabel = TSimd.Create(-label), minusRate = TSimd.Create(-rate), loss = TSimd.Create(0);
        for (int i = 0; i < count; i += TSimd.Width)
        {
            TVector logit = TSimd.Add(TSimd.Load(scores + i), TSimd.Load(shifts + i)), weight = TSimd.Load(weights + i);
            loss = TSimd.MultiplyAdd(weight, TObjective.LossAndGradient<TSimd, TVector>(logit, minusLabel, out TVector gradient), loss);
            TSimd.Store(scores + i, TSimd.Multiply(TSimd.Multiply(minusRate, weight), gradient));
        }

        return TSimd.Sum(loss);
    }

    // A vector holds the four inputs of a quad side by side, for one output or for several.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void ShareTile(float* scores, float* shifts, int quads, int count, float* shares, float* logSums)
    {
        float* lanes = stackalloc float[16];
        int terms = 4 * count;
        for (int q = 0; q < quads; q++, scores += terms, shifts += terms, shares += terms, logSums += 4)
        {
            TVector max = TSimd.Create(float.NegativeInfinity), sum = TSimd.Create(0);
            for (int e = 0; e < terms; e += TSimd.Width)
            {
                TVector logit = TSimd.Add(TSimd.Load(scores + e), TSimd.Load(shifts + e));
                TSimd.Store(shares + e, logit);
                max = TSimd.Max(max, logit);
            }

            TSimd.Store(lanes, max);
            for (int i = 4; i < TSimd.Width; i++)
                lanes[i % 4] = MathF.Max(lanes[i % 4], lanes[i]);
            for (int i = 0; i < TSimd.Width; i++)
                lanes[i] = i < 4 ? logSums[i] = lanes[i] : lanes[i % 4];
            TVector minusMax = TSimd.Subtract(TSimd.Create(0), TSimd.Load(lanes));
            for (int e = 0; e < terms; e += TSimd.Width)
            {
                TVector part = Softmax.Part<TSimd, TVector>(TSimd.Load(shares + e), minusMax);
                TSimd.Store(shares + e, part);
                sum = TSimd.Add(sum, part);
            }

            TSimd.Store(lanes, sum);
            for (int i = 4; i < TSimd.Width; i++)
                lanes[i % 4] += lanes[i];
            for (int i = 0; i < 4; i++)
                logSums[i] = Softmax.LogZ(logSums[i], lanes[i]);
            for (int i = 4; i < TSimd.Width; i++)
                lanes[i] = lanes[i % 4];
            sum = TSimd.Load(lanes);
            for (int e = 0; e < terms; e += TSimd.Width)
                TSimd.Store(shares + e, TSimd.Divide(TSimd.Load(shares + e), sum));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void SumRows(float* destination, float** rows, int count, float scale, int stride)
    {
        TVector factor = TSimd.Create(scale);
        for (int c = 0; c < stride; c += TSimd.Width)
        {
            TVector sum = TSimd.Load(rows[0] + c);
            for (int r = 1; r < count; r++)
                sum = TSimd.Add(sum, TSimd.Load(rows[r] + c));
            TSimd.Store(destination + c, TSimd.Multiply(factor, sum));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void AddDifference(float** rows, int count, float* now, float* before, float scale, int stride)
    {
        TVector factor = TSimd.Create(scale), minus = TSimd.Create(-1);
        for (int c = 0; c < stride; c += TSimd.Width)
        {
            TVector difference = TSimd.Multiply(factor, TSimd.MultiplyAdd(minus, TSimd.Load(before + c), TSimd.Load(now + c)));
            for (int r = 0; r < count; r++)
            {
                float* row = rows[r] + c;
                TSimd.Store(row, TSimd.Add(TSimd.Load(row), difference));
            }
        }
    }

    // Four inputs by two outputs: eight sums hide the latency of the multiply-add on two ports, and the sums with their operands
    // fit the sixteen registers of AVX2.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Score4x2(float** inputs, float** outputs, int stride, float* scores)
    {
        float* i0 = inputs[0], i1 = inputs[1], i2 = inputs[2], i3 = inputs[3], o0 = outputs[0], o1 = outputs[1];
        TVector s00 = TSimd.Create(0), s10 = s00, s20 = s00, s30 = s00, s01 = s00, s11 = s00, s21 = s00, s31 = s00;
        for (int c = 0; c < stride; c += TSimd.Width)
        {
            TVector a = TSimd.Load(o0 + c), b = TSimd.Load(o1 + c), x = TSimd.Load(i0 + c);
            s00 = TSimd.MultiplyAdd(x, a, s00);
            s01 = TSimd.MultiplyAdd(x, b, s01);
            x = TSimd.Load(i1 + c);
            s10 = TSimd.MultiplyAdd(x, a, s10);
            s11 = TSimd.MultiplyAdd(x, b, s11);
            x = TSimd.Load(i2 + c);
            s20 = TSimd.MultiplyAdd(x, a, s20);
            s21 = TSimd.MultiplyAdd(x, b, s21);
            x = TSimd.Load(i3 + c);
            s30 = TSimd.MultiplyAdd(x, a, s30);
            s31 = TSimd.MultiplyAdd(x, b, s31);
        }

        TSimd.Sum4(s00, s10, s20, s30).Store(scores);
        TSimd.Sum4(s01, s11, s21, s31).Store(scores + 4);
    }

    // Four inputs by four outputs: half a load per multiply-add. This pays when rows come from the second-level cache.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Score4x4(float** inputs, float** outputs, int stride, float* scores)
    {
        float* i0 = inputs[0], i1 = inputs[1], i2 = inputs[2], i3 = inputs[3];
        float* o0 = outputs[0], o1 = outputs[1], o2 = outputs[2], o3 = outputs[3];
        TVector s00 = TSimd.Create(0), s10 = s00, s20 = s00, s30 = s00, s01 = s00, s11 = s00, s21 = s00, s31 = s00;
        TVector s02 = s00, s12 = s00, s22 = s00, s32 = s00, s03 = s00, s13 = s00, s23 = s00, s33 = s00;
        for (int c = 0; c < stride; c += TSimd.Width)
        {
            TVector a = TSimd.Load(o0 + c), b = TSimd.Load(o1 + c), d = TSimd.Load(o2 + c), e = TSimd.Load(o3 + c), x = TSimd.Load(i0 + c);
            s00 = TSimd.MultiplyAdd(x, a, s00);
            s01 = TSimd.MultiplyAdd(x, b, s01);
            s02 = TSimd.MultiplyAdd(x, d, s02);
            s03 = TSimd.MultiplyAdd(x, e, s03);
            x = TSimd.Load(i1 + c);
            s10 = TSimd.MultiplyAdd(x, a, s10);
            s11 = TSimd.MultiplyAdd(x, b, s11);
            s12 = TSimd.MultiplyAdd(x, d, s12);
            s13 = TSimd.MultiplyAdd(x, e, s13);
            x = TSimd.Load(i2 + c);
            s20 = TSimd.MultiplyAdd(x, a, s20);
            s21 = TSimd.MultiplyAdd(x, b, s21);
            s22 = TSimd.MultiplyAdd(x, d, s22);
            s23 = TSimd.MultiplyAdd(x, e, s23);
            x = TSimd.Load(i3 + c);
            s30 = TSimd.MultiplyAdd(x, a, s30);
            s31 = TSimd.MultiplyAdd(x, b, s31);
            s32 = TSimd.MultiplyAdd(x, d, s32);
            s33 = TSimd.MultiplyAdd(x, e, s33);
        }

        TSimd.Sum4(s00, s10, s20, s30).Store(scores);
        TSimd.Sum4(s01, s11, s21, s31).Store(scores + 4);
        TSimd.Sum4(s02, s12, s22, s32).Store(scores + 8);
        TSimd.Sum4(s03, s13, s23, s33).Store(scores + 12);
    }

    // Updates one column of four inputs and of all outputs.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void UpdateColumn(float** inputs, float** outputs, int count, int c, float* g, float** ahead)
    {
        TVector x0 = TSimd.Load(inputs[0] + c), x1 = TSimd.Load(inputs[1] + c), x2 = TSimd.Load(inputs[2] + c), x3 = TSimd.Load(inputs[3] + c);
        TVector d0 = x0, d1 = x1, d2 = x2, d3 = x3;
        for (int m = 0; m < count; m++, g += 4)
        {
            RowPrefetch.Line(ahead[m] + c);
            float* o = outputs[m] + c;
            TVector old = TSimd.Load(o), next = old, h = TSimd.Create(g[0]);
            d0 = TSimd.MultiplyAdd(h, old, d0);
            next = TSimd.MultiplyAdd(h, x0, next);
            h = TSimd.Create(g[1]);
            d1 = TSimd.MultiplyAdd(h, old, d1);
            next = TSimd.MultiplyAdd(h, x1, next);
            h = TSimd.Create(g[2]);
            d2 = TSimd.MultiplyAdd(h, old, d2);
            next = TSimd.MultiplyAdd(h, x2, next);
            h = TSimd.Create(g[3]);
            d3 = TSimd.MultiplyAdd(h, old, d3);
            next = TSimd.MultiplyAdd(h, x3, next);
            TSimd.Store(o, next);
        }

        TSimd.Store(inputs[0] + c, d0);
        TSimd.Store(inputs[1] + c, d1);
        TSimd.Store(inputs[2] + c, d2);
        TSimd.Store(inputs[3] + c, d3);
    }

    // Two columns at once share the load of each gradient, and have twice as many sums to hide the latency of the multiply-add.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void UpdateTwoColumns(float** inputs, float** outputs, int count, int c, float* g, float** ahead, int aheadColumn)
    {
        int w = c + TSimd.Width;
        TVector x0 = TSimd.Load(inputs[0] + c), x1 = TSimd.Load(inputs[1] + c), x2 = TSimd.Load(inputs[2] + c), x3 = TSimd.Load(inputs[3] + c);
        TVector y0 = TSimd.Load(inputs[0] + w), y1 = TSimd.Load(inputs[1] + w), y2 = TSimd.Load(inputs[2] + w), y3 = TSimd.Load(inputs[3] + w);
        TVector d0 = x0, d1 = x1, d2 = x2, d3 = x3, e0 = y0, e1 = y1, e2 = y2, e3 = y3;
        for (int m = 0; m < count; m++, g += 4)
        {
            RowPrefetch.Line(ahead[m] + aheadColumn);
            float* o = outputs[m] + c;
            TVector oldX = TSimd.Load(o), oldY = TSimd.Load(o + TSimd.Width), nextX = oldX, nextY = oldY, h = TSimd.Create(g[0]);
            d0 = TSimd.MultiplyAdd(h, oldX, d0);
            nextX = TSimd.MultiplyAdd(h, x0, nextX);
            e0 = TSimd.MultiplyAdd(h, oldY, e0);
            nextY = TSimd.MultiplyAdd(h, y0, nextY);
            h = TSimd.Create(g[1]);
            d1 = TSimd.MultiplyAdd(h, oldX, d1);
            nextX = TSimd.MultiplyAdd(h, x1, nextX);
            e1 = TSimd.MultiplyAdd(h, oldY, e1);
            nextY = TSimd.MultiplyAdd(h, y1, nextY);
            h = TSimd.Create(g[2]);
            d2 = TSimd.MultiplyAdd(h, oldX, d2);
            nextX = TSimd.MultiplyAdd(h, x2, nextX);
            e2 = TSimd.MultiplyAdd(h, oldY, e2);
            nextY = TSimd.MultiplyAdd(h, y2, nextY);
            h = TSimd.Create(g[3]);
            d3 = TSimd.MultiplyAdd(h, oldX, d3);
            nextX = TSimd.MultiplyAdd(h, x3, nextX);
            e3 = TSimd.MultiplyAdd(h, oldY, e3);
            nextY = TSimd.MultiplyAdd(h, y3, nextY);
            TSimd.Store(o, nextX);
            TSimd.Store(o + TSimd.Width, nextY);
        }

        TSimd.Store(inputs[0] + c, d0);
        TSimd.Store(inputs[0] + w, e0);
        TSimd.Store(inputs[1] + c, d1);
        TSimd.Store(inputs[1] + w, e1);
        TSimd.Store(inputs[2] + c, d2);
        TSimd.Store(inputs[2] + w, e2);
        TSimd.Store(inputs[3] + c, d3);
        TSimd.Store(inputs[3] + w, e3);
    }
}

/// <summary>Kernels for AVX-512, with sixteen floats per vector.</summary>
internal sealed class Vector512Kernels : VectorKernels<Simd512, Vector512<float>>
{
    public override string Name => "vector512";
}

/// <summary>Kernels for AVX2 with FMA, with eight floats per vector.</summary>
internal sealed class Vector256Kernels : VectorKernels<Simd256, Vector256<float>>
{
    public override string Name => "vector256";
}

/// <summary>Kernels for SSE or AdvSimd, with four floats per vector.</summary>
internal sealed class Vector128Kernels : VectorKernels<Simd128, Vector128<float>>
{
    public override string Name => "vector128";
}
