using ILGPU;
using NceFast.Objectives;
using static NceFast.Kernels.TileMath;

namespace NceFast.Kernels.LanguageModels;

/// <summary>The same row for every index.</summary>
internal struct OneRow : IOperand
{
    private readonly ArrayView<Float4> _row;

    public OneRow(ArrayView<Float4> row) => _row = row;

    public readonly Float4 At(int row, int unit) => _row[unit];
}

/// <summary>
/// Trains with own noise words for each prediction: a group takes a prediction from scores to steps. The noise words are first
/// and the observed word last, and columns are distributed over threads, so that within a prediction rows are stepped as on the host.
/// Between groups stores are plain: of two groups that step a row at the same moment one may lose its step.
/// </summary>
internal static class OwnNoiseKernel
{
    public static long FloatsSize(int draws) => 2 * (draws + 1L);

    public static long IntsSize(int draws) => 2 * (draws + 1L);

    public static void Run<TTerms>(LanguageModelArguments a)
        where TTerms : struct, INoiseTerms
    {
        ArrayView<float> partial = SharedMemory.Allocate<float>(NoiseMath.PartialFloats), sums = SharedMemory.Allocate<float>(ContextKernels.MaxThreads);
        int draws = a.Draws, terms = draws + 1, columns = a.Model.Columns;
        ArrayView<float> scores = a.Work.Floats.SubView(Grid.IdxX * a.Work.FloatsSize, terms), steps = a.Work.Floats.SubView((Grid.IdxX * a.Work.FloatsSize) + terms, terms);
        ArrayView<int> words = a.Work.Ints.SubView(Grid.IdxX * a.Work.IntsSize, terms), chain = a.Work.Ints.SubView((Grid.IdxX * a.Work.IntsSize) + terms, terms);
        for (int b = Grid.IdxX; b < a.Batch.Count; b += Grid.DimX)
        {
            int target = a.Batch.Stream[a.Batch.Targets[b]], bucket = a.Batch.Buckets[b];
            ArrayView<Float4> hidden = a.Batch.Hidden.SubView((long)b * columns, columns);
            float logZ = a.Model.LogZ[bucket];
            for (int m = Group.IdxX; m < terms; m += Group.DimX)
                words[m] = m < draws ? a.Batch.Noise[((long)b * draws) + m] : target;
            Group.Barrier();
            for (int m = Group.IdxX; m < terms; m += Group.DimX)
                chain[m] = NoiseMath.Link(words, terms, m);
            NoiseMath.Dots(new OneRow(hidden), new WordRows(a.Model.Target, words, terms, columns), terms, columns, partial, scores);
            float loss = Gradients<TTerms>(a, words, logZ, scores, sums);
            Group.Barrier();
            float sum = Steps(a, hidden, words, chain, scores, steps, sums);
            if (Group.IdxX == 0)
            {
                a.Batch.Losses[b] = loss;
                if (a.LearnsLogZ != 0)
                    a.Model.LogZ[bucket] = logZ - (a.Rate * sum);
            }

            StepRows(a, hidden, a.Batch.Gradient.SubView((long)b * columns, columns), words, scores, steps);
            Group.Barrier();
        }
    }

    private static float Gradients<TTerms>(LanguageModelArguments a, ArrayView<int> words, float logZ, ArrayView<float> scores, ArrayView<float> sums)
        where TTerms : struct, INoiseTerms
    {
        int draws = a.Draws, target = words[draws];
        float loss = 0;
        for (int m = Group.IdxX; m <= draws; m += Group.DimX)
        {
            int word = words[m];
            float bias = a.Model.Bias[word], logNoise = a.Model.LogNoise[word];
            float offset = m < draws ? TTerms.Offset(bias, logNoise) : TTerms.ObservedOffset(bias, logNoise);

            // Floats in both arms: from a bool, ILGPU 1.5.3 makes the float whose bits are 1.
            float weight = m < draws ? a.Weight : 1f, label = m < draws ? 0f : 1f;
            float score = TTerms.Gradient(scores[m] + Logit.Shift(offset, logZ), weight, label, ref loss);
            if (TTerms.DropsObserved && m < draws && word == target)
                score = Logit.Dropped;
            scores[m] = score;
        }

        loss = GroupSum(sums, loss);
        if (!TTerms.IsBinary)
        {
            float observed = scores[draws];
            loss = NoiseMath.SampledSoftmax(scores, draws, a.Penalty, sums, ref observed);
            if (Group.IdxX == 0)
                scores[draws] = observed;
        }

        return loss;
    }

    // Learning rate times gradient of each word, and the biases; the thread of a word's first place takes all its places.
    private static float Steps(LanguageModelArguments a, ArrayView<Float4> hidden, ArrayView<int> words, ArrayView<int> chain, ArrayView<float> scores, ArrayView<float> steps, ArrayView<float> sums)
    {
        int terms = a.Draws + 1;
        float square = 0, sum = 0;
        for (int c = Group.IdxX; c < a.Model.Columns; c += Group.DimX)
            square += default(Float4).PlusProduct(hidden[c], hidden[c]).Sum();
        square = GroupSum(sums, square) / a.Model.Dim;
        for (int first = Group.IdxX; first < terms; first += Group.DimX)
        {
            if (chain[first] < 0)
                continue;
            int word = words[first];
            float bias = a.Model.Bias[word], squares = 0;
            if (a.IsAdaptive != 0)
                squares = a.Model.TargetSums[word];
            for (int m = first; m < terms; m = NoiseMath.Next(chain[m]))
            {
                float g = scores[m], rate = a.Rate;
                if (a.IsAdaptive != 0)
                {
                    squares += g * g * square;
                    rate = ContextKernels.Adapted(rate, squares);
                }

                steps[m] = rate * g;
                bias += rate * g;
                sum += g;
            }

            a.Model.Bias[word] = bias;
            if (a.IsAdaptive != 0)
                a.Model.TargetSums[word] = squares;
        }

        return GroupSum(sums, sum);
    }

    private static void StepRows(LanguageModelArguments a, ArrayView<Float4> hidden, ArrayView<Float4> gradient, ArrayView<int> words, ArrayView<float> scores, ArrayView<float> steps)
    {
        int columns = a.Model.Columns, draws = a.Draws;
        float keep = 1 - (a.Rate * a.Decay);
        for (int c = Group.IdxX; c < columns; c += Group.DimX)
        {
            Float4 h = hidden[c], sum = default;
            long observed = ((long)words[draws] * columns) + c;
            a.Model.Target[observed] = default(Float4).Plus(keep, a.Model.Target[observed]);
            for (int m = 0; m <= draws; m++)
            {
                long at = ((long)words[m] * columns) + c;
                Float4 row = a.Model.Target[at];
                sum = sum.Plus(scores[m], row);
                a.Model.Target[at] = row.Plus(steps[m], h);
            }

            gradient[c] = sum;
        }
    }
}
