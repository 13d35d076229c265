using System.Runtime.CompilerServices;
using ILGPU;
using static NceFast.Kernels.TileMath;

namespace NceFast.Kernels.LanguageModels;

/// <summary>What noise words are for.</summary>
internal interface INoiseTerms
{
    /// <summary>Whether each word has a logistic loss of its own, as in NCE and negative sampling; else the words estimate Z.</summary>
    static abstract bool IsBinary { get; }
}

/// <summary>Noise-contrastive estimation and negative sampling; they differ in their constants only.</summary>
internal struct BinaryTerms : INoiseTerms
{
    public static bool IsBinary => true;
}

/// <summary>Maximum likelihood with Z estimated by importance sampling (Bengio and Senecal 2003), the observed word's own term exact.</summary>
internal struct ImportanceTerms : INoiseTerms
{
    public static bool IsBinary => false;
}

/// <summary>Rows of scores to gradients, and what repeated words need; all threads of a group call each function.</summary>
internal static class NoiseMath
{
    /// <summary>Floats of shared memory that <see cref="Dots"/> takes.</summary>
    public const int PartialFloats = 2048;

    /// <summary>results[m] = x[m] o[m]; ends with a barrier.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Dots<TX, TO>(TX x, TO o, int count, int columns, ArrayView<float> partial, ArrayView<float> results)
        where TX : struct, IOperand
        where TO : struct, IOperand
    {
        int wide = Least(columns, Group.DimX), lanes = Group.DimX / wide, lane = Group.IdxX / wide, column = Group.IdxX - (lane * wide);
        int most = PartialFloats / (wide + 1);
        for (int first = 0; first < count; first += most)
        {
            int end = Least(count, first + most);
            if (lane < lanes)
            {
                for (int m = first + lane; m < end; m += lanes)
                {
                    Float4 sum = default;
                    for (int c = column; c < columns; c += wide)
                        sum = sum.PlusProduct(x.At(m, c), o.At(m, c));
                    partial[((m - first) * (wide + 1)) + column] = sum.Sum();
                }
            }

            Group.Barrier();
            for (int m = first + Group.IdxX; m < end; m += Group.DimX)
            {
                float sum = 0;
                for (int c = 0; c < wide; c++)
                    sum += partial[((m - first) * (wide + 1)) + c];
                results[m] = sum;
            }

            Group.Barrier();
        }
    }

    /// <summary>
    /// Links equal words: the next place of the word at m, count at its last one; ~ of that where the word has stood before,
    /// so that one thread takes all its places, in order.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Link(ArrayView<int> words, int count, int m)
    {
        int word = words[m], next = m + 1, before = m - 1;
        while (next < count && words[next] != word)
            next++;
        while (before >= 0 && words[before] != word)
            before--;
        return before < 0 ? next : ~next;
    }

    /// <summary>The next place of a word.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Next(int link) => link < 0 ? ~link : link;

    /// <summary>
    /// Scores of one prediction's noise words, their shifts added, and of its observed word to gradients: log of the estimate
    /// of Z, whose gradient weighs each term by its part of the sum.
    /// </summary>
    /// <returns>The loss, to all threads.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Importance(ArrayView<float> scores, int count, float penalty, ArrayView<float> sums, ref float observed)
    {
        float most = observed;
        for (int m = Group.IdxX; m < count; m += Group.DimX)
            most = MathF.Max(most, scores[m]);
        float max = GroupMax(sums, most), part = 0;
        for (int m = Group.IdxX; m < count; m += Group.DimX)
        {
            float e = Exponential(scores[m] - max);
            part += e;
            scores[m] = e;
        }

        float own = Exponential(observed - max), sum = GroupSum(sums, part) + own, logZ = max + MathF.Log(sum), scale = -(1 + (2 * penalty * logZ)) / sum;
        for (int m = Group.IdxX; m < count; m += Group.DimX)
            scores[m] *= scale;
        float loss = logZ - observed + (penalty * logZ * logZ);
        observed = 1 + (scale * own);
        return loss;
    }

    /// <summary>exp of what is at most 0, never denormal. Not by MathF.Max, which loses NaN on devices.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Exponential(float x) => MathF.Exp(x < -87 ? -87 : x);

    /// <summary>The largest of the threads' values, for all threads. Has barriers before and after.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float GroupMax(ArrayView<float> shared, float value)
    {
        shared[Group.IdxX] = value;
        Group.Barrier();
        float max = value;
        for (int t = 0; t < Group.DimX; t++)
            max = MathF.Max(max, shared[t]);
        Group.Barrier();
        return max;
    }
}
