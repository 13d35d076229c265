using NceFast.Numerics;

namespace NceFast.Estimation.Internals;

/// <summary>Draws noise in pieces of fixed size, each from its own random stream. The rows therefore do not depend on the number of threads.</summary>
internal static class NoisePieces
{
    /// <summary>The number of rows per piece.</summary>
    public const int PieceRows = 1024;

    public static double[] Draw(NoiseDensity noise, int rows, Func<ulong, PhiloxStream> stream, int threads, CancellationToken cancellation)
    {
        var values = new double[(long)rows * noise.Dim];
        Fill(noise, values, stream, threads, cancellation);
        return values;
    }

    public static void Fill(NoiseDensity noise, Memory<double> values, Func<ulong, PhiloxStream> stream, int threads, CancellationToken cancellation)
    {
        int size = PieceRows * noise.Dim, pieces = (int)(((long)values.Length + size - 1) / size);
        Strands.Run(pieces, threads, cancellation, piece =>
        {
            int from = piece * size;
            noise.Sample(new DrawSequence(stream((ulong)piece)), values.Span.Slice(from, Math.Min(size, values.Length - from)));
        });
    }
}
