using System.Runtime.CompilerServices;
using ILGPU;
using NceFast.Models;
using NceFast.Objectives;
using static NceFast.Kernels.TileMath;

namespace NceFast.Kernels.WordVectors;

/// <summary>
/// Contains the fast kernels, with a group of threads per set of positions and a thread per column. The inputs stay in registers from
/// their first score to their last update. Meanwhile noise words and the words of the sliding window pass by, and each is loaded once,
/// and its change is added once. DESIGN.md in this folder lists bytes, registers and predicted speeds.
/// </summary>
internal static class RegisterKernels
{
    // The number of threads of a warp, and the minimum of a group.
    private const int Lanes = GroupMemory.Scores;

    /// <summary>Trains skip-gram. The inputs are the distinct words of the positions.</summary>
    public static void SkipGram<TObjective, TMemory, TAdds, TSteps>(TrainArguments a)
        where TObjective : struct, IBinaryObjective
        where TMemory : struct, IMemorySize
        where TAdds : struct, IRowAdds
        where TSteps : struct, ISteps
    {
        GroupMemory m = GroupMemory.Of<TMemory>(a);
        RegisterPass.ClearUnused(m, a.Model.Columns);
        int share = SetsPerGroup(a.Plan), last = Least(Sets(a.Plan), (Grid.IdxX + 1) * share);
        for (int index = Grid.IdxX * share; index < last; index++)
        {
            PositionSet set = PositionSet.Read(a, m, index);
            set.SetSlots<WindowWords, TObjective>(a, m, merges: true);
            Sixteen rows = Load(a, m);
            float loss = RegisterPass.All<WindowWords, TObjective, TAdds, TSteps>(a, m, index, set, ref rows);
            Finish<TObjective, TAdds>(a, m, index, set, loss);
        }
    }

