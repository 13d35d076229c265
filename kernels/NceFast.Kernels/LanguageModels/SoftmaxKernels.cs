using System.Runtime.CompilerServices;
using ILGPU;
using NceFast.Numerics;
using NceFast.Objectives;
using static NceFast.Kernels.LanguageModels.NoiseMath;
using static NceFast.Kernels.TileMath;

namespace NceFast.Kernels.LanguageModels;

/// <summary>
/// Trains by maximum likelihood over the whole vocabulary, in tiles of words that are distributed over groups. The first sweep computes
/// log Z. The second sweep scores each tile again, computes its gradients and steps its rows. A matrix of batch x vocabulary is never
/// stored. Each word belongs to one tile, so that no two groups of a launch write the same row.
/// </summary>
internal static class SoftmaxKernels
{
    /// <summary>Computes the units of rows that a running group needs: the gradients of a tile's scores and rows, and its part of the gradient of h.</summary>
    public static long RowsSize(int capacity, int side, int columns) => ((long)capacity * side) + (4L * side * columns) + ((long)capacity * columns);

    /// <summary>Computes the floats that a running group needs: largest score and sum per prediction, then the learning rate of each word of a tile.</summary>
    public static long FloatsSize(int capacity, int side) => (2L * capacity) + (4L * side);

    /// <summary>Computes, in the first sweep, each prediction's largest score among a group's words and the sum of exp(score - largest).</summary>
    public static void Scan(LanguageModelArguments a)
    {
        ArrayView<Float4> left = SharedMemory.Allocate<Float4>(TiledProduct.SliceUnits), right = SharedMemory.Allocate<Float4>(TiledProduct.SliceUnits);
        ArrayView<float> most = SharedMemory.Allocate<float>(4 * ContextKernels.MaxThreads), parts = SharedMemory.Allocate<float>(4 * ContextKernels.MaxThreads);
        int side = a.Side, width = 4 * side, columns = a.Model.Columns, tiles = (a.Model.Words + width - 1) / width;
        ArrayView<float> state = a.Work.Floats.SubView(Grid.IdxX * a.Work.FloatsSize, 2L * a.Batch.Count);
        var hidden = new PlainRows(a.Batch.Hidden, 0, a.Batch.Count, columns);
        for (int b = Group.IdxX; b < a.Batch.Count; b += Group.DimX)
        {
            state[2 * b] = Logit.Dropped;
            state[(2 * b) + 1] = 0;
        }

        for (int tile = Grid.IdxX; tile < tiles; tile += Grid.DimX)
        {
            int first = tile * width, words = Least(width, a.Model.Words - first);
            var rows = new PlainRows(a.Model.Target, first, words, columns);
            for (int row = 0; row < a.Batch.Count; row += width)
            {
                MicroTile scores = TiledProduct.Add(default, hidden, true, rows, true, row, 0, 4 * columns, side, left, right);
                int y = Group.IdxX / side, x = Group.IdxX - (y * side);
                Float4 bias = Biases(a, first, words, x);
                Summarize(scores.R0.Plus(1, bias), most, parts, (4 * y * side) + x);
                Summarize(scores.R1.Plus(1, bias), most, parts, (((4 * y) + 1) * side) + x);
                Summarize(scores.R2.Plus(1, bias), most, parts, (((4 * y) + 2) * side) + x);
                Summarize(scores.R3.Plus(1, bias), most, parts, (((4 * y) + 3) * side) + x);
                Group.Barrier();
                for (int r = Group.IdxX; r < Least(width, a.Batch.Count - row); r += Group.DimX)
                {
                    float max = state[2 * (row + r)], sum = state[(2 * (row + r)) + 1];
                    for (int i = 0; i < side; i++)
                        Softmax.Merge(ref max, ref sum, most[(r * side) + i], parts[(r * side) + i]);
                    state[2 * (row + r)] = max;
                    state[(2 * (row + r)) + 1] = sum;
                }

                Group.Barrier();
            }
        }
    }

