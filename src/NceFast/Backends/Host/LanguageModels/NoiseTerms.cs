using System.Runtime.InteropServices;
using NceFast.Models;
using NceFast.Numerics;
using NceFast.Objectives;

namespace NceFast.Backends.Host.LanguageModels;

/// <summary>
/// Turns scores into gradients in place: minus the derivative of the loss by each score. Arrays have room for
/// <see cref="Room"/> terms of a prediction, the noise words first; padding gets gradient 0.
/// </summary>
internal abstract unsafe class NoiseTerms : IDisposable
{
    private readonly LanguageModelSpec _spec;
    private readonly float[] _logNoise; // pinned
    private AlignedMatrix? _row;

    protected NoiseTerms(LanguageModelSpec spec, HostKernels kernels)
    {
        (_spec, Kernels, Room) = (spec, kernels, AlignedMatrix.PadColumns(spec.NoiseSetSize + 1));
        _logNoise = GC.AllocateUninitializedArray<float>(spec.Shape.Words, pinned: true);
        spec.LogNoise().CopyTo(_logNoise, 0);
        LogNoise = (float*)Marshal.UnsafeAddrOfPinnedArrayElement(_logNoise, 0);
    }

    /// <summary>Gets the number of terms to make room for.</summary>
    public int Room { get; }

    /// <summary>Gets log(n p_n(w)) of each word: <c>[words]</c>, nats. See <see cref="IObjective.Offset"/>.</summary>
    public float* LogNoise { get; }

    protected HostKernels Kernels { get; }

    /// <summary>Turns the scores of one prediction into gradients.</summary>
    /// <param name="scores">Dot products h q, then gradients: <c>[count]</c>, with <see cref="Room"/>.</param>
    /// <param name="shifts">offset(w) - log Z(c): <c>[count]</c>, with room.</param>
    /// <param name="count">Noise words: the spec's draws.</param>
    /// <param name="observed">Logit of the observed word, then its gradient.</param>
    /// <returns>Loss, nats.</returns>
    public abstract double Run(float* scores, float* shifts, int count, ref float observed);

    /// <summary>Turns the scores of a set's predictions into gradients. Element (i, m) is at [(i / 4 * outputs + m) * 4 + i % 4].</summary>
    /// <param name="scores">
    /// Dot products, then gradients, 0 where there is no prediction or no noise word: <c>[quads * outputs * 4]</c>; after them
    /// the logits of observed words, then their gradients: <c>[quads * 4]</c>, with room for the next multiple of 16.
    /// </param>
    /// <param name="shifts">offset(w) - log Z(c) in the same places, 0 for observed words.</param>
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
            for (int m = 0; m < _spec.NoiseSetSize; m++)
                (own[m], ownShifts[m]) = (score[4 * m], shift[4 * m]);
            if (i < predictions)
                loss += Run(own, ownShifts, _spec.NoiseSetSize, ref observed[i]);
            for (int m = 0; m < outputs; m++)
                score[4 * m] = i < predictions && m < _spec.NoiseSetSize ? own[m] : 0;
        }

        return loss;
    }

    public virtual void Dispose() => _row?.Dispose();

    /// <summary>Gets the number of elements that <see cref="RunSet"/> needs.</summary>
    public static int SetRoom(LanguageModelSpec spec) => AlignedMatrix.PadColumns(4 * ((spec.Sharing + 3) / 4) * (((spec.NoiseSetSize + 1) & ~1) + 1));
}
