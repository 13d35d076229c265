using System.Runtime.CompilerServices;
using ILGPU;
using NceFast.Models;
using NceFast.Objectives;
using static NceFast.Kernels.TileMath;

namespace NceFast.Kernels.WordVectors;

/// <summary>Represents the rows and lists that a running group of the plain CBOW kernel works on.</summary>
internal struct CbowViews
{
    /// <summary>The means of the windows, followed by their copies from before the updates: <c>[32, Columns]</c>.</summary>
    public Rows Means;

    public Rows Output;

    /// <summary>The position, predicted word and row of log Z of each mean: <c>[16]</c>.</summary>
    public ArrayView<int> Positions, Words, Buckets;

    /// <summary>The log Z of each mean, and the sum of its noise steps: <c>[16]</c>.</summary>
    public ArrayView<float> LogZ, Sums;

    /// <summary>The steps of the logits: <c>[WorkSize]</c>.</summary>
    public ArrayView<float> Steps;

    /// <summary>The shares of noise words in the sums of the means, if the objective sums them: <c>[16, noise words]</c>.</summary>
    public ArrayView<float> Shares;
}

/// <summary>
/// Trains CBOW with the plain kernel. The mean of each position's window is a row of working memory. It goes through the same tile
/// arithmetic as in skip-gram, and its change is spread over the words of the window.
/// </summary>
internal static class CbowKernels
{
    public static void Plain<TObjective>(TrainArguments a)
        where TObjective : struct, IBinaryObjective
    {
        int columns = a.Model.Columns;
        ArrayView<int> self = SharedMemory.Allocate<int>(Tile);
        ArrayView<float> losses = SharedMemory.Allocate<float>(SkipGramKernels.MaxThreads);
        var v = new CbowViews
        {
            Means = new Rows(a.WorkRows.SubView((long)Grid.IdxX * 2 * Tile * columns, 2L * Tile * columns), columns, columns),
            Output = new Rows(a.Model.Output, columns, columns),
            Positions = SharedMemory.Allocate<int>(Tile),
            Words = SharedMemory.Allocate<int>(Tile),
            Buckets = SharedMemory.Allocate<int>(Tile),
            LogZ = SharedMemory.Allocate<float>(Tile),
            Sums = SharedMemory.Allocate<float>(Tile),
            Steps = a.Work.SubView((long)Grid.IdxX * a.WorkSize, a.WorkSize),
        };
        if (TObjective.SumsNoise)
        {
            v.Shares = v.Steps;
            v.Steps = v.Shares.SubView((long)Tile * a.Plan.NoiseSet, a.WorkSize - (Tile * a.Plan.NoiseSet));
        }

        PlanViews plan = a.Plan;
        int count = plan.Totals[0], sets = (count + plan.Sharing - 1) / plan.Sharing;
        for (int n = Group.IdxX; n < Tile; n += Group.DimX)
            self[n] = n;
        for (int set = Grid.IdxX; set < sets; set += Grid.DimX)
        {
            int start = set * plan.Sharing, stop = Least(count, start + plan.Sharing);
            ArrayView<int> noise = plan.Noise.SubView((long)set * plan.NoiseSet, plan.NoiseSet);
            float loss = 0, logZSum = 0;
            int predictions = 0;
            for (int first = start; first < stop; first += Tile)
            {
                int rows = Gather<TObjective>(a, v, first, Least(stop, first + Tile));
                Mean(a, v, rows);
                Group.Barrier();
                if (TObjective.SumsNoise)
                {
                    SumNoise<TObjective>(a, v, noise, rows);
                }
                else
                {
                    StepNoise<TObjective>(a, v, noise, rows, ref loss);
                    Group.Barrier();
                    UpdateNoise<TObjective>(a, v, self, noise, rows, v.Steps);
                }

                for (int row = 0; row < rows; row += Batch)
                    Observed<TObjective>(a, v, row, Least(rows, row + Batch), ref loss, ref logZSum);
                if (TObjective.SumsNoise)
                {
                    NoiseSums.ToSteps(v.Shares, rows, plan.NoiseSet, v.Sums);
                    UpdateNoise<TObjective>(a, v, self, noise, rows, v.Shares);
                }

                Spread(a, v, rows);
                Group.Barrier();
                predictions += rows;
            }

            SkipGramKernels.Finish<TObjective>(a, set, loss, logZSum, predictions, losses);
        }
    }

