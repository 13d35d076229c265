using System.Runtime.CompilerServices;
using ILGPU;
using NceFast.Models;
using NceFast.Objectives;
using static NceFast.Kernels.TileMath;

namespace NceFast.Kernels.WordVectors;

/// <summary>
/// CBOW, plainly: the mean of each position's window is a row of working memory, taken through the same tile arithmetic
/// as skip-gram, and its change is spread over the window's words.
/// </summary>
internal static class CbowKernels
{
    public static void Plain<TObjective>(TrainArguments a)
        where TObjective : struct, IObjective
    {
        ArrayView<int> positions = SharedMemory.Allocate<int>(Tile), words = SharedMemory.Allocate<int>(Tile), buckets = SharedMemory.Allocate<int>(Tile), self = SharedMemory.Allocate<int>(Tile);
        ArrayView<float> logZ = SharedMemory.Allocate<float>(Tile), sums = SharedMemory.Allocate<float>(Tile), losses = SharedMemory.Allocate<float>(SkipGramKernels.MaxThreads);
        ArrayView<float> work = a.Work.SubView((long)Grid.IdxX * a.WorkSize, a.WorkSize);
        int columns = a.Model.Columns;
        ArrayView<Float4> memory = a.WorkRows.SubView((long)Grid.IdxX * 2 * Tile * columns, 2L * Tile * columns);
        PlanViews plan = a.Plan;
        var output = new Rows(a.Model.Output, columns, columns);
        var means = new Rows(memory, columns, columns);
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
                int rows = Gather<TObjective>(a, first, Least(stop, first + Tile), positions, words, buckets, logZ);
                Mean(a, rows, positions, means);
                Group.Barrier();
                NoiseGradients<TObjective>(a, rows, means, output, noise, noise, words, logZ, work, ref loss);
                Group.Barrier();
                Update(means, self, rows, output, noise, plan.NoiseSet, work);
                if (TObjective.IsNormalized)
                {
                    AddOffsets(a.Model.Offsets, noise, plan.NoiseSet, rows, work);
                    InputSums(rows, plan.NoiseSet, work, sums);
                }

                Group.Barrier();
                for (int row = 0; row < rows; row += Batch)
                    Observed<TObjective>(a, row, Least(rows, row + Batch), means, output, words, words, buckets, logZ, work, sums, ref loss, ref logZSum);
                Spread(a, rows, positions, means);
                Group.Barrier();
                predictions += rows;
            }

            SkipGramKernels.Finish<TObjective>(a, group, loss, logZSum, predictions, losses);
        }
    }

    /// <summary>Lists the positions of a tile that have a window. Ends with a barrier.</summary>
    /// <returns>How many there are.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Gather<TObjective>(TrainArguments a, int first, int end, ArrayView<int> positions, ArrayView<int> words, ArrayView<int> buckets, ArrayView<float> logZ)
        where TObjective : struct, IObjective
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
                positions[rows] = i;
                words[rows] = plan.Kept[i];
                buckets[rows] = bucket;
                logZ[rows] = TObjective.IsNormalized ? a.Model.LogZ[bucket] : 0;
            }

            rows++;
        }

        Group.Barrier();
        return rows;
    }

    /// <summary>Means of the windows to rows 0 to 15 of the working memory, and again to rows 16 to 31.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Mean(TrainArguments a, int rows, ArrayView<int> positions, Rows means)
    {
        PlanViews plan = a.Plan;
        var input = new Rows(a.Model.Input, means.Columns, means.Columns);
        for (int c = Group.IdxX; c < means.Columns; c += Group.DimX)
        {
            for (int r = 0; r < rows; r++)
            {
                int i = positions[r], low = plan.Low[i], high = plan.High[i];
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
    public static void Spread(TrainArguments a, int rows, ArrayView<int> positions, Rows means)
    {
        PlanViews plan = a.Plan;
        var input = new Rows(a.Model.Input, means.Columns, means.Columns);
        for (int c = Group.IdxX; c < means.Columns; c += Group.DimX)
        {
            for (int r = 0; r < rows; r++)
            {
                int i = positions[r], low = plan.Low[i], high = plan.High[i];
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

    /// <summary>Scores and gradients of a tile: means by noise words.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void NoiseGradients<TObjective>(
        TrainArguments a, int rows, Rows means, Rows o, ArrayView<int> oi, ArrayView<int> noise, ArrayView<int> words, ArrayView<float> logZ, ArrayView<float> g, ref float loss)
        where TObjective : struct, IObjective
    {
        int set = a.Plan.NoiseSet, padded = (rows + 3) / 4 * 4;
        for (int t = Group.IdxX; t < padded * set; t += Group.DimX)
        {
            int row = t / set, m = t % set;
            float gradient = 0;
            if (row < rows)
            {
                float weight = a.DropTarget != 0 && noise[m] == words[row] ? 0 : (float)a.K / set;
                float shift = TObjective.IsNormalized ? a.Model.Offsets[noise[m]] - logZ[row] : 0;
                gradient = Gradient(Dot(means, row, o, oi[m]) + shift, weight, 0, a.Rate, ref loss);
            }

            g[t] = gradient;
        }
    }

    /// <summary>Each row's sum of gradients over the noise words.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void InputSums(int rows, int set, ArrayView<float> g, ArrayView<float> sums)
    {
        for (int row = Group.IdxX; row < rows; row += Group.DimX)
        {
            float sum = 0;
            for (int m = 0; m < set; m++)
                sum += g[(row * set) + m];
            sums[row] = sum;
        }
    }

    /// <summary>A batch of rows against the words they predict. Ends with a barrier.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Observed<TObjective>(
        TrainArguments a,
        int first,
        int end,
        Rows means,
        Rows o,
        ArrayView<int> oi,
        ArrayView<int> words,
        ArrayView<int> buckets,
        ArrayView<float> logZ,
        ArrayView<float> g,
        ArrayView<float> sums,
        ref float loss,
        ref float logZSum)
        where TObjective : struct, IObjective
    {
        for (int r = first + Group.IdxX; r < end; r += Group.DimX)
        {
            float shift = TObjective.IsNormalized ? a.Model.Offsets[words[r]] - logZ[r] : 0;
            g[r - first] = Gradient(Dot(means, r, o, oi[r]) + shift, 1, 1, a.Rate, ref loss);
        }

        Group.Barrier();
        for (int c = Group.IdxX; c < means.Columns; c += Group.DimX)
        {
            for (int r = first; r < end; r++)
                UpdateRow(means, r, o, oi.SubView(r, 1), 1, -1, g.SubView(r - first, 1), c);
        }

        if (TObjective.IsNormalized)
        {
            AddOffsets(a.Model.Offsets, words.SubView(first, end - first), end - first, 1, g);
            for (int r = first; r < end; r++)
            {
                float sum = g[r - first] + sums[r];
                logZSum += sum;
                if (Group.IdxX == 0 && a.Normalizer == (int)NormalizerKind.PerContext)
                    a.Model.LogZ[buckets[r]] -= sum;
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
