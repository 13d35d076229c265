using System.Runtime.CompilerServices;
using ILGPU;
using NceFast.Models;
using NceFast.Objectives;
using static NceFast.Kernels.TileMath;

namespace NceFast.Kernels.WordVectors;

/// <summary>Represents the rows and lists that a running group of the plain skip-gram kernel works on.</summary>
internal struct SkipGramViews
{
    public Rows Input, Output;

    /// <summary>For each position of a tile, the first position of the same word; -1 for a position without a window: <c>[16]</c>.</summary>
    public ArrayView<int> Owner;

    /// <summary>The word, noise weight and log Z of each input of a tile: <c>[16]</c>.</summary>
    public ArrayView<int> SlotWord;

    /// <inheritdoc cref="SlotWord"/>
    public ArrayView<float> SlotWeight, SlotLogZ;

    /// <summary>The sum of the steps of each input or position: <c>[16]</c>.</summary>
    public ArrayView<float> Sums;

    /// <summary>The steps of the logits: <c>[WorkSize]</c>.</summary>
    public ArrayView<float> Steps;

    /// <summary>The shares of noise words in the sums of the inputs, if the objective sums them: <c>[16, noise words]</c>.</summary>
    public ArrayView<float> Shares;
}

/// <summary>
/// Trains skip-gram with the plain kernel: a group of threads per set of positions, with rows that stay in global memory. The kernel
/// serves any size. It checks the faster kernel, and replaces that kernel where its rows and lists do not fit.
/// </summary>
internal static class SkipGramKernels
{
    /// <summary>The maximum number of threads in a group.</summary>
    public const int MaxThreads = 256;

    /// <summary>Computes the floats of working memory that a running group needs. An objective that sums noise words keeps their shares beside the steps of observed words.</summary>
    public static int WorkSize(WordVectorSpec spec)
    {
        int noise = Tile * spec.NoiseSetSize, observed = Batch * ((2 * spec.Window) + 1);
        return spec.Objective.Traits().CancelsNormalizer ? noise + observed : Math.Max(noise, observed);
    }

    public static void Plain<TObjective>(TrainArguments a)
        where TObjective : struct, IBinaryObjective
    {
        var v = new SkipGramViews
        {
            Input = new Rows(a.Model.Input, a.Model.Columns, a.Model.Columns),
            Output = new Rows(a.Model.Output, a.Model.Columns, a.Model.Columns),
            Owner = SharedMemory.Allocate<int>(Tile),
            SlotWord = SharedMemory.Allocate<int>(Tile),
            SlotWeight = SharedMemory.Allocate<float>(Tile),
            SlotLogZ = SharedMemory.Allocate<float>(Tile),
            Sums = SharedMemory.Allocate<float>(Tile),
            Steps = a.Work.SubView((long)Grid.IdxX * a.WorkSize, a.WorkSize),
        };
        if (TObjective.SumsNoise)
        {
            v.Shares = v.Steps;
            v.Steps = v.Shares.SubView((long)Tile * a.Plan.NoiseSet, a.WorkSize - (Tile * a.Plan.NoiseSet));
        }

        ArrayView<float> losses = SharedMemory.Allocate<float>(MaxThreads);
        PlanViews plan = a.Plan;
        int count = plan.Totals[0], sets = (count + plan.Sharing - 1) / plan.Sharing;
        for (int set = Grid.IdxX; set < sets; set += Grid.DimX)
        {
            int start = set * plan.Sharing, stop = Least(count, start + plan.Sharing);
            ArrayView<int> noise = plan.Noise.SubView((long)set * plan.NoiseSet, plan.NoiseSet);
            float loss = 0, logZSum = 0;
            int predictions = 0;
            if (plan.Sharing == 1)
            {
                int pairs = plan.High[start] - plan.Low[start] - 1;
                for (int pair = 0; pair < pairs; pair++)
                {
                    int target = plan.Low[start] + pair;
                    target += target >= start ? 1 : 0;
                    if (TObjective.SumsNoise)
                    {
                        OwnSummedNoise<TObjective>(a, v, start, plan.Kept.SubView(target, 1), noise.SubView((long)pair * a.K, a.K), ref loss);
                        predictions++;
                        continue;
                    }

                    OwnRow<TObjective>(a, v, start, plan.Kept.SubView(target, 1), 1, 1, -1, ref loss, ref logZSum);
                    int dropped = a.DropTarget != 0 ? plan.Kept[target] : -1;
                    OwnRow<TObjective>(a, v, start, noise.SubView((long)pair * a.K, a.K), a.K, 0, dropped, ref loss, ref logZSum);
                    MoveOwnLogZ<TObjective>(a, start, ref logZSum);
                    predictions++;
                }
            }
            else
            {
                for (int first = start; first < stop; first += Tile)
                {
                    int end = Least(stop, first + Tile);
                    int inputs = Gather<TObjective>(a, v, first, end);
                    if (TObjective.SumsNoise)
                    {
                        SummedNoise<TObjective>(a, v, noise, first, end, inputs, ref loss, ref logZSum, ref predictions);
                        continue;
                    }

                    StepNoise<TObjective>(a, v, noise, first, end, inputs, ref loss);
                    Group.Barrier();
                    Update(v.Input, v.SlotWord, inputs, v.Output, noise, plan.NoiseSet, v.Steps);
                    if (TObjective.HasBiases)
                        AddOffsets(a.Model.Offsets, noise, plan.NoiseSet, inputs, v.Steps);
                    if (TObjective.LearnsNormalizer)
                        NoiseLogZ(a, v, inputs, ref logZSum);

                    Group.Barrier();
                }

                for (int first = start; !TObjective.SumsNoise && first < stop; first += Batch)
                {
                    int end = Least(stop, first + Batch);
                    Observed<TObjective>(a, v, first, end, first, ref loss, ref logZSum, ref predictions);
                }
            }

            Finish<TObjective>(a, set, loss, logZSum, predictions, losses);
        }
    }

