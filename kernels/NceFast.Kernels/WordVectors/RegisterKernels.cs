using System.Runtime.CompilerServices;
using ILGPU;
using NceFast.Models;
using NceFast.Objectives;
using static NceFast.Kernels.TileMath;

namespace NceFast.Kernels.WordVectors;

/// <summary>
/// The fast kernels: a group of threads for each group of positions, a thread for each column. The inputs stay in
/// registers from their first score to their last update while noise words and the words of the sliding window pass
/// by, each loaded and stored once; nothing is atomic. See DESIGN.md in this folder for bytes, registers and predictions.
/// </summary>
internal static class RegisterKernels
{
    // Threads of a warp, and the fewest of a group.
    private const int Lanes = GroupMemory.Scores;

    /// <summary>Skip-gram: the inputs are the distinct words of the positions.</summary>
    public static void SkipGram<TObjective, TMemory>(TrainArguments a)
        where TObjective : struct, IBinaryObjective
        where TMemory : struct, IMemorySize
    {
        GroupMemory m = GroupMemory.Of<TMemory>(a);
        int run = Run(a.Plan), last = Least(Groups(a.Plan), (Grid.IdxX + 1) * run);
        for (int group = Grid.IdxX * run; group < last; group++)
        {
            int first = group * a.Plan.Sharing, end = Least(a.Plan.Totals[0], first + a.Plan.Sharing);
            int slots = Inputs<TObjective>(a, m, first, end);
            Sixteen rows = Load(a, m, slots);
            float loss = RegisterPass.All<WindowWords, TObjective>(a, m, group, first, end, slots, movesLogZ: true, ref rows);
            Store(a, m, slots, rows);
            MoveLogZ<WindowWords, TObjective>(a, m, first, end, slots);
            Finish(a, m, group, loss);
        }
    }

