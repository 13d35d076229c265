using NceFast.Models;

namespace NceFast.Bench.Flight;

/// <summary>
/// Represents the lists that a group makes of a set of positions: its inputs, and the pairs of outputs that each pass trains. A slot is
/// an input vector: a distinct word of the positions (skip-gram), or the mean of a window (CBOW).
/// </summary>
/// <param name="spec">The model.</param>
/// <param name="noiseFirst">Whether all noise words come before the observed words.</param>
internal sealed class FlightLists(WordVectorSpec spec, bool noiseFirst)
{
    /// <summary>The number of slots, and of positions in a set.</summary>
    public const int Slots = 16;

    /// <summary>The number of positions whose observed words one pass trains.</summary>
    public const int Batch = 8;

    private readonly List<FlightPair> _pairs = [];
    private readonly List<int> _passEnds = [];
    private readonly int[] _slotOf = new int[Slots];
    private readonly float[] _noiseTerms = new float[Slots];
    private readonly float _unit = (float)spec.K / spec.NoiseSetSize;
    private readonly bool _skipGram = spec.Model == ModelKind.SkipGram;

    /// <summary>Gets the number of slots in use.</summary>
    public int SlotCount { get; private set; }

    /// <summary>Gets the input words, with their weight in each slot.</summary>
    public WordTerms Inputs { get; } = new();

    /// <summary>Gets the output words, with their terms of each slot's loss.</summary>
    public WordTerms Outputs { get; } = new();

    /// <summary>Gets the pairs of all passes, in order.</summary>
    public IReadOnlyList<FlightPair> Pairs => _pairs;

    /// <summary>Gets the index of the pair after the last one of each pass.</summary>
    public IReadOnlyList<int> PassEnds => _passEnds;

    /// <summary>Makes the lists of a set.</summary>
    /// <returns>Whether the set has anything to train.</returns>
    public bool Make(WordVectorPlan plan, int set)
    {
        int first = set * spec.Sharing, end = Math.Min(plan.Count, first + spec.Sharing);
        Inputs.Clear();
        Outputs.Clear();
        _pairs.Clear();
        _passEnds.Clear();
        SetSlots(plan, first, end);
        if (SlotCount == 0)
            return false;
        ReadOnlySpan<int> noise = plan.Noise.Slice(set * spec.NoiseSetSize, spec.NoiseSetSize);
        if (noiseFirst)
            Pass(plan, noise, first, end, end, end);
        int passes = Slots / Batch;
        for (int p = 0; p < passes; p++)
        {
            Range part = (noise.Length * p / passes)..(noise.Length * (p + 1) / passes);
            Pass(plan, noiseFirst ? [] : noise[part], first, end, Math.Min(end, first + (p * Batch)), Math.Min(end, first + ((p + 1) * Batch)));
        }

        return true;
    }

    private void SetSlots(WordVectorPlan plan, int first, int end)
    {
        Array.Clear(_noiseTerms);
        SlotCount = 0;
        for (int i = first; i < end; i++)
        {
            int words = plan.High[i] - plan.Low[i] - 1, slot = -1;
            if (words > 0)
            {
                slot = _skipGram && Inputs.TryFind(plan.Kept[i], out int place) ? place : SlotCount++;
                _noiseTerms[slot] += (_skipGram ? words : 1) * _unit;
                if (_skipGram)
                    Inputs.Of(plan.Kept[i])[slot] = 1;
                else
                    AddWindow(plan, i, slot, 1f / words);
            }

            _slotOf[i - first] = slot;
        }
    }

    private void AddWindow(WordVectorPlan plan, int position, int slot, float weight)
    {
        for (int t = plan.Low[position]; t < plan.High[position]; t++)
        {
            if (t != position)
                Inputs.Of(plan.Kept[t])[slot] += weight;
        }
    }

    // A pass trains noise words for the positions from first to end, and the words that the positions from batch to batchEnd predict.
    private void Pass(WordVectorPlan plan, ReadOnlySpan<int> noise, int first, int end, int batch, int batchEnd)
    {
        int from = Outputs.Count;
        AddNoise(plan, noise, first, end);
        int observed = Outputs.Count;
        AddObserved(plan, first, batch, batchEnd);
        Alternate(from, observed, Outputs.Count);
        if (Outputs.Count > from)
            _passEnds.Add(_pairs.Count);
    }

    private void AddNoise(WordVectorPlan plan, ReadOnlySpan<int> noise, int first, int end)
    {
        Outputs.BeginSection();
        foreach (int word in noise)
        {
            Span<float> terms = Outputs.Of(word);
            for (int s = 0; s < SlotCount; s++)
                terms[s] += _noiseTerms[s];
        }

        for (int i = first; i < end && spec.DropTargetNoise; i++)
        {
            foreach (int target in Targets(plan, i))
            {
                if (!Outputs.TryFind(target, out int place))
                    continue;
                ref float term = ref Outputs.Terms(place)[_slotOf[i - first]];
                term = Math.Max(0, term - (noise.Count(target) * _unit));
            }
        }
    }

    private void AddObserved(WordVectorPlan plan, int first, int batch, int batchEnd)
    {
        Outputs.BeginSection();
        for (int i = batch; i < batchEnd; i++)
        {
            foreach (int target in Targets(plan, i))
                Outputs.Of(target)[_slotOf[i - first]]++;
        }
    }

    // The words that a position predicts.
    private IEnumerable<int> Targets(WordVectorPlan plan, int position)
    {
        int low = plan.Low[position], high = plan.High[position];
        for (int t = low; t < high && high - low > 1; t++)
        {
            if ((t != position) == _skipGram)
                yield return plan.Kept[t];
        }
    }

    // Pairs of noise and pairs of observed words alternate in proportion to their numbers, as a line is drawn on a grid.
    private void Alternate(int noise, int observed, int end)
    {
        int noiseEnd = observed, noisePairs = (observed - noise + 1) / 2, pairs = noisePairs + ((end - observed + 1) / 2), balance = pairs / 2;
        for (int i = 0; i < pairs; i++)
        {
            balance += noisePairs;
            bool takesNoise = balance >= pairs;
            int place = takesNoise ? noise : observed;
            _pairs.Add(new FlightPair(place, Math.Min(2, (takesNoise ? noiseEnd : end) - place), !takesNoise));
            if (takesNoise)
                (noise, balance) = (noise + 2, balance - pairs);
            else
                observed += 2;
        }
    }
}
