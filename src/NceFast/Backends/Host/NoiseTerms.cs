using NceFast.Models;
using NceFast.Numerics;

namespace NceFast.Backends.Host;

/// <summary>
/// Turns the scores of noise words into gradients in place: minus the derivative of the loss by each score. Arrays are
/// padded to 16 terms; padding gets gradient 0.
/// </summary>
internal abstract unsafe class NoiseTerms
{
    /// <summary>The constant part of a word's logit beside its score and bias: -log(k p_n), -log p_n or 0.</summary>
    public abstract float[] Constants { get; }

    /// <summary>Whether the observed word's logit has that part too, and its loss is logistic.</summary>
    public abstract bool IsBinary { get; }

    /// <summary>Scores to gradients.</summary>
    /// <param name="scores">Dot products h q, then gradients: <c>[count]</c>.</param>
    /// <param name="shifts">b + constant - log Z: <c>[count]</c>; padding -1e30.</param>
    /// <param name="count">Noise words.</param>
    /// <returns>The noise words' part of the loss.</returns>
    public abstract double Run(float* scores, float* shifts, int count);

    public static NoiseTerms Create(LogBilinearSpec spec, HostKernels kernels) => spec.Objective switch
    {
        LanguageObjective.Nce => new BinaryTerms(spec, kernels, Array.ConvertAll(spec.Noise.LogKTimesProbability(spec.K), c => -c)),
        LanguageObjective.Neg => new BinaryTerms(spec, kernels, new float[spec.Shape.Words]),
        LanguageObjective.ImportanceSampling => new ImportanceTerms(spec, kernels),
        _ => throw new ArgumentOutOfRangeException(nameof(spec), $"{spec.Objective} draws no noise."),
    };

    /// <summary>Logistic loss of each noise word, with weight k / draws.</summary>
    private sealed class BinaryTerms : NoiseTerms
    {
        private readonly HostKernels _kernels;
        private readonly AlignedMatrix _weights;

        public BinaryTerms(LogBilinearSpec spec, HostKernels kernels, float[] constants)
        {
            _kernels = kernels;
            Constants = constants;
            _weights = new AlignedMatrix(1, spec.Draws + 16);
            _weights.Row(0)[..spec.Draws].Fill((float)spec.K / spec.Draws);
        }

        public override float[] Constants { get; }

        public override bool IsBinary => true;

        public override double Run(float* scores, float* shifts, int count) => _kernels.Gradient(scores, shifts, _weights.Pointer, 0, count, 1);
    }

    /// <summary>
    /// log of the estimate of Z from the noise words, Z = (1 / draws) SUM exp(s) / p_n, whose gradient weighs each word by
    /// its part of the sum; with the penalty alpha (log Z)^2 if wanted.
    /// </summary>
    private sealed class ImportanceTerms(LogBilinearSpec spec, HostKernels kernels) : NoiseTerms
    {
        public override float[] Constants { get; } = Array.ConvertAll(spec.Noise.LogKTimesProbability(1), c => -c);

        public override bool IsBinary => false;

        public override double Run(float* scores, float* shifts, int count)
        {
            int padded = (count + 15) & ~15;
            float max = kernels.AddAndMax(scores, shifts, padded);
            double sum = kernels.ExpSum(scores, padded, max, 1), logZ = max + Math.Log(sum / count);
            float scale = (float)(-(1 + (2 * spec.SelfNormalization * logZ)) / sum);
            for (int i = 0; i < count; i++)
                scores[i] *= scale;
            return logZ + (spec.SelfNormalization * logZ * logZ);
        }
    }
}