    /// <summary>CBOW: the inputs are the means of the positions' windows, whose change is spread over the windows' words.</summary>
    public static void Cbow<TObjective, TMemory>(TrainArguments a)
        where TObjective : struct, IBinaryObjective
        where TMemory : struct, IMemorySize
    {
        GroupMemory m = GroupMemory.Of<TMemory>(a);
        ArrayView<Float4> before = Own(a.WorkRows);
        int run = Run(a.Plan), last = Least(Groups(a.Plan), (Grid.IdxX + 1) * run);
        for (int group = Grid.IdxX * run; group < last; group++)
        {
            int first = group * a.Plan.Sharing, end = Least(a.Plan.Totals[0], first + a.Plan.Sharing);
            int slots = Means<TObjective>(a, m, first, end);
            int words = Context(a, m, first, end);
            Sixteen rows = Mean(a, m, words);
            Keep(before, rows);
            float loss = RegisterPass.All<MiddleWord, TObjective>(a, m, group, first, end, slots, movesLogZ: false, ref rows);
            words = Context(a, m, first, end);
            Spread(a, m, words, Change(before, rows));
            MoveLogZ<MiddleWord, TObjective>(a, m, first, end, slots);
            Finish(a, m, group, loss);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Groups(PlanViews plan) => (plan.Totals[0] + plan.Sharing - 1) / plan.Sharing;

    // Groups of positions that a group of threads takes, one after the other: what runs at once lies far apart in the text,
    // where it has fewer words in common.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Run(PlanViews plan) => (Groups(plan) + Grid.DimX - 1) / Grid.DimX;

    // A word that occurs twice among the positions is one slot with the weight of both; one that predicts nothing is none.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Inputs<TObjective>(TrainArguments a, GroupMemory m, int first, int end)
        where TObjective : struct, IBinaryObjective
    {
        int positions = end - first, words = GroupLists.Distinct(m, a.Plan.Kept.SubView(first, positions), positions);
        for (int u = Group.IdxX; u < Tile; u += Group.DimX)
        {
            int pairs = 0;
            for (int n = 0; n < positions; n++)
                pairs += m.Index[n] == u ? GroupLists.Targets<WindowWords>(a.Plan, first + n) : 0;
            m.Sums[u] = pairs * ((float)a.K / a.Plan.NoiseSet);
        }

        Group.Barrier();
        int slots = SlotsBefore(m, words);
        for (int u = Group.IdxX; u < words; u += Group.DimX)
        {
            if (m.Sums[u] > 0)
                SetSlot(m, SlotsBefore(m, u), m.Words[u], m.Sums[u], WordLogits.LogZ<TObjective>(a, m.Words[u]));
        }

        for (int slot = slots + Group.IdxX; slot < Tile; slot += Group.DimX)
            SetSlot(m, slot, 0, 0, 0);
        for (int n = Group.IdxX; n < positions; n += Group.DimX)
            m.SlotOf[n] = SlotsBefore(m, m.Index[n]);
        Group.Barrier();
        return slots;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int SlotsBefore(GroupMemory m, int word)
    {
        int slots = 0;
        for (int u = 0; u < word; u++)
            slots += m.Sums[u] > 0 ? 1 : 0;
        return slots;
    }

    // Each position that has a window is a slot.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Means<TObjective>(TrainArguments a, GroupMemory m, int first, int end)
        where TObjective : struct, IBinaryObjective
    {
        int positions = end - first;
        for (int n = Group.IdxX; n < positions; n += Group.DimX)
            m.Sums[n] = GroupLists.Targets<MiddleWord>(a.Plan, first + n) * ((float)a.K / a.Plan.NoiseSet);
        Group.Barrier();
        int slots = SlotsBefore(m, positions);
        for (int n = Group.IdxX; n < positions; n += Group.DimX)
        {
            int slot = SlotsBefore(m, n), bucket = a.Normalizer == (int)NormalizerKind.PerContext ? CbowKernels.Bucket(a.Plan, first + n) : 0;
            m.SlotOf[n] = slot;
            if (m.Sums[n] > 0)
                SetSlot(m, slot, bucket, m.Sums[n], WordLogits.LogZ<TObjective>(a, bucket));
        }

        for (int slot = slots + Group.IdxX; slot < Tile; slot += Group.DimX)
            SetSlot(m, slot, 0, 0, 0);
        Group.Barrier();
        return slots;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void SetSlot(GroupMemory m, int slot, int row, float weight, float logZ)
    {
        m.Slot[slot] = row;
        m.SlotWeight[slot] = weight;
        m.SlotLogZ[slot] = logZ;
        m.SlotSum[slot] = 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Sixteen Load(TrainArguments a, GroupMemory m, int slots) => new()
    {
        Q0 = LoadQuad(a, m, slots, 0),
        Q1 = LoadQuad(a, m, slots, 4),
        Q2 = LoadQuad(a, m, slots, 8),
        Q3 = LoadQuad(a, m, slots, 12),
    };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Quad LoadQuad(TrainArguments a, GroupMemory m, int slots, int q) => new()
    {
        A = LoadSlot(a, m, slots, q),
        B = LoadSlot(a, m, slots, q + 1),
        C = LoadSlot(a, m, slots, q + 2),
        D = LoadSlot(a, m, slots, q + 3),
    };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Float4 LoadSlot(TrainArguments a, GroupMemory m, int slots, int slot)
    {
        Float4 value = default;
        if (slot < slots)
            value = RegisterPass.Read(a.Model.Input, a.Model.Columns, m.Slot[slot]);
        return value;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(TrainArguments a, GroupMemory m, int slots, Sixteen rows)
    {
        StoreQuad(a, m, slots, 0, rows.Q0);
        StoreQuad(a, m, slots, 4, rows.Q1);
        StoreQuad(a, m, slots, 8, rows.Q2);
        StoreQuad(a, m, slots, 12, rows.Q3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreQuad(TrainArguments a, GroupMemory m, int slots, int q, Quad rows)
    {
        StoreSlot(a, m, slots, q, rows.A);
        StoreSlot(a, m, slots, q + 1, rows.B);
        StoreSlot(a, m, slots, q + 2, rows.C);
        StoreSlot(a, m, slots, q + 3, rows.D);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreSlot(TrainArguments a, GroupMemory m, int slots, int slot, Float4 row)
    {
        if (slot < slots)
            RegisterPass.Write(a.Model.Input, a.Model.Columns, m.Slot[slot], row);
    }

    // Lists the words of all windows, and their part in each mean.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Context(TrainArguments a, GroupMemory m, int first, int end)
    {
        int from = GroupLists.First<WindowWords>(a.Plan, first, end), tokens = GroupLists.End<WindowWords>(a.Plan, first, end) - from;
        int words = GroupLists.Distinct(m, a.Plan.Kept.SubView(from, tokens), tokens);
        GroupLists.Terms<WindowWords>(m, a.Plan, first, first, end, from, tokens, words, mean: true);
        Group.Barrier();
        return words;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Sixteen Mean(TrainArguments a, GroupMemory m, int words)
    {
        Sixteen rows = default;
        for (int w = 0; w < words; w++)
            rows.Add(m.Terms, 4 * w, RegisterPass.Read(a.Model.Input, a.Model.Columns, m.Words[w]));
        return rows;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Spread(TrainArguments a, GroupMemory m, int words, Sixteen change)
    {
        for (int w = 0; w < words; w++)
        {
            Float4 row = RegisterPass.Read(a.Model.Input, a.Model.Columns, m.Words[w]);
            RegisterPass.Write(a.Model.Input, a.Model.Columns, m.Words[w], change.AddTo(row, m.Terms, 4 * w));
        }
    }

    // The means go to memory of the group's own: registers are full, and to sum them again would read others' updates.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Keep(ArrayView<Float4> before, Sixteen rows)
    {
        KeepQuad(before, 0, rows.Q0);
        KeepQuad(before, 4, rows.Q1);
        KeepQuad(before, 8, rows.Q2);
        KeepQuad(before, 12, rows.Q3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void KeepQuad(ArrayView<Float4> before, int q, Quad rows)
    {
        before[q * Lanes] = rows.A;
        before[(q + 1) * Lanes] = rows.B;
        before[(q + 2) * Lanes] = rows.C;
        before[(q + 3) * Lanes] = rows.D;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Sixteen Change(ArrayView<Float4> before, Sixteen rows) => new()
    {
        Q0 = ChangeQuad(before, 0, rows.Q0),
        Q1 = ChangeQuad(before, 4, rows.Q1),
        Q2 = ChangeQuad(before, 8, rows.Q2),
        Q3 = ChangeQuad(before, 12, rows.Q3),
    };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Quad ChangeQuad(ArrayView<Float4> before, int q, Quad rows) => new()
    {
        A = rows.A.Plus(-1, before[q * Lanes]),
        B = rows.B.Plus(-1, before[(q + 1) * Lanes]),
        C = rows.C.Plus(-1, before[(q + 2) * Lanes]),
        D = rows.D.Plus(-1, before[(q + 3) * Lanes]),
    };

    // A thread's own sixteen places, from the first on, Lanes apart: constant steps from one address need no register each, and
    // the threads of a warp access neighbouring addresses.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ArrayView<Float4> Own(ArrayView<Float4> memory)
    {
        long first = (long)(Group.IdxX / Lanes) * Lanes, at = ((((long)Grid.IdxX * Group.DimX) + first) * Tile) + Group.IdxX - first;
        return memory.SubView(at, (Lanes * (Tile - 1)) + 1);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void MoveLogZ<TTargets, TObjective>(TrainArguments a, GroupMemory m, int first, int end, int slots)
        where TTargets : struct, ITargets
        where TObjective : struct, IBinaryObjective
    {
        if (!TObjective.LearnsNormalizer || a.Normalizer == (int)NormalizerKind.Fixed || Group.IdxX != 0)
            return;
        float sum = 0;
        for (int slot = 0; slot < slots; slot++)
        {
            sum += m.SlotSum[slot];
            if (a.Normalizer == (int)NormalizerKind.PerContext)
                a.Model.LogZ[m.Slot[slot]] -= m.SlotSum[slot];
        }

        int predictions = 0;
        for (int i = first; i < end; i++)
            predictions += GroupLists.Targets<TTargets>(a.Plan, i);
        if (a.Normalizer == (int)NormalizerKind.Learned)
            a.Model.LogZ[0] -= sum / (predictions > 0 ? predictions : 1);
    }

    // Ends with a barrier, so that the next group may use the memory.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Finish(TrainArguments a, GroupMemory m, int group, float loss)
    {
        float total = GroupSum(m.Sums, loss);
        if (Group.IdxX == 0)
            a.Losses[group] = total;
    }
}
