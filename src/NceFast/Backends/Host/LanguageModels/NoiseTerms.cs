using System.Runtime.InteropServices;
using NceFast.Models;
using NceFast.Numerics;

namespace NceFast.Backends.Host.LanguageModels;

/// <summary>
/// Turns scores into gradients in place: minus the derivative of the loss by each score. Arrays have room for
/// <see cref="Room"/> terms of a prediction, the noise words first; padding gets gradient 0.
/// </summary>
internal abstract unsafe class NoiseTerms(LanguageModelSpec spec, HostKernels kernels, float[] constants) : IDisposable
{
    /// <summary>Shift of a noise word that does not count.</summary>
    public const float Dropped = -1e30f;

    private AlignedMatrix? _row;

    /// <summary>Terms to make room for.</summary>
    public int Room { get; } = AlignedMatrix.PadColumns(spec.Draws + 1);

    /// <summary>The constant part of a noise word's logit beside its score and bias: -log(k p_n), -log p_n or 0: <c>[words]</c>.</summary>
    public float* Constants { get; } = Pin(constants);

    /// <summary>The same of an observed word.</summary>
    public abstract float* ObservedConstants { get; }

    protected HostKernels Kernels { get; } = kernels;

    // Keeps the pinned array alive.
    private float[] Array { get; } = constants;

    /// <summary>Scores of one prediction to gradients.</summary>
    /// <param name="scores">Dot products h q, then gradients: <c>[count]</c>, with <see cref="Room"/>.</param>
    /// <param name="shifts">b + constant - log Z: <c>[count]</c>, with room.</param>
    /// <param name="count">Noise words: the spec's draws.</param>
    /// <param name="observed">Logit of the observed word, then its gradient.</param>
    /// <returns>Loss, nats.</returns>
    public abstract double Run(float* scores, float* shifts, int count, ref float observed);

    /// <summary>Scores of a set's predictions to gradients. Element (i, m) stands at [(i / 4 * outputs + m) * 4 + i % 4].</summary>
    /// <param name="scores">
    /// Dot products, then gradients, 0 where no prediction or no noise word stands: <c>[quads * outputs * 4]</c>; after them
    /// the logits of observed words, then their gradients: <c>[quads * 4]</c>, with room for the next multiple of 16.
    /// </param>
    /// <param name="shifts">b + constant - log Z in the same places, 0 for observed words.</param>
    /// <param name="predictions">Predictions, the set's first ones.</param>
    /// <param name="outputs">Noise words: the draws, made even.</param>
    /// <returns>Loss, nats.</returns>
    public virtual double RunSet(float* scores, float* shifts, int predictions, int outputs)
    {
        AlignedMatrix row = _row ??= new AlignedMatrix(2, Room);
        int quads = (predictions + 3) / 4;
        float* observed = scores + (4 * quads * outputs);
        double loss = 0;
        for (int i = 0; i < 4 * quads; i++)
        {
            float* score = scores + (i / 4 * 4 * outputs) + (i % 4), shift = shifts + (score - scores), own = row.RowPointer(0), ownShifts = row.RowPointer(1);
            for (int m = 0; m < spec.Draws; m++)
                (own[m], ownShifts[m]) = (score[4 * m], shift[4 * m]);
            if (i < predictions)
                loss += Run(own, ownShifts, spec.Draws, ref observed[i]);
            for (int m = 0; m < outputs; m++)
                score[4 * m] = i < predictions && m < spec.Draws ? own[m] : 0;
        }

        return loss;
    }

    public virtual void Dispose() => _row?.Dispose();

    /// <summary>Elements to make room for in a set: those of <see cref="RunSet"/>.</summary>
    public static int SetRoom(LanguageModelSpec spec) => AlignedMatrix.PadColumns(4 * ((spec.Sharing + 3) / 4) * (((spec.Draws + 1) & ~1) + 1));

    public static NoiseTerms Create(LanguageModelSpec spec, HostKernels kernels) => spec.Objective switch
    {
        LanguageObjective.Nce => new BinaryTerms(spec, kernels, Pinned(spec.Noise.LogKTimesProbability(spec.K))),
        LanguageObjective.Neg => new BinaryTerms(spec, kernels, Pinned(new float[spec.Shape.Words])),
        LanguageObjective.ImportanceSampling => new ImportanceTerms(spec, kernels, Pinned(spec.Noise.LogKTimesProbability(spec.Draws))),
        _ => throw new ArgumentOutOfRangeException(nameof(spec), $"{spec.Objective} draws no noise."),
    };