    /// <summary>Trains CBOW. The inputs are the means of the positions' windows, whose change is spread over the words of the windows.</summary>
    public static void Cbow<TObjective, TMemory, TAdds, TSteps>(TrainArguments a)
        where TObjective : struct, IBinaryObjective
        where TMemory : struct, IMemorySize
        where TAdds : struct, IRowAdds
        where TSteps : struct, ISteps
    {
        GroupMemory m = GroupMemory.Of<TMemory>(a);
        RegisterPass.ClearUnused(m, a.Model.Columns);
        ArrayView<Float4> before = Own(a.WorkRows);
        int share = SetsPerGroup(a.Plan), last = Least(Sets(a.Plan), (Grid.IdxX + 1) * share);
        for (int index = Grid.IdxX * share; index < last; index++)
        {
            PositionSet set = PositionSet.Read(a, m, index);
            set.SetSlots<MiddleWord, TObjective>(a, m, merges: false);
            int words = Context<TObjective>(a, m, set);
            Sixteen rows = Mean(a, m, words);
            Keep(before, TSteps.IsAdaptive ? default : rows); // with AdaGrad, the gradients of all passes are added up there
            float loss = RegisterPass.All<MiddleWord, TObjective, TAdds, TSteps>(a, m, index, set, ref rows);
            words = Context<TObjective>(a, m, set);
            Sixteen change = TSteps.IsAdaptive ? Kept(before) : Change(before, rows);
            if (TSteps.IsAdaptive)
                AdaptivePass.Spread<TAdds>(a, m, words, change);
            Spread<TObjective, TAdds>(a, m, words, change);
            Finish<TObjective, TAdds>(a, m, index, set, loss);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Sets(PlanViews plan) => (plan.Totals[0] + plan.Sharing - 1) / plan.Sharing;

    // Number of sets that a group of threads processes one after another. Sets that run at once are then far apart in the text, where
    // they have fewer words in common.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int SetsPerGroup(PlanViews plan) => (Sets(plan) + Grid.DimX - 1) / Grid.DimX;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Sixteen Load(TrainArguments a, GroupMemory m) => new()
    {
        Q0 = LoadQuad(a, m, 0),
        Q1 = LoadQuad(a, m, 4),
        Q2 = LoadQuad(a, m, 8),
        Q3 = LoadQuad(a, m, 12),
    };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Quad LoadQuad(TrainArguments a, GroupMemory m, int q) => new()
    {
        A = LoadSlot(a, m, q),
        B = LoadSlot(a, m, q + 1),
        C = LoadSlot(a, m, q + 2),
        D = LoadSlot(a, m, q + 3),
    };

    // Unused slots name a row as well, so that all loads are issued one after the other, without a branch.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Float4 LoadSlot(TrainArguments a, GroupMemory m, int slot) => RegisterPass.Read(a.Model.Input, a.Model.Columns, m.Slot[slot]);

    // Lists the words of all windows, and their weights in each mean. Ends with a barrier.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Context<TObjective>(TrainArguments a, GroupMemory m, PositionSet set)
        where TObjective : struct, IBinaryObjective
    {
        ListedWords part = default;
        part.Count = set.Tokens;
        part.Positions = -1;
        part.AreInputs = true;
        int words = GroupLists.Distinct<WindowWords, TObjective>(a, m, set, part, observed: true, 0);
        GroupLists.Terms<WindowWords>(a, m, set, part, 0, words, observed: true, mean: true);
        Group.Barrier();
        return words;
    }

    // Loads each row while the one before is added. Ends with a barrier.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Sixteen Mean(TrainArguments a, GroupMemory m, int words)
    {
        Sixteen rows = default;
        Float4 row = RegisterPass.Read(a.Model.Input, a.Model.Columns, m.Words[0]);
        for (int w = 0; w < words; w++)
        {
            Float4 next = RegisterPass.Read(a.Model.Input, a.Model.Columns, m.Words[Last(w + 1, words)]);
            rows.Add(m.Terms, 4 * w, m.Links[w], row);
            row = next;
        }

        Group.Barrier();
        return rows;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Spread<TObjective, TAdds>(TrainArguments a, GroupMemory m, int words, Sixteen change)
        where TObjective : struct, IBinaryObjective
        where TAdds : struct, IRowAdds
    {
        Float4 mean = default;
        if (!TObjective.HasBiases)
        {
            mean = RegisterPass.Read(a.Model.Means, a.Model.Columns, 1);
            RegisterPass.Along(mean, m, change, a.Model.Columns);
        }

        for (int w = 0; w < words; w++)
        {
            Float4 sum = change.AddTo(default, m.Terms, 4 * w, m.Links[w]).Times(m.Weights[w]);
            if (!TObjective.HasBiases)
            {
                float along = 0;
                for (int q = 0; q < Tile / 4; q++)
                    along += m.Terms[(4 * w) + q].Dot(m.SlotAlong[q]);
                sum = sum.Plus(m.Extras[w] * along, mean);
            }

            RegisterPass.Add<TAdds>(a.Model.Input, a.Model.Columns, m.Words[w], sum);
        }
    }

    // The means go to memory of the group, because registers are full and a second summation would read the updates of other groups.
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

    /// <summary>Adds the gradients of the means in a pass to those of the earlier passes of the set; for CBOW with AdaGrad.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Collect(TrainArguments a, Sixteen gradients)
    {
        ArrayView<Float4> kept = Own(a.WorkRows);
        gradients.Add(Kept(kept));
        Keep(kept, gradients);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Sixteen Kept(ArrayView<Float4> kept) => new() { Q0 = KeptQuad(kept, 0), Q1 = KeptQuad(kept, 4), Q2 = KeptQuad(kept, 8), Q3 = KeptQuad(kept, 12) };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Quad KeptQuad(ArrayView<Float4> kept, int q) => new() { A = kept[q * Lanes], B = kept[(q + 1) * Lanes], C = kept[(q + 2) * Lanes], D = kept[(q + 3) * Lanes] };

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

    // Gets a thread's own sixteen elements, which are Lanes apart. Constant steps from one address need no registers, and the threads of a
    // warp access neighboring addresses.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ArrayView<Float4> Own(ArrayView<Float4> memory)
    {
        long first = (long)(Group.IdxX / Lanes) * Lanes, at = ((((long)Grid.IdxX * Group.DimX) + first) * Tile) + Group.IdxX - first;
        return memory.SubView(at, (Lanes * (Tile - 1)) + 1);
    }

    // The first thread stores the loss of a set and moves log Z. The memory that is read here changes only after two further barriers.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Finish<TObjective, TAdds>(TrainArguments a, GroupMemory m, int index, PositionSet set, float loss)
        where TObjective : struct, IBinaryObjective
        where TAdds : struct, IRowAdds
    {
        if (Group.IdxX < Lanes)
            m.Losses.Cast<float>()[Group.IdxX] = loss;
        Group.Barrier();
        Float4 sum = default;
        for (int q = 0; q < Lanes / 4; q++)
            sum = sum.Plus(1, m.Losses[q]);
        if (Group.IdxX == 0)
            a.Losses[index] = sum.Sum();
        if (TObjective.LearnsNormalizer && a.Normalizer != (int)NormalizerKind.Fixed && Group.IdxX == 0)
            MoveLogZ<TAdds>(a, m, set.Slots);
    }

    // Slots may have the same row of log Z, so that one thread adds.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void MoveLogZ<TAdds>(TrainArguments a, GroupMemory m, int slots)
        where TAdds : struct, IRowAdds
    {
        float sum = 0;
        int predictions = 0;
        for (int slot = 0; slot < slots; slot++)
        {
            sum += m.SlotSum[slot];
            if (a.Normalizer == (int)NormalizerKind.PerContext)
                TAdds.Add(a.Model.LogZ, m.Slot[slot], -m.SlotSum[slot] * m.SlotExtras[slot]);
        }

        for (int q = 0; q < Tile / 4; q++)
            predictions += m.Counts[q].Sum();
        if (a.Normalizer == (int)NormalizerKind.Learned)
            TAdds.Add(a.Model.LogZ, 0, -sum / (predictions > 0 ? predictions : 1) / (1 + FlightWeights.OthersInFlight(a)));
    }
}
