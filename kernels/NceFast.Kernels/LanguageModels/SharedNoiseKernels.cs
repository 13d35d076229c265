using System.Runtime.CompilerServices;
using ILGPU;
using NceFast.Objectives;
using static NceFast.Kernels.TileMath;

namespace NceFast.Kernels.LanguageModels;

/// <summary>
/// Trains with sets of noise words that many predictions share, one wave of sets at a time. Scores, gradients of h and gradients of
/// rows are tiled products over all sets of the wave. The gradients of a binary objective are computed in the registers of the scores'
/// tile. All scores of a wave are computed before any of its steps. One thread per column updates a row through all occurrences of its
/// word in the wave, so that no step is lost. Steps are multiplied by the weight of the theory of merging, because many of them are
/// computed from the same row.
/// </summary>
internal static class SharedNoiseKernels
{
    /// <summary>
    /// Computes gradients and losses of the observed words, with one group per prediction. Then computes offsets and links of the noise
    /// words, with one thread per word.
    /// </summary>
    public static void Prepare<TTerms, TNoise>(LanguageModelArguments a)
        where TTerms : struct, INoiseTerms
        where TNoise : struct, INoiseKind
    {
        ArrayView<float> sums = SharedMemory.Allocate<float>(ContextKernels.MaxThreads);
        int columns = a.Model.Columns;
        for (int b = Grid.IdxX; b < a.Batch.Count; b += Grid.DimX)
        {
            int target = a.Batch.Stream[a.Batch.Targets[b]];
            float product = 0;
            for (int c = Group.IdxX; c < columns; c += Group.DimX)
                product += default(Float4).PlusProduct(a.Batch.Hidden[((long)b * columns) + c], a.Model.Target[((long)target * columns) + c]).Sum();
            float score = GroupSum(sums, product);
            if (Group.IdxX == 0)
                Observe<TTerms>(a, b, score + Logit.Shift(TTerms.ObservedOffset(a.Model.Bias[target], TNoise.LogNoiseOfObserved(a, b, target)), a.Model.LogZ[a.Batch.Buckets[b]]));
        }

        int step = Grid.DimX * Group.DimX;
        for (int n = (Grid.IdxX * Group.DimX) + Group.IdxX; n < a.Batch.Noise.Length; n += step)
        {
            a.Wave.Offsets[n] = TTerms.Offset(a.Model.Bias[a.Batch.Noise[n]], TNoise.LogNoise(a, n, a.Batch.Noise[n]));
            a.Wave.NoiseChain[n] = NoiseMath.Link(a.Batch.Noise, (int)a.Batch.Noise.Length, n);
        }
    }

    /// <summary>Computes S = H Q^T for each set, with one tile per group. If each word has its own loss, the scores are turned into gradients at once.</summary>
    public static void Score<TTerms, TNoise>(LanguageModelArguments a)
        where TTerms : struct, INoiseTerms
        where TNoise : struct, INoiseKind
    {
        ArrayView<Float4> left = SharedMemory.Allocate<Float4>(TiledProduct.SliceUnits), right = SharedMemory.Allocate<Float4>(TiledProduct.SliceUnits);
        ArrayView<float> sums = SharedMemory.Allocate<float>(ContextKernels.MaxThreads);
        int columns = a.Model.Columns, units = Units(a.SetSize);
        var grid = new SetTiles(a, TNoise.Sets(a), Least(a.Sharing, a.Batch.Capacity), 4 * units);
        for (int tile = Grid.IdxX; tile < grid.Count; tile += Grid.DimX)
        {
            int set = grid.Set(tile), row = grid.Row(tile), column = grid.Column(tile), first = TNoise.First(a, set), count = TNoise.Size(a, set);
            var hidden = new PlainRows(a.Batch.Hidden, first, count, columns);
            var rows = new WordRows(a.Model.Target, NoiseOf(a, set), a.SetSize, columns);
            MicroTile scores = TiledProduct.Add(default, hidden, true, rows, true, row, column, 4 * columns, a.Side, left, right);
            float loss = 0;
            TiledProduct.Store(Terms<TTerms>(a, scores, set, first, count, row, column, ref loss), a.Wave.Scores, first, count, units, row, column, a.Side);
            if (TTerms.IsBinary)
            {
                loss = GroupSum(sums, loss);
                if (Group.IdxX == 0)
                    a.Batch.Losses[a.Batch.Count + tile] = loss;
            }
        }
    }

