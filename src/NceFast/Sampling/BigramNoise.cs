using System.Runtime.CompilerServices;
using NceFast.Numerics;

namespace NceFast.Sampling;

/// <summary>
/// Represents noise that depends on the previous word u: p_n(w | u) = lambda_u r(u, w) / r(u) + (1 - lambda_u) p(w), where p is the
/// unigram noise (Labeau and Allauzen 2017), r(u, w) = c(u, w) - 1, r(u) is the sum over the successors of u, and
/// lambda_u = weight r(u) / n(u) with the n(u) occurrences of u.
/// </summary>
/// <remarks>
/// One occurrence of each bigram does not count, so that the noise of an observed word is that of a text without it. With all
/// occurrences, the noise contains every bigram of the training text: the mean log Z on the test text of WikiText-2 then rose from 0.2 to 0.7.
/// The successors of a word are in an open-addressing hash table that is at the same time their alias table. A draw reads word and
/// probability in one slot, and any other word is found by one probe. Empty slots have weight 0. The memory never changes.
/// </remarks>
internal sealed class BigramNoise
{
    /// <summary>The maximum number of previous words that have successors. All others have the unigram noise.</summary>
    public const int MostPrevious = 65_536;

    /// <summary>The least number of occurrences of a bigram that has a part in the noise.</summary>
    public const long LeastCount = 2;

    /// <summary>The number of units of <see cref="Weights"/>.</summary>
    public const int WeightUnits = 1 << WeightBits;

    private const int WeightBits = 16;
    private const uint FractionBits = ~0u << WeightBits;
    private readonly NoiseDistribution _unigram;
    private readonly Slot[] _slots;
    private readonly int[] _starts, _weights;

    /// <summary>Builds the tables.</summary>
    /// <param name="counts">The bigrams.</param>
    /// <param name="unigram">The noise without a context.</param>
    /// <param name="weight">The factor of all lambda_u, 0 to 1.</param>
    public BigramNoise(BigramCounts counts, NoiseDistribution unigram, double weight)
    {
        ArgumentNullException.ThrowIfNull(counts);
        ArgumentNullException.ThrowIfNull(unigram);
        (_unigram, Factor) = (unigram, weight);
        int rows = counts.Rows;
        (_starts, _weights) = (new int[rows + 1], new int[rows]);
        for (int u = 0; u < rows; u++)
            _starts[u + 1] = _starts[u] + SlotsFor(counts.Starts[u + 1] - counts.Starts[u]);
        _slots = new Slot[Math.Max(1, _starts[rows])];
        var squares = new double[rows];
        Failures.Unwrap(() => Parallel.For(0, rows, u => Build(counts, u, weight, squares)));
        double all = 0, sum = 0, single = 0;
        foreach (double p in unigram.Probabilities)
            single += p * p;
        for (int u = 0; u < rows; u++)
        {
            double rest = 1 - Weight(u);
            all += counts.Occurrences[u];
            sum += counts.Occurrences[u] * (squares[u] + (rest * rest * single));
        }

        Repetition = all > 0 ? sum / all : single;
    }

    /// <summary>A successor of a word, and a column of the word's alias table.</summary>
    /// <param name="Word">The successor; -1 in an empty slot.</param>
    /// <param name="Probability">r(u, w) / r(u).</param>
    /// <param name="Threshold">See <see cref="AliasTable.Cell"/>.</param>
    /// <param name="Alias">The other slot of the column, from the first slot of the word.</param>
    public readonly record struct Slot(int Word, float Probability, uint Threshold, int Alias);

    /// <summary>Gets the slots of all previous words, one word after another, in the layout that devices copy.</summary>
    public ReadOnlySpan<Slot> Slots => _slots;

    /// <summary>Gets the first slot of each previous word, and the end: <c>[words + 2]</c>; &lt;s&gt; is the last row.</summary>
    public ReadOnlySpan<int> Starts => _starts;

    /// <summary>Gets lambda of each previous word, in parts of <see cref="WeightUnits"/>: <c>[words + 1]</c>.</summary>
    public ReadOnlySpan<int> Weights => _weights;

    /// <summary>Gets the noise without a context, which is also about the distribution of all noise words together.</summary>
    public NoiseDistribution Unigram => _unigram;

    /// <summary>Gets the probability that two noise words of the same previous word are equal, on average over the text.</summary>
    public double Repetition { get; }

    /// <summary>Gets the factor of all lambda_u.</summary>
    public double Factor { get; }

