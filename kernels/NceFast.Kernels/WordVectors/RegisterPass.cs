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
internal static class RegisterPass
{
    /// <summary>
    /// Makes all passes of a set: the noise words first, then the words that each batch of positions predicts. The two kinds of passes are
    /// compiled apart, because noise words meet all inputs, and observed words only some.
    /// </summary>
    /// <returns>This thread's part of the loss.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float All<TTargets, TObjective>(TrainArguments a, GroupMemory m, int index, PositionSet set, bool movesLogZ, ref Sixteen rows)
        where TTargets : struct, ITargets
        where TObjective : struct, IBinaryObjective
    {
        ListedWords noise = default;
        noise.DropsTargets = a.DropTarget != 0;
        noise.Count = a.Plan.NoiseSet;
        noise.Noise = (long)index * a.Plan.NoiseSet;
        noise.Positions = -1;
        float loss = Pass<TTargets, TObjective>(a, m, set, noise, false, movesLogZ, ref rows);
        for (int batch = 0; batch < set.Count; batch += Batch)
        {
            ListedWords tokens = default;
            tokens.From = TTargets.First(m, set, batch);
            tokens.Count = TTargets.End(m, set, batch) - tokens.From;
            tokens.Positions = ((1 << Batch) - 1) << batch;
            loss += Pass<TTargets, TObjective>(a, m, set, tokens, true, movesLogZ, ref rows);
        }

        return loss;
    }

    /// <summary>Reads the calling thread's column of row <paramref name="word"/>. A thread beyond the columns gets the last one, and does not use it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float4 Read(ArrayView<Float4> table, int columns, int word) =>
        table.SubView(Least(Group.IdxX, columns - 1))[Row(columns, word)];

    /// <summary>Stores a thread's column of row <paramref name="word"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Write(ArrayView<Float4> table, int columns, int word, Float4 value)
    {
        if (Group.IdxX < columns)
            table.SubView(Group.IdxX)[Row(columns, word)] = value;
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
    private static float Pass<TTargets, TObjective>(TrainArguments a, GroupMemory m, PositionSet set, ListedWords part, bool observed, bool movesLogZ, ref Sixteen rows)
        where TTargets : struct, ITargets
        where TObjective : struct, IBinaryObjective
    {
        int outputs = GroupLists.Distinct<TTargets, TObjective>(a, m, set, part, observed);
        GroupLists.Terms<TTargets>(a, m, set, part, outputs, observed, mean: false);
        if (TObjective.LearnsNormalizer && movesLogZ && a.Normalizer == (int)NormalizerKind.PerContext)
            MoveSlotLogZ(a, m, set.Slots);
        Group.Barrier();
        return Run<TObjective>(a, m, outputs, observed, ref rows);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Run<TObjective>(TrainArguments a, GroupMemory m, int outputs, bool observed, ref Sixteen rows)
        where TObjective : struct, IBinaryObjective
    {
        int slot = Group.IdxX % Tile, which = Group.IdxX / Tile, columns = a.Model.Columns;
        float loss = 0, slotSum = 0, logZ = m.SlotLogZ[slot], label = observed ? 1f : 0f;
        Sixteen change = default;
        Float4 u = Read(a.Model.Output, columns, m.Words[0]), v = Read(a.Model.Output, columns, m.Words[1]);
        for (int o = 0; o < outputs; o += 2)
        {
            int quads = Group.IdxX < columns ? observed ? m.Links[o] | m.Links[o + 1] : -1 : 0;
            Score(rows, quads, observed, u, v, m.Parts);
            Float4 nextU = u, nextV = v;
            if (o + 2 < outputs)
            {
                nextU = Read(a.Model.Output, columns, m.Words[o + 2]);
                nextV = Read(a.Model.Output, columns, m.Words[o + 3]);
            }

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
                float g = StepLogit<TObjective>(weight > 0 ? logit : 0, weight, label, a.Rate, ref loss);
                terms[at] = g;
                slotSum += g;
            }

            Group.Barrier();
            ArrayView<Float4> steps = m.Terms.SubView(4 * o, Tile / 2);
            if (observed)
                UpdateInTurn(rows, quads, ref change, ref u, ref v, steps);
            else
                Update(rows, ref change, ref u, ref v, steps);
            Write(a.Model.Output, columns, m.Words[o], u);
            if (o + 1 < outputs)
                Write(a.Model.Output, columns, m.Words[o + 1], v);
            u = nextU;
            v = nextV;
        }

        rows.Add(change);
        if (TObjective.HasBiases)
            AddOffsets(a, m, outputs);
        AddSlotSums<TObjective>(m, which, slotSum);
        return loss;
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

    // Thread 8p + q adds the parts that eight threads from 8p on have of the four scores of quad q.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void SumParts(ArrayView<Float4> parts)
    {
        int quad = Group.IdxX % GroupMemory.Summands;
        ArrayView<Float4> mine = parts.SubView(((Group.IdxX - quad) * GroupMemory.PartQuads) + quad);
        Float4 sum = mine[0];
        for (int j = 1; j < GroupMemory.Summands; j++)
            sum = sum.Plus(1, mine[j * GroupMemory.PartQuads]);
        parts[(Group.IdxX * GroupMemory.PartQuads) + GroupMemory.PartQuads - 1] = sum;
    }

    // Adds the sums of a score, each of which is over eight threads.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float SumOfParts(ArrayView<Float4> parts)
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
    private static void AddOffsets(TrainArguments a, GroupMemory m, int outputs)
    {
        for (int u = Group.IdxX; u < outputs; u += Group.DimX)
        {
            Float4 sum = default;
            for (int q = 0; q < Tile / 4; q++)
                sum = sum.Plus(1, m.Terms[(4 * u) + ((q + (u / 2)) & 3)]);
            a.Model.Offsets[m.Words[u]] += sum.Sum();
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
        if (TObjective.LearnsNormalizer && which == 0)
            m.SlotSum[Group.IdxX] += sums[Group.IdxX] + sums[Group.IdxX + Tile];
    }
}
