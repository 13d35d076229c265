using System.Runtime.CompilerServices;
using ILGPU;
using NceFast.Objectives;
using static NceFast.Kernels.TileMath;

namespace NceFast.Kernels.LanguageModels;

/// <summary>Represents an objective with noise words, in the form that kernels use.</summary>
internal interface INoiseTerms
{
    /// <summary>Gets a value indicating whether each word has its own loss. Otherwise the loss is a softmax over all words of a prediction.</summary>
    static abstract bool IsBinary { get; }

    /// <summary>Gets a value indicating whether a noise word that equals the observed word is dropped.</summary>
    static abstract bool DropsObserved { get; }

    /// <inheritdoc cref="IObjective.Offset"/>
    static abstract float Offset(float bias, float logNoise);

    /// <inheritdoc cref="IObjective.ObservedOffset"/>
    static abstract float ObservedOffset(float bias, float logNoise);

    /// <summary>Computes the gradient of a word from its logit and adds to the loss, if each word has its own loss; otherwise returns the logit.</summary>
    static abstract float Gradient(float logit, float weight, float label, ref float loss);
}

/// <summary>Adapts an objective that has a loss per word.</summary>
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

/// <summary>Adapts an objective whose loss is a softmax over the observed word and its noise words.</summary>
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

/// <summary>Contains dot products, the softmax over a row of logits, and links between equal words. All threads of a group call each function.</summary>
internal static class NoiseMath
{
    /// <summary>The number of floats of shared memory that <see cref="Dots"/> takes.</summary>
    public const int PartialFloats = 2048;

    /// <summary>Computes the dot products results[m] = x[m] o[m], and ends with a barrier.</summary>
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
    /// Links equal words. Returns the next index of the word at m, or count if there is none. If the word also occurs before m, returns
    /// the complement (~) of that. One thread can then process all occurrences of a word in order.
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

    /// <summary>Gets the next index of a word.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Next(int link) => link < 0 ? ~link : link;

    /// <summary>
    /// Computes the weight of the steps of a word's target row: that of the theory of merging, 1 / (1 + (n - 1) pull) for small pulls.
    /// All terms of a word have the same weight. If observed and noise terms had weights of their own, the optimum would move.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Weight(LanguageModelArguments a, int word) => Weight(a.Flight * a.Model.Terms[word], a.Pull);

    /// <summary>Computes the weight of a step.</summary>
    /// <param name="others">Number of other steps in flight that change the same value.</param>
    /// <param name="pull">How far one step pulls the value.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Weight(float others, float pull) => 1 / (1 + (others * pull));

    /// <summary>Computes the part of the way to the optimum that a pull covers: q = pull / (1 + pull).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Covered(float pull) => pull / (1 + pull);

    /// <summary>Turns the logits of one prediction's noise words and observed word into gradients of their softmax.</summary>
    /// <returns>The loss, for all threads.</returns>
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
