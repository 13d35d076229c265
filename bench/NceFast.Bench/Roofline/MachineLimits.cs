using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using NceFast.Numerics;

namespace NceFast.Bench.Roofline;

/// <summary>
/// Measures the limits of this machine: multiply-adds, reads from each level of memory, and access to random rows.
/// </summary>
internal static unsafe class MachineLimits
{
    private const int Sums = 12;

    /// <summary>Measures single-precision multiply-adds in registers; GFLOP/s of all threads.</summary>
    public static double Fma(int threads)
    {
        const int Steps = 20_000_000;
        int lanes = SimdCatalog.Current == SimdWidth.Vector512 ? 16 : 8;
        double seconds = Time(threads, _ => lanes == 16 ? Chain512(Steps) : Chain256(Steps));
        return threads * 2.0 * lanes * Sums * Steps / seconds / 1e9;
    }

    /// <summary>
    /// Measures sequential reads; GB/s of all threads, each of which reads its own <paramref name="bytes"/> bytes.
    /// </summary>
    public static double Read(int threads, int bytes)
    {
        int rounds = (int)Math.Max(2, 4L * 1024 * 1024 * 1024 / bytes / (bytes > 1 << 25 ? 4 : 1));
        using var memory = new Memory(threads, bytes);
        double seconds = Time(threads, t => Sum(memory[t], bytes / sizeof(float), rounds));
        return threads * (double)bytes * rounds / seconds / 1e9;
    }

    /// <summary>
    /// Measures reading and writing rows of 512 bytes at random positions in 256 MiB, prefetched eight rows ahead. Returns GB/s, with
    /// each row counted once.
    /// </summary>
    public static double RandomRows(int threads)
    {
        const int Bytes = 256 << 20, Floats = 128, Count = 1_000_000;
        using var memory = new Memory(threads, Bytes);
        double seconds = Time(threads, t => Walk(memory[t], Bytes / sizeof(float) / Floats, Floats, Count));
        return threads * 4.0 * Floats * Count / seconds / 1e9;
    }

    // The best of five repetitions counts, and in each repetition the slowest thread.
    private static double Time(int threads, Func<int, float> work)
    {
        double best = double.PositiveInfinity;
        for (int run = 0; run < 5; run++)
        {
            using var start = new Barrier(threads + 1);
            var all = Enumerable.Range(0, threads).Select(t => new Thread(() =>
            {
                start.SignalAndWait();
                GC.KeepAlive(work(t));
            })).ToArray();
            foreach (Thread thread in all)
                thread.Start();
            start.SignalAndWait();
            var watch = Stopwatch.StartNew();
            foreach (Thread thread in all)
                thread.Join();
            best = Math.Min(best, watch.Elapsed.TotalSeconds);
        }

        return best;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static float Chain512(int steps)
    {
        Vector512<float> x = Vector512.Create(1.0001f), y = Vector512.Create(0.5f);
        Vector512<float> s0 = x, s1 = x, s2 = x, s3 = x, s4 = x, s5 = x, s6 = x, s7 = x, s8 = x, s9 = x, sa = x, sb = x;
        for (int i = 0; i < steps; i++)
        {
            s0 = Vector512.FusedMultiplyAdd(s0, y, x);
            s1 = Vector512.FusedMultiplyAdd(s1, y, x);
            s2 = Vector512.FusedMultiplyAdd(s2, y, x);
            s3 = Vector512.FusedMultiplyAdd(s3, y, x);
            s4 = Vector512.FusedMultiplyAdd(s4, y, x);
            s5 = Vector512.FusedMultiplyAdd(s5, y, x);
            s6 = Vector512.FusedMultiplyAdd(s6, y, x);
            s7 = Vector512.FusedMultiplyAdd(s7, y, x);
            s8 = Vector512.FusedMultiplyAdd(s8, y, x);
            s9 = Vector512.FusedMultiplyAdd(s9, y, x);
            sa = Vector512.FusedMultiplyAdd(sa, y, x);
            sb = Vector512.FusedMultiplyAdd(sb, y, x);
        }

        return Vector512.Sum(s0 + s1 + s2 + s3 + s4 + s5 + s6 + s7 + s8 + s9 + sa + sb);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static float Chain256(int steps)
    {
        Vector256<float> x = Vector256.Create(1.0001f), y = Vector256.Create(0.5f);
        Vector256<float> s0 = x, s1 = x, s2 = x, s3 = x, s4 = x, s5 = x, s6 = x, s7 = x, s8 = x, s9 = x, sa = x, sb = x;
        for (int i = 0; i < steps; i++)
        {
            s0 = Vector256.FusedMultiplyAdd(s0, y, x);
            s1 = Vector256.FusedMultiplyAdd(s1, y, x);
            s2 = Vector256.FusedMultiplyAdd(s2, y, x);
            s3 = Vector256.FusedMultiplyAdd(s3, y, x);
            s4 = Vector256.FusedMultiplyAdd(s4, y, x);
            s5 = Vector256.FusedMultiplyAdd(s5, y, x);
            s6 = Vector256.FusedMultiplyAdd(s6, y, x);
            s7 = Vector256.FusedMultiplyAdd(s7, y, x);
            s8 = Vector256.FusedMultiplyAdd(s8, y, x);
            s9 = Vector256.FusedMultiplyAdd(s9, y, x);
            sa = Vector256.FusedMultiplyAdd(sa, y, x);
            sb = Vector256.FusedMultiplyAdd(sb, y, x);
        }

        return Vector256.Sum(s0 + s1 + s2 + s3 + s4 + s5 + s6 + s7 + s8 + s9 + sa + sb);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Sum(float* data, int floats, int rounds)
    {
        Vector512<float> a = default, b = default, c = default, d = default;
        for (int round = 0; round < rounds; round++)
        {
            for (int i = 0; i < floats; i += 64)
            {
                a += Vector512.Load(data + i);
                b += Vector512.Load(data + i + 16);
                c += Vector512.Load(data + i + 32);
                d += Vector512.Load(data + i + 48);
            }
        }

        return Vector512.Sum(a + b + c + d);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Walk(float* data, int rows, int stride, int count)
    {
        const int Ahead = 8;
        uint state = 1, next = 1;
        for (int i = 0; i < Ahead; i++)
            next = (next * 1664525) + 1013904223;
        Vector512<float> one = Vector512.Create(1f);
        for (int i = 0; i < count; i++)
        {
            state = (state * 1664525) + 1013904223;
            next = (next * 1664525) + 1013904223;
            float* row = data + ((long)((ulong)state * (uint)rows >> 32) * stride), ahead = data + ((long)((ulong)next * (uint)rows >> 32) * stride);
            for (int c = 0; c < stride; c += 16)
            {
                if (Sse.IsSupported)
                    Sse.Prefetch0(ahead + c);
                (Vector512.Load(row + c) + one).Store(row + c);
            }
        }

        return data[0];
    }

    // Each thread has one block that it has touched, on large pages if the system provides them.
    private sealed class Memory : IDisposable
    {
        private readonly AlignedMatrix[] _blocks;

        public Memory(int threads, int bytes) =>
            _blocks = [.. Enumerable.Range(0, threads).Select(_ => new AlignedMatrix(bytes / 4096, 1024))];

        public float* this[int thread] => _blocks[thread].Pointer;

        public void Dispose()
        {
            foreach (AlignedMatrix block in _blocks)
                block.Dispose();
        }
    }
}
