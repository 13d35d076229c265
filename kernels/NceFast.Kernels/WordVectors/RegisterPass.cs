using System.Runtime.CompilerServices;
using ILGPU;
using NceFast.Models;
using NceFast.Objectives;
using static NceFast.Kernels.TileMath;

namespace NceFast.Kernels.WordVectors;

/// <summary>
/// Passes a list of outputs by sixteen inputs, which are held in registers. Two outputs at a time are loaded, scored, and stored again
/// with their updates. Each thread owns a column, so that only the scores need the other threads.
/// </summary>
internal static partial class RegisterPass
{
    /// <summary>
    /// Makes all passes of a set. Each pass takes the words that a batch of positions predicts, and half of the noise words. Observed and
    /// noise words alternate, so that at any time all groups together pull a row both ways. In the host's order, the noise words come first.
    /// </summary>
    /// <returns>This thread's part of the loss.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float All<TTargets, TObjective, TAdds, TSteps>(TrainArguments a, GroupMemory m, int index, PositionSet set, ref Sixteen rows)
        where TTargets : struct, ITargets
        where TObjective : struct, IBinaryObjective
        where TAdds : struct, IRowAdds
        where TSteps : struct, ISteps
    {
        if (TObjective.SumsNoise)
            return AllSummed<TTargets, TObjective, TAdds, TSteps>(a, m, index, set, ref rows);
        float loss = 0;
        int half = a.Plan.NoiseSet / 2, drawn = 0;
        for (int batch = a.NoiseFirst != 0 ? -Batch : 0; batch < Tile; batch += Batch)
        {
            ListedWords noise = default;
            noise.DropsTargets = a.DropTarget != 0;
            noise.Count = a.NoiseFirst == 0 ? half : batch < 0 ? a.Plan.NoiseSet : 0;
            noise.Noise = ((long)index * a.Plan.NoiseSet) + drawn;
            noise.Positions = -1;
            drawn += half;
            loss += Pass<TTargets, TObjective, TAdds, TSteps>(a, m, set, noise, Tokens<TTargets>(m, set, batch), ref rows);
        }

        return loss;
    }

    // The words that a batch of positions predicts; none where a pass has only noise words.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ListedWords Tokens<TTargets>(GroupMemory m, PositionSet set, int batch)
        where TTargets : struct, ITargets
    {
        ListedWords tokens = default;
        if (batch >= 0 && batch < set.Count)
        {
            tokens.From = TTargets.First(m, set, batch);
            tokens.Count = TTargets.End(m, set, batch) - tokens.From;
            tokens.Positions = ((1 << Batch) - 1) << batch;
        }

        return tokens;
    }

    /// <summary>Reads the calling thread's column of row <paramref name="word"/>. A thread beyond the columns gets the last one, and does not use it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float4 Read(ArrayView<Float4> table, int columns, int word) =>
        table.SubView(Least(Group.IdxX, columns - 1))[Row(columns, word)];

    /// <summary>Adds to a thread's column of row <paramref name="word"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Add<TAdds>(ArrayView<Float4> table, int columns, int word, Float4 change)
        where TAdds : struct, IRowAdds
    {
        if (Group.IdxX < columns)
            TAdds.Add(table.SubView(Group.IdxX), Row(columns, word), change);
    }

    // The product has 64 bits. Without signs, it takes one instruction.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static long Row(int columns, int word) => (long)((ulong)(uint)word * (uint)columns);

    /// <summary>Sets the parts of threads beyond the columns to zero. They are added to the scores, but never written again.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void ClearUnused(GroupMemory m, int columns)
    {
        for (int q = 0; q < (Group.IdxX < columns ? 0 : GroupMemory.PartQuads); q++)
            m.Parts[(Group.IdxX * GroupMemory.PartQuads) + q] = default;
    }

