using NceFast.Models;
using NceFast.Objectives;

namespace NceFast.Backends.Host.WordVectors;

/// <summary>Trains skip-gram, which predicts every word of the window from the word in its middle.</summary>
internal sealed unsafe class SkipGramWorker<TObjective>(WordVectorSpec spec, HostTables tables, HostKernels kernels)
    : WordVectorWorker<TObjective>(spec, tables, kernels)
    where TObjective : struct, IBinaryObjective
{
    /// <summary>The number of 64-bit words of the filter for the words of a noise set. The filter passes about 1 word in 20 wrongly.</summary>
    private const int FilterWords = 16;

    private readonly int[] _slots = new int[Tile], _words = new int[Tile];
    private float _logZSum;
    private int _predictions;

    protected override void ProcessSet(int set)
    {
        int first = set * Spec.Sharing, end = Math.Min(Plan.Count, first + Spec.Sharing);
        _logZSum = 0;
        _predictions = 0;
        if (Spec.Sharing == 1)
        {
            if (TObjective.SumsNoise)
                OwnSummedNoise(first, NoiseSet(set));
            else
                OwnNoise(first, NoiseSet(set));
        }
        else if (TObjective.SumsNoise)
        {
            for (int i = first; i < end; i += Tile)
                SummedNoise(i, Math.Min(end, i + Tile), NoiseSet(set));
        }
        else
        {
            for (int i = first; i < end; i += Tile)
                SharedNoise(i, Math.Min(end, i + Tile), NoiseSet(set));
            for (int i = first; i < end; i += Batch)
                Observed(i, Math.Min(end, i + Batch), i);
        }

        if (Spec.Normalizer == NormalizerKind.Learned)
            MoveLogZ(first, _logZSum, _predictions);
    }

    protected override int NormalizerRow(int i) => Spec.Normalizer == NormalizerKind.PerContext ? Plan.Kept[i] : 0;

    private int Pairs(int i) => Plan.High[i] - Plan.Low[i] - 1;

    private void SharedNoise(int first, int end, ReadOnlySpan<int> noise)
    {
        float unit = (float)Spec.K / noise.Length;
        int inputs = GatherInputs(first, end, unit);
        LookAhead(first, end, inputs);
        if (inputs == 0)
            return;
        LayOutTile(inputs, noise);
        if (Spec.DropTargetNoise)
            DropTargets(first, end, noise, unit);
        Adaptive?.ClearDeltas(inputs);
        NoiseTile(inputs, noise);
        Adaptive?.StepInputs(Scratch.Inputs, _words.AsSpan(0, inputs), Rate);
        if (!TObjective.LearnsNormalizer || Spec.Normalizer == NormalizerKind.Fixed)
            return;
        for (int i = first; i < end; i++)
        {
            int slot = _slots[i - first];
            if (slot < 0)
                continue;
            AddLogZ(i, Scratch.InputSums[slot]);
            Scratch.InputSums[slot] = 0; // a word that occurs twice in the tile is counted once
        }
    }

    // The observed words need the sums over the noise words, and the noise words need the steps of the observed words.
    private void SummedNoise(int first, int end, ReadOnlySpan<int> noise)
    {
        int inputs = GatherInputs(first, end, 0);
        LookAhead(first, end, inputs);
        if (inputs == 0)
            return;
        LayOutTile(inputs, noise);
        SumNoise(inputs, noise.Length);
        for (int i = first; i < end; i += Batch)
            Observed(i, Math.Min(end, i + Batch), first);
        Adaptive?.ClearDeltas(inputs);
        StepSummedNoise(inputs, noise);
        Adaptive?.StepInputs(Scratch.Inputs, _words.AsSpan(0, inputs), Rate);
    }

    // A word that occurs twice in the tile is one input with the sum of both weights, because the rows of a tile must be distinct.
    private int GatherInputs(int first, int end, float unit)
    {
        ReadOnlySpan<int> kept = Plan.Kept;
        ulong seen = 0;
        int inputs = 0;
        for (int i = first; i < end; i++)
        {
            int pairs = Pairs(i), id = kept[i], slot = -1;
            if (pairs > 0)
            {
                if ((seen & (1ul << (id & 63))) != 0)
                    slot = FindSlot(first, i, id);
                if (slot < 0)
                {
                    slot = inputs++;
                    _words[slot] = id;
                    Scratch.Inputs[slot] = Input.Row(id);
                    Scratch.InputWeights[slot] = 0;
                    Scratch.InputLogZ[slot] = LogZOf(i);
                    seen |= 1ul << (id & 63);
                }

                Scratch.InputWeights[slot] += pairs * unit;
            }

            _slots[i - first] = slot;
        }

        return inputs;
    }

    private int FindSlot(int first, int before, int id)
    {
        for (int j = first; j < before; j++)
        {
            if (Plan.Kept[j] == id && _slots[j - first] >= 0)
                return _slots[j - first];
        }

        return -1;
    }

    // word2vec omits a noise word that equals the word to predict. Each such pair subtracts its share from the weight of that element.
    private void DropTargets(int first, int end, ReadOnlySpan<int> noise, float unit)
    {
        ulong* present = stackalloc ulong[FilterWords];
        new Span<ulong>(present, FilterWords).Clear();
        foreach (int word in noise)
            present[(word >> 6) & (FilterWords - 1)] |= 1ul << (word & 63);
        ReadOnlySpan<int> kept = Plan.Kept;
        (int start, int last) = Around(first, end);
        for (int t = start; t < last; t++)
        {
            int word = kept[t];
            if ((present[(word >> 6) & (FilterWords - 1)] & (1ul << (word & 63))) == 0)
                continue;
            for (int m = 0; m < noise.Length; m++)
            {
                if (noise[m] == word)
                    DropTarget(first, end, t, m, noise.Length, unit);
            }
        }
    }

    // All positions that windows of the positions first to end can contain.
    private (int Start, int End) Around(int first, int end) => (Math.Max(0, first - Spec.Window), Math.Min(Plan.Count, end + Spec.Window));

    private void DropTarget(int first, int end, int target, int m, int count, float unit)
    {
        for (int i = first; i < end; i++)
        {
            if (i == target || target < Plan.Low[i] || target >= Plan.High[i])
                continue;
            int slot = _slots[i - first];
            float* weight = Scratch.Weights + (((slot / 4 * count) + m) * 4) + (slot % 4);
            *weight = MathF.Max(0, *weight - unit);
        }
    }

    // Rows and offsets of the words around a batch are fetched once and copied in short sequences, because each word is in several windows.
    // Where noise words are summed, slots are those of the tile from position "tile" on.
    private void Observed(int first, int end, int tile)
    {
        HostScratch s = Scratch;
        ReadOnlySpan<int> kept = Plan.Kept, low = Plan.Low, high = Plan.High;
        (int start, int last) = Around(first, end);
        for (int t = start; t < last; t++)
            s.Around[t - start] = Output.Row(kept[t]);
        if (TObjective.HasBiases)
            GatherOffsets(start, last);
        int terms = 0;
        for (int i = first; i < end; i++)
        {
            int before = i - low[i], after = high[i] - i - 1;
            float** left = s.Around + (low[i] - start), right = s.Around + (i + 1 - start), outputs = s.Outputs + terms;
            ShortSequences.Copy(left, outputs, before);
            ShortSequences.Copy(right, outputs + before, after);
            if (TObjective.HasBiases)
                Shift(i, start, terms, TObjective.SumsNoise ? SumOf(i, tile) : LogZOf(i));
            Kernels.ScoreRow(Input.Row(kept[i]), outputs, before + after, Input.Stride, s.Scores + terms);
            terms += before + after;
        }

        Gradient(terms, 1);
        _predictions += terms;
        if (Adaptive is null)
            StepObserved(first, end, start, tile);
        else
            StepObserved(Adaptive, first, end, start, last, tile);
        if (TObjective.HasBiases)
            AddOffsets(start, last);
    }

    private void StepObserved(int first, int end, int start, int tile)
    {
        HostScratch s = Scratch;
        ReadOnlySpan<int> kept = Plan.Kept;
        int terms = 0;
        for (int i = first; i < end; i++)
        {
            int count = Pairs(i);
            Kernels.UpdateRow(Input.Row(kept[i]), s.Outputs + terms, count, Input.Stride, s.Scores + terms);
            if (TObjective.HasBiases)
                CollectOffsets(i, start, terms, tile, s.Scores);
            terms += count;
        }
    }

    // The rates of the words around the batch come first, because the gradients of all its positions count in each of them.
    private void StepObserved(AdaptiveRows adaptive, int first, int end, int start, int last, int tile)
    {
        HostScratch s = Scratch;
        ReadOnlySpan<int> kept = Plan.Kept;
        float* rates = adaptive.Rates;
        new Span<float>(rates, last - start).Clear();
        int terms = 0;
        for (int i = first; i < end; i++)
        {
            float square = adaptive.Square(Input.Row(kept[i]));
            for (int t = Plan.Low[i]; t < Plan.High[i]; t++)
            {
                if (t == i)
                    continue;
                float g = s.Scores[terms++];
                rates[t - start] += g * g * square;
            }
        }

        AdaptiveRows.Adapt(adaptive.OutputSums, kept[start..last], rates, Rate);
        terms = 0;
        for (int i = first; i < end; i++)
        {
            int count = Pairs(i), term = terms;
            for (int t = Plan.Low[i]; t < Plan.High[i]; t++)
            {
                if (t != i)
                    adaptive.Steps[term] = s.Scores[term++] * rates[t - start];
            }

            adaptive.Rows[i - first] = Input.Row(kept[i]);
            Kernels.StepRows(adaptive.Rows[i - first], s.Outputs + terms, count, Input.Stride, s.Scores + terms, adaptive.Steps + terms, adaptive.Deltas[i - first]);
            if (TObjective.HasBiases)
                CollectOffsets(i, start, terms, tile, adaptive.Steps);
            terms += count;
        }

        adaptive.StepInputs(adaptive.Rows, kept[first..end], Rate);
    }

    private void GatherOffsets(int start, int last)
    {
        HostScratch s = Scratch;
        ReadOnlySpan<int> kept = Plan.Kept;
        for (int t = start; t < last; t++)
        {
            s.AroundOffsets[t - start] = *Offsets.Row(kept[t]);
            s.AroundSums[t - start] = 0;
        }
    }

    private void Shift(int i, int start, int term, float logZ)
    {
        HostScratch s = Scratch;
        int before = i - Plan.Low[i], after = Plan.High[i] - i - 1;
        ShortSequences.Shift(s.AroundOffsets + (Plan.Low[i] - start), logZ, s.Shifts + term, before);
        ShortSequences.Shift(s.AroundOffsets + (i + 1 - start), logZ, s.Shifts + term + before, after);
    }

    // The logarithm of the sum over a position's noise words.
    private float SumOf(int i, int tile)
    {
        int slot = _slots[i - tile];
        return slot < 0 ? 0 : Scratch.InputLogZ[slot];
    }

    // With AdaGrad, the steps of words have rates of their own, and a normalizer has that of the block.
    private void CollectOffsets(int i, int start, int term, int tile, float* steps)
    {
        HostScratch s = Scratch;
        int before = i - Plan.Low[i], after = Plan.High[i] - i - 1;
        float sum = ShortSequences.Add(steps + term, s.AroundSums + (Plan.Low[i] - start), before)
            + ShortSequences.Add(steps + term + before, s.AroundSums + (i + 1 - start), after);
        if (Adaptive is not null)
            sum = Sum(s.Scores + term, before + after);
        if (TObjective.SumsNoise)
        {
            if (_slots[i - tile] is int slot and >= 0)
                Scratch.InputSums[slot] += sum;
        }
        else
        {
            AddLogZ(i, LogZRate * sum);
        }
    }

    private static float Sum(float* gradients, int count)
    {
        float sum = 0;
        for (int n = 0; n < count; n++)
            sum += gradients[n];
        return sum;
    }

    private void AddOffsets(int start, int last)
    {
        ReadOnlySpan<int> kept = Plan.Kept;
        for (int t = start; t < last; t++)
            *Offsets.Row(kept[t]) += Scratch.AroundSums[t - start];
    }

    // Trains one pair after another with separate noise words, exactly in the order of word2vec. This is several times slower.
    private void OwnNoise(int i, ReadOnlySpan<int> noise)
    {
        int low = Plan.Low[i];
        for (int pair = 0; pair < Pairs(i); pair++)
        {
            int target = Plan.Kept[low + pair < i ? low + pair : low + pair + 1];
            float sum = Row(i, [target], 1, -1) + Row(i, noise.Slice(pair * Spec.K, Spec.K), 0, Spec.DropTargetNoise ? target : -1);
            AddLogZ(i, sum);
            _predictions++;
        }
    }

    // The noise words of a pair come first. The observed word follows.
    private void OwnSummedNoise(int i, ReadOnlySpan<int> noise)
    {
        HostScratch s = Scratch;
        float* input = Input.Row(Plan.Kept[i]);
        int low = Plan.Low[i], count = Spec.K;
        for (int pair = 0; pair < Pairs(i); pair++)
        {
            ReadOnlySpan<int> words = noise.Slice(pair * count, count);
            int target = Plan.Kept[low + pair < i ? low + pair : low + pair + 1];
            for (int n = 0; n <= count; n++)
            {
                int word = n < count ? words[n] : target;
                s.Outputs[n] = Output.Row(word);
                SetShift(n, word, 0);
            }

            for (int pad = 1; pad <= 3; pad++)
                s.Outputs[count + pad] = s.Padding;
            Kernels.ScoreRow(input, s.Outputs, count + 1, Input.Stride, s.Scores);
            GradientOfPair(count);
            float* steps = s.Scores;
            if (Adaptive is null)
                Kernels.UpdateRow(input, s.Outputs, count + 1, Input.Stride, s.Scores);
            else
                steps = StepRow(Adaptive, i, [.. words, target]);
            for (int n = 0; n <= count; n++)
                AddOffset(n < count ? words[n] : target, steps[n]);
            _predictions++;
        }
    }

    private float Row(int i, ReadOnlySpan<int> words, float label, int dropped)
    {
        HostScratch s = Scratch;
        float* input = Input.Row(Plan.Kept[i]);
        float logZ = LogZOf(i), sum = 0;
        for (int n = 0; n < words.Length; n++)
        {
            s.Outputs[n] = Output.Row(words[n]);
            SetShift(n, words[n], logZ);
            s.Ones[n] = words[n] == dropped ? 0 : 1;
        }

        for (int pad = 0; pad < 3; pad++)
            s.Outputs[words.Length + pad] = s.Padding;
        Kernels.ScoreRow(input, s.Outputs, words.Length, Input.Stride, s.Scores);
        Gradient(words.Length, label);
        float* steps = s.Scores;
        if (Adaptive is null)
            Kernels.UpdateRow(input, s.Outputs, words.Length, Input.Stride, s.Scores);
        else
            steps = StepRow(Adaptive, i, words);
        for (int n = 0; n < words.Length; n++)
        {
            AddOffset(words[n], steps[n]);
            sum += s.Scores[n];
            s.Ones[n] = 1;
        }

        return LogZRate * sum;
    }

    // Returns the steps of the logits.
    private float* StepRow(AdaptiveRows adaptive, int i, ReadOnlySpan<int> words)
    {
        HostScratch s = Scratch;
        adaptive.Rows[0] = Input.Row(Plan.Kept[i]);
        float square = adaptive.Square(adaptive.Rows[0]);
        for (int n = 0; n < words.Length; n++)
            adaptive.Rates[n] = s.Scores[n] * s.Scores[n] * square;
        AdaptiveRows.Adapt(adaptive.OutputSums, words, adaptive.Rates, Rate);
        for (int n = 0; n < words.Length; n++)
            adaptive.Steps[n] = s.Scores[n] * adaptive.Rates[n];
        Kernels.StepRows(adaptive.Rows[0], s.Outputs, words.Length, Input.Stride, s.Scores, adaptive.Steps, adaptive.Deltas[0]);
        adaptive.StepInputs(adaptive.Rows, Plan.Kept.Slice(i, 1), Rate);
        return adaptive.Steps;
    }

    private void AddLogZ(int i, float sum)
    {
        if (Spec.Normalizer == NormalizerKind.Learned)
            _logZSum += sum;
        else
            MoveLogZ(i, sum, 1);
    }
}
