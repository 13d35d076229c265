using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using NceFast.Merging;
using NceFast.Models;
using NceFast.Numerics;
using NceFast.Objectives;

namespace NceFast.Backends.Host.LanguageModels;

/// <summary>Draws the noise words of a batch, one set after another, and prefetches their rows.</summary>
internal sealed unsafe class NoiseWords
{
    private readonly LanguageModelSpec _spec;
    private readonly TargetView _view;
    private readonly uint[] _draws;
    private readonly int[] _words, _cold, _previous;
    private readonly float[] _logNoise; // pinned
    private readonly int _prefetchFrom; // the rows before this one are private and stay in the cache

    /// <summary>Allocates room for the sets of a batch.</summary>
    /// <param name="spec">The model.</param>
    /// <param name="view">The target rows.</param>
    /// <param name="sets">The maximum number of sets of a batch.</param>
    public NoiseWords(LanguageModelSpec spec, TargetView view, int sets)
    {
        (_spec, _view) = (spec, view);
        _words = new int[sets * spec.NoiseSetSize];
        _cold = new int[spec.NoiseSetSize + 1];
        _draws = new uint[Padded(_words.Length)];
        bool isContextual = spec.Bigrams is not null;
        _previous = new int[isContextual ? sets : 0];
        _logNoise = GC.AllocateUninitializedArray<float>(isContextual ? _words.Length : 0, pinned: true);
        _prefetchFrom = Math.Max(Math.Min(view.Rows.Hot, HotRows.First), RowPrefetch.First);
    }

    /// <summary>Draws the sets of a batch.</summary>
    public void Draw(in NoiseDraw draw, int sets)
    {
        int count = sets * _spec.NoiseSetSize;
        LanguageModelPlan.DrawNoise(_spec, draw.Epoch, draw.Block, draw.Batch, _draws.AsSpan(0, Padded(count)), _words.AsSpan(0, count));
    }

    /// <summary>Draws the sets of a batch whose noise depends on the previous word.</summary>
    public void Draw(in NoiseDraw draw, PredictionBatch batch)
    {
        ReadOnlySpan<int> starts = batch.Sets!.Starts;
        int sets = starts.Length - 1, count = sets * _spec.NoiseSetSize;
        for (int set = 0; set < sets; set++)
            _previous[set] = batch.Previous(starts[set]);
        LanguageModelPlan.DrawNoise(_spec, draw.Epoch, draw.Block, draw.Batch, _previous.AsSpan(0, sets), _draws.AsSpan(0, Padded(count)), _words.AsSpan(0, count), _logNoise);
    }

    /// <summary>Gets log(n p_n(w | u)) of the words of a set, where the noise depends on the previous word: <c>[set size]</c>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float* LogNoise(int set) => (float*)Marshal.UnsafeAddrOfPinnedArrayElement(_logNoise, set * _spec.NoiseSetSize);

    /// <summary>Computes log(n p_n(w | u)) of the observed word of a prediction, where the noise depends on the previous word.</summary>
    public float LogNoiseOfObserved(PredictionBatch batch, int prediction) =>
        (float)Logit.LogNoise(_spec.NoiseFactor, _spec.Bigrams!.Probability(batch.Previous(prediction), batch.Targets[prediction]));

    /// <summary>Gets the words of a set: <c>[set size]</c>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ReadOnlySpan<int> Set(int set) => _words.AsSpan(set * _spec.NoiseSetSize, _spec.NoiseSetSize);

    /// <summary>Prefetches the rows of a set's rare words. They are selected without a branch, which the processor could not predict.</summary>
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