    // Moves each slot's log Z before its next pass, as on the host. The table gets the sum at the end.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void MoveSlotLogZ(TrainArguments a, GroupMemory m, int slots)
    {
        for (int slot = Group.IdxX; slot < slots; slot += Group.DimX)
            m.SlotLogZ[slot] = a.Model.LogZ[m.Slot[slot]] - m.SlotSum[slot];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Pass<TTargets, TObjective, TAdds, TSteps>(TrainArguments a, GroupMemory m, PositionSet set, ListedWords noise, ListedWords tokens, ref Sixteen rows)
        where TTargets : struct, ITargets
        where TObjective : struct, IBinaryObjective
        where TAdds : struct, IRowAdds
        where TSteps : struct, ISteps
    {
        int drawn = GroupLists.Distinct<TTargets, TObjective>(a, m, set, noise, false, 0), start = (drawn + 1) & ~1;
        int observed = GroupLists.Distinct<TTargets, TObjective>(a, m, set, tokens, true, start);
        GroupLists.Terms<TTargets>(a, m, set, noise, 0, drawn, observed: false, mean: false);
        GroupLists.Terms<TTargets>(a, m, set, tokens, start, observed, observed: true, mean: false);
        if (TObjective.LearnsNormalizer && TTargets.HaveInputs && a.Normalizer == (int)NormalizerKind.PerContext)
            MoveSlotLogZ(a, m, set.Slots);
        if (!TObjective.HasBiases)
            Along(Read(a.Model.Means, a.Model.Columns, 0), m, rows, a.Model.Columns);
        if (TSteps.IsAdaptive)
            AdaptivePass.Measure<TObjective>(a, m, rows);
        Group.Barrier();
        return Run<TTargets, TObjective, TAdds, TSteps>(a, m, set, start, start + observed, ref rows);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Run<TTargets, TObjective, TAdds, TSteps>(TrainArguments a, GroupMemory m, PositionSet set, int noise, int outputs, ref Sixteen rows)
        where TTargets : struct, ITargets
        where TObjective : struct, IBinaryObjective
        where TAdds : struct, IRowAdds
        where TSteps : struct, ISteps
    {
        int slot = Group.IdxX % Tile, which = Group.IdxX / Tile, columns = a.Model.Columns;
        float loss = 0, slotSum = 0, logZ = m.SlotLogZ[slot];
        Sixteen change = default;
        var order = new PairOrder(noise, (outputs + 1) & ~1);
        int o = order.Next();
        float sumU = 0, sumV = 0;
        if (TSteps.IsAdaptive)
        {
            sumU = AdaptivePass.OutputSum(a, m, o);
            sumV = AdaptivePass.OutputSum(a, m, o + 1);
        }

        Float4 u = Read(a.Model.Output, columns, m.Words[o]), v = Read(a.Model.Output, columns, m.Words[o + 1]);
        for (int pair = 0; pair < order.Pairs; pair++)
        {
            bool observed = o >= noise;
            int quads = Group.IdxX < columns ? observed ? m.Links[o] | m.Links[o + 1] : -1 : 0;
            Score(rows, quads, observed, u, v, m.Parts);
            int next = order.Next();
            Float4 nextU = Read(a.Model.Output, columns, m.Words[next]), nextV = Read(a.Model.Output, columns, m.Words[next + 1]);
            float nextSumU = TSteps.IsAdaptive ? AdaptivePass.OutputSum(a, m, next) : 0f, nextSumV = TSteps.IsAdaptive ? AdaptivePass.OutputSum(a, m, next + 1) : 0f;
            Group.Barrier();
            SumParts(m.Parts);
            Group.Barrier();
            if (which < 2)
            {
                ArrayView<float> terms = m.Terms.Cast<float>();
                int at = (o * Tile) + Group.IdxX;
                float weight = terms[at], logit = SumOfParts(m.Parts);
                if (TObjective.HasBiases)
                    logit += Logit.Shift(m.Offsets[o + which], logZ);
                float g = StepLogit<TObjective>(weight > 0 ? logit : 0, weight, observed ? 1f : 0f, TSteps.IsAdaptive ? 1f : a.Rate, ref loss);
                terms[at] = g;
                slotSum += g;
            }

            Group.Barrier();
            ArrayView<Float4> steps = m.Terms.SubView(4 * o, Tile / 2);
            Float4 oldU = u, oldV = v;
            float rateU = 1, rateV = 1;
            if (TSteps.IsAdaptive)
            {
                rateU = AdaptivePass.OutputRate<TObjective, TAdds>(a, m, o, steps, 0, sumU);
                rateV = AdaptivePass.OutputRate<TObjective, TAdds>(a, m, o + 1, steps, Tile / 4, sumV);
                sumU = nextSumU;
                sumV = nextSumV;
                if (observed)
                    AdaptivePass.UpdateInTurn(rows, quads, ref change, ref u, ref v, steps, rateU, rateV);
                else
                    AdaptivePass.Update(rows, ref change, ref u, ref v, steps, rateU, rateV);
            }
            else if (observed)
            {
                UpdateInTurn(rows, quads, ref change, ref u, ref v, steps);
            }
            else
            {
                Update(rows, ref change, ref u, ref v, steps);
            }

            AddOutput<TObjective, TAdds, TSteps>(a, m, o, steps, 0, u.Plus(-1, oldU), rateU);
            AddOutput<TObjective, TAdds, TSteps>(a, m, o + 1, steps, Tile / 4, v.Plus(-1, oldV), rateV);
            u = nextU;
            v = nextV;
            o = next;
        }

        if (TSteps.IsAdaptive && TTargets.HaveInputs)
            change = AdaptivePass.Step<TAdds>(a, m, set.Slots, change);
        if (TSteps.IsAdaptive && !TTargets.HaveInputs)
            RegisterKernels.Collect(a, change);
        else
            rows.Add(change);
        if (TObjective.HasBiases)
            AddOffsets<TAdds>(a, m, (outputs + 1) & ~1);
        if (TTargets.HaveInputs)
            AddInputs<TObjective, TAdds>(a, m, set.Slots, change);
        AddSlotSums<TObjective>(m, which, TSteps.IsAdaptive && !TObjective.SumsNoise ? a.Rate * slotSum : slotSum);
        return loss;
    }

    // Adds the weighted change of an output. A word that pads a list of odd length has no weight.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddOutput<TObjective, TAdds, TSteps>(TrainArguments a, GroupMemory m, int output, ArrayView<Float4> steps, int at, Float4 change, float rate)
        where TObjective : struct, IBinaryObjective
        where TAdds : struct, IRowAdds
        where TSteps : struct, ISteps
    {
        float weight = m.Weights[output];
        if (weight == 0)
            return;
        change = change.Times(weight);
        if (!TObjective.HasBiases)
        {
            // The change is the sum of steps times inputs, so that the sum of steps times the inputs' parts along the mean is its own.
            float along = 0;
            for (int q = 0; q < Tile / 4; q++)
                along += steps[at + q].Dot(m.SlotAlong[q]);
            if (TSteps.IsAdaptive)
                along *= rate;
            change = change.Plus(m.Extras[output] * along, Read(a.Model.Means, a.Model.Columns, 0));
        }

        Add<TAdds>(a.Model.Output, a.Model.Columns, m.Words[output], change);
    }

    // Adds the weighted changes of the inputs of skip-gram.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddInputs<TObjective, TAdds>(TrainArguments a, GroupMemory m, int slots, Sixteen change)
        where TObjective : struct, IBinaryObjective
        where TAdds : struct, IRowAdds
    {
        Float4 mean = default;
        if (!TObjective.HasBiases)
        {
            mean = Read(a.Model.Means, a.Model.Columns, 1);
            Along(mean, m, change, a.Model.Columns);
        }

        AddQuad<TObjective, TAdds>(a, m, slots, 0, change.Q0, mean);
        AddQuad<TObjective, TAdds>(a, m, slots, 4, change.Q1, mean);
        AddQuad<TObjective, TAdds>(a, m, slots, 8, change.Q2, mean);
        AddQuad<TObjective, TAdds>(a, m, slots, 12, change.Q3, mean);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddQuad<TObjective, TAdds>(TrainArguments a, GroupMemory m, int slots, int q, Quad change, Float4 mean)
        where TObjective : struct, IBinaryObjective
        where TAdds : struct, IRowAdds
    {
        AddSlot<TObjective, TAdds>(a, m, slots, q, change.A, mean);
        AddSlot<TObjective, TAdds>(a, m, slots, q + 1, change.B, mean);
        AddSlot<TObjective, TAdds>(a, m, slots, q + 2, change.C, mean);
        AddSlot<TObjective, TAdds>(a, m, slots, q + 3, change.D, mean);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddSlot<TObjective, TAdds>(TrainArguments a, GroupMemory m, int slots, int slot, Float4 change, Float4 mean)
        where TObjective : struct, IBinaryObjective
        where TAdds : struct, IRowAdds
    {
        if (slot >= slots)
            return;
        change = change.Times(m.SlotWeights[slot]);
        if (!TObjective.HasBiases)
            change = change.Plus(m.SlotExtras[slot] * m.SlotAlong.Cast<float>()[slot], mean);
        Add<TAdds>(a.Model.Input, a.Model.Columns, m.Slot[slot], change);
    }

    /// <summary>Computes the dot product of each slot's row with a row. Ends with a barrier.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Along(Float4 row, GroupMemory m, Sixteen rows, int columns)
    {
        Score(rows, Group.IdxX < columns ? -1 : 0, false, row, row, m.Parts);
        Group.Barrier();
        SumParts(m.Parts);
        Group.Barrier();
        if (Group.IdxX < Tile)
            m.SlotAlong.Cast<float>()[Group.IdxX] = SumOfParts(m.Parts);
        Group.Barrier();
    }

    // Skips quads that the outputs do not meet, and threads beyond the columns. Their elements of the parts are not used, or remain zero.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Score(Sixteen rows, int quads, bool observed, Float4 u, Float4 v, ArrayView<Float4> parts)
    {
        ArrayView<Float4> mine = parts.SubView(Group.IdxX * GroupMemory.PartQuads, GroupMemory.PartQuads);
        if (!observed)
        {
            if (quads != 0)
            {
                Score(rows.Q0, u, v, mine, 0);
                Score(rows.Q1, u, v, mine, 1);
                Score(rows.Q2, u, v, mine, 2);
                Score(rows.Q3, u, v, mine, 3);
            }

            return;
        }

        if ((quads & 1) != 0)
            Score(rows.Q0, u, v, mine, 0);
        if ((quads & 2) != 0)
            Score(rows.Q1, u, v, mine, 1);
        if ((quads & 4) != 0)
            Score(rows.Q2, u, v, mine, 2);
        if ((quads & 8) != 0)
            Score(rows.Q3, u, v, mine, 3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Score(Quad rows, Float4 u, Float4 v, ArrayView<Float4> mine, int quad)
    {
        mine[quad] = rows.Score(u);
        mine[quad + (Tile / 4)] = rows.Score(v);
    }

    /// <summary>Adds parts of scores: thread 8p + q adds the parts that eight threads from 8p on have of the four scores of quad q.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void SumParts(ArrayView<Float4> parts)
    {
        int quad = Group.IdxX % GroupMemory.Summands;
        ArrayView<Float4> mine = parts.SubView(((Group.IdxX - quad) * GroupMemory.PartQuads) + quad);
        Float4 sum = mine[0];
        for (int j = 1; j < GroupMemory.Summands; j++)
            sum = sum.Plus(1, mine[j * GroupMemory.PartQuads]);
        parts[(Group.IdxX * GroupMemory.PartQuads) + GroupMemory.PartQuads - 1] = sum;
    }

    /// <summary>Adds the sums of a score, each of which is over eight threads.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float SumOfParts(ArrayView<Float4> parts)
    {
        const int Pitch = 4 * GroupMemory.PartQuads, Next = GroupMemory.Summands * Pitch;
        ArrayView<float> sums = parts.Cast<float>().SubView((Group.IdxX / 4 * Pitch) + (Group.IdxX % 4) + Pitch - 4);
        float sum = 0;
        for (int t = 0; t < Group.DimX; t += GroupMemory.Scores)
        {
            ArrayView<float> four = sums.SubView(t * Pitch);
            sum += four[0] + four[Next] + (four[2 * Next] + four[3 * Next]);
        }

        return sum;
    }

    // Noise words meet all slots. All inputs of a quad see the same output.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Update(Sixteen rows, ref Sixteen next, ref Float4 u, ref Float4 v, ArrayView<Float4> steps)
    {
        next.Q0.Update(rows.Q0, steps[0], ref u);
        next.Q1.Update(rows.Q1, steps[1], ref u);
        next.Q2.Update(rows.Q2, steps[2], ref u);
        next.Q3.Update(rows.Q3, steps[3], ref u);
        next.Q0.Update(rows.Q0, steps[4], ref v);
        next.Q1.Update(rows.Q1, steps[5], ref v);
        next.Q2.Update(rows.Q2, steps[6], ref v);
        next.Q3.Update(rows.Q3, steps[7], ref v);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void UpdateInTurn(Sixteen rows, int quads, ref Sixteen next, ref Float4 u, ref Float4 v, ArrayView<Float4> steps)
    {
        if ((quads & 1) != 0)
            UpdateInTurn(rows.Q0, ref next.Q0, ref u, ref v, steps[0], steps[4]);
        if ((quads & 2) != 0)
            UpdateInTurn(rows.Q1, ref next.Q1, ref u, ref v, steps[1], steps[5]);
        if ((quads & 4) != 0)
            UpdateInTurn(rows.Q2, ref next.Q2, ref u, ref v, steps[2], steps[6]);
        if ((quads & 8) != 0)
            UpdateInTurn(rows.Q3, ref next.Q3, ref u, ref v, steps[3], steps[7]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void UpdateInTurn(Quad rows, ref Quad next, ref Float4 u, ref Float4 v, Float4 g, Float4 h)
    {
        next.UpdateInTurn(rows, g, ref u);
        next.UpdateInTurn(rows, h, ref v);
    }

    // Each thread adds one output's gradients to its offset, and thereby to its bias. Threads start at different quads, which avoids bank conflicts.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddOffsets<TAdds>(TrainArguments a, GroupMemory m, int outputs)
        where TAdds : struct, IRowAdds
    {
        for (int u = Group.IdxX; u < outputs; u += Group.DimX)
        {
            Float4 sum = default;
            for (int q = 0; q < Tile / 4; q++)
                sum = sum.Plus(1, m.Terms[(4 * u) + ((q + (u / 2)) & 3)]);
            if (m.Weights[u] > 0)
                TAdds.Add(a.Model.Offsets, m.Words[u], m.Extras[u] * sum.Sum());
        }
    }

    // Ends with a barrier, so that the lists can be built again.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddSlotSums<TObjective>(GroupMemory m, int which, float slotSum)
        where TObjective : struct, IBinaryObjective
    {
        ArrayView<float> sums = m.Sums.Cast<float>();
        if (which < 2)
            sums[Group.IdxX] = slotSum;
        Group.Barrier();
        if ((TObjective.LearnsNormalizer || TObjective.SumsNoise) && which == 0)
            m.SlotSum[Group.IdxX] += sums[Group.IdxX] + sums[Group.IdxX + Tile];
    }
}
