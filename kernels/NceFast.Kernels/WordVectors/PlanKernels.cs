using System.Runtime.CompilerServices;
using ILGPU;
using NceFast.Numerics;
using NceFast.Sampling;

namespace NceFast.Kernels.WordVectors;

/// <summary>
/// Makes the random decisions of a block, equal bit for bit to NceFast.Models.WordVectorPlan: which tokens are kept, their windows, and
/// the noise words. There are three launches (count in chunks, compact, draw), because a device has no barrier across groups.
/// </summary>
internal static class PlanKernels
{
    /// <summary>The maximum number of threads in a group.</summary>
    public const int MaxThreads = 256;

    /// <summary>Decides which tokens are kept, and counts them within a chunk of DimX tokens, with one group per chunk.</summary>
    public static void Keep(PlanArguments a)
    {
        ArrayView<int> sums = SharedMemory.Allocate<int>(2 * MaxThreads);
        int thread = Group.IdxX, count = Group.DimX, token = (Grid.IdxX * count) + thread;
        int keep = 0;
        if (token < a.Tokens)
            keep = Philox4x32.Draw(a.KeepStream, (uint)token) <= a.KeepLimits[a.Ids[token]] ? 1 : 0;
        int from = 0;
        sums[thread] = keep;
        Group.Barrier();
        for (int step = 1; step < count; step *= 2)
        {
            int to = MaxThreads - from;
            int sum = sums[from + thread];
            if (thread >= step)
                sum += sums[from + thread - step];
            sums[to + thread] = sum;
            from = to;
            Group.Barrier();
        }

        if (token < a.Tokens)
            a.Before[token] = sums[from + thread] - keep;
        if (thread == count - 1)
            a.ChunkSums[Grid.IdxX] = sums[from + thread];
    }

    /// <summary>Adds the counts of the earlier chunks, and moves kept tokens together, with one group per chunk.</summary>
    public static void Compact(PlanArguments a, PlanViews plan)
    {
        ArrayView<int> sums = SharedMemory.Allocate<int>(MaxThreads);
        int thread = Group.IdxX, count = Group.DimX, chunk = Grid.IdxX, token = (chunk * count) + thread;
        int mine = 0;
        for (int t = thread; t < chunk; t += count)
            mine += a.ChunkSums[t];
        sums[thread] = mine;
        Group.Barrier();
        int before = 0;
        for (int t = 0; t < count; t++)
            before += sums[t];
        int total = before + a.ChunkSums[chunk];
        if (token < a.Tokens)
        {
            int local = a.Before[token];
            int index = before + local;

            // The count of the next token shows whether this one is kept. The last token of a chunk uses the chunk's sum instead.
            int next = thread == count - 1 || token == a.Tokens - 1 ? total - before : a.Before[token + 1];
            a.Prefix[token] = index;
            if (next > local)
            {
                plan.Kept[index] = a.Ids[token];
                Atomic.Add(ref plan.Counts[a.Ids[token]], 1);
                a.Sentence[index] = SentenceOf(a, token);
            }
        }

        if (chunk == Grid.DimX - 1 && thread == 0)
        {
            a.Prefix[a.Tokens] = total;
            plan.Totals[0] = total;
            plan.Totals[1] = 0;
        }
    }

    /// <summary>Computes windows and predictions, and draws noise words, with one kept token or noise word per thread. Threads stride over the grid.</summary>
    public static void Draw(PlanArguments a, PlanViews plan)
    {
        int first = (Grid.IdxX * Group.DimX) + Group.IdxX, step = Grid.DimX * Group.DimX, kept = plan.Totals[0];
        int predictions = 0;
        for (int i = first; i < kept; i += step)
        {
            int sentence = a.Sentence[i];
            int start = sentence == 0 ? 0 : a.Prefix[a.Ends[sentence - 1]];
            int end = a.Prefix[a.Ends[sentence]];
            int reach = a.LeastReach + (int)(((ulong)Philox4x32.Draw(a.WindowStream, (uint)i) * (ulong)a.Reaches) >> 32);
            int low = Max(start, i - reach), high = Min(end, i + reach + 1);
            plan.Low[i] = low;
            plan.High[i] = high;
            int size = high - low - 1;
            predictions += a.IsSkipGram != 0 ? size : Min(size, 1);
        }

        if (predictions > 0)
            Atomic.Add(ref plan.Totals[1], predictions);
        int words = (kept + plan.Sharing - 1) / plan.Sharing * plan.NoiseSet;
        for (int n = first; n < words; n += step)
            plan.Noise[n] = DrawWord(a.Cells, Philox4x32.Draw(a.NoiseStream, 2 * (uint)n), Philox4x32.Draw(a.NoiseStream, (2 * (uint)n) + 1));
    }

    // Does the same as AliasTable.Draw on a view.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int DrawWord(ArrayView<AliasTable.Cell> cells, uint high, uint low)
    {
        ulong n = (ulong)cells.Length;
        ulong scaled = (high * n) + ((low * n) >> 32);
        int column = (int)(scaled >> 32);
        AliasTable.Cell cell = cells[column];
        return (uint)scaled < cell.Threshold ? column : cell.Alias;
    }

    // Finds the first sentence that ends after the token.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int SentenceOf(PlanArguments a, int token)
    {
        int low = 0, high = a.Sentences - 1;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (a.Ends[middle] > token)
                high = middle;
            else
                low = middle + 1;
        }

        return low;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Max(int x, int y) => x > y ? x : y;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Min(int x, int y) => x < y ? x : y;
}
