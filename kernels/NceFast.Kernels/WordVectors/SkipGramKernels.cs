using System.Runtime.CompilerServices;
using ILGPU;
using NceFast.Models;
using NceFast.Objectives;
using static NceFast.Kernels.TileMath;

namespace NceFast.Kernels.WordVectors;

/// <summary>
/// Skip-gram, plainly: a group of threads for each group of positions, rows read and written where they lie. It serves
/// any size, checks the faster kernel and steps in where that one's rows do not fit shared memory.
/// </summary>
internal static class SkipGramKernels
{
    /// <summary>Most threads of a group.</summary>
    public const int MaxThreads = 256;

    /// <summary>Floats of working memory a running group needs.</summary>
    public static int WorkSize(int noiseSet, int window) => Math.Max(Tile * noiseSet, Batch * ((2 * window) + 1));

    public static void Plain<TObjective>(TrainArguments a)
        where TObjective : struct, IObjective
    {
        ArrayView<int> owner = SharedMemory.Allocate<int>(Tile), slotWord = SharedMemory.Allocate<int>(Tile);
        ArrayView<float> slotWeight = SharedMemory.Allocate<float>(Tile), slotLogZ = SharedMemory.Allocate<float>(Tile), sums = SharedMemory.Allocate<float>(Tile);
        ArrayView<float> losses = SharedMemory.Allocate<float>(MaxThreads);
        ArrayView<float> work = a.Work.SubView((long)Grid.IdxX * a.WorkSize, a.WorkSize);
        PlanViews plan = a.Plan;
        var input = new Rows(a.Model.Input, a.Model.Columns, a.Model.Columns);
        var output = new Rows(a.Model.Output, a.Model.Columns, a.Model.Columns);
        int count = plan.Totals[0], groups = (count + plan.Sharing - 1) / plan.Sharing;
        for (int group = Grid.IdxX; group < groups; group += Grid.DimX)
        {
            int start = group * plan.Sharing, stop = Least(count, start + plan.Sharing);
            ArrayView<int> noise = plan.Noise.SubView((long)group * plan.NoiseSet, plan.NoiseSet);
            float loss = 0, logZSum = 0;
            int predictions = 0;
            if (plan.Sharing == 1)
            {
                int pairs = plan.High[start] - plan.Low[start] - 1;
                for (int pair = 0; pair < pairs; pair++)
                {
                    int target = plan.Low[start] + pair;
                    target += target >= start ? 1 : 0;
                    OwnRow<TObjective>(a, input, output, start, plan.Kept.SubView(target, 1), 1, 1, -1, work, ref loss, ref logZSum);
                    int dropped = a.DropTarget != 0 ? plan.Kept[target] : -1;
                    OwnRow<TObjective>(a, input, output, start, noise.SubView((long)pair * a.K, a.K), a.K, 0, dropped, work, ref loss, ref logZSum);
                    MoveOwnLogZ<TObjective>(a, start, work, ref logZSum);
                    predictions++;
                }
            }
            else
            {
                for (int first = start; first < stop; first += Tile)
                {
                    int end = Least(stop, first + Tile);
                    int inputs = Gather<TObjective>(a, first, end, owner, slotWord, slotWeight, slotLogZ);
                    NoiseGradients<TObjective>(a, first, end, inputs, input, slotWord, output, noise, noise, owner, slotWord, slotWeight, slotLogZ, work, ref loss);
                    Group.Barrier();
                    Update(input, slotWord, inputs, output, noise, plan.NoiseSet, work);
                    if (TObjective.IsNormalized)
                    {
                        AddOffsets(a.Model.Offsets, noise, plan.NoiseSet, inputs, work);
                        NoiseLogZ(a, inputs, slotWord, work, sums, ref logZSum);
                    }

                    Group.Barrier();
                }

                for (int first = start; first < stop; first += Batch)
                {
                    int end = Least(stop, first + Batch);
                    Observed<TObjective>(a, first, end, input, plan.Kept, 0, output, plan.Kept, 0, work, sums, ref loss, ref logZSum, ref predictions);
                }
            }

            Finish<TObjective>(a, group, loss, logZSum, predictions, losses);
        }
    }

    /// <summary>Sums the group's loss and moves the one learned normaliser by the mean over its predictions.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Finish<TObjective>(TrainArguments a, int group, float loss, float logZSum, int predictions, ArrayView<float> losses)
        where TObjective : struct, IObjective
    {
        float total = GroupSum(losses, loss);
        if (Group.IdxX == 0)
        {
            a.Losses[group] = total;
            if (TObjective.IsNormalized && a.Normalizer == (int)NormalizerKind.Learned)
                a.Model.LogZ[0] -= logZSum / (predictions > 0 ? predictions : 1);
        }

        Group.Barrier();
    }