    /// <summary>Sums the loss of a set, and moves a single learned normalizer by the mean over the set's predictions.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Finish<TObjective>(TrainArguments a, int set, float loss, float logZSum, int predictions, ArrayView<float> losses)
        where TObjective : struct, IBinaryObjective
    {
        float total = GroupSum(losses, loss);
        if (Group.IdxX == 0)
        {
            a.Losses[set] = total;
            if (TObjective.LearnsNormalizer && a.Normalizer == (int)NormalizerKind.Learned)
                a.Model.LogZ[0] -= logZSum / (predictions > 0 ? predictions : 1);
        }

        Group.Barrier();
    }

    /// <summary>
    /// Lists the distinct words of a tile's positions that have a window. A word that occurs twice is one input with the sum of both
    /// weights. Ends with a barrier.
    /// </summary>
    /// <returns>Number of inputs.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Gather<TObjective>(TrainArguments a, SkipGramViews v, int first, int end)
        where TObjective : struct, IBinaryObjective
    {
        PlanViews plan = a.Plan;
        for (int n = Group.IdxX; n < end - first; n += Group.DimX)
        {
            int own = -1, word = plan.Kept[first + n];
            if (plan.High[first + n] - plan.Low[first + n] > 1)
            {
                own = n;
                for (int j = n - 1; j >= 0; j--)
                    own = plan.Kept[first + j] == word && plan.High[first + j] - plan.Low[first + j] > 1 ? j : own;
            }

            v.Owner[n] = own;
        }

        Group.Barrier();
        float unit = (float)a.K / plan.NoiseSet;
        int inputs = 0;
        for (int n = 0; n < end - first; n++)
        {
            if (v.Owner[n] != n)
                continue;
            if (n % Group.DimX == Group.IdxX)
            {
                float weight = 0;
                for (int j = n; j < end - first; j++)
                    weight += v.Owner[j] == n ? (plan.High[first + j] - plan.Low[first + j] - 1) * unit : 0;
                int word = plan.Kept[first + n];
                v.SlotWord[inputs] = word;
                v.SlotWeight[inputs] = weight;
                v.SlotLogZ[inputs] = WordLogits.LogZ<TObjective>(a, word);
            }

            inputs++;
        }

        Group.Barrier();
        return inputs;
    }

