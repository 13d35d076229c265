using System.Runtime.CompilerServices;

namespace NceFast.Backends.Host;

internal abstract unsafe partial class VectorKernels<TSimd, TVector>
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void SumProducts(float* destination, float** rows, float* factors, int count, int stride)
    {
        int c = 0;
        for (; c + (2 * TSimd.Width) <= stride; c += 2 * TSimd.Width)
        {
            TVector sum0 = TSimd.Create(0), sum1 = sum0;
            float* factor = factors + c;
            for (int j = 0; j < count; j++, factor += stride)
            {
                float* row = rows[j] + c;
                sum0 = TSimd.MultiplyAdd(TSimd.Load(row), TSimd.Load(factor), sum0);
                sum1 = TSimd.MultiplyAdd(TSimd.Load(row + TSimd.Width), TSimd.Load(factor + TSimd.Width), sum1);
            }

            TSimd.Store(destination + c, sum0);
            TSimd.Store(destination + c + TSimd.Width, sum1);
        }

        for (; c < stride; c += TSimd.Width)
        {
            TVector sum = TSimd.Create(0);
            float* factor = factors + c;
            for (int j = 0; j < count; j++, factor += stride)
                sum = TSimd.MultiplyAdd(TSimd.Load(rows[j] + c), TSimd.Load(factor), sum);
            TSimd.Store(destination + c, sum);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void CarryProducts(float* gradient, float** rows, float** carried, float* factors, float* sums, int count, int stride)
    {
        for (int j = 0; j < count; j++, factors += stride, sums += stride)
        {
            float* row = rows[j], to = carried[j];
            for (int c = 0; c < stride; c += TSimd.Width)
            {
                TVector g = TSimd.Load(gradient + c);
                TSimd.Store(to + c, TSimd.MultiplyAdd(g, TSimd.Load(factors + c), TSimd.Load(to + c)));
                TSimd.Store(sums + c, TSimd.MultiplyAdd(g, TSimd.Load(row + c), TSimd.Load(sums + c)));
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void StepTile(float** inputs, int quads, float** outputs, int count, int stride, float* gradients, float* steps, float** deltas)
    {
        for (int q = 0; q < quads; q++, inputs += 4, deltas += 4)
        {
            float* i0 = inputs[0], i1 = inputs[1], i2 = inputs[2], i3 = inputs[3];
            for (int c = 0; c < stride; c += TSimd.Width)
            {
                TVector x0 = TSimd.Load(i0 + c), x1 = TSimd.Load(i1 + c), x2 = TSimd.Load(i2 + c), x3 = TSimd.Load(i3 + c);
                TVector d0 = TSimd.Load(deltas[0] + c), d1 = TSimd.Load(deltas[1] + c), d2 = TSimd.Load(deltas[2] + c), d3 = TSimd.Load(deltas[3] + c);
                float* g = gradients, s = steps;
                for (int m = 0; m < count; m++, g += 4, s += 4)
                {
                    float* o = outputs[m] + c;
                    TVector old = TSimd.Load(o);
                    TVector first = TSimd.MultiplyAdd(TSimd.Create(s[0]), x0, old), second = TSimd.Multiply(TSimd.Create(s[1]), x1);
                    d0 = TSimd.MultiplyAdd(TSimd.Create(g[0]), old, d0);
                    d1 = TSimd.MultiplyAdd(TSimd.Create(g[1]), old, d1);
                    first = TSimd.MultiplyAdd(TSimd.Create(s[2]), x2, first);
                    second = TSimd.MultiplyAdd(TSimd.Create(s[3]), x3, second);
                    d2 = TSimd.MultiplyAdd(TSimd.Create(g[2]), old, d2);
                    d3 = TSimd.MultiplyAdd(TSimd.Create(g[3]), old, d3);
                    TSimd.Store(o, TSimd.Add(first, second));
                }

                TSimd.Store(deltas[0] + c, d0);
                TSimd.Store(deltas[1] + c, d1);
                TSimd.Store(deltas[2] + c, d2);
                TSimd.Store(deltas[3] + c, d3);
            }

            gradients += 4 * count;
            steps += 4 * count;
        }
    }
}