    /// <summary>Steps a learned log Z, with one group per set. The predictions of a set step it one after another, each with its share of the rate.</summary>
    public static void LearnLogZ<TAdds, TNoise>(LanguageModelArguments a)
        where TAdds : struct, IRowAdds
        where TNoise : struct, INoiseKind
    {
        ArrayView<float> sums = SharedMemory.Allocate<float>(ContextKernels.MaxThreads);
        ArrayView<float> gradients = a.Wave.Scores.Cast<float>();
        int wide = 4 * Units(a.SetSize), sets = TNoise.Sets(a);
        for (int set = Grid.IdxX; set < sets; set += Grid.DimX)
        {
            int first = TNoise.First(a, set), end = first + TNoise.Size(a, set);
            for (int b = first; b < end; b++)
            {
                float sum = 0;
                for (int m = Group.IdxX; m < a.SetSize; m += Group.DimX)
                    sum += gradients[((long)b * wide) + m];
                sum = GroupSum(sums, sum) + a.Wave.Observed[b];
                if (Group.IdxX == 0)
                    TAdds.Add(a.Model.LogZ, a.Batch.Buckets[b], -a.Rate / TNoise.Shared(a, set) * NoiseMath.Weight((sets - 1f) * a.Batch.BucketUses[b] / a.Batch.Capacity, NoiseMath.Covered(a.Rate)) * sum);
            }
        }
    }

    /// <summary>Computes the gradients of a softmax over the observed word and its noise words, with one group per prediction.</summary>
    public static void SampledSoftmax(LanguageModelArguments a)
    {
        ArrayView<float> sums = SharedMemory.Allocate<float>(ContextKernels.MaxThreads);
        ArrayView<float> scores = a.Wave.Scores.Cast<float>();
        int wide = 4 * Units(a.SetSize);
        for (int b = Grid.IdxX; b < a.Batch.Count; b += Grid.DimX)
        {
            float observed = a.Wave.Observed[b], loss = NoiseMath.SampledSoftmax(scores.SubView((long)b * wide, a.SetSize), a.SetSize, a.Penalty, sums, ref observed);
            if (Group.IdxX == 0)
            {
                a.Wave.Observed[b] = observed;
                a.Batch.Losses[b] = loss;
            }
        }
    }

    /// <summary>Computes G += S Q for each set, with one tile per group. The rows already contain the steps of the observed words.</summary>
    public static void CarryBack<TNoise>(LanguageModelArguments a)
        where TNoise : struct, INoiseKind
    {
        ArrayView<Float4> left = SharedMemory.Allocate<Float4>(TiledProduct.SliceUnits), right = SharedMemory.Allocate<Float4>(TiledProduct.SliceUnits);
        int columns = a.Model.Columns, units = Units(a.SetSize);
        var grid = new SetTiles(a, TNoise.Sets(a), Least(a.Sharing, a.Batch.Capacity), 4 * columns);
        for (int tile = Grid.IdxX; tile < grid.Count; tile += Grid.DimX)
        {
            int set = grid.Set(tile), row = grid.Row(tile), column = grid.Column(tile), first = TNoise.First(a, set), count = TNoise.Size(a, set);
            var scores = new PlainRows(a.Wave.Scores, first, count, units);
            var rows = new WordRows(a.Model.Target, NoiseOf(a, set), a.SetSize, columns);
            MicroTile gradient = TiledProduct.Load(a.Batch.Gradient, first, count, columns, row, column, a.Side);
            gradient = TiledProduct.Add(gradient, scores, true, rows, false, row, column, a.SetSize, a.Side, left, right);
            TiledProduct.Store(gradient, a.Batch.Gradient, first, count, columns, row, column, a.Side);
        }
    }

