using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace NceFast.Numerics;

/// <summary>
/// The counter-based generator Philox4x32-10 (Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as 1, 2, 3",
/// SC 2011). A draw is a pure function of key and counter, so that any thread or device makes the same draws in any order.
/// </summary>
internal static class Philox4x32
{
    /// <summary>The draws that one call of the generator yields.</summary>
    public const int Words = 4;

    /// <summary>The draws of a tile; see <see cref="Draw"/> for how they are numbered.</summary>
    public const int Tile = 64;

    internal const uint M0 = 0xD2511F53, M1 = 0xCD9E8D57, W0 = 0x9E3779B9, W1 = 0xBB67AE85;

    /// <summary>Turns counter (c0..c3) and key (k0, k1) into four uniform 32-bit words in ten rounds; they replace the counter.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Block(ref uint c0, ref uint c1, ref uint c2, ref uint c3, uint k0, uint k1)
    {
        for (int round = 0; round < 10; round++)
        {
            ulong p0 = (ulong)M0 * c0, p1 = (ulong)M1 * c2;
            uint n0 = (uint)(p1 >> 32) ^ c1 ^ k0, n2 = (uint)(p0 >> 32) ^ c3 ^ k1;
            c0 = n0;
            c1 = (uint)p1;
            c2 = n2;
            c3 = (uint)p0;
            k0 += W0;
            k1 += W1;
        }
    }

    /// <summary>
    /// Computes draw number <paramref name="position"/> of a stream. Positions are laid out in tiles of 64: position p comes from
    /// counter (p / 64) * 16 + p % 16, word (p / 16) % 4, so that sixteen lanes fill a tile without a transposition.
    /// </summary>
    /// <param name="stream">The stream.</param>
    /// <param name="position">Number of the draw within the stream.</param>
    /// <returns>A uniform 32-bit word.</returns>
    public static uint Draw(in PhiloxStream stream, uint position)
    {
        uint c0 = (position / Tile * 16) + (position % 16), c1 = stream.C1, c2 = stream.C2, c3 = stream.C3;
        Block(ref c0, ref c1, ref c2, ref c3, stream.K0, stream.K1);
        return (position / 16 % Words) switch { 0 => c0, 1 => c1, 2 => c2, _ => c3 };
    }

    /// <summary>Fills <paramref name="draws"/> with draws 0, 1, 2, ... of a stream.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="draws">Destination; its length must be a multiple of <see cref="Tile"/>.</param>
    /// <exception cref="ArgumentException">The length is not a multiple of <see cref="Tile"/>.</exception>
    public static void Fill(in PhiloxStream stream, Span<uint> draws)
    {
        if (draws.Length % Tile != 0)
            throw new ArgumentException($"The length {draws.Length} is not a multiple of {Tile}.", nameof(draws));
        switch (SimdCatalog.Current)
        {
            case SimdWidth.Vector512: Fill512(stream, draws); break;
            case SimdWidth.Vector256: Fill256(stream, draws); break;
            default: FillScalar(stream, draws); break; // four lanes gain nothing over scalar code
        }
    }