    /// <summary>
    /// Trains on a tile whose noise words are summed: first the sum of each input, then the observed words, then the noise words by
    /// the steps of the observed words. Ends with a barrier.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void SummedNoise<TObjective>(TrainArguments a, SkipGramViews v, ArrayView<int> noise, int first, int end, int inputs, ref float loss, ref float logZSum, ref int predictions)
        where TObjective : struct, IBinaryObjective
    {
        int set = a.Plan.NoiseSet;
        for (int t = Group.IdxX; t < inputs * set; t += Group.DimX)
            v.Shares[t] = Dot(v.Input, v.SlotWord[t / set], v.Output, noise[t % set]) + WordLogits.Shift<TObjective>(a, noise[t % set], 0);
        Group.Barrier();
        NoiseSums.ToShares(v.Shares, inputs, set, v.SlotLogZ, v.Sums);
        for (int batch = first; batch < end; batch += Batch)
            Observed<TObjective>(a, v, batch, Least(end, batch + Batch), first, ref loss, ref logZSum, ref predictions);
        NoiseSums.ToSteps(v.Shares, inputs, set, v.Sums);
        Update(v.Input, v.SlotWord, inputs, v.Output, noise, set, v.Shares);
        AddOffsets(a.Model.Offsets, noise, set, inputs, v.Shares);
        Group.Barrier();
    }

    // The number of the input of a position that has a window.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int SlotOf(SkipGramViews v, int position)
    {
        int slot = 0;
        for (int n = 0; n < v.Owner[position]; n++)
            slot += v.Owner[n] == n ? 1 : 0;
        return slot;
    }

    // Adds the steps of a batch's observed words to the sums of the inputs. Ends with a barrier.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddToSlots(SkipGramViews v, int first, int end, int tile, int width)
    {
        for (int slot = Group.IdxX; slot < Tile; slot += Group.DimX)
        {
            float sum = 0;
            for (int i = first; i < end; i++)
            {
                if (v.Owner[i - tile] < 0 || SlotOf(v, i - tile) != slot)
                    continue;
                for (int t = 0; t < width; t++)
                    sum += v.Steps[((i - first) * width) + t];
            }

            v.Sums[slot] += sum;
        }

        Group.Barrier();
    }

    /// <summary>Scores the inputs of a tile against the noise words, and computes the steps of the logits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StepNoise<TObjective>(TrainArguments a, SkipGramViews v, ArrayView<int> noise, int first, int end, int inputs, ref float loss)
        where TObjective : struct, IBinaryObjective
    {
        int set = a.Plan.NoiseSet, padded = (inputs + 3) / 4 * 4;
        for (int t = Group.IdxX; t < padded * set; t += Group.DimX)
        {
            int slot = t / set, m = t % set;
            float step = 0;
            if (slot < inputs)
            {
                float weight = v.SlotWeight[slot];
                if (a.DropTarget != 0)
                    weight = WithoutTargets(a.Plan, first, end, v.SlotWord[slot], noise[m], weight, (float)a.K / set);
                float shift = WordLogits.Shift<TObjective>(a, noise[m], v.SlotLogZ[slot]);
                step = StepLogit<TObjective>(Dot(v.Input, v.SlotWord[slot], v.Output, noise[m]) + shift, weight, 0, a.Rate, ref loss);
            }

            v.Steps[t] = step;
        }
    }

    /// <summary>Subtracts the steps of a tile from log Z.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void NoiseLogZ(TrainArguments a, SkipGramViews v, int inputs, ref float logZSum)
    {
        if (a.Normalizer == (int)NormalizerKind.Fixed)
            return;
        int set = a.Plan.NoiseSet;
        for (int slot = Group.IdxX; slot < inputs; slot += Group.DimX)
        {
            float sum = 0;
            for (int m = 0; m < set; m++)
                sum += v.Steps[(slot * set) + m];
            v.Sums[slot] = sum;
            if (a.Normalizer == (int)NormalizerKind.PerContext)
                a.Model.LogZ[v.SlotWord[slot]] -= sum;
        }

        Group.Barrier();
        for (int slot = 0; slot < inputs; slot++)
            logZSum += v.Sums[slot];
        Group.Barrier();
    }

