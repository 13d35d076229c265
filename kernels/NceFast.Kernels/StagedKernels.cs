using System.Runtime.CompilerServices;
using ILGPU;
using NceFast.Models;
using NceFast.Objectives;
using static NceFast.Kernels.TileMath;

namespace NceFast.Kernels;

/// <summary>
/// The kernels that count: a group of threads for each group of positions, whose rows lie in shared memory from their
/// first score to their last update. Each row is read and written once a group, in units of 16 bytes; nothing is atomic.
/// They compute what the plain kernels compute, addition by addition. See StagedKernels.md for bytes and predictions.
/// </summary>
internal static class StagedKernels
{
    /// <summary>Skip-gram: input rows, then noise rows, in whose place the context rows come.</summary>
    public static void SkipGram<TObjective>(TrainArguments a)
        where TObjective : struct, IObjective
    {
        ArrayView<int> owner = SharedMemory.Allocate<int>(Tile), slotWord = SharedMemory.Allocate<int>(Tile), slotOf = SharedMemory.Allocate<int>(Tile), self = SharedMemory.Allocate<int>(Tile);
        ArrayView<float> slotWeight = SharedMemory.Allocate<float>(Tile), slotLogZ = SharedMemory.Allocate<float>(Tile), sums = SharedMemory.Allocate<float>(Tile);
        ArrayView<float> losses = SharedMemory.Allocate<float>(SkipGramKernels.MaxThreads);
        PlanViews plan = a.Plan;
        var stage = new Stage(a, SharedMemory.GetDynamic<float>().Cast<Float4>(), 0);
        int count = plan.Totals[0], groups = (count + plan.Sharing - 1) / plan.Sharing;
        for (int n = Group.IdxX; n < Tile; n += Group.DimX)
            self[n] = n;
        for (int group = Grid.IdxX; group < groups; group += Grid.DimX)
        {
            int first = group * plan.Sharing, end = Least(count, first + plan.Sharing);
            ArrayView<int> noise = plan.Noise.SubView((long)group * plan.NoiseSet, plan.NoiseSet);
            float loss = 0, logZSum = 0;
            int predictions = 0;
            int inputs = SkipGramKernels.Gather<TObjective>(a, first, end, owner, slotWord, slotWeight, slotLogZ);
            SlotOfEach(end - first, owner, slotOf);
            Distinct(noise, plan.NoiseSet, stage.Index);
            Load(a.Model.Input, stage.Inputs, slotWord, self, inputs);
            Group.Barrier();
            Load(a.Model.Output, stage.Outputs, noise, stage.Index, plan.NoiseSet);
            Group.Barrier();
            SkipGramKernels.NoiseGradients<TObjective>(a, first, end, inputs, stage.Inputs, self, stage.Outputs, stage.Index, noise, owner, slotWord, slotWeight, slotLogZ, stage.Gradients, ref loss);
            Group.Barrier();
            Update(stage.Inputs, self, inputs, stage.Outputs, stage.Index, plan.NoiseSet, stage.Gradients);
            if (TObjective.IsNormalized)
            {
                AddOffsets(a.Model.Offsets, noise, plan.NoiseSet, inputs, stage.Gradients);
                SkipGramKernels.NoiseLogZ(a, inputs, slotWord, stage.Gradients, sums, ref logZSum);
            }

            Group.Barrier();
            Store(a.Model.Output, stage.Outputs, noise, stage.Index, plan.NoiseSet);
            Group.Barrier();
            int from = SkipGramKernels.FirstToken(plan, first, end), tokens = SkipGramKernels.EndToken(plan, first, end) - from;
            ArrayView<int> context = plan.Kept.SubView(from, tokens);
            Distinct(context, tokens, stage.Index);
            Group.Barrier();
            Load(a.Model.Output, stage.Outputs, context, stage.Index, tokens);
            Group.Barrier();
            for (int i = first; i < end; i += Batch)
                SkipGramKernels.Observed<TObjective>(a, i, Least(end, i + Batch), stage.Inputs, slotOf, first, stage.Outputs, stage.Index, from, stage.Gradients, sums, ref loss, ref logZSum, ref predictions);
            Store(a.Model.Output, stage.Outputs, context, stage.Index, tokens);
            Store(a.Model.Input, stage.Inputs, slotWord, self, inputs);
            SkipGramKernels.Finish<TObjective>(a, group, loss, logZSum, predictions, losses);
        }
    }

