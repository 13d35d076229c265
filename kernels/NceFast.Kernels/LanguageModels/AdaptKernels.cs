using ILGPU;
using NceFast.Numerics;
using static NceFast.Kernels.TileMath;

namespace NceFast.Kernels.LanguageModels;

/// <summary>Computes AdaGrad's learning rates of a wave's target rows. The occurrences of a word count one after another.</summary>
internal static class AdaptKernels
{
    /// <summary>Computes the mean square of h for each prediction, with one group per row.</summary>
    public static void Measure(LanguageModelArguments a)
    {
        ArrayView<float> sums = SharedMemory.Allocate<float>(ContextKernels.MaxThreads);
        int columns = a.Model.Columns;
        for (int row = Grid.IdxX; row < a.Batch.Count; row += Grid.DimX)
        {
            float square = 0;
            for (int c = Group.IdxX; c < columns; c += Group.DimX)
            {
                Float4 value = a.Batch.Hidden[((long)row * columns) + c];
                square += default(Float4).PlusProduct(value, value).Sum();
            }

            float total = GroupSum(sums, square);
            if (Group.IdxX == 0)
                a.Wave.Squares[row] = total / a.Model.Dim;
        }
    }

    /// <summary>Computes the learning rates of the observed words, with one thread per word.</summary>
    public static void AdaptObserved(LanguageModelArguments a)
    {
        for (int head = (Grid.IdxX * Group.DimX) + Group.IdxX; head < a.Batch.Count; head += Grid.DimX * Group.DimX)
        {
            if (a.Wave.TargetChain[head] < 0)
                continue;
            int word = a.Batch.Stream[a.Batch.Targets[head]];
            float squares = a.Model.TargetSums[word];
            for (int b = head; b < a.Batch.Count; b = NoiseMath.Next(a.Wave.TargetChain[b]))
            {
                float g = a.Wave.Observed[b];
                squares += g * g * a.Wave.Squares[b];
                a.Wave.Rates[b] = Adaptation.Rate(a.Rate, squares);
            }

            a.Model.TargetSums[word] = squares;
        }
    }

    /// <summary>
    /// Turns the gradients of the noise words' scores into steps, with one thread per word. The thread processes the word's sets, and
    /// its occurrences within a set, in order. The predictions of a set count together, as on the host.
    /// </summary>
    public static void AdaptNoise<TNoise>(LanguageModelArguments a)
        where TNoise : struct, INoiseKind
    {
        ArrayView<float> cells = a.Wave.Scores.Cast<float>();
        int words = (int)a.Batch.Noise.Length, wide = 4 * SharedNoiseKernels.Units(a.SetSize);
        for (int head = (Grid.IdxX * Group.DimX) + Group.IdxX; head < words; head += Grid.DimX * Group.DimX)
        {
            if (a.Wave.NoiseChain[head] < 0)
                continue;
            float squares = a.Model.TargetSums[a.Batch.Noise[head]];
            int first = head;
            while (first < words)
            {
                int set = first / a.SetSize, end = (set + 1) * a.SetSize, next = first;
                int from = TNoise.First(a, set), to = from + TNoise.Size(a, set);
                for (next = first; next < end; next = NoiseMath.Next(a.Wave.NoiseChain[next]))
                {
                    long column = next - (set * a.SetSize);
                    for (int b = from; b < to; b++)
                    {
                        float g = cells[((long)b * wide) + column];
                        squares += g * g * a.Wave.Squares[b];
                    }

                    float rate = Adaptation.Rate(a.Rate, squares);
                    for (int b = from; b < to; b++)
                        cells[((long)b * wide) + column] *= rate;
                }

                first = next;
            }

            a.Model.TargetSums[a.Batch.Noise[head]] = squares;
        }
    }
}
