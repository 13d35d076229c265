using System.Runtime.CompilerServices;
using NceFast.Models;
using NceFast.Objectives;

namespace NceFast.Kernels.WordVectors;

/// <summary>Computes what is added to scores in the logits of word vectors. Tables that an objective lacks are not read.</summary>
internal static class WordLogits
{
    /// <summary>Gets offset(w) - log Z(c); 0 for an objective without biases.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Shift<TObjective>(TrainArguments a, int word, float logZ)
        where TObjective : struct, IObjective => TObjective.HasBiases ? Logit.Shift(a.Model.Offsets[word], logZ) : 0;

    /// <summary>Gets log Z of a context; 0 for an objective without a normalizer.</summary>
    /// <param name="a">Arguments of the kernel.</param>
    /// <param name="row">Row of the context in the table of a per-context normalizer.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float LogZ<TObjective>(TrainArguments a, int row)
        where TObjective : struct, IObjective =>
        TObjective.LearnsNormalizer ? a.Model.LogZ[a.Normalizer == (int)NormalizerKind.PerContext ? row : 0] : 0;
}