    /// <summary>CBOW: means, noise rows (then those of the observed words), and the input rows of the windows.</summary>
    public static void Cbow<TObjective>(TrainArguments a)
        where TObjective : struct, IObjective
    {
        ArrayView<int> positions = SharedMemory.Allocate<int>(Tile), words = SharedMemory.Allocate<int>(Tile), buckets = SharedMemory.Allocate<int>(Tile), self = SharedMemory.Allocate<int>(Tile);
        ArrayView<float> logZ = SharedMemory.Allocate<float>(Tile), sums = SharedMemory.Allocate<float>(Tile), losses = SharedMemory.Allocate<float>(SkipGramKernels.MaxThreads);
        PlanViews plan = a.Plan;
        var stage = new Stage(a, SharedMemory.GetDynamic<float>().Cast<Float4>(), plan.Sharing + (2 * a.Window));
        int count = plan.Totals[0], groups = (count + plan.Sharing - 1) / plan.Sharing;
        for (int n = Group.IdxX; n < Tile; n += Group.DimX)
            self[n] = n;
        for (int group = Grid.IdxX; group < groups; group += Grid.DimX)
        {
            int first = group * plan.Sharing, end = Least(count, first + plan.Sharing);
            ArrayView<int> noise = plan.Noise.SubView((long)group * plan.NoiseSet, plan.NoiseSet);
            float loss = 0, logZSum = 0;
            int rows = CbowKernels.Gather<TObjective>(a, first, end, positions, words, buckets, logZ);
            int from = SkipGramKernels.FirstToken(plan, first, end), tokens = SkipGramKernels.EndToken(plan, first, end) - from;
            ArrayView<int> context = plan.Kept.SubView(from, tokens);
            Distinct(noise, plan.NoiseSet, stage.Index);
            Distinct(context, tokens, stage.ContextIndex);
            Group.Barrier();
            Load(a.Model.Output, stage.Outputs, noise, stage.Index, plan.NoiseSet);
            Load(a.Model.Input, stage.Context, context, stage.ContextIndex, tokens);
            Group.Barrier();
            AddMeans(plan, rows, positions, stage, from, 1, true);
            Group.Barrier();
            CbowKernels.NoiseGradients<TObjective>(a, rows, stage.Inputs, stage.Outputs, stage.Index, noise, words, logZ, stage.Gradients, ref loss);
            Group.Barrier();
            Update(stage.Inputs, self, rows, stage.Outputs, stage.Index, plan.NoiseSet, stage.Gradients);
            if (TObjective.IsNormalized)
            {
                AddOffsets(a.Model.Offsets, noise, plan.NoiseSet, rows, stage.Gradients);
                CbowKernels.InputSums(rows, plan.NoiseSet, stage.Gradients, sums);
            }

            Group.Barrier();
            Store(a.Model.Output, stage.Outputs, noise, stage.Index, plan.NoiseSet);
            Group.Barrier();
            Distinct(words, rows, stage.Index);
            Group.Barrier();
            Load(a.Model.Output, stage.Outputs, words, stage.Index, rows);
            Group.Barrier();
            for (int row = 0; row < rows; row += Batch)
                CbowKernels.Observed<TObjective>(a, row, Least(rows, row + Batch), stage.Inputs, stage.Outputs, stage.Index, words, buckets, logZ, stage.Gradients, sums, ref loss, ref logZSum);
            Store(a.Model.Output, stage.Outputs, words, stage.Index, rows);

            // What remains of a row without its old mean is its change.
            AddMeans(plan, rows, positions, stage, from, -1, false);
            Spread(plan, rows, positions, stage, from);
            Group.Barrier();
            Store(a.Model.Input, stage.Context, context, stage.ContextIndex, tokens);
            SkipGramKernels.Finish<TObjective>(a, group, loss, logZSum, rows, losses);
        }
    }

    // Row of each word's first place in the list.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Distinct(ArrayView<int> words, int count, ArrayView<int> index)
    {
        for (int m = Group.IdxX; m < count; m += Group.DimX)
        {
            int word = words[m], row = m;
            for (int n = m - 1; n >= 0; n--)
                row = words[n] == word ? n : row;
            index[m] = row;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void SlotOfEach(int positions, ArrayView<int> owner, ArrayView<int> slotOf)
    {
        for (int n = Group.IdxX; n < positions; n += Group.DimX)
        {
            int slot = 0;
            for (int j = 0; j < owner[n]; j++)
                slot += owner[j] == j ? 1 : 0;
            slotOf[n] = slot;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Load(ArrayView<Float4> table, Rows rows, ArrayView<int> words, ArrayView<int> index, int count)
    {
        for (int u = Group.IdxX; u < count * rows.Columns; u += Group.DimX)
        {
            int row = u / rows.Columns, column = u - (row * rows.Columns);
            if (index[row] == row)
                rows.Data[rows.At(row) + column] = table[((long)words[row] * rows.Columns) + column];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(ArrayView<Float4> table, Rows rows, ArrayView<int> words, ArrayView<int> index, int count)
    {
        for (int u = Group.IdxX; u < count * rows.Columns; u += Group.DimX)
        {
            int row = u / rows.Columns, column = u - (row * rows.Columns);
            if (index[row] == row)
                table[((long)words[row] * rows.Columns) + column] = rows.Data[rows.At(row) + column];
        }
    }

    // Inputs = (overwrite ? 0 : Inputs) + sign * means of the windows, in the order of the plain kernel's sums.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddMeans(PlanViews plan, int rows, ArrayView<int> positions, Stage stage, int from, float sign, bool overwrite)
    {
        for (int c = Group.IdxX; c < stage.Inputs.Columns; c += Group.DimX)
        {
            for (int r = 0; r < rows; r++)
            {
                int i = positions[r], low = plan.Low[i], high = plan.High[i];
                float scale = 1f / (high - low - 1);
                Float4 sum = default;
                for (int t = low; t < high; t++)
                {
                    if (t != i)
                        sum = sum.Plus(scale, stage.Context.Data[stage.Context.At(stage.ContextIndex[t - from]) + c]);
                }

                long at = stage.Inputs.At(r) + c;
                Float4 old = default;
                if (!overwrite)
                    old = stage.Inputs.Data[at];
                stage.Inputs.Data[at] = old.Plus(sign, sum);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Spread(PlanViews plan, int rows, ArrayView<int> positions, Stage stage, int from)
    {
        for (int c = Group.IdxX; c < stage.Inputs.Columns; c += Group.DimX)
        {
            for (int r = 0; r < rows; r++)
            {
                int i = positions[r], low = plan.Low[i], high = plan.High[i];
                float scale = 1f / (high - low - 1);
                Float4 change = stage.Inputs.Data[stage.Inputs.At(r) + c];
                for (int t = low; t < high; t++)
                {
                    long at = stage.Context.At(stage.ContextIndex[t - from]) + c;
                    if (t != i)
                        stage.Context.Data[at] = stage.Context.Data[at].Plus(scale, change);
                }
            }
        }
    }
}