    /// <summary>
    /// Trains on the observed words of up to <see cref="TileMath.Batch"/> positions. All scores come first, then the updates, one position
    /// after another. Ends with a barrier.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Observed<TObjective>(TrainArguments a, SkipGramViews v, int first, int end, int tile, ref float loss, ref float logZSum, ref int predictions)
        where TObjective : struct, IBinaryObjective
    {
        PlanViews plan = a.Plan;
        int width = (2 * a.Window) + 1;
        for (int t = Group.IdxX; t < (end - first) * width; t += Group.DimX)
        {
            int i = first + (t / width), target = plan.Low[i] + (t % width);
            float step = 0;
            if (target < plan.High[i] && target != i)
            {
                float logZ = TObjective.SumsNoise ? v.SlotLogZ[SlotOf(v, i - tile)] : WordLogits.LogZ<TObjective>(a, plan.Kept[i]);
                float shift = WordLogits.Shift<TObjective>(a, plan.Kept[target], logZ);
                step = StepLogit<TObjective>(Dot(v.Input, plan.Kept[i], v.Output, plan.Kept[target]) + shift, 1, 1, a.Rate, ref loss);
            }

            v.Steps[t] = step;
        }

        Group.Barrier();
        for (int c = Group.IdxX; c < v.Input.Columns; c += Group.DimX)
        {
            for (int i = first; i < end; i++)
            {
                int low = plan.Low[i], terms = plan.High[i] - low;
                if (terms > 1)
                    UpdateRow(v.Input, plan.Kept[i], v.Output, plan.Kept.SubView(low, terms), terms, i - low, v.Steps.SubView((i - first) * width, terms), c);
            }
        }

        for (int i = first; i < end; i++)
            predictions += plan.High[i] - plan.Low[i] - 1;
        if (TObjective.HasBiases)
            ObservedOffsets(a, first, end, width, v.Steps);
        if (TObjective.LearnsNormalizer)
            ObservedLogZ(a, v, first, end, width, ref logZSum);
        if (TObjective.SumsNoise)
            AddToSlots(v, first, end, tile, width);

        Group.Barrier();
    }

    /// <summary>Gets the first token of the windows of some positions.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int FirstToken(PlanViews plan, int first, int end)
    {
        int token = plan.Low[first];
        for (int i = first + 1; i < end; i++)
            token = Least(token, plan.Low[i]);
        return token;
    }

    /// <summary>Gets the token after the last one of the windows of some positions.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int EndToken(PlanViews plan, int first, int end)
    {
        int token = plan.High[first];
        for (int i = first + 1; i < end; i++)
            token = plan.High[i] > token ? plan.High[i] : token;
        return token;
    }