    private static float[] Pinned(float[] logs)
    {
        float[] constants = GC.AllocateArray<float>(logs.Length, pinned: true);
        for (int w = 0; w < logs.Length; w++)
            constants[w] = -logs[w];
        return constants;
    }

    private static float* Pin(float[] array) => (float*)Marshal.UnsafeAddrOfPinnedArrayElement(array, 0);

    /// <summary>Logistic losses: of each noise word with weight k / draws, of the observed word with weight 1.</summary>
    private sealed class BinaryTerms : NoiseTerms
    {
        private readonly AlignedMatrix _weights, _setWeights;
        private readonly int _draws;
        private readonly float _weight;
        private int _weighed = -1;

        public BinaryTerms(LanguageModelSpec spec, HostKernels kernels, float[] constants)
            : base(spec, kernels, constants)
        {
            (_draws, _weight) = (spec.Draws, (float)spec.K / spec.Draws);
            (_weights, _setWeights) = (new AlignedMatrix(1, Room), new AlignedMatrix(1, SetRoom(spec)));
            _weights.Row(0)[.._draws].Fill(_weight);
            _weights.Row(0)[spec.Draws] = 1;
        }

        public override float* ObservedConstants => Constants;

        // An observed word of logit D is a noise word of logit -D: one vector serves all terms.
        public override double Run(float* scores, float* shifts, int count, ref float observed)
        {
            scores[count] = -observed;
            shifts[count] = 0;
            double loss = Kernels.Gradient(scores, shifts, _weights.Pointer, 0, count + 1, 1);
            observed = -scores[count];
            return loss;
        }

        // No term needs another: one pass over the tile as it stands.
        public override double RunSet(float* scores, float* shifts, int predictions, int outputs)
        {
            int quads = (predictions + 3) / 4, noise = 4 * quads * outputs;
            if (predictions != _weighed)
                Weigh(predictions, outputs);
            float* observed = scores + noise;
            for (int i = 0; i < 4 * quads; i++)
                observed[i] = -observed[i];
            double loss = Kernels.Gradient(scores, shifts, _setWeights.Pointer, 0, noise + (4 * quads), 1);
            for (int i = 0; i < 4 * quads; i++)
                observed[i] = -observed[i];
            return loss;
        }

        public override void Dispose()
        {
            _weights.Dispose();
            _setWeights.Dispose();
            base.Dispose();
        }

        private void Weigh(int predictions, int outputs)
        {
            _setWeights.Row(0).Clear();
            float* weights = _setWeights.Pointer;
            for (int i = 0; i < predictions; i++)
            {
                for (int m = 0; m < _draws; m++)
                    weights[(((i / 4 * outputs) + m) * 4) + (i % 4)] = _weight;
                weights[((predictions + 3) / 4 * 4 * outputs) + i] = 1;
            }

            _weighed = predictions;
        }
    }

    /// <summary>
    /// Maximum likelihood with Z estimated by importance sampling (Bengio and Senecal 2003): Z = exp(s_o) + (1 / draws)
    /// SUM exp(s_w) / p_n(w) over the noise words other than the observed one. Its own term is exact, so the estimate stays
    /// unbiased and the loss log Z - s_o is never negative; estimated from noise words alone it has no lower bound, and on
    /// real text it ran away. The gradient weighs each term by its part of the sum (self-normalised weights, their equation
    /// for the biased estimator), with the penalty alpha (log Z)^2 if wanted.
    /// </summary>
    private sealed class ImportanceTerms(LanguageModelSpec spec, HostKernels kernels, float[] constants) : NoiseTerms(spec, kernels, constants)
    {
        private readonly float[] _zeros = GC.AllocateArray<float>(spec.Shape.Words, pinned: true);
        private readonly float _penalty = 2 * spec.SelfNormalization;

        public override float* ObservedConstants => Pin(_zeros);

        public override double Run(float* scores, float* shifts, int count, ref float observed)
        {
            (scores[count], shifts[count]) = (observed, 0);
            for (int i = count + 1; i < Room; i++)
                (scores[i], shifts[i]) = (-1e30f, 0);
            float max = Kernels.AddAndMax(scores, shifts, Room);
            double sum = Kernels.ExpSum(scores, Room, max, 1), logZ = max + Math.Log(sum);
            double pull = 1 + (_penalty * logZ);
            var scale = (float)(-pull / sum);
            for (int i = 0; i <= count; i++)
                scores[i] *= scale;
            double loss = logZ - observed + (_penalty / 2 * logZ * logZ);
            observed = 1 + scores[count];
            return loss;
        }
    }
}
