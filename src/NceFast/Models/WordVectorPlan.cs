using System.Buffers;
using NceFast.Corpus;
using NceFast.Numerics;
using NceFast.Sampling;

namespace NceFast.Models;

/// <summary>
/// All random decisions for one token block, made before any arithmetic: which tokens are kept, each one's window, the
/// noise words of each group of positions. A pure function of (spec, epoch, block), equal on every backend.
/// Position i of the kept tokens is a prediction's middle; its window is [Low[i], High[i]) without i itself.
/// The spans are valid until the next <see cref="Prepare"/> or <see cref="Dispose"/>, which reuse or give back their memory.
/// </summary>
internal sealed class WordVectorPlan(WordVectorSpec spec) : IDisposable
{
    private int[] _kept = [], _low = [], _high = [], _noise = [];
    private uint[] _draws = [];
    private bool _disposed;

    /// <summary>Kept tokens.</summary>
    public int Count { get; private set; }

    /// <summary>Predictions in the block: word pairs for skip-gram, positions with a context for CBOW.</summary>
    public long Predictions { get; private set; }

    /// <summary>Ids of the kept tokens: <c>[Count]</c>.</summary>
    public ReadOnlySpan<int> Kept => Alive(_kept).AsSpan(0, Count);

    /// <summary>First index of each window: <c>[Count]</c>.</summary>
    public ReadOnlySpan<int> Low => Alive(_low).AsSpan(0, Count);

    /// <summary>Index after each window's last: <c>[Count]</c>.</summary>
    public ReadOnlySpan<int> High => Alive(_high).AsSpan(0, Count);

    /// <summary>Noise words, set after set: <c>[sets, NoiseSetSize]</c>.</summary>
    public ReadOnlySpan<int> Noise => Alive(_noise).AsSpan(0, SetCount * spec.NoiseSetSize);

    /// <summary>Gets the number of sets. <see cref="ModelSpec.Sharing"/> positions share one; the last may have fewer.</summary>
    public int SetCount => (Count + spec.Sharing - 1) / spec.Sharing;

    /// <summary>Makes the plan of a block.</summary>
    /// <param name="block">The block.</param>
    /// <param name="epoch">Epoch, from 0.</param>
    /// <exception cref="ObjectDisposedException">The plan or the block was disposed.</exception>
    public void Prepare(TokenBlock block, int epoch)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        Ensure(ref _kept, block.Count);
        Ensure(ref _low, block.Count);
        Ensure(ref _high, block.Count);
        Subsample(block, epoch);
        Count = Windows(block, epoch);
        DrawNoise(block, epoch);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (int[] array in new[] { _kept, _low, _high, _noise })
            Return(array);
        Return(_draws);
        _kept = _low = _high = _noise = [];
        _draws = [];
        Count = 0;
        _disposed = true;
    }

    // _low[i] of a token is 1 when it is kept, until windows overwrite it.
    private void Subsample(TokenBlock block, int epoch)
    {
        ReadOnlySpan<int> ids = block.Ids;
        ReadOnlySpan<uint> draws = Fill(PhiloxStream.For(spec.Seed, DrawPurpose.Subsample, epoch, block.Number), ids.Length);
        uint[] limits = spec.KeepLimits;
        int[] keep = _low;
        for (int i = 0; i < ids.Length; i++)
            keep[i] = draws[i] <= limits[ids[i]] ? 1 : 0;
    }

    private int Windows(TokenBlock block, int epoch)
    {
        ReadOnlySpan<int> ids = block.Ids;
        ReadOnlySpan<uint> draws = Fill(PhiloxStream.For(spec.Seed, DrawPurpose.Window, epoch, block.Number), ids.Length);
        int[] kept = _kept, low = _low, high = _high;
        int least = spec.LeastReach;
        ulong reaches = (ulong)spec.Reaches;
        int count = 0, token = 0;
        long pairs = 0, withContext = 0;
        foreach (int end in block.SentenceEnds)
        {
            int start = count;
            for (; token < end; token++)
            {
                kept[count] = ids[token];
                count += low[token];
            }

            // Kept tokens never outrun those read, so the keep flags ahead are still intact.
            for (int i = start; i < count; i++)
            {
                int reach = least + (int)((draws[i] * reaches) >> 32);
                low[i] = Math.Max(start, i - reach);
                high[i] = Math.Min(count, i + reach + 1);
                int size = high[i] - low[i] - 1;
                pairs += size;
                withContext += size > 0 ? 1 : 0;
            }
        }

        Predictions = spec.Model == ModelKind.SkipGram ? pairs : withContext;
        return count;
    }

    private void DrawNoise(TokenBlock block, int epoch)
    {
        int total = SetCount * spec.NoiseSetSize;
        Ensure(ref _noise, total);
        ReadOnlySpan<uint> draws = Fill(PhiloxStream.For(spec.Seed, DrawPurpose.Noise, epoch, block.Number), 2 * total);
        ReadOnlySpan<AliasTable.Cell> cells = spec.Noise.Table.Cells;
        Span<int> noise = _noise.AsSpan(0, total);
        for (int i = 0; i < noise.Length; i++)
            noise[i] = AliasTable.Draw(cells, draws[2 * i], draws[(2 * i) + 1]);
    }

    private ReadOnlySpan<uint> Fill(PhiloxStream stream, int count)
    {
        int padded = (count + Philox4x32.Tile - 1) / Philox4x32.Tile * Philox4x32.Tile;
        Ensure(ref _draws, padded);
        Philox4x32.Fill(stream, _draws.AsSpan(0, padded));
        return _draws.AsSpan(0, count);
    }

    private T Alive<T>(T value)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return value;
    }

    private static void Ensure<T>(ref T[] array, int length)
    {
        if (array.Length >= length)
            return;
        Return(array);
        array = ArrayPool<T>.Shared.Rent(length);
    }

    private static void Return<T>(T[] array)
    {
        if (array.Length > 0)
            ArrayPool<T>.Shared.Return(array);
    }
}
