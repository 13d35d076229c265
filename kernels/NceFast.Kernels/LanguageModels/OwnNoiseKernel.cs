using ILGPU;
using NceFast.Numerics;
using NceFast.Objectives;
using static NceFast.Kernels.TileMath;

namespace NceFast.Kernels.LanguageModels;

/// <summary>Represents an operand that has the same row at every index.</summary>
internal struct OneRow : IOperand
{
    private readonly ArrayView<Float4> _row;

    public OneRow(ArrayView<Float4> row) => _row = row;

    public readonly Float4 At(int row, int unit) => _row[unit];
}

/// <summary>
/// Trains with separate noise words for each prediction. A group processes a prediction from its scores to its steps. The noise words
/// come first and the observed word last. Columns are distributed over threads, so that rows are stepped as on the host within a
/// prediction. Groups add their steps, each multiplied by the weight of the theory of merging: the groups in flight compute their
/// steps from about the same row, and the sum of many would overshoot.
/// </summary>
internal static class OwnNoiseKernel
{
    public static long FloatsSize(int setSize) => 2 * (setSize + 1L);

    public static long IntsSize(int setSize) => 2 * (setSize + 1L);

    public static void Run<TTerms, TAdds, TNoise>(LanguageModelArguments a)
        where TTerms : struct, INoiseTerms
        where TAdds : struct, IRowAdds
        where TNoise : struct, INoiseKind
    {
        ArrayView<float> partial = SharedMemory.Allocate<float>(NoiseMath.PartialFloats), sums = SharedMemory.Allocate<float>(ContextKernels.MaxThreads);
        int setSize = a.SetSize, terms = setSize + 1, columns = a.Model.Columns;
        ArrayView<float> scores = a.Work.Floats.SubView(Grid.IdxX * a.Work.FloatsSize, terms), steps = a.Work.Floats.SubView((Grid.IdxX * a.Work.FloatsSize) + terms, terms);
        ArrayView<int> words = a.Work.Ints.SubView(Grid.IdxX * a.Work.IntsSize, terms), chain = a.Work.Ints.SubView((Grid.IdxX * a.Work.IntsSize) + terms, terms);
        for (int b = Grid.IdxX; b < a.Batch.Count; b += Grid.DimX)
        {
            int target = a.Batch.Stream[a.Batch.Targets[b]], bucket = a.Batch.Buckets[b];
            ArrayView<Float4> hidden = a.Batch.Hidden.SubView((long)b * columns, columns);
            float logZ = a.Model.LogZ[bucket];
            for (int m = Group.IdxX; m < terms; m += Group.DimX)
                words[m] = m < setSize ? a.Batch.Noise[((long)b * setSize) + m] : target;
            Group.Barrier();
            for (int m = Group.IdxX; m < terms; m += Group.DimX)
                chain[m] = NoiseMath.Link(words, terms, m);
            NoiseMath.Dots(new OneRow(hidden), new WordRows(a.Model.Target, words, terms, columns), terms, columns, partial, scores);
            float loss = Gradients<TTerms, TNoise>(a, b, words, logZ, scores, sums);
            Group.Barrier();
            float sum = Steps<TAdds>(a, hidden, words, chain, scores, steps, sums);
            if (Group.IdxX == 0)
            {
                a.Batch.Losses[b] = loss;
                if (a.LearnsLogZ != 0)
                    TAdds.Add(a.Model.LogZ, bucket, -a.Rate * NoiseMath.Weight(a.Flight * a.Batch.BucketUses[b] / a.Batch.Capacity, NoiseMath.Covered(a.Rate)) * sum);
            }

            StepRows<TAdds>(a, hidden, a.Batch.Gradient.SubView((long)b * columns, columns), words, scores, steps);
            Group.Barrier();
        }
    }

