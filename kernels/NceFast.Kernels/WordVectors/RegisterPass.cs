using System.Runtime.CompilerServices;
using ILGPU;
using NceFast.Models;
using NceFast.Objectives;
using static NceFast.Kernels.TileMath;

namespace NceFast.Kernels.WordVectors;

/// <summary>
/// One pass of sixteen inputs, held in registers, over a list of outputs that stream by: two at a time are loaded,
/// scored, and stored again with their updates. A thread owns a column, so that only the scores need the others.
/// </summary>
internal static class RegisterPass
{
    /// <summary>
    /// All passes of a group of positions, the noise words first, then the words that each batch of positions predicts.
    /// There is one loop, so that the code of a pass is compiled once.
    /// </summary>
    /// <returns>This thread's part of the loss.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float All<TTargets, TObjective>(TrainArguments a, GroupMemory m, int group, int first, int end, int slots, bool movesLogZ, ref Sixteen rows)
        where TTargets : struct, ITargets
        where TObjective : struct, IBinaryObjective
    {
        PlanViews plan = a.Plan;
        float loss = 0;
        for (int batch = first - Batch; batch < end; batch += Batch)
        {
            bool observed = batch >= first;
            int from = 0, count = plan.NoiseSet, stop = Least(end, batch + Batch);
            ArrayView<int> words = plan.Noise.SubView((long)group * count, count);
            if (observed)
            {
                from = GroupLists.First<TTargets>(plan, batch, stop);
                count = GroupLists.End<TTargets>(plan, batch, stop) - from;
                words = plan.Kept.SubView(from, count);
            }

            int outputs = GroupLists.Distinct(m, words, count);
            if (observed)
                GroupLists.Terms<TTargets>(m, plan, first, batch, stop, from, count, outputs, mean: false);
            else
                GroupLists.MarkTargets(m, plan, first, end, outputs, slots, a.DropTarget != 0);
            if (TObjective.LearnsNormalizer && movesLogZ && a.Normalizer == (int)NormalizerKind.PerContext)
                MoveSlotLogZ(a, m, slots);
            Group.Barrier();
            if (!observed)
                GroupLists.NoiseTerms<TTargets>(m, a, first, end, outputs);
            Group.Barrier();
            loss += Run<TObjective>(a, m, outputs, observed, ref rows);
        }

        return loss;
    }

    /// <summary>A thread's column of row <paramref name="word"/>; zeros beyond the columns.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float4 Read(ArrayView<Float4> table, int columns, int word)
    {
        Float4 value = default;
        if (Group.IdxX < columns)
            value = table[((long)word * columns) + Group.IdxX];
        return value;
    }

    /// <summary>Stores a thread's column of row <paramref name="word"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Write(ArrayView<Float4> table, int columns, int word, Float4 value)
    {
        if (Group.IdxX < columns)
            table[((long)word * columns) + Group.IdxX] = value;
    }