    /// <summary>Computes log Z and loss of each prediction from the sums of all groups, with one group per prediction.</summary>
    public static void Normalize(LanguageModelArguments a)
    {
        ArrayView<float> most = SharedMemory.Allocate<float>(ContextKernels.MaxThreads), parts = SharedMemory.Allocate<float>(ContextKernels.MaxThreads), sums = SharedMemory.Allocate<float>(ContextKernels.MaxThreads);
        int columns = a.Model.Columns;
        for (int b = Grid.IdxX; b < a.Batch.Count; b += Grid.DimX)
        {
            float max = Logit.Dropped, sum = 0, product = 0;
            for (int g = Group.IdxX; g < a.Groups; g += Group.DimX)
                Softmax.Merge(ref max, ref sum, a.Work.Floats[(g * a.Work.FloatsSize) + (2 * b)], a.Work.Floats[(g * a.Work.FloatsSize) + (2 * b) + 1]);
            most[Group.IdxX] = max;
            parts[Group.IdxX] = sum;
            int target = a.Batch.Stream[a.Batch.Targets[b]];
            for (int c = Group.IdxX; c < columns; c += Group.DimX)
                product += default(Float4).PlusProduct(a.Batch.Hidden[((long)b * columns) + c], a.Model.Target[((long)target * columns) + c]).Sum();
            float score = GroupSum(sums, product) + a.Model.Bias[target];
            if (Group.IdxX == 0)
            {
                for (int t = 1; t < Group.DimX; t++)
                    Softmax.Merge(ref max, ref sum, most[t], parts[t]);
                float logZ = Softmax.LogZ(max, sum);
                a.Batch.LogZ[b] = logZ;
                a.Batch.Losses[b] = Softmax.Loss(logZ, score, a.Penalty);
            }

            Group.Barrier();
        }
    }

    /// <summary>Computes, in the second sweep, the gradients of each tile's words and the group's part of the gradient of h, and steps the rows.</summary>
    public static void Step<TSteps>(LanguageModelArguments a)
        where TSteps : struct, ISteps
    {
        ArrayView<Float4> left = SharedMemory.Allocate<Float4>(TiledProduct.SliceUnits), right = SharedMemory.Allocate<Float4>(TiledProduct.SliceUnits);
        ArrayView<float> partial = SharedMemory.Allocate<float>(PartialFloats);
        int side = a.Side, width = 4 * side, columns = a.Model.Columns, count = a.Batch.Count, tiles = (a.Model.Words + width - 1) / width;
        long mine = Grid.IdxX * a.Work.RowsSize;
        ArrayView<Float4> cells = a.Work.Rows.SubView(mine, (long)a.Batch.Capacity * side);
        ArrayView<Float4> rowGradients = a.Work.Rows.SubView(mine + ((long)a.Batch.Capacity * side), (long)width * columns);
        ArrayView<Float4> gradient = PartOf(a, Grid.IdxX);
        ArrayView<float> rates = a.Work.Floats.SubView((Grid.IdxX * a.Work.FloatsSize) + (2L * a.Batch.Capacity), width);
        var hidden = new PlainRows(a.Batch.Hidden, 0, count, columns);
        for (int u = Group.IdxX; u < count * columns; u += Group.DimX)
            gradient[u] = default;
        for (int tile = Grid.IdxX; tile < tiles; tile += Grid.DimX)
        {
            int first = tile * width, words = Least(width, a.Model.Words - first);
            var rows = new PlainRows(a.Model.Target, first, words, columns);
            Group.Barrier();
            for (int row = 0; row < count; row += width)
            {
                MicroTile scores = TiledProduct.Add(default, hidden, true, rows, true, row, 0, 4 * columns, side, left, right);
                TiledProduct.Store(Gradients(a, scores, row, first, words), cells, 0, count, side, row, 0, side);
            }

            Group.Barrier();
            var weights = new PlainRows(cells, 0, count, side);
            for (int row = 0; row < count; row += width)
            {
                for (int column = 0; column < 4 * columns; column += width)
                {
                    MicroTile part = TiledProduct.Add(default, weights, true, rows, false, row, column, width, side, left, right);
                    AddTo(gradient, part, count, columns, row, column, side);
                }
            }

            for (int column = 0; column < 4 * columns; column += width)
            {
                MicroTile part = TiledProduct.Add(default, weights, false, hidden, false, 0, column, count, side, left, right);
                TiledProduct.Store(part, rowGradients, 0, words, columns, 0, column, side);
            }

            Group.Barrier();
            StepTile<TSteps>(a, cells, rowGradients, rates, first, words, partial);
        }
    }