    /// <summary>
    /// Computes S^T H for each set, with one tile per group. These are the gradients, or with AdaGrad the steps, of the noise words' rows.
    /// Computes the same for their biases.
    /// </summary>
    public static void RowGradients<TNoise>(LanguageModelArguments a)
        where TNoise : struct, INoiseKind
    {
        ArrayView<Float4> left = SharedMemory.Allocate<Float4>(TiledProduct.SliceUnits), right = SharedMemory.Allocate<Float4>(TiledProduct.SliceUnits);
        int columns = a.Model.Columns, units = Units(a.SetSize);
        var grid = new SetTiles(a, TNoise.Sets(a), a.SetSize, 4 * columns);
        for (int tile = Grid.IdxX; tile < grid.Count; tile += Grid.DimX)
        {
            int set = grid.Set(tile), row = grid.Row(tile), column = grid.Column(tile), first = TNoise.First(a, set), count = TNoise.Size(a, set);
            var scores = new PlainRows(a.Wave.Scores, first, count, units);
            var hidden = new PlainRows(a.Batch.Hidden, first, count, columns);
            MicroTile gradient = TiledProduct.Add(default, scores, false, hidden, false, row, column, count, a.Side, left, right);
            TiledProduct.Store(gradient, a.Wave.RowGradients, (long)set * a.SetSize, a.SetSize, columns, row, column, a.Side);
            int end = column == 0 ? Least(a.SetSize, row + (4 * a.Side)) : 0;
            for (int m = row + Group.IdxX; m < end; m += Group.DimX)
                a.Wave.Biases[((long)set * a.SetSize) + m] = BiasGradient(a, first, count, m);
        }
    }

    /// <summary>
    /// Steps the rows of the observed words, with one thread per column of a word. Each prediction's part of G comes from the row before
    /// the prediction's own step.
    /// </summary>
    public static void StepObserved<TSteps>(LanguageModelArguments a)
        where TSteps : struct, ISteps
    {
        int columns = a.Model.Columns, step = Grid.DimX * Group.DimX;
        float keep = 1 - (a.Rate * a.Decay);
        for (int u = (Grid.IdxX * Group.DimX) + Group.IdxX; u < a.Batch.Count * columns; u += step)
        {
            int head = u / columns, c = u - (head * columns);
            if (a.Wave.TargetChain[head] < 0)
                continue;
            int word = a.Batch.Stream[a.Batch.Targets[head]];
            long at = ((long)word * columns) + c;
            float weight = NoiseMath.Weight(a, word), bias = 0;
            Float4 row = a.Model.Target[at];
            for (int b = head; b < a.Batch.Count; b = NoiseMath.Next(a.Wave.TargetChain[b]))
            {
                long prediction = ((long)b * columns) + c;
                float g = a.Wave.Observed[b], own = a.Rate;
                if (TSteps.IsAdaptive)
                    own = a.Wave.Rates[b];
                own *= weight;
                row = default(Float4).Plus(keep, row);
                a.Batch.Gradient[prediction] = default(Float4).Plus(g, row);
                row = row.Plus(own * g, a.Batch.Hidden[prediction]);
                bias += own * g;
            }

            a.Model.Target[at] = row;
            if (c == 0)
                a.Model.Bias[word] += bias;
        }
    }

    /// <summary>Steps the rows of the noise words, with one thread per column of a word.</summary>
    public static void StepNoise<TSteps>(LanguageModelArguments a)
        where TSteps : struct, ISteps
    {
        int columns = a.Model.Columns, step = Grid.DimX * Group.DimX, words = (int)a.Batch.Noise.Length;
        for (int u = (Grid.IdxX * Group.DimX) + Group.IdxX; u < words * columns; u += step)
        {
            int head = u / columns, c = u - (head * columns);
            if (a.Wave.NoiseChain[head] < 0)
                continue;
            int word = a.Batch.Noise[head];
            long at = ((long)word * columns) + c;
            float rate = (TSteps.IsAdaptive ? 1 : a.Rate) * NoiseMath.Weight(a, word), bias = 0;
            Float4 row = a.Model.Target[at];
            for (int n = head; n < words; n = NoiseMath.Next(a.Wave.NoiseChain[n]))
            {
                row = row.Plus(rate, a.Wave.RowGradients[((long)n * columns) + c]);
                bias += rate * a.Wave.Biases[n];
            }

            a.Model.Target[at] = row;
            if (c == 0)
                a.Model.Bias[word] += bias;
        }
    }

