using System.Runtime.CompilerServices;
using NceFast.Kernels.WordVectors;
using NceFast.Numerics;
using NceFast.Objectives;
using NceFast.Sampling;
using static NceFast.Kernels.TileMath;

namespace NceFast.Kernels.LanguageModels;

/// <summary>Represents where kernels find log(n p_n(w)), and which predictions share a noise set.</summary>
internal interface INoiseKind
{
    /// <summary>Draws noise word <paramref name="n"/> of the batch.</summary>
    static abstract void Draw(LanguageModelArguments a, int n);

    /// <summary>Computes what the noise needs of the observed word of a prediction.</summary>
    static abstract void Observe(LanguageModelArguments a, int prediction);

    /// <summary>Gets log(n p_n(w)) of a noise word.</summary>
    /// <param name="a">The arguments of the kernel.</param>
    /// <param name="n">Index of the noise word in the batch or wave.</param>
    /// <param name="word">The word.</param>
    static abstract float LogNoise(LanguageModelArguments a, int n, int word);

    /// <summary>Gets log(n p_n(w)) of the observed word of a prediction.</summary>
    static abstract float LogNoiseOfObserved(LanguageModelArguments a, int prediction, int word);

    /// <summary>Gets the number of noise sets of a batch or wave.</summary>
    static abstract int Sets(LanguageModelArguments a);

    /// <summary>Gets the first prediction of a set in a batch or wave.</summary>
    static abstract int First(LanguageModelArguments a, int set);

    /// <summary>Gets the number of predictions of a set.</summary>
    static abstract int Size(LanguageModelArguments a, int set);

    /// <summary>Gets the number that the gradients of log Z in a set are divided by: its size, or that of a full set.</summary>
    static abstract int Shared(LanguageModelArguments a, int set);
}

/// <summary>Represents noise that is the same for all predictions. A set has consecutive predictions.</summary>
internal struct PlainNoise : INoiseKind
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Draw(LanguageModelArguments a, int n) =>
        a.Batch.Noise[n] = PlanKernels.DrawWord(a.Model.Cells, Philox4x32.Draw(a.NoiseStream, 2 * (uint)n), Philox4x32.Draw(a.NoiseStream, (2 * (uint)n) + 1));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Observe(LanguageModelArguments a, int prediction)
    {
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float LogNoise(LanguageModelArguments a, int n, int word) => a.Model.LogNoise[word];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float LogNoiseOfObserved(LanguageModelArguments a, int prediction, int word) => a.Model.LogNoise[word];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Sets(LanguageModelArguments a) => (a.Batch.Count + a.Sharing - 1) / a.Sharing;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int First(LanguageModelArguments a, int set) => set * a.Sharing;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Size(LanguageModelArguments a, int set) => Least(a.Sharing, a.Batch.Count - (set * a.Sharing));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Shared(LanguageModelArguments a, int set) => a.Sharing;
}

/// <summary>Represents noise that depends on the previous word, see NceFast.Sampling.BigramNoise. The host divides the batch into sets.</summary>
internal struct BigramKind : INoiseKind
{
    private const uint ChoiceBits = BigramNoise.WeightUnits - 1;

    /// <summary>Does the same as BigramNoise.Draw on views.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Draw(LanguageModelArguments a, int n)
    {
        uint high = Philox4x32.Draw(a.NoiseStream, 2 * (uint)n), low = Philox4x32.Draw(a.NoiseStream, (2 * (uint)n) + 1);
        int previous = Previous(a, a.Batch.SetStarts[n / a.SetSize]), word = 0;
        if ((int)(low & ChoiceBits) < a.Model.BigramWeights[previous])
        {
            int start = a.Model.BigramStarts[previous];
            ulong slots = (uint)(a.Model.BigramStarts[previous + 1] - start), scaled = (high * slots) + (((low & ~ChoiceBits) * slots) >> 32);
            BigramNoise.Slot slot = a.Model.BigramSlots[start + (int)(scaled >> 32)];
            word = slot.Word;
            if ((uint)scaled >= slot.Threshold)
                word = a.Model.BigramSlots[start + slot.Alias].Word;
        }
        else
        {
            word = PlanKernels.DrawWord(a.Model.Cells, high, low & ~ChoiceBits);
        }

        a.Batch.Noise[n] = word;
        a.Batch.LogNoise[n] = Log(a, previous, word);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Observe(LanguageModelArguments a, int prediction) =>
        a.Batch.LogNoiseOfObserved[prediction] = Log(a, Previous(a, prediction), a.Batch.Stream[a.Batch.Targets[prediction]]);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float LogNoise(LanguageModelArguments a, int n, int word) => a.Batch.LogNoise[n];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float LogNoiseOfObserved(LanguageModelArguments a, int prediction, int word) => a.Batch.LogNoiseOfObserved[prediction];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Sets(LanguageModelArguments a) => (int)a.Batch.SetStarts.Length - 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int First(LanguageModelArguments a, int set) => a.Batch.SetStarts[set] - a.Batch.SetStarts[0];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Size(LanguageModelArguments a, int set) => a.Batch.SetStarts[set + 1] - a.Batch.SetStarts[set];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Shared(LanguageModelArguments a, int set) => Size(a, set);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Previous(LanguageModelArguments a, int prediction) => a.Batch.Stream[a.Batch.Targets[prediction] - 1];

    // The log of n lambda c(u, w) / c(u) + n (1 - lambda) p(w).
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Log(LanguageModelArguments a, int previous, int word)
    {
        float lambda = a.Model.BigramWeights[previous] / (float)BigramNoise.WeightUnits, bigram = 0;
        int start = a.Model.BigramStarts[previous], slots = a.Model.BigramStarts[previous + 1] - start;
        if (slots > 0)
        {
            int at = BigramNoise.Place(word, slots);
            BigramNoise.Slot slot = a.Model.BigramSlots[start + at];
            while (slot.Word != word && slot.Word >= 0)
            {
                at++;
                if (at == slots)
                    at = 0;
                slot = a.Model.BigramSlots[start + at];
            }

            if (slot.Word == word)
                bigram = slot.Probability;
        }

        return Logit.LogNoise(a.Model.NoiseFactor, (lambda * bigram) + ((1 - lambda) * a.Model.Unigram[word]));
    }
}