    /// <summary>Gets the bytes that the tables take.</summary>
    public long Bytes => ((long)_slots.Length * Unsafe.SizeOf<Slot>()) + (8L * _starts.Length);

    /// <summary>Gets the number of slots for so many successors. A third of them stays empty.</summary>
    public static int SlotsFor(int successors) => successors == 0 ? 0 : successors + (successors / 2) + 1;

    /// <summary>Gets the number of bigrams that fit into so many bytes.</summary>
    public static long BigramsWithin(long bytes) => bytes / Unsafe.SizeOf<Slot>() * 2 / 3;

    /// <summary>Gets lambda_u.</summary>
    public double Weight(int previous) => _weights[previous] / (double)WeightUnits;

    /// <summary>Computes p_n(w | u).</summary>
    /// <param name="previous">The previous word, or the row of &lt;s&gt;.</param>
    /// <param name="word">The word.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public double Probability(int previous, int word) => Mix(previous, word, Find(previous, word));

    /// <summary>Draws a noise word with two uniform 32-bit random numbers: the low 16 bits choose between bigram and unigram, the others the word.</summary>
    /// <param name="previous">The previous word, or the row of &lt;s&gt;.</param>
    /// <param name="high">The high half of the random number.</param>
    /// <param name="low">The low half.</param>
    /// <param name="probability">Receives p_n(w | u).</param>
    /// <returns>The word.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Draw(int previous, uint high, uint low, out double probability)
    {
        int word;
        if ((int)(low & ~FractionBits) >= _weights[previous])
        {
            word = _unigram.Table.Draw(high, low & FractionBits);
            probability = Probability(previous, word);
            return word;
        }

        int start = _starts[previous];
        ulong slots = (uint)(_starts[previous + 1] - start), scaled = (high * slots) + (((low & FractionBits) * slots) >> 32);
        Slot slot = _slots[start + (int)(scaled >> 32)];
        if ((uint)scaled >= slot.Threshold)
            slot = _slots[start + slot.Alias];
        probability = Mix(previous, slot.Word, slot.Probability);
        return slot.Word;
    }

    /// <summary>Computes the first slot to search for a word, from the first slot of the previous word.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Place(int word, int slots) => (int)(((ulong)((uint)word * 2654435769u) * (uint)slots) >> 32);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private double Mix(int previous, int word, double bigram) => (_weights[previous] * (bigram - _unigram.Probabilities[word]) / WeightUnits) + _unigram.Probabilities[word];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private double Find(int previous, int word)
    {
        int start = _starts[previous], slots = _starts[previous + 1] - start;
        if (slots == 0)
            return 0;
        for (int at = Place(word, slots); ; at = at + 1 == slots ? 0 : at + 1)
        {
            Slot slot = _slots[start + at];
            if (slot.Word == word)
                return slot.Probability;
            if (slot.Word < 0)
                return 0;
        }
    }

    // Squares receives the sum of the squares of p_n(w | u), without that of the unigram part alone.
    private void Build(BigramCounts counts, int u, double weight, double[] squares)
    {
        int first = counts.Starts[u], end = counts.Starts[u + 1], slots = _starts[u + 1] - _starts[u];
        if (slots == 0)
            return;
        double kept = 0;
        for (int i = first; i < end; i++)
            kept += counts.Counts[i] - 1;
        double lambda = weight * kept / counts.Occurrences[u];
        _weights[u] = (int)Math.Clamp(Math.Round(lambda * WeightUnits), 0, WeightUnits - 1);
        lambda = Weight(u);
        var words = new int[slots];
        var weights = new double[slots];
        Array.Fill(words, -1);
        for (int i = first; i < end; i++)
        {
            int at = Place(counts.Words[i], slots);
            while (words[at] >= 0)
                at = at + 1 == slots ? 0 : at + 1;
            (words[at], weights[at]) = (counts.Words[i], counts.Counts[i] - 1);
        }

        ReadOnlySpan<AliasTable.Cell> cells = new AliasTable(weights).Cells;
        for (int i = 0; i < slots; i++)
        {
            double p = weights[i] / kept;
            _slots[_starts[u] + i] = new Slot(words[i], (float)p, cells[i].Threshold, cells[i].Alias);
            if (words[i] >= 0)
                squares[u] += (lambda * p * lambda * p) + (2 * lambda * (1 - lambda) * p * _unigram.Probabilities[words[i]]);
        }
    }
}