    internal static void FillScalar(in PhiloxStream stream, Span<uint> draws)
    {
        for (int i = 0; i < draws.Length / Words; i++)
        {
            uint c0 = (uint)i, c1 = stream.C1, c2 = stream.C2, c3 = stream.C3;
            Block(ref c0, ref c1, ref c2, ref c3, stream.K0, stream.K1);
            Span<uint> tile = draws.Slice(i / 16 * Tile, Tile);
            int lane = i % 16;
            tile[lane] = c0;
            tile[16 + lane] = c1;
            tile[32 + lane] = c2;
            tile[48 + lane] = c3;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Fill512(in PhiloxStream stream, Span<uint> draws)
    {
        Vector512<uint> m0 = Vector512.Create(M0), m1 = Vector512.Create(M1), high = Vector512.Create(0xFFFFFFFF00000000ul).AsUInt32();
        for (int i = 0; i < draws.Length; i += Tile)
        {
            Vector512<uint> c0 = Vector512<uint>.Indices + Vector512.Create((uint)(i / Words));
            Vector512<uint> c1 = Vector512.Create(stream.C1), c2 = Vector512.Create(stream.C2), c3 = Vector512.Create(stream.C3);
            uint k0 = stream.K0, k1 = stream.K1;
            for (int round = 0; round < 10; round++)
            {
                // The instruction multiplies even lanes only: odd lanes are shifted down, multiplied, and blended with the even ones.
                Vector512<ulong> e0 = Avx512F.Multiply(c0, m0), o0 = Avx512F.Multiply((c0.AsUInt64() >>> 32).AsUInt32(), m0);
                Vector512<ulong> e1 = Avx512F.Multiply(c2, m1), o1 = Avx512F.Multiply((c2.AsUInt64() >>> 32).AsUInt32(), m1);
                Vector512<uint> hi0 = Vector512.ConditionalSelect(high, o0.AsUInt32(), (e0 >>> 32).AsUInt32());
                Vector512<uint> lo0 = Vector512.ConditionalSelect(high, (o0 << 32).AsUInt32(), e0.AsUInt32());
                Vector512<uint> hi1 = Vector512.ConditionalSelect(high, o1.AsUInt32(), (e1 >>> 32).AsUInt32());
                Vector512<uint> lo1 = Vector512.ConditionalSelect(high, (o1 << 32).AsUInt32(), e1.AsUInt32());
                c0 = hi1 ^ c1 ^ Vector512.Create(k0);
                c1 = lo1;
                c2 = hi0 ^ c3 ^ Vector512.Create(k1);
                c3 = lo0;
                k0 += W0;
                k1 += W1;
            }

            Span<uint> tile = draws.Slice(i, Tile);
            c0.CopyTo(tile);
            c1.CopyTo(tile[16..]);
            c2.CopyTo(tile[32..]);
            c3.CopyTo(tile[48..]);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Fill256(in PhiloxStream stream, Span<uint> draws)
    {
        Vector256<uint> m0 = Vector256.Create(M0), m1 = Vector256.Create(M1), high = Vector256.Create(0xFFFFFFFF00000000ul).AsUInt32();
        for (int half = 0; half < draws.Length / 32; half++)
        {
            Vector256<uint> c0 = Vector256<uint>.Indices + Vector256.Create((uint)half * 8);
            Vector256<uint> c1 = Vector256.Create(stream.C1), c2 = Vector256.Create(stream.C2), c3 = Vector256.Create(stream.C3);
            uint k0 = stream.K0, k1 = stream.K1;
            for (int round = 0; round < 10; round++)
            {
                Vector256<ulong> e0 = Avx2.Multiply(c0, m0), o0 = Avx2.Multiply((c0.AsUInt64() >>> 32).AsUInt32(), m0);
                Vector256<ulong> e1 = Avx2.Multiply(c2, m1), o1 = Avx2.Multiply((c2.AsUInt64() >>> 32).AsUInt32(), m1);
                Vector256<uint> hi0 = Vector256.ConditionalSelect(high, o0.AsUInt32(), (e0 >>> 32).AsUInt32());
                Vector256<uint> lo0 = Vector256.ConditionalSelect(high, (o0 << 32).AsUInt32(), e0.AsUInt32());
                Vector256<uint> hi1 = Vector256.ConditionalSelect(high, o1.AsUInt32(), (e1 >>> 32).AsUInt32());
                Vector256<uint> lo1 = Vector256.ConditionalSelect(high, (o1 << 32).AsUInt32(), e1.AsUInt32());
                c0 = hi1 ^ c1 ^ Vector256.Create(k0);
                c1 = lo1;
                c2 = hi0 ^ c3 ^ Vector256.Create(k1);
                c3 = lo0;
                k0 += W0;
                k1 += W1;
            }

            Span<uint> tile = draws.Slice(half / 2 * Tile, Tile)[(half % 2 * 8)..];
            c0.CopyTo(tile);
            c1.CopyTo(tile[16..]);
            c2.CopyTo(tile[32..]);
            c3.CopyTo(tile[48..]);
        }
    }
}

/// <summary>
/// Represents the key and the upper counter words of one stream of draws: (seed) x (purpose, epoch, block). The lowest counter word is the
/// position within the stream.
/// </summary>
/// <param name="K0">Low half of the seed.</param>
/// <param name="K1">High half of the seed.</param>
/// <param name="C1">Purpose in the low 8 bits, epoch above.</param>
/// <param name="C2">Low half of the block's number.</param>
/// <param name="C3">High half of the block's number.</param>
internal readonly record struct PhiloxStream(uint K0, uint K1, uint C1, uint C2, uint C3)
{
    /// <summary>Returns the stream of one purpose in one block of one epoch.</summary>
    /// <param name="seed">Seed of the training.</param>
    /// <param name="purpose">What the draws decide.</param>
    /// <param name="epoch">Epoch, from 0, below 2^24.</param>
    /// <param name="block">Global number of the block.</param>
    public static PhiloxStream For(ulong seed, DrawPurpose purpose, int epoch, ulong block) =>
        new((uint)seed, (uint)(seed >> 32), (uint)purpose | ((uint)epoch << 8), (uint)block, (uint)(block >> 32));
}

/// <summary>Specifies what a stream of draws decides. Streams of different purposes never overlap.</summary>
internal enum DrawPurpose : uint
{
    /// <summary>Initial parameters; the block is the row.</summary>
    Initialize = 1,

    /// <summary>Whether a token is kept by subsampling; the position is the token's index in its block.</summary>
    Subsample = 2,

    /// <summary>The window's reach; the position is the kept token's index.</summary>
    Window = 3,

    /// <summary>Noise words: two draws for each noise word.</summary>
    Noise = 4,

    /// <summary>Synthetic text and rows.</summary>
    Synthetic = 5,

    /// <summary>Order of blocks, and of sentences within a block.</summary>
    Shuffle = 6,

    /// <summary>Order of the words within each basket; the position is the token's index in its block.</summary>
    Basket = 7,

    /// <summary>Rows of noise for unnormalised densities; the block is a piece of rows.</summary>
    NoiseRows = 16,

    /// <summary>Order of the rows in an epoch, and points of checks.</summary>
    Order = 17,

    /// <summary>Rows of bridge distributions; the epoch is a sweep of the Markov chain, the block a piece of rows.</summary>
    Bridge = 18,
}