    private static float Gradients<TTerms, TNoise>(LanguageModelArguments a, int b, ArrayView<int> words, float logZ, ArrayView<float> scores, ArrayView<float> sums)
        where TTerms : struct, INoiseTerms
        where TNoise : struct, INoiseKind
    {
        int setSize = a.SetSize, target = words[setSize];
        float loss = 0;
        for (int m = Group.IdxX; m <= setSize; m += Group.DimX)
        {
            int word = words[m];
            float bias = a.Model.Bias[word], offset = 0;
            if (m < setSize)
                offset = TTerms.Offset(bias, TNoise.LogNoise(a, (b * setSize) + m, word));
            else
                offset = TTerms.ObservedOffset(bias, TNoise.LogNoiseOfObserved(a, b, word));

            // Both arms are floats, because ILGPU 1.5.3 turns a bool into the float whose bits are 1.
            float weight = m < setSize ? a.Weight : 1f, label = m < setSize ? 0f : 1f;
            float score = TTerms.Gradient(scores[m] + Logit.Shift(offset, logZ), weight, label, ref loss);
            if (TTerms.DropsObserved && m < setSize && word == target)
                score = Logit.Dropped;
            scores[m] = score;
        }

        loss = GroupSum(sums, loss);
        if (!TTerms.IsBinary)
        {
            float observed = scores[setSize];
            loss = NoiseMath.SampledSoftmax(scores, setSize, a.Penalty, sums, ref observed);
            if (Group.IdxX == 0)
                scores[setSize] = observed;
        }

        return loss;
    }

    // Computes learning rate times weight times gradient of each word, and steps the biases. The thread of a word's first occurrence processes all of them.
    private static float Steps<TAdds>(LanguageModelArguments a, ArrayView<Float4> hidden, ArrayView<int> words, ArrayView<int> chain, ArrayView<float> scores, ArrayView<float> steps, ArrayView<float> sums)
        where TAdds : struct, IRowAdds
    {
        int terms = a.SetSize + 1;
        float square = 0, sum = 0;
        for (int c = Group.IdxX; c < a.Model.Columns; c += Group.DimX)
            square += default(Float4).PlusProduct(hidden[c], hidden[c]).Sum();
        square = GroupSum(sums, square) / a.Model.Dim;
        for (int first = Group.IdxX; first < terms; first += Group.DimX)
        {
            if (chain[first] < 0)
                continue;
            int word = words[first];
            float bias = 0, squares = 0, old = 0, weight = NoiseMath.Weight(a, word);
            if (a.IsAdaptive != 0)
                old = a.Model.TargetSums[word];
            squares = old;
            for (int m = first; m < terms; m = NoiseMath.Next(chain[m]))
            {
                float g = scores[m], rate = a.Rate;
                if (a.IsAdaptive != 0)
                {
                    squares += g * g * square;
                    rate = Adaptation.Rate(rate, squares);
                }

                float step = rate * weight * g;
                steps[m] = step;
                bias += step;
                sum += g;
            }

            TAdds.Add(a.Model.Bias, word, bias);
            if (a.IsAdaptive != 0)
                TAdds.Add(a.Model.TargetSums, word, squares - old);
        }

        return GroupSum(sums, sum);
    }

    private static void StepRows<TAdds>(LanguageModelArguments a, ArrayView<Float4> hidden, ArrayView<Float4> gradient, ArrayView<int> words, ArrayView<float> scores, ArrayView<float> steps)
        where TAdds : struct, IRowAdds
    {
        int columns = a.Model.Columns, setSize = a.SetSize;
        for (int c = Group.IdxX; c < columns; c += Group.DimX)
        {
            Float4 h = hidden[c], sum = default;
            if (a.Decay > 0)
            {
                long observed = ((long)words[setSize] * columns) + c;
                TAdds.Add(a.Model.Target, observed, default(Float4).Plus(-a.Rate * a.Decay, a.Model.Target[observed]));
            }

            for (int m = 0; m <= setSize; m++)
            {
                long at = ((long)words[m] * columns) + c;
                sum = sum.Plus(scores[m], a.Model.Target[at]);
                TAdds.Add(a.Model.Target, at, default(Float4).Plus(steps[m], h));
            }

            gradient[c] = sum;
        }
    }
}
