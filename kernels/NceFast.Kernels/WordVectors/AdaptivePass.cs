using System.Runtime.CompilerServices;
using ILGPU;
using NceFast.Numerics;
using NceFast.Objectives;
using static NceFast.Kernels.TileMath;

namespace NceFast.Kernels.WordVectors;

/// <summary>
/// Adapts the steps of the register kernels to each row with AdaGrad, as <c>AdaptiveRows</c> does on the host. The steps of logits are then
/// gradients without the learning rate. The gradients of a row count as uncorrelated, so that their mean squares add up.
/// </summary>
internal static class AdaptivePass
{
    /// <summary>Computes <see cref="GroupMemory.SlotSquares"/>. The caller places a barrier behind it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Measure<TObjective>(TrainArguments a, GroupMemory m, Sixteen rows)
        where TObjective : struct, IBinaryObjective
    {
        float square = SumOfSquares(m, rows, a.Model.Columns);
        if (Group.IdxX < Tile)
            m.SlotSquares.Cast<float>()[Group.IdxX] = (square + (TObjective.HasBiases ? 1f : 0f)) / a.Model.Dim;
    }

    /// <summary>Gets the sum of an output row; no other thread of the group adds to it before the next barrier.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float OutputSum(TrainArguments a, GroupMemory m, int output) => a.Model.OutputSums[m.Words[output]];

    /// <summary>Counts the gradients of an output row, and computes its learning rate. Its bias has the same rate.</summary>
    /// <param name="a">Arguments of the kernel.</param>
    /// <param name="m">Memory of the group.</param>
    /// <param name="output">The output.</param>
    /// <param name="gradients">The gradients of its logits, from <paramref name="at"/> on.</param>
    /// <param name="at">Index of the first quad.</param>
    /// <param name="sum">The sum of the row so far.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float OutputRate<TObjective, TAdds>(TrainArguments a, GroupMemory m, int output, ArrayView<Float4> gradients, int at, float sum)
        where TObjective : struct, IBinaryObjective
        where TAdds : struct, IRowAdds
    {
        float square = SumOfSquares(m, gradients, at), rate = Adaptation.Rate(a.Rate, sum + square);

        // The thread that later adds the change of the bias is the only one that reads its factor.
        if (TObjective.HasBiases && Group.IdxX == output % Group.DimX)
            m.Extras[output] *= rate;
        if (Group.IdxX == 0)
            TAdds.Add(a.Model.OutputSums, m.Words[output], square);
        return rate;
    }

    /// <summary>
    /// Counts the gradients of all listed output rows at once, and replaces their offsets in the list by their learning rates, for objectives
    /// with biases. Ends with a barrier.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void OutputRates<TAdds>(TrainArguments a, GroupMemory m, int outputs)
        where TAdds : struct, IRowAdds
    {
        for (int o = Group.IdxX; o < outputs; o += Group.DimX)
        {
            float square = SumOfSquares(m, m.Terms, 4 * o), rate = Adaptation.Rate(a.Rate, a.Model.OutputSums[m.Words[o]] + square);
            TAdds.Add(a.Model.OutputSums, m.Words[o], square);
            m.Offsets[o] = rate;
            m.Extras[o] *= rate;
        }

        Group.Barrier();
    }

    /// <summary>Turns the gradients of the inputs of skip-gram into steps.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Sixteen Step<TAdds>(TrainArguments a, GroupMemory m, int slots, Sixteen gradients)
        where TAdds : struct, IRowAdds
    {
        float square = SumOfSquares(m, gradients, a.Model.Columns) / a.Model.Dim;
        if (Group.IdxX < Tile)
        {
            int word = m.Slot[Group.IdxX];
            m.SlotRates.Cast<float>()[Group.IdxX] = Adaptation.Rate(a.Rate, a.Model.InputSums[word] + square);
            if (Group.IdxX < slots)
                TAdds.Add(a.Model.InputSums, word, square);
        }

        Group.Barrier();
        return gradients.Times(m.SlotRates);
    }