    /// <summary>Gets the number of units of four scores per prediction.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Units(int setSize) => (setSize + 3) / 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ArrayView<int> NoiseOf(LanguageModelArguments a, int set) => a.Batch.Noise.SubView((long)set * a.SetSize, a.SetSize);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Observe<TTerms>(LanguageModelArguments a, int b, float score)
        where TTerms : struct, INoiseTerms
    {
        float loss = 0;
        a.Wave.Observed[b] = TTerms.Gradient(score, 1, 1, ref loss);
        a.Batch.Losses[b] = loss;
    }

    // Turns the scores of a thread into logits, or into gradients if each word has its own loss. Padding columns get 0.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static MicroTile Terms<TTerms>(LanguageModelArguments a, MicroTile scores, int set, int first, int count, int row, int column, ref float loss)
        where TTerms : struct, INoiseTerms
    {
        int y = Group.IdxX / a.Side, m = column + (4 * (Group.IdxX - (y * a.Side)));
        row += 4 * y;
        scores.R0 = Terms<TTerms>(a, scores.R0, set, first, count, row, m, ref loss);
        scores.R1 = Terms<TTerms>(a, scores.R1, set, first, count, row + 1, m, ref loss);
        scores.R2 = Terms<TTerms>(a, scores.R2, set, first, count, row + 2, m, ref loss);
        scores.R3 = Terms<TTerms>(a, scores.R3, set, first, count, row + 3, m, ref loss);
        return scores;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Float4 Terms<TTerms>(LanguageModelArguments a, Float4 scores, int set, int first, int count, int row, int m, ref float loss)
        where TTerms : struct, INoiseTerms
    {
        float logZ = 0;
        if (row < count)
            logZ = a.Model.LogZ[a.Batch.Buckets[first + row]];
        int setSize = row < count ? a.SetSize : 0, target = -1;
        if (TTerms.DropsObserved && row < count)
            target = a.Batch.Stream[a.Batch.Targets[first + row]];
        return new Float4(
            Term<TTerms>(a, scores.X, logZ, target, set, m, setSize, ref loss),
            Term<TTerms>(a, scores.Y, logZ, target, set, m + 1, setSize, ref loss),
            Term<TTerms>(a, scores.Z, logZ, target, set, m + 2, setSize, ref loss),
            Term<TTerms>(a, scores.W, logZ, target, set, m + 3, setSize, ref loss));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Term<TTerms>(LanguageModelArguments a, float score, float logZ, int target, int set, int m, int setSize, ref float loss)
        where TTerms : struct, INoiseTerms
    {
        float value = 0;
        if (m < setSize)
        {
            value = TTerms.Gradient(score + Logit.Shift(a.Wave.Offsets[((long)set * a.SetSize) + m], logZ), a.Weight, 0, ref loss);
            if (TTerms.DropsObserved && a.Batch.Noise[((long)set * a.SetSize) + m] == target)
                value = Logit.Dropped;
        }

        return value;
    }

    private static float BiasGradient(LanguageModelArguments a, int first, int count, int m)
    {
        ArrayView<float> scores = a.Wave.Scores.Cast<float>();
        int wide = 4 * Units(a.SetSize);
        float sum = 0;
        for (int b = first; b < first + count; b++)
            sum += scores[((long)b * wide) + m];
        return sum;
    }
}

/// <summary>Represents the tiles of one product per set, numbered set by set.</summary>
internal struct SetTiles
{
    private readonly int _width, _across, _perSet;

    /// <summary>The number of tiles of all sets.</summary>
    public readonly int Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public SetTiles(LanguageModelArguments a, int sets, int rows, int columns)
    {
        _width = 4 * a.Side;
        _across = (columns + _width - 1) / _width;
        _perSet = _across * ((rows + _width - 1) / _width);
        Count = _perSet * sets;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly int Set(int tile) => tile / _perSet;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly int Row(int tile) => tile % _perSet / _across * _width;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly int Column(int tile) => tile % _across * _width;
}