    /// <summary>Adds the groups' parts of the gradient of h, with one element per thread.</summary>
    public static void Collect(LanguageModelArguments a)
    {
        int columns = a.Model.Columns, step = Grid.DimX * Group.DimX;
        for (int u = (Grid.IdxX * Group.DimX) + Group.IdxX; u < a.Batch.Count * columns; u += step)
        {
            Float4 sum = default;
            for (int g = 0; g < a.Groups; g++)
                sum = sum.Plus(1, PartOf(a, g)[u]);
            a.Batch.Gradient[u] = sum;
        }
    }

    /// <summary>
    /// Applies weight decay to the rows of the observed words, with one group per prediction. The group of a word's first prediction
    /// applies the decay of all its predictions.
    /// </summary>
    public static void Decay(LanguageModelArguments a)
    {
        ArrayView<float> sums = SharedMemory.Allocate<float>(ContextKernels.MaxThreads);
        int columns = a.Model.Columns;
        for (int b = Grid.IdxX; b < a.Batch.Count; b += Grid.DimX)
        {
            int target = a.Batch.Stream[a.Batch.Targets[b]], before = 0, places = 0;
            for (int i = Group.IdxX; i < a.Batch.Count; i += Group.DimX)
            {
                bool same = a.Batch.Stream[a.Batch.Targets[i]] == target;
                before += same && i < b ? 1 : 0;
                places += same ? 1 : 0;
            }

            float earlier = GroupSum(sums, before), all = GroupSum(sums, places), keep = 1;
            for (int i = 0; i < all; i++)
                keep *= 1 - (a.Rate * a.Decay);
            for (int c = Group.IdxX; earlier == 0 && c < columns; c += Group.DimX)
                a.Model.Target[((long)target * columns) + c] = default(Float4).Plus(keep, a.Model.Target[((long)target * columns) + c]);
        }
    }

    private static MicroTile Gradients(LanguageModelArguments a, MicroTile scores, int row, int first, int words)
    {
        int y = Group.IdxX / a.Side, x = Group.IdxX - (y * a.Side);
        Float4 bias = Biases(a, first, words, x);
        row += 4 * y;
        scores.R0 = Gradients(a, scores.R0.Plus(1, bias), row, first + (4 * x));
        scores.R1 = Gradients(a, scores.R1.Plus(1, bias), row + 1, first + (4 * x));
        scores.R2 = Gradients(a, scores.R2.Plus(1, bias), row + 2, first + (4 * x));
        scores.R3 = Gradients(a, scores.R3.Plus(1, bias), row + 3, first + (4 * x));
        return scores;
    }