    /// <summary>
    /// Multiplies the weights of the words of CBOW's windows by their learning rates. Each word has its share of the gradients of the means.
    /// Ends with a barrier.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Spread<TAdds>(TrainArguments a, GroupMemory m, int words, Sixteen gradients)
        where TAdds : struct, IRowAdds
    {
        float square = SumOfSquares(m, gradients, a.Model.Columns);
        if (Group.IdxX < Tile)
            m.SlotSquares.Cast<float>()[Group.IdxX] = square / a.Model.Dim;
        Group.Barrier();
        for (int w = Group.IdxX; w < words; w += Group.DimX)
        {
            float shares = SumOfSquares(m, m.Terms, 4 * w), rate = Adaptation.Rate(a.Rate, a.Model.InputSums[m.Words[w]] + shares);
            TAdds.Add(a.Model.InputSums, m.Words[w], shares);
            m.Weights[w] *= rate;
            m.Extras[w] *= rate;
        }

        Group.Barrier();
    }

    /// <inheritdoc cref="RegisterPass"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Update(Sixteen rows, ref Sixteen next, ref Float4 u, ref Float4 v, ArrayView<Float4> gradients, float rateU, float rateV)
    {
        next.Q0.Update(rows.Q0, gradients[0], rateU, ref u);
        next.Q1.Update(rows.Q1, gradients[1], rateU, ref u);
        next.Q2.Update(rows.Q2, gradients[2], rateU, ref u);
        next.Q3.Update(rows.Q3, gradients[3], rateU, ref u);
        next.Q0.Update(rows.Q0, gradients[4], rateV, ref v);
        next.Q1.Update(rows.Q1, gradients[5], rateV, ref v);
        next.Q2.Update(rows.Q2, gradients[6], rateV, ref v);
        next.Q3.Update(rows.Q3, gradients[7], rateV, ref v);
    }

    /// <summary>Does the same for observed words, where each input sees the changes by earlier ones.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void UpdateInTurn(Sixteen rows, int quads, ref Sixteen next, ref Float4 u, ref Float4 v, ArrayView<Float4> gradients, float rateU, float rateV)
    {
        if ((quads & 1) != 0)
            UpdateInTurn(rows.Q0, ref next.Q0, ref u, ref v, gradients[0], gradients[4], rateU, rateV);
        if ((quads & 2) != 0)
            UpdateInTurn(rows.Q1, ref next.Q1, ref u, ref v, gradients[1], gradients[5], rateU, rateV);
        if ((quads & 4) != 0)
            UpdateInTurn(rows.Q2, ref next.Q2, ref u, ref v, gradients[2], gradients[6], rateU, rateV);
        if ((quads & 8) != 0)
            UpdateInTurn(rows.Q3, ref next.Q3, ref u, ref v, gradients[3], gradients[7], rateU, rateV);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void UpdateInTurn(Quad rows, ref Quad next, ref Float4 u, ref Float4 v, Float4 g, Float4 h, float rateU, float rateV)
    {
        next.UpdateInTurn(rows, g, rateU, ref u);
        next.UpdateInTurn(rows, h, rateV, ref v);
    }

    // Computes the mean square of the gradient of an output, or of a word's share in the means, from its terms for the slots.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float SumOfSquares(GroupMemory m, ArrayView<Float4> terms, int at)
    {
        float square = 0;
        for (int q = 0; q < Tile / 4; q++)
            square += terms[at + q].Times(terms[at + q]).Dot(m.SlotSquares[q]);
        return square;
    }

    // Computes the sum of squares of the row of a slot, for the thread with the slot's number.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float SumOfSquares(GroupMemory m, Sixteen rows, int columns)
    {
        if (Group.IdxX < columns)
        {
            ArrayView<Float4> mine = m.Parts.SubView(Group.IdxX * GroupMemory.PartQuads, GroupMemory.PartQuads);
            mine[0] = rows.Q0.Squares();
            mine[1] = rows.Q1.Squares();
            mine[2] = rows.Q2.Squares();
            mine[3] = rows.Q3.Squares();
        }

        Group.Barrier();
        RegisterPass.SumParts(m.Parts);
        Group.Barrier();
        return Group.IdxX < Tile ? RegisterPass.SumOfParts(m.Parts) : 0;
    }
}