    // A slot's own log Z moves before its next pass, as on the host; the table gets the sum at the end.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void MoveSlotLogZ(TrainArguments a, GroupMemory m, int slots)
    {
        for (int slot = Group.IdxX; slot < slots; slot += Group.DimX)
            m.SlotLogZ[slot] = a.Model.LogZ[m.Slot[slot]] - m.SlotSum[slot];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Run<TObjective>(TrainArguments a, GroupMemory m, int outputs, bool observed, ref Sixteen rows)
        where TObjective : struct, IBinaryObjective
    {
        int which = Group.IdxX / Tile;
        float loss = 0, slotSum = 0;
        Sixteen next = rows;
        for (int o = 0; o < outputs; o += 2)
        {
            Float4 u = ReadOutput(a, m, o, outputs), v = ReadOutput(a, m, o + 1, outputs);
            int quads = m.Quads[o] | m.Quads[Last(o + 1, outputs)];
            Score(rows, quads, u, v, m.Parts);
            Group.Barrier();
            float score = Reduce(m);
            if (which < 2)
            {
                float g = 0, weight = 0;
                if (o + which < outputs)
                    weight = m.Terms.Cast<float>()[(o * Tile) + Group.IdxX];
                if (weight > 0)
                {
                    float shift = WordLogits.Shift<TObjective>(a, m.Words[o + which], m.SlotLogZ[Group.IdxX % Tile]);
                    g = StepLogit<TObjective>(score + shift, weight, observed ? 1f : 0f, a.Rate, ref loss);
                }

                m.Gradients.Cast<float>()[Group.IdxX] = g;
                slotSum += g;
            }

            Group.Barrier();
            if (TObjective.HasBiases && Group.IdxX < 2 && o + Group.IdxX < outputs)
                AddOffset(a, m, o);
            Update(rows, quads, ref next, ref u, m.Gradients, 0, observed);
            Update(rows, quads, ref next, ref v, m.Gradients, 4, observed);
            Write(a.Model.Output, a.Model.Columns, m.Words[o], u);
            if (o + 1 < outputs)
                Write(a.Model.Output, a.Model.Columns, m.Words[o + 1], v);
        }

        rows = next;
        if (TObjective.LearnsNormalizer)
            AddSlotSums(m, which, slotSum);
        return loss;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Float4 ReadOutput(TrainArguments a, GroupMemory m, int output, int outputs)
    {
        Float4 value = default;
        if (output < outputs)
            value = Read(a.Model.Output, a.Model.Columns, m.Words[output]);
        return value;
    }

    // Quads that the outputs do not meet are left out; what lies in their place is not looked at.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Score(Sixteen rows, int quads, Float4 u, Float4 v, ArrayView<Float4> parts)
    {
        ArrayView<Float4> mine = parts.SubView(Group.IdxX * GroupMemory.PartQuads, GroupMemory.PartQuads);
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

    // Thread t adds up 32 parts of score t % 32, then the first 32 threads the sums of the slices.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Reduce(GroupMemory m)
    {
        const int Pitch = 4 * GroupMemory.PartQuads;
        ArrayView<float> parts = m.Parts.Cast<float>();
        int score = Group.IdxX % GroupMemory.Scores, at = ((Group.IdxX - score) * Pitch) + score;
        float sum = 0;
        for (int j = 0; j < GroupMemory.Scores; j++)
            sum += parts[at + (j * Pitch)];
        m.Slices[Group.IdxX] = sum;
        Group.Barrier();
        sum = 0;
        for (int t = score; t < Group.DimX; t += GroupMemory.Scores)
            sum += m.Slices[t];
        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Update(Sixteen rows, int quads, ref Sixteen next, ref Float4 output, ArrayView<Float4> gradients, int at, bool inTurn)
    {
        if ((quads & 1) != 0)
            next.Q0.Update(rows.Q0, gradients[at], ref output, inTurn);
        if ((quads & 2) != 0)
            next.Q1.Update(rows.Q1, gradients[at + 1], ref output, inTurn);
        if ((quads & 4) != 0)
            next.Q2.Update(rows.Q2, gradients[at + 2], ref output, inTurn);
        if ((quads & 8) != 0)
            next.Q3.Update(rows.Q3, gradients[at + 3], ref output, inTurn);
    }

    // The first two threads each take one output's gradients to its offset, that is, to its bias.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddOffset(TrainArguments a, GroupMemory m, int o)
    {
        ArrayView<float> gradients = m.Gradients.Cast<float>();
        float sum = 0;
        for (int s = 0; s < Tile; s++)
            sum += gradients[(Group.IdxX * Tile) + s];
        a.Model.Offsets[m.Words[o + Group.IdxX]] += sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddSlotSums(GroupMemory m, int which, float slotSum)
    {
        if (which < 2)
            m.Sums[Group.IdxX] = slotSum;
        Group.Barrier();
        if (which == 0)
            m.SlotSum[Group.IdxX] += m.Sums[Group.IdxX] + m.Sums[Group.IdxX + Tile];
        Group.Barrier();
    }
}