    // Each word of the batch's windows gets the gradients of all terms that predict it. The thread of its first occurrence writes them.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void ObservedOffsets(TrainArguments a, int first, int end, int width, ArrayView<float> steps)
    {
        PlanViews plan = a.Plan;
        int from = FirstToken(plan, first, end), to = EndToken(plan, first, end);
        for (int t = from + Group.IdxX; t < to; t += Group.DimX)
        {
            int word = plan.Kept[t];
            float sum = 0;
            bool own = true;
            for (int u = from; u < to; u++)
            {
                if (plan.Kept[u] != word)
                    continue;
                own &= u >= t;
                for (int i = first; i < end; i++)
                {
                    if (u != i && u >= plan.Low[i] && u < plan.High[i])
                        sum += steps[((i - first) * width) + u - plan.Low[i]];
                }
            }

            if (own)
                a.Model.Offsets[word] += sum;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void ObservedLogZ(TrainArguments a, SkipGramViews v, int first, int end, int width, ref float logZSum)
    {
        if (a.Normalizer == (int)NormalizerKind.Fixed)
            return;
        PlanViews plan = a.Plan;
        for (int n = Group.IdxX; n < end - first; n += Group.DimX)
        {
            float sum = 0;
            for (int t = 0; t < width; t++)
                sum += v.Steps[(n * width) + t];
            v.Sums[n] = sum;
        }

        Group.Barrier();
        for (int n = 0; n < end - first; n++)
        {
            logZSum += v.Sums[n];
            if (Group.IdxX == 0 && a.Normalizer == (int)NormalizerKind.PerContext)
                a.Model.LogZ[plan.Kept[first + n]] -= v.Sums[n];
        }
    }

    // Processes the noise words of one pair, or its observed word: scores, steps, updates.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void OwnRow<TObjective>(TrainArguments a, SkipGramViews v, int i, ArrayView<int> words, int count, float label, int dropped, ref float loss, ref float logZSum)
        where TObjective : struct, IBinaryObjective
    {
        int word = a.Plan.Kept[i];
        for (int m = Group.IdxX; m < count; m += Group.DimX)
        {
            float shift = WordLogits.Shift<TObjective>(a, words[m], WordLogits.LogZ<TObjective>(a, word));

            // Both arms are floats, because ILGPU 1.5.3 turns a bool into the float whose bits are 1.
            float weight = words[m] == dropped ? 0f : 1f;
            v.Steps[m] = StepLogit<TObjective>(Dot(v.Input, word, v.Output, words[m]) + shift, weight, label, a.Rate, ref loss);
        }

        Group.Barrier();
        for (int c = Group.IdxX; c < v.Input.Columns; c += Group.DimX)
            UpdateRow(v.Input, word, v.Output, words, count, -1, v.Steps, c);
        if (TObjective.HasBiases)
        {
            AddOffsets(a.Model.Offsets, words, count, 1, v.Steps);
            for (int m = 0; m < count; m++)
                logZSum += v.Steps[m];
        }

        Group.Barrier();
    }

    // Processes one pair, whose noise words are summed. There is one input, so that its number is 0.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void OwnSummedNoise<TObjective>(TrainArguments a, SkipGramViews v, int i, ArrayView<int> target, ArrayView<int> noise, ref float loss)
        where TObjective : struct, IBinaryObjective
    {
        int word = a.Plan.Kept[i];
        for (int m = Group.IdxX; m < a.K; m += Group.DimX)
            v.Shares[m] = Dot(v.Input, word, v.Output, noise[m]) + WordLogits.Shift<TObjective>(a, noise[m], 0);
        Group.Barrier();
        NoiseSums.ToShares(v.Shares, 1, a.K, v.SlotLogZ, v.Sums);
        if (Group.IdxX == 0)
        {
            float step = StepLogit<TObjective>(Dot(v.Input, word, v.Output, target[0]) + WordLogits.Shift<TObjective>(a, target[0], v.SlotLogZ[0]), 1, 1, a.Rate, ref loss);
            v.Steps[0] = step;
            v.Sums[0] = step;
        }

        Group.Barrier();
        NoiseSums.ToSteps(v.Shares, 1, a.K, v.Sums);
        for (int c = Group.IdxX; c < v.Input.Columns; c += Group.DimX)
            UpdateOwn(v, word, target, noise, a.K, c);
        AddOffsets(a.Model.Offsets, noise, a.K, 1, v.Shares);
        Group.Barrier();
        AddOffsets(a.Model.Offsets, target, 1, 1, v.Steps);
        Group.Barrier();
    }

    // Updates one column of a pair: the noise words, then the observed word, all by the input from before.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void UpdateOwn(SkipGramViews v, int word, ArrayView<int> target, ArrayView<int> noise, int count, int column)
    {
        Rows x = v.Input, o = v.Output;
        long at = x.At(word) + column;
        Float4 old = x.Data[at], sum = old;
        for (int m = 0; m <= count; m++)
        {
            int output = m < count ? noise[m] : target[0];
            float step = m < count ? v.Shares[m] : v.Steps[0];
            long b = o.At(output) + column;
            Float4 row = o.Data[b];
            sum = sum.Plus(step, row);
            o.Data[b] = row.Plus(step, old);
        }

        x.Data[at] = sum;
    }

    // Every thread has the same sum over the pair. For a single learned normalizer, it accumulates until the end of the set.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void MoveOwnLogZ<TObjective>(TrainArguments a, int i, ref float logZSum)
        where TObjective : struct, IBinaryObjective
    {
        if (!TObjective.LearnsNormalizer || a.Normalizer != (int)NormalizerKind.PerContext)
            return;
        if (Group.IdxX == 0)
            a.Model.LogZ[a.Plan.Kept[i]] -= logZSum;
        logZSum = 0;
        Group.Barrier();
    }

    // word2vec omits a noise word that equals the word to predict. Each such pair subtracts its share from the weight.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float WithoutTargets(PlanViews plan, int first, int end, int input, int noise, float weight, float unit)
    {
        for (int i = first; i < end; i++)
        {
            if (plan.Kept[i] != input)
                continue;
            for (int t = plan.Low[i]; t < plan.High[i]; t++)
            {
                if (t != i && plan.Kept[t] == noise)
                    weight = weight > unit ? weight - unit : 0;
            }
        }

        return weight;
    }
}
