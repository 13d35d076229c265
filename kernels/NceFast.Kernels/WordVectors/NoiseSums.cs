using System.Runtime.CompilerServices;
using ILGPU;
using NceFast.Objectives;

namespace NceFast.Kernels.WordVectors;

/// <summary>Computes the sums over noise words that an objective ranks observed words against. See <see cref="SummedNoise{TObjective}"/>.</summary>
internal static class NoiseSums
{
    /// <summary>
    /// Turns the logits of the noise words into their shares of the sum of each input, with one thread per input. All threads of a group
    /// call it after a barrier. Ends with a barrier.
    /// </summary>
    /// <param name="shares">Logits, then shares: <c>[inputs, count]</c>.</param>
    /// <param name="inputs">Number of inputs.</param>
    /// <param name="count">Number of noise words.</param>
    /// <param name="logSums">Result, the logarithm of each sum, nats: <c>[inputs]</c>.</param>
    /// <param name="steps">Result, 0 for each input: <c>[inputs]</c>.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void ToShares(ArrayView<float> shares, int inputs, int count, ArrayView<float> logSums, ArrayView<float> steps)
    {
        for (int i = Group.IdxX; i < inputs; i += Group.DimX)
        {
            ArrayView<float> own = shares.SubView((long)i * count, count);
            float max = own[0], sum = 0;
            for (int m = 1; m < count; m++)
                max = MathF.Max(max, own[m]);
            for (int m = 0; m < count; m++)
            {
                float part = Softmax.Part(own[m], max);
                sum += part;
                own[m] = part;
            }

            for (int m = 0; m < count; m++)
                own[m] /= sum;
            logSums[i] = Softmax.LogZ(max, sum);
            steps[i] = 0;
        }

        Group.Barrier();
    }

    /// <summary>Turns shares into the steps of the noise words, with 0 for the inputs that pad a multiple of 4. Ends with a barrier.</summary>
    /// <param name="shares">Shares, then steps: <c>[inputs rounded up to 4, count]</c>.</param>
    /// <param name="inputs">Number of inputs.</param>
    /// <param name="count">Number of noise words.</param>
    /// <param name="steps">SUM of the steps of the observed words of each input: <c>[inputs]</c>.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void ToSteps(ArrayView<float> shares, int inputs, int count, ArrayView<float> steps)
    {
        int padded = (inputs + 3) / 4 * 4;
        for (int t = Group.IdxX; t < padded * count; t += Group.DimX)
        {
            int i = t / count;
            float step = 0;
            if (i < inputs)
                step = Softmax.NoiseStep(shares[t], steps[i]);
            shares[t] = step;
        }

        Group.Barrier();
    }
}