    /// <summary>Lists the positions of a tile that have a window. Ends with a barrier.</summary>
    /// <returns>Number of these positions.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Gather<TObjective>(TrainArguments a, CbowViews v, int first, int end)
        where TObjective : struct, IBinaryObjective
    {
        PlanViews plan = a.Plan;
        int rows = 0;
        for (int i = first; i < end; i++)
        {
            if (plan.High[i] - plan.Low[i] <= 1)
                continue;
            if (rows % Group.DimX == Group.IdxX)
            {
                int bucket = a.Normalizer == (int)NormalizerKind.PerContext ? Bucket(plan, i) : 0;
                v.Positions[rows] = i;
                v.Words[rows] = plan.Kept[i];
                v.Buckets[rows] = bucket;
                v.LogZ[rows] = WordLogits.LogZ<TObjective>(a, bucket);
            }

            rows++;
        }

        Group.Barrier();
        return rows;
    }

    /// <summary>Computes the means of the windows in rows 0 to 15 of the working memory, and copies them to rows 16 to 31.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Mean(TrainArguments a, CbowViews v, int rows)
    {
        PlanViews plan = a.Plan;
        Rows means = v.Means;
        var input = new Rows(a.Model.Input, means.Columns, means.Columns);
        for (int c = Group.IdxX; c < means.Columns; c += Group.DimX)
        {
            for (int r = 0; r < rows; r++)
            {
                int i = v.Positions[r], low = plan.Low[i], high = plan.High[i];
                float scale = 1f / (high - low - 1);
                Float4 sum = default;
                for (int t = low; t < high; t++)
                {
                    if (t != i)
                        sum = sum.Plus(scale, input.Data[input.At(plan.Kept[t]) + c]);
                }

                means.Data[means.At(r) + c] = sum;
                means.Data[means.At(Tile + r) + c] = sum;
            }
        }
    }

    /// <summary>Adds the change of each mean, divided by the size of its window, to the words of the window.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Spread(TrainArguments a, CbowViews v, int rows)
    {
        PlanViews plan = a.Plan;
        Rows means = v.Means;
        var input = new Rows(a.Model.Input, means.Columns, means.Columns);
        for (int c = Group.IdxX; c < means.Columns; c += Group.DimX)
        {
            for (int r = 0; r < rows; r++)
            {
                int i = v.Positions[r], low = plan.Low[i], high = plan.High[i];
                float scale = 1f / (high - low - 1);
                Float4 change = means.Data[means.At(r) + c].Plus(-1, means.Data[means.At(Tile + r) + c]);
                for (int t = low; t < high; t++)
                {
                    long at = input.At(plan.Kept[t]) + c;
                    if (t != i)
                        input.Data[at] = input.Data[at].Plus(scale, change);
                }
            }
        }
    }

    /// <summary>Scores the means of a tile against the noise words, and computes the steps of the logits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StepNoise<TObjective>(TrainArguments a, CbowViews v, ArrayView<int> noise, int rows, ref float loss)
        where TObjective : struct, IBinaryObjective
    {
        int set = a.Plan.NoiseSet, padded = (rows + 3) / 4 * 4;
        for (int t = Group.IdxX; t < padded * set; t += Group.DimX)
        {
            int row = t / set, m = t % set;
            float step = 0;
            if (row < rows)
            {
                float weight = a.DropTarget != 0 && noise[m] == v.Words[row] ? 0 : (float)a.K / set;
                float shift = WordLogits.Shift<TObjective>(a, noise[m], v.LogZ[row]);
                step = StepLogit<TObjective>(Dot(v.Means, row, v.Output, noise[m]) + shift, weight, 0, a.Rate, ref loss);
            }

            v.Steps[t] = step;
        }
    }

