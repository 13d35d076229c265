using System.Numerics;
using System.Runtime.CompilerServices;
using NceFast.Numerics;

namespace NceFast.Objectives;

/// <summary>
/// The loss of a softmax over candidates: log Z - D_o + alpha (log Z)^2, with Z the SUM of exp(D) over the candidates, D_o the
/// logit of the observed word, and alpha the self-normalization (Devlin et al. 2014). The candidates are the vocabulary
/// (maximum likelihood) or the observed word and its noise words (<see cref="ISampledObjective"/>). Language models use minus
/// the derivative of the loss by the logits: [w = o] - (1 + 2 alpha log Z) exp(D_w) / Z.
/// </summary>
internal static class Softmax
{
    /// <summary>Exponents below this one are raised to it, so that no float part is denormal.</summary>
    public const float LowestExponent = -87;

    /// <summary>Computes a candidate's part of the sum relative to the largest: exp(D - max).</summary>
    /// <param name="logit">D, at most <paramref name="max"/>.</param>
    /// <param name="max">The largest logit, or log Z.</param>
    /// <remarks>A comparison instead of <see cref="MathF.Max(float, float)"/>, which loses NaN on devices.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Part(float logit, float max)
    {
        float exponent = logit - max;
        return MathF.Exp(exponent < LowestExponent ? LowestExponent : exponent);
    }

    /// <inheritdoc cref="Part(float, float)"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Part(double logit, double max) => Math.Exp(logit - max);

    /// <summary>Computes the parts of a vector of candidates, as <see cref="Part(float, float)"/> does of one.</summary>
    /// <param name="logit">D, at most the largest.</param>
    /// <param name="minusMax">Minus the largest logit, or minus log Z.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Part<TSimd, TVector>(TVector logit, TVector minusMax)
        where TSimd : struct, ISimd<TVector>
        where TVector : unmanaged => VectorMath<TSimd, TVector>.ExpOfNonPositive(TSimd.Add(logit, minusMax));

    /// <summary>Computes log Z from the sum of the parts.</summary>
    /// <param name="max">What the parts are relative to.</param>
    /// <param name="sum">The SUM of the parts.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TReal LogZ<TReal>(TReal max, TReal sum)
        where TReal : IBinaryFloatingPointIeee754<TReal> => max + TReal.Log(sum);

    /// <summary>Computes log Z of logits.</summary>
    public static double LogZ(ReadOnlySpan<double> logits)
    {
        double max = Max(logits), sum = 0;
        foreach (double logit in logits)
            sum += Part(logit, max);
        return LogZ(max, sum);
    }

    /// <summary>Replaces logits by their parts.</summary>
    /// <returns>The sum of the parts.</returns>
    public static double ToParts(Span<double> logits)
    {
        double max = Max(logits), sum = 0;
        foreach (ref double logit in logits)
        {
            logit = Part(logit, max);
            sum += logit;
        }

        return sum;
    }

    /// <summary>Brings a sum of parts to another largest logit.</summary>
    /// <param name="sum">SUM of the parts relative to <paramref name="from"/>.</param>
    /// <param name="from">The largest logit before.</param>
    /// <param name="to">The largest logit now.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Rebase(double sum, float from, float to) => sum * Math.Exp(from - to);

    /// <summary>Computes the step of a noise word's logit from its share of the noise words' sum. See <see cref="SummedNoise{TObjective}"/>.</summary>
    /// <param name="share">exp(D_w) / S.</param>
    /// <param name="observed">SUM of the steps of the observed words' logits.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float NoiseStep(float share, float observed) => -observed * share;

    /// <summary>Adds the candidates of another sum of parts, each sum relative to its own largest logit.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Merge(ref float max, ref float sum, float otherMax, float otherSum)
    {
        float most = MathF.Max(max, otherMax);
        sum = (sum * Part(max, most)) + (otherSum * Part(otherMax, most));
        max = most;
    }

    /// <summary>Computes the loss, nats.</summary>
    /// <param name="logZ">log Z.</param>
    /// <param name="observed">D_o, the observed word's logit.</param>
    /// <param name="penalty">alpha.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TReal Loss<TReal>(TReal logZ, TReal observed, TReal penalty)
        where TReal : IBinaryFloatingPointIeee754<TReal> => logZ - observed + (penalty * logZ * logZ);

    /// <summary>Computes minus the derivative of the loss by log Z: what a candidate's share of Z is multiplied by in its gradient.</summary>
    /// <inheritdoc cref="Loss"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TReal Scale<TReal>(TReal logZ, TReal penalty)
        where TReal : IBinaryFloatingPointIeee754<TReal> => -(TReal.One + ((penalty + penalty) * logZ));

    /// <summary>Completes the gradient of the observed word: its share of Z, scaled, and 1 for its own logit.</summary>
    /// <param name="scaled">The observed word's share of Z times <see cref="Scale"/>.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TReal ObservedGradient<TReal>(TReal scaled)
        where TReal : IBinaryFloatingPointIeee754<TReal> => TReal.One + scaled;

    private static double Max(ReadOnlySpan<double> logits)
    {
        double max = double.NegativeInfinity;
        foreach (double logit in logits)
            max = Math.Max(max, logit);
        return max;
    }
}
