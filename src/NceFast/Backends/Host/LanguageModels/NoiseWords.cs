using System.Runtime.CompilerServices;
using NceFast.Merging;
using NceFast.Models;
using NceFast.Numerics;

namespace NceFast.Backends.Host.LanguageModels;

/// <summary>Draws the noise words of a batch, in sets, and prefetches their rows.</summary>
internal sealed unsafe class NoiseWords
{
    private readonly LanguageModelSpec _spec;
    private readonly TargetView _view;
    private readonly uint[] _draws;
    private readonly int[] _words, _cold;
    private readonly int _prefetchFrom; // the first private rows stay in cache

    /// <summary>Makes room.</summary>
    /// <param name="spec">The model.</param>
    /// <param name="view">The rows.</param>
    /// <param name="sets">The maximum number of sets of a batch.</param>
    public NoiseWords(LanguageModelSpec spec, TargetView view, int sets)
    {
        (_spec, _view) = (spec, view);
        _words = new int[sets * spec.NoiseSetSize];
        _cold = new int[spec.NoiseSetSize + 1];
        _draws = new uint[Padded(_words.Length)];
        _prefetchFrom = Math.Max(Math.Min(view.Rows.Hot, HotRows.First), RowPrefetch.First);
    }

    /// <summary>Draws the sets of a batch.</summary>
    public void Draw(in NoiseDraw draw, int sets)
    {
        int count = sets * _spec.NoiseSetSize;
        LanguageModelPlan.DrawNoise(_spec, draw.Epoch, draw.Block, draw.Batch, _draws.AsSpan(0, Padded(count)), _words.AsSpan(0, count));
    }

    /// <summary>The words of a set: <c>[draws]</c>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ReadOnlySpan<int> Set(int set) => _words.AsSpan(set * _spec.NoiseSetSize, _spec.NoiseSetSize);

    /// <summary>Prefetches the rows of a set. Rare words are selected without a branch, which the processor could not predict.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Prefetch(int set)
    {
        int[] cold = _cold;
        int count = 0, from = _prefetchFrom;
        foreach (int word in Set(set))
        {
            cold[count] = word;
            count += 1 + ((word - from) >> 31);
        }

        HotTable table = _view.Rows;
        for (int i = 0; i < count; i++)
            RowPrefetch.Row(table.Row(cold[i]), table.Stride);
    }

    /// <summary>Prefetches the row of an observed word.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void PrefetchWord(int word) => RowPrefetch.Row(_view.Rows.Row(word), _view.Rows.Stride);

    private static int Padded(int words) => ((2 * words) + Philox4x32.Tile - 1) / Philox4x32.Tile * Philox4x32.Tile;
}
