using System.Runtime.CompilerServices;
using ILGPU;
using NceFast.Objectives;
using static NceFast.Kernels.TileMath;

namespace NceFast.Kernels.WordVectors;

/// <summary>The passes of objectives that sum noise words (<see cref="SummedNoise{TObjective}"/>). The noise words pass twice: once for their sums, and once for their steps.</summary>
internal static partial class RegisterPass
{
    /// <summary>
    /// Makes all passes of a set: the noise words are scored and summed, the observed words are trained against the sums, and the noise words
    /// are stepped by the steps of the observed words. The logits of the noise words wait in the group's working memory.
    /// </summary>
    /// <returns>This thread's part of the loss.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float AllSummed<TTargets, TObjective, TAdds, TSteps>(TrainArguments a, GroupMemory m, int index, PositionSet set, ref Sixteen rows)
        where TTargets : struct, ITargets
        where TObjective : struct, IBinaryObjective
        where TAdds : struct, IRowAdds
        where TSteps : struct, ISteps
    {
        ListedWords noise = default, none = default;
        noise.Count = a.Plan.NoiseSet;
        noise.Noise = (long)index * a.Plan.NoiseSet;
        noise.Positions = -1;
        ArrayView<float> logits = a.Work.SubView((long)Grid.IdxX * a.WorkSize, a.WorkSize);
        SumNoise(a, m, ListNoise<TTargets, TObjective>(a, m, set, noise), rows, logits);
        float loss = 0;
        for (int batch = 0; batch < Tile; batch += Batch)
            loss += Pass<TTargets, TObjective, TAdds, TSteps>(a, m, set, none, Tokens<TTargets>(m, set, batch), ref rows);

        StepNoise<TTargets, TObjective, TAdds, TSteps>(a, m, set, ListNoise<TTargets, TObjective>(a, m, set, noise), ref rows, logits);
        return loss;
    }

    // Lists the distinct noise words, with the number of their occurrences as weights. Ends with a barrier.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int ListNoise<TTargets, TObjective>(TrainArguments a, GroupMemory m, PositionSet set, ListedWords noise)
        where TTargets : struct, ITargets
        where TObjective : struct, IBinaryObjective
    {
        int drawn = GroupLists.Distinct<TTargets, TObjective>(a, m, set, noise, false, 0);
        GroupLists.Terms<TTargets>(a, m, set, noise, 0, drawn, observed: false, mean: false);
        Group.Barrier();
        return (drawn + 1) & ~1;
    }

    // Keeps the logits of the noise words, and makes the logarithm of each slot's sum its log Z. Ends with a barrier.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void SumNoise(TrainArguments a, GroupMemory m, int outputs, Sixteen rows, ArrayView<float> logits)
    {
        int which = Group.IdxX / Tile, columns = a.Model.Columns;
        float max = Logit.Dropped, sum = 0;
        Float4 u = Read(a.Model.Output, columns, m.Words[0]), v = Read(a.Model.Output, columns, m.Words[1]);
        for (int o = 0; o < outputs; o += 2)
        {
            Score(rows, Group.IdxX < columns ? -1 : 0, false, u, v, m.Parts);
            u = Read(a.Model.Output, columns, m.Words[Last(o + 2, outputs)]);
            v = Read(a.Model.Output, columns, m.Words[Last(o + 3, outputs)]);
            Group.Barrier();
            SumParts(m.Parts);
            Group.Barrier();
            if (which < 2)
            {
                int at = (o * Tile) + Group.IdxX;
                float weight = m.Terms.Cast<float>()[at], logit = SumOfParts(m.Parts) + m.Offsets[o + which];
                logits[at] = logit;
                Softmax.Merge(ref max, ref sum, weight > 0 ? logit : Logit.Dropped, weight);
            }

            Group.Barrier();
        }

        ArrayView<float> maxima = m.Sums.Cast<float>(), sums = m.Losses.Cast<float>();
        if (which < 2)
        {
            maxima[Group.IdxX] = max;
            sums[Group.IdxX] = sum;
        }

        Group.Barrier();
        if (which == 0)
        {
            Softmax.Merge(ref max, ref sum, maxima[Group.IdxX + Tile], sums[Group.IdxX + Tile]);
            m.SlotLogZ[Group.IdxX] = Softmax.LogZ(max, sum);
        }

        Group.Barrier();
    }

    // Steps the noise words by their shares of the sums and the steps of the observed words of each slot. Ends with a barrier.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StepNoise<TTargets, TObjective, TAdds, TSteps>(TrainArguments a, GroupMemory m, PositionSet set, int outputs, ref Sixteen rows, ArrayView<float> logits)
        where TTargets : struct, ITargets
        where TObjective : struct, IBinaryObjective
        where TAdds : struct, IRowAdds
        where TSteps : struct, ISteps
    {
        int columns = a.Model.Columns;
        ArrayView<float> terms = m.Terms.Cast<float>();
        for (int t = Group.IdxX; t < outputs * Tile; t += Group.DimX)
        {
            // A slot or a word that only pads has no weight.
            int slot = t % Tile;
            float weight = terms[t], step = 0;
            if (weight > 0)
                step = Softmax.NoiseStep(weight * Softmax.Part(logits[t], m.SlotLogZ[slot]), m.SlotSum[slot]);
            terms[t] = step;
        }

        if (TSteps.IsAdaptive)
            AdaptivePass.Measure<TObjective>(a, m, rows);
        Group.Barrier();
        if (TSteps.IsAdaptive)
            AdaptivePass.OutputRates<TAdds>(a, m, outputs);
        Sixteen change = default;
        Float4 u = Read(a.Model.Output, columns, m.Words[0]), v = Read(a.Model.Output, columns, m.Words[1]);
        for (int o = 0; o < outputs; o += 2)
        {
            Float4 nextU = Read(a.Model.Output, columns, m.Words[Last(o + 2, outputs)]), nextV = Read(a.Model.Output, columns, m.Words[Last(o + 3, outputs)]);
            ArrayView<Float4> steps = m.Terms.SubView(4 * o, Tile / 2);
            Float4 oldU = u, oldV = v;
            float rateU = 1, rateV = 1;
            if (TSteps.IsAdaptive)
            {
                rateU = m.Offsets[o];
                rateV = m.Offsets[o + 1];
                AdaptivePass.Update(rows, ref change, ref u, ref v, steps, rateU, rateV);
            }
            else
            {
                Update(rows, ref change, ref u, ref v, steps);
            }

            AddOutput<TObjective, TAdds, TSteps>(a, m, o, steps, 0, u.Plus(-1, oldU), rateU);
            AddOutput<TObjective, TAdds, TSteps>(a, m, o + 1, steps, Tile / 4, v.Plus(-1, oldV), rateV);
            u = nextU;
            v = nextV;
        }

        if (TSteps.IsAdaptive && TTargets.HaveInputs)
            change = AdaptivePass.Step<TAdds>(a, m, set.Slots, change);
        if (TSteps.IsAdaptive && !TTargets.HaveInputs)
            RegisterKernels.Collect(a, change);
        else
            rows.Add(change);
        AddOffsets<TAdds>(a, m, outputs);
        if (TTargets.HaveInputs)
            AddInputs<TObjective, TAdds>(a, m, set.Slots, change);
        Group.Barrier();
    }
}