    /// <summary>Sums the noise words of each mean, and computes their shares. Ends with a barrier.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void SumNoise<TObjective>(TrainArguments a, CbowViews v, ArrayView<int> noise, int rows)
        where TObjective : struct, IBinaryObjective
    {
        int set = a.Plan.NoiseSet;
        for (int t = Group.IdxX; t < rows * set; t += Group.DimX)
            v.Shares[t] = Dot(v.Means, t / set, v.Output, noise[t % set]) + WordLogits.Shift<TObjective>(a, noise[t % set], 0);
        Group.Barrier();
        NoiseSums.ToShares(v.Shares, rows, set, v.LogZ, v.Sums);
    }

    /// <summary>Updates the means of a tile and the noise words. Ends with a barrier.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void UpdateNoise<TObjective>(TrainArguments a, CbowViews v, ArrayView<int> self, ArrayView<int> noise, int rows, ArrayView<float> steps)
        where TObjective : struct, IBinaryObjective
    {
        Update(v.Means, self, rows, v.Output, noise, a.Plan.NoiseSet, steps);
        if (TObjective.HasBiases)
        {
            AddOffsets(a.Model.Offsets, noise, a.Plan.NoiseSet, rows, steps);
            if (!TObjective.SumsNoise)
                InputSums(v, rows, a.Plan.NoiseSet);
        }

        Group.Barrier();
    }

    /// <summary>Sums the steps of each mean over the noise words.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void InputSums(CbowViews v, int rows, int set)
    {
        for (int row = Group.IdxX; row < rows; row += Group.DimX)
        {
            float sum = 0;
            for (int m = 0; m < set; m++)
                sum += v.Steps[(row * set) + m];
            v.Sums[row] = sum;
        }
    }

    /// <summary>Trains up to <see cref="TileMath.Batch"/> means on the words that they predict. Ends with a barrier.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Observed<TObjective>(TrainArguments a, CbowViews v, int first, int end, ref float loss, ref float logZSum)
        where TObjective : struct, IBinaryObjective
    {
        for (int r = first + Group.IdxX; r < end; r += Group.DimX)
        {
            float shift = WordLogits.Shift<TObjective>(a, v.Words[r], v.LogZ[r]);
            v.Steps[r - first] = StepLogit<TObjective>(Dot(v.Means, r, v.Output, v.Words[r]) + shift, 1, 1, a.Rate, ref loss);
        }

        Group.Barrier();
        for (int c = Group.IdxX; c < v.Means.Columns; c += Group.DimX)
        {
            for (int r = first; r < end; r++)
                UpdateRow(v.Means, r, v.Output, v.Words.SubView(r, 1), 1, -1, v.Steps.SubView(r - first, 1), c);
        }

        if (TObjective.HasBiases)
            AddOffsets(a.Model.Offsets, v.Words.SubView(first, end - first), end - first, 1, v.Steps);
        if (TObjective.LearnsNormalizer)
        {
            for (int r = first; r < end; r++)
            {
                float sum = v.Steps[r - first] + v.Sums[r];
                logZSum += sum;
                if (Group.IdxX == 0 && a.Normalizer == (int)NormalizerKind.PerContext)
                    a.Model.LogZ[v.Buckets[r]] -= sum;
            }
        }

        if (TObjective.SumsNoise)
        {
            for (int r = first + Group.IdxX; r < end; r += Group.DimX)
                v.Sums[r] = v.Steps[r - first];
        }

        Group.Barrier();
    }

    /// <summary>Gets the row of log Z of a position's window. The order of the words does not matter, because the context is a bag of words.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Bucket(PlanViews plan, int i)
    {
        ulong hash = 0;
        for (int t = plan.Low[i]; t < plan.High[i]; t++)
        {
            if (t != i)
            {
                ulong word = ((ulong)plan.Kept[t] + 1) * 0x9E3779B97F4A7C15;
                hash += (word ^ (word >> 29)) * 0xBF58476D1CE4E5B9;
            }
        }

        return (int)(hash >> 44) & (WordVectorSpec.ContextBuckets - 1);
    }
}
