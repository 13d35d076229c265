using System.Runtime.CompilerServices;
using ILGPU;
using NceFast.Models;
using NceFast.Objectives;
using static NceFast.Kernels.TileMath;

namespace NceFast.Kernels.WordVectors;

/// <summary>The rows and lists that a running group of the plain CBOW kernel works on.</summary>
internal struct CbowViews
{
    /// <summary>Means of the windows, and again as they were before the updates: <c>[32, Columns]</c>.</summary>
    public Rows Means;

    public Rows Output;

    /// <summary>Position, predicted word and row of log Z of each mean: <c>[16]</c>.</summary>
    public ArrayView<int> Positions, Words, Buckets;

    /// <summary>log Z of each mean, and the sum of its noise steps: <c>[16]</c>.</summary>
    public ArrayView<float> LogZ, Sums;

    /// <summary>Steps of the logits: <c>[WorkSize]</c>.</summary>
    public ArrayView<float> Steps;
}

/// <summary>
/// CBOW, plainly: the mean of each position's window is a row of working memory, taken through the same tile arithmetic
/// as skip-gram, and its change is spread over the window's words.
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
        PlanViews plan = a.Plan;
        int count = plan.Totals[0], groups = (count + plan.Sharing - 1) / plan.Sharing;
        for (int n = Group.IdxX; n < Tile; n += Group.DimX)
            self[n] = n;
        for (int group = Grid.IdxX; group < groups; group += Grid.DimX)
        {
            int start = group * plan.Sharing, stop = Least(count, start + plan.Sharing);
            ArrayView<int> noise = plan.Noise.SubView((long)group * plan.NoiseSet, plan.NoiseSet);
            float loss = 0, logZSum = 0;
            int predictions = 0;
            for (int first = start; first < stop; first += Tile)
            {
                int rows = Gather<TObjective>(a, v, first, Least(stop, first + Tile));
                Mean(a, v, rows);
                Group.Barrier();
                StepNoise<TObjective>(a, v, noise, rows, ref loss);
                Group.Barrier();
                Update(v.Means, self, rows, v.Output, noise, plan.NoiseSet, v.Steps);
                if (TObjective.HasBiases)
                {
                    AddOffsets(a.Model.Offsets, noise, plan.NoiseSet, rows, v.Steps);
                    InputSums(v, rows, plan.NoiseSet);
                }

                Group.Barrier();
                for (int row = 0; row < rows; row += Batch)
                    Observed<TObjective>(a, v, row, Least(rows, row + Batch), ref loss, ref logZSum);
                Spread(a, v, rows);
                Group.Barrier();
                predictions += rows;
            }

            SkipGramKernels.Finish<TObjective>(a, group, loss, logZSum, predictions, losses);
        }
    }

    /// <summary>Lists the positions of a tile that have a window. Ends with a barrier.</summary>
    /// <returns>How many there are.</returns>
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

    /// <summary>Means of the windows to rows 0 to 15 of the working memory, and again to rows 16 to 31.</summary>
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

    /// <summary>Adds each row's change, divided by the window's size, to the words of the window.</summary>
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

    /// <summary>Scores a tile, means by noise words, and computes the steps of the logits.</summary>
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

    /// <summary>Sums the steps of each row over the noise words.</summary>
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

    /// <summary>Trains up to <see cref="TileMath.Batch"/> rows on the words they predict. Ends with a barrier.</summary>
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

        Group.Barrier();
    }

    /// <summary>Row of log Z of a position's window. The order of the words does not matter: the bag is the context.</summary>
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