    /// <summary>
    /// Lists the distinct words among a tile's positions that have a window; a word that stands twice is one input with
    /// the weight of both. Ends with a barrier.
    /// </summary>
    /// <returns>Inputs.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Gather<TObjective>(TrainArguments a, int first, int end, ArrayView<int> owner, ArrayView<int> slotWord, ArrayView<float> slotWeight, ArrayView<float> slotLogZ)
        where TObjective : struct, IObjective
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

            owner[n] = own;
        }

        Group.Barrier();
        float unit = (float)a.K / plan.NoiseSet;
        int inputs = 0;
        for (int n = 0; n < end - first; n++)
        {
            if (owner[n] != n)
                continue;
            if (n % Group.DimX == Group.IdxX)
            {
                float weight = 0;
                for (int j = n; j < end - first; j++)
                    weight += owner[j] == n ? (plan.High[first + j] - plan.Low[first + j] - 1) * unit : 0;
                int word = plan.Kept[first + n];
                slotWord[inputs] = word;
                slotWeight[inputs] = weight;
                slotLogZ[inputs] = LogZ<TObjective>(a, word);
            }

            inputs++;
        }

        Group.Barrier();
        return inputs;
    }

    /// <summary>Scores and gradients of a tile: inputs by noise words.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void NoiseGradients<TObjective>(
        TrainArguments a,
        int first,
        int end,
        int inputs,
        Rows x,
        ArrayView<int> xi,
        Rows o,
        ArrayView<int> oi,
        ArrayView<int> noise,
        ArrayView<int> owner,
        ArrayView<int> slotWord,
        ArrayView<float> slotWeight,
        ArrayView<float> slotLogZ,
        ArrayView<float> g,
        ref float loss)
        where TObjective : struct, IObjective
    {
        int set = a.Plan.NoiseSet, padded = (inputs + 3) / 4 * 4;
        for (int t = Group.IdxX; t < padded * set; t += Group.DimX)
        {
            int slot = t / set, m = t % set;
            float gradient = 0;
            if (slot < inputs)
            {
                float weight = slotWeight[slot];
                if (a.DropTarget != 0)
                    weight = WithoutTargets(a.Plan, first, end, slotWord[slot], noise[m], weight, (float)a.K / set);
                float shift = TObjective.IsNormalized ? a.Model.Offsets[noise[m]] - slotLogZ[slot] : 0;
                gradient = Gradient(Dot(x, xi[slot], o, oi[m]) + shift, weight, 0, a.Rate, ref loss);
            }

            g[t] = gradient;
        }
    }

    /// <summary>Takes the tile's gradients off log Z.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void NoiseLogZ(TrainArguments a, int inputs, ArrayView<int> slotWord, ArrayView<float> g, ArrayView<float> sums, ref float logZSum)
    {
        if (a.Normalizer == (int)NormalizerKind.Fixed)
            return;
        int set = a.Plan.NoiseSet;
        for (int slot = Group.IdxX; slot < inputs; slot += Group.DimX)
        {
            float sum = 0;
            for (int m = 0; m < set; m++)
                sum += g[(slot * set) + m];
            sums[slot] = sum;
            if (a.Normalizer == (int)NormalizerKind.PerContext)
                a.Model.LogZ[slotWord[slot]] -= sum;
        }

        Group.Barrier();
        for (int slot = 0; slot < inputs; slot++)
            logZSum += sums[slot];
        Group.Barrier();
    }

    /// <summary>
    /// A batch of observed words: all scores, then each position's updates in turn. Rows of position i stand at
    /// xi[i - x0], those of token t at oi[t - o0]. Ends with a barrier.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Observed<TObjective>(
        TrainArguments a,
        int first,
        int end,
        Rows x,
        ArrayView<int> xi,
        int x0,
        Rows o,
        ArrayView<int> oi,
        int o0,
        ArrayView<float> g,
        ArrayView<float> sums,
        ref float loss,
        ref float logZSum,
        ref int predictions)
        where TObjective : struct, IObjective
    {
        PlanViews plan = a.Plan;
        int width = (2 * a.Window) + 1;
        for (int t = Group.IdxX; t < (end - first) * width; t += Group.DimX)
        {
            int i = first + (t / width), target = plan.Low[i] + (t % width);
            float gradient = 0;
            if (target < plan.High[i] && target != i)
            {
                float shift = TObjective.IsNormalized ? a.Model.Offsets[plan.Kept[target]] - LogZ<TObjective>(a, plan.Kept[i]) : 0;
                gradient = Gradient(Dot(x, xi[i - x0], o, oi[target - o0]) + shift, 1, 1, a.Rate, ref loss);
            }

            g[t] = gradient;
        }

        Group.Barrier();
        for (int c = Group.IdxX; c < x.Columns; c += Group.DimX)
        {
            for (int i = first; i < end; i++)
            {
                int low = plan.Low[i], terms = plan.High[i] - low;
                if (terms > 1)
                    UpdateRow(x, xi[i - x0], o, oi.SubView(low - o0, terms), terms, i - low, g.SubView((i - first) * width, terms), c);
            }
        }

        for (int i = first; i < end; i++)
            predictions += plan.High[i] - plan.Low[i] - 1;
        if (TObjective.IsNormalized)
        {
            ObservedOffsets(a, first, end, width, g);
            ObservedLogZ(a, first, end, width, g, sums, ref logZSum);
        }

        Group.Barrier();
    }

    /// <summary>First token of the windows of some positions.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int FirstToken(PlanViews plan, int first, int end)
    {
        int token = plan.Low[first];
        for (int i = first + 1; i < end; i++)
            token = Least(token, plan.Low[i]);
        return token;
    }

    /// <summary>The token after the last one of the windows of some positions.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int EndToken(PlanViews plan, int first, int end)
    {
        int token = plan.High[first];
        for (int i = first + 1; i < end; i++)
            token = plan.High[i] > token ? plan.High[i] : token;
        return token;
    }

    // Each word of the batch's windows takes the gradients of all terms that predict it; its first place writes.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void ObservedOffsets(TrainArguments a, int first, int end, int width, ArrayView<float> g)
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
                        sum += g[((i - first) * width) + u - plan.Low[i]];
                }
            }

            if (own)
                a.Model.Offsets[word] += sum;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void ObservedLogZ(TrainArguments a, int first, int end, int width, ArrayView<float> g, ArrayView<float> sums, ref float logZSum)
    {
        if (a.Normalizer == (int)NormalizerKind.Fixed)
            return;
        PlanViews plan = a.Plan;
        for (int n = Group.IdxX; n < end - first; n += Group.DimX)
        {
            float sum = 0;
            for (int t = 0; t < width; t++)
                sum += g[(n * width) + t];
            sums[n] = sum;
        }

        Group.Barrier();
        for (int n = 0; n < end - first; n++)
        {
            logZSum += sums[n];
            if (Group.IdxX == 0 && a.Normalizer == (int)NormalizerKind.PerContext)
                a.Model.LogZ[plan.Kept[first + n]] -= sums[n];
        }
    }

    // One word of its own noise, or the observed one: scores, gradients, updates. work holds [K] gradients, then their sum.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void OwnRow<TObjective>(TrainArguments a, Rows x, Rows o, int i, ArrayView<int> words, int count, float label, int dropped, ArrayView<float> g, ref float loss, ref float logZSum)
        where TObjective : struct, IObjective
    {
        int word = a.Plan.Kept[i];
        for (int m = Group.IdxX; m < count; m += Group.DimX)
        {
            float shift = TObjective.IsNormalized ? a.Model.Offsets[words[m]] - LogZ<TObjective>(a, word) : 0;

            // Floats in both arms: from a bool, ILGPU 1.5.3 makes the float whose bits are 1.
            float weight = words[m] == dropped ? 0f : 1f;
            g[m] = Gradient(Dot(x, word, o, words[m]) + shift, weight, label, a.Rate, ref loss);
        }

        Group.Barrier();
        for (int c = Group.IdxX; c < x.Columns; c += Group.DimX)
            UpdateRow(x, word, o, words, count, -1, g, c);
        if (TObjective.IsNormalized)
        {
            AddOffsets(a.Model.Offsets, words, count, 1, g);
            for (int m = 0; m < count; m++)
                logZSum += g[m];
        }

        Group.Barrier();
    }

    // Every thread holds the same sum over the pair; a learned number keeps it until the group's end.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void MoveOwnLogZ<TObjective>(TrainArguments a, int i, ArrayView<float> g, ref float logZSum)
        where TObjective : struct, IObjective
    {
        if (!TObjective.IsNormalized || a.Normalizer != (int)NormalizerKind.PerContext)
            return;
        if (Group.IdxX == 0)
            a.Model.LogZ[a.Plan.Kept[i]] -= logZSum;
        logZSum = 0;
        Group.Barrier();
    }

    // word2vec leaves out a noise word that is the word to be predicted: each such pair takes its share off the weight.
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

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float LogZ<TObjective>(TrainArguments a, int word)
        where TObjective : struct, IObjective =>
        TObjective.IsNormalized ? a.Model.LogZ[a.Normalizer == (int)NormalizerKind.PerContext ? word : 0] : 0;
}
