using System.Runtime.CompilerServices;
using ILGPU;
using NceFast.Objectives;
using static NceFast.Kernels.TileMath;

namespace NceFast.Kernels.LanguageModels;

/// <summary>Represents an objective that draws noise words, in the form that kernels take it.</summary>
internal interface INoiseTerms
{
    /// <summary>Gets a value indicating whether each word has a loss of its own; otherwise the loss is a softmax over all words of a prediction.</summary>
    static abstract bool IsBinary { get; }

    /// <summary>Gets a value indicating whether a noise word that equals the observed word is left out.</summary>
    static abstract bool DropsObserved { get; }

    /// <inheritdoc cref="IObjective.Offset"/>
    static abstract float Offset(float bias, float logNoise);

    /// <inheritdoc cref="IObjective.ObservedOffset"/>
    static abstract float ObservedOffset(float bias, float logNoise);

    /// <summary>Computes a word's gradient from its logit and adds to the loss, where each word has its own; otherwise returns the logit.</summary>
    static abstract float Gradient(float logit, float weight, float label, ref float loss);
}

/// <summary>Objectives with a loss per word.</summary>
internal struct BinaryTerms<TObjective> : INoiseTerms
    where TObjective : struct, IBinaryObjective
{
    public static bool IsBinary => true;

    public static bool DropsObserved => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Offset(float bias, float logNoise) => TObjective.Offset(bias, logNoise);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float ObservedOffset(float bias, float logNoise) => TObjective.ObservedOffset(bias, logNoise);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Gradient(float logit, float weight, float label, ref float loss) => StepLogit<TObjective>(logit, weight, label, 1, ref loss);
}

/// <summary>Objectives whose loss is a softmax over the observed word and its noise words.</summary>
internal struct SampledTerms<TObjective> : INoiseTerms
    where TObjective : struct, ISampledObjective
{
    public static bool IsBinary => false;

    public static bool DropsObserved => TObjective.DropsObserved;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Offset(float bias, float logNoise) => TObjective.Offset(bias, logNoise);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float ObservedOffset(float bias, float logNoise) => TObjective.ObservedOffset(bias, logNoise);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Gradient(float logit, float weight, float label, ref float loss) => logit;
}

/// <summary>Dot products, softmax over a row of logits, and links of repeated words. All threads of a group call each function.</summary>
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

    /// <summary>Turns the logits of one prediction's noise words and observed word into gradients of their softmax.</summary>
    /// <returns>The loss, to all threads.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float SampledSoftmax(ArrayView<float> scores, int count, float penalty, ArrayView<float> sums, ref float observed)
    {
        float most = observed;
        for (int m = Group.IdxX; m < count; m += Group.DimX)
            most = MathF.Max(most, scores[m]);
        float max = GroupMax(sums, most), part = 0;
        for (int m = Group.IdxX; m < count; m += Group.DimX)
        {
            float e = Softmax.Part(scores[m], max);
            part += e;
            scores[m] = e;
        }

        float own = Softmax.Part(observed, max), sum = GroupSum(sums, part) + own, logZ = Softmax.LogZ(max, sum), scale = Softmax.Scale(logZ, penalty) / sum;
        for (int m = Group.IdxX; m < count; m += Group.DimX)
            scores[m] *= scale;
        float loss = Softmax.Loss(logZ, observed, penalty);
        observed = Softmax.ObservedGradient(scale * own);
        return loss;
    }

    /// <summary>Computes the largest of the threads' values, for all threads. Has barriers before and after.</summary>
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
