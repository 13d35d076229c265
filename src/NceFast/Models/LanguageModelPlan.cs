using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using NceFast.Corpus;
using NceFast.Numerics;
using NceFast.Objectives;
using NceFast.Sampling;

namespace NceFast.Models;

/// <summary>
/// Represents the predictions of a sequence of sentences: a padded stream of context rows, and the indices in it that are predicted. The
/// context of a prediction at i is the stream at i + <see cref="LanguageModelShape.Offset"/> for each place.
/// </summary>
/// <param name="shape">The model.</param>
internal sealed class LanguageModelPlan(LanguageModelShape shape)
{
    private readonly List<int> _stream = [], _targets = [];

    /// <summary>Gets the rows in the order of the text, with padding between sentences; valid until the plan changes.</summary>
    public ReadOnlySpan<int> Stream => CollectionsMarshal.AsSpan(_stream);

    /// <summary>Gets the indices in <see cref="Stream"/> that are predicted, in ascending order; valid until the plan changes.</summary>
    public ReadOnlySpan<int> Targets => CollectionsMarshal.AsSpan(_targets);

    /// <summary>Creates the plan of a block.</summary>
    /// <param name="block">The block.</param>
    public void Prepare(TokenBlock block)
    {
        ArgumentNullException.ThrowIfNull(block);
        Clear();
        int start = 0;
        foreach (int end in block.SentenceEnds)
        {
            Add(block.Ids[start..end]);
            start = end;
        }
    }

    /// <summary>Removes all sentences.</summary>
    public void Clear()
    {
        _stream.Clear();
        _targets.Clear();
    }

    /// <summary>Appends a sentence.</summary>
    /// <param name="sentence">Ids, without &lt;/s&gt;.</param>
    public void Add(ReadOnlySpan<int> sentence)
    {
        for (int i = 0; i < shape.Before; i++)
            _stream.Add(shape.StartOfSentence);
        int first = _stream.Count;
        _stream.AddRange(sentence);
        for (int i = 0; i < Math.Max(1, shape.After); i++)
            _stream.Add(shape.EndOfSentence);
        int predictions = sentence.Length + (shape.PredictsEnd ? 1 : 0);
        for (int i = 0; i < predictions; i++)
            _targets.Add(first + i);
    }

    /// <summary>Draws noise words for one batch of a block: a pure function of its arguments.</summary>
    /// <param name="spec">Seed and distribution.</param>
    /// <param name="epoch">Epoch, from 0.</param>
    /// <param name="block">Global number of the block.</param>
    /// <param name="batch">Number of the batch within the block.</param>
    /// <param name="draws">Working memory: at least twice as long as <paramref name="noise"/>, a multiple of <see cref="Philox4x32.Tile"/>.</param>
    /// <param name="noise">Receives the words.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void DrawNoise(LanguageModelSpec spec, int epoch, ulong block, int batch, Span<uint> draws, Span<int> noise)
    {
        ArgumentNullException.ThrowIfNull(spec);
        Philox4x32.Fill(NoiseStream(PhiloxStream.For(spec.Seed, DrawPurpose.Noise, epoch, block), batch), draws);
        ReadOnlySpan<AliasTable.Cell> cells = spec.Noise.Table.Cells;
        for (int i = 0; i < noise.Length; i++)
            noise[i] = AliasTable.Draw(cells, draws[2 * i], draws[(2 * i) + 1]);
    }

    /// <summary>Draws noise words that depend on the previous word for one batch of a block, with the random numbers of <see cref="DrawNoise(LanguageModelSpec, int, ulong, int, Span{uint}, Span{int})"/>.</summary>
    /// <param name="spec">Seed and distribution.</param>
    /// <param name="epoch">Epoch, from 0.</param>
    /// <param name="block">Global number of the block.</param>
    /// <param name="batch">Number of the batch within the block.</param>
    /// <param name="previous">The previous word of each set: <c>[sets]</c>.</param>
    /// <param name="draws">Working memory: at least twice as long as <paramref name="noise"/>, a multiple of <see cref="Philox4x32.Tile"/>.</param>
    /// <param name="noise">Receives the words: <c>[sets, set size]</c>.</param>
    /// <param name="logNoise">Receives log(n p_n(w | u)) of each, in nats.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void DrawNoise(LanguageModelSpec spec, int epoch, ulong block, int batch, ReadOnlySpan<int> previous, Span<uint> draws, Span<int> noise, Span<float> logNoise)
    {
        ArgumentNullException.ThrowIfNull(spec);
        Philox4x32.Fill(NoiseStream(PhiloxStream.For(spec.Seed, DrawPurpose.Noise, epoch, block), batch), draws);
        BigramNoise bigrams = spec.Bigrams!;
        int size = spec.NoiseSetSize, n = 0;
        double factor = spec.NoiseFactor;
        foreach (int u in previous)
        {
            for (int end = n + size; n < end; n++)
            {
                noise[n] = bigrams.Draw(u, draws[2 * n], draws[(2 * n) + 1], out double probability);
                logNoise[n] = (float)Logit.LogNoise(factor, probability);
            }
        }
    }

    /// <summary>Gets the random stream of the noise words of a batch, two draws per word.</summary>
    /// <param name="block">Stream of the block's noise.</param>
    /// <param name="batch">Number of the batch within the block.</param>
    public static PhiloxStream NoiseStream(PhiloxStream block, int batch) => block with { K1 = block.K1 ^ ((uint)batch << 8) };
}