    private static Float4 Gradients(LanguageModelArguments a, Float4 scores, int prediction, int word)
    {
        int b = Last(prediction, a.Batch.Count), target = a.Batch.Stream[a.Batch.Targets[b]] - word;
        float logZ = a.Batch.LogZ[b], scale = Softmax.Scale(logZ, a.Penalty);
        return new Float4(
            Gradient(scores.X, logZ, scale, target == 0),
            Gradient(scores.Y, logZ, scale, target == 1),
            Gradient(scores.Z, logZ, scale, target == 2),
            Gradient(scores.W, logZ, scale, target == 3));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Gradient(float score, float logZ, float scale, bool observed)
    {
        float gradient = scale * Softmax.Part(score, logZ);
        if (observed)
            gradient = Softmax.ObservedGradient(gradient);
        return gradient;
    }

    private static void StepTile<TSteps>(LanguageModelArguments a, ArrayView<Float4> cells, ArrayView<Float4> gradients, ArrayView<float> rates, int first, int words, ArrayView<float> partial)
        where TSteps : struct, ISteps
    {
        int columns = a.Model.Columns, width = 4 * a.Side;
        ArrayView<float> scores = cells.Cast<float>();
        if (TSteps.IsAdaptive)
        {
            var rows = new PlainRows(gradients, 0, words, columns);
            Dots(rows, rows, words, columns, partial, rates);
        }

        for (int m = Group.IdxX; m < words; m += Group.DimX)
        {
            float sum = 0, rate = a.Rate;
            for (int b = 0; b < a.Batch.Count; b++)
                sum += scores[(b * width) + m];
            if (TSteps.IsAdaptive)
            {
                float squares = a.Model.TargetSums[first + m] + (rates[m] / a.Model.Dim);
                a.Model.TargetSums[first + m] = squares;
                rate = Adaptation.Rate(rate, squares);
            }

            rates[m] = rate;
            a.Model.Bias[first + m] += rate * sum;
        }

        Group.Barrier();
        for (int u = Group.IdxX; u < words * columns; u += Group.DimX)
        {
            long at = ((long)first * columns) + u;
            a.Model.Target[at] = a.Model.Target[at].Plus(rates[u / columns], gradients[u]);
        }
    }

    private static void AddTo(ArrayView<Float4> to, MicroTile part, int count, int columns, int row, int column, int side)
    {
        int y = Group.IdxX / side, unit = (column / 4) + Group.IdxX - (y * side);
        row += 4 * y;
        if (unit >= columns)
            return;
        int at = (row * columns) + unit;
        if (row < count)
            to[at] = to[at].Plus(1, part.R0);
        if (row + 1 < count)
            to[at + columns] = to[at + columns].Plus(1, part.R1);
        if (row + 2 < count)
            to[at + (2 * columns)] = to[at + (2 * columns)].Plus(1, part.R2);
        if (row + 3 < count)
            to[at + (3 * columns)] = to[at + (3 * columns)].Plus(1, part.R3);
    }

    // Gets the biases of the calling thread's four words. Words past the end of the vocabulary get a bias that keeps them out of every sum.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Float4 Biases(LanguageModelArguments a, int first, int words, int x) => new(
        Bias(a, first, words, 4 * x), Bias(a, first, words, (4 * x) + 1), Bias(a, first, words, (4 * x) + 2), Bias(a, first, words, (4 * x) + 3));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Bias(LanguageModelArguments a, int first, int words, int word)
    {
        float bias = Logit.Dropped;
        if (word < words)
            bias = a.Model.Bias[first + word];
        return bias;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Summarize(Float4 scores, ArrayView<float> most, ArrayView<float> parts, int at)
    {
        float max = MathF.Max(MathF.Max(scores.X, scores.Y), MathF.Max(scores.Z, scores.W));
        most[at] = max;
        parts[at] = Softmax.Part(scores.X, max) + Softmax.Part(scores.Y, max) + Softmax.Part(scores.Z, max) + Softmax.Part(scores.W, max);
    }

    private static ArrayView<Float4> PartOf(LanguageModelArguments a, int group) =>
        a.Work.Rows.SubView((group * a.Work.RowsSize) + ((long)a.Batch.Capacity * a.Side) + (4L * a.Side * a.Model.Columns), (long)a.Batch.Capacity * a.Model.Columns);
}
