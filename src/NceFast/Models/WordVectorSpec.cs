using NceFast.Numerics;
using NceFast.Objectives;
using NceFast.Sampling;

namespace NceFast.Models;

/// <summary>What is predicted from what.</summary>
public enum ModelKind
{
    /// <summary>Each word of a window from the word in its middle (Mikolov et al. 2013; ivLBL in Mnih and Kavukcuoglu 2013).</summary>
    SkipGram,

    /// <summary>The word in the middle from the mean of its window (vLBL in Mnih and Kavukcuoglu 2013).</summary>
    Cbow,
}

/// <summary>How log Z(c) is treated by NCE.</summary>
public enum NormalizerKind
{
    /// <summary>A constant.</summary>
    Fixed,

    /// <summary>One learned number for all contexts.</summary>
    Learned,

    /// <summary>One learned number a context: by input word for skip-gram, by hashed bag of words for CBOW.</summary>
    PerContext,
}

/// <summary>
/// Everything a backend must know to train word vectors on token blocks, fixed for a run: sizes, objective, tables.
/// Backends read it only.
/// </summary>
public sealed class WordVectorSpec
{
    /// <summary>Rows of the hashed table that CBOW's per-context normaliser uses.</summary>
    public const int ContextBuckets = 1 << 20;

    /// <summary>What is predicted from what.</summary>
    public required ModelKind Model { get; init; }

    /// <summary>The objective.</summary>
    public required ObjectiveKind Objective { get; init; }

    /// <summary>Treatment of log Z(c); used by NCE only.</summary>
    public required NormalizerKind Normalizer { get; init; }

    /// <summary>log Z at the start, nats; for ever when the normaliser is fixed.</summary>
    public required float LogZ { get; init; }

    /// <summary>Vocabulary size.</summary>
    public required int Words { get; init; }

    /// <summary>Floats a vector.</summary>
    public required int Dim { get; init; }

    /// <summary>Largest reach of the window to each side; the reach of each position is drawn uniformly from 1 to it.</summary>
    public required int Window { get; init; }

    /// <summary>Noise words a data word: the k of the objective.</summary>
    public required int K { get; init; }

    /// <summary>Consecutive kept positions that share one set of noise words; 1 draws k own noise words for every prediction.</summary>
    public required int Sharing { get; init; }

    /// <summary>Whether a noise word equal to the word to be told from noise is left out, as word2vec does; never for NCE.</summary>
    public required bool DropTargetNoise { get; init; }

    /// <summary>Largest 32-bit draw that keeps each word: <c>[Words]</c>.</summary>
    public required uint[] KeepLimits { get; init; }

    /// <summary>The noise distribution.</summary>
    public required NoiseDistribution Noise { get; init; }

    /// <summary>log(k p_n(w)): <c>[Words]</c>, nats.</summary>
    public required float[] LogKNoise { get; init; }

    /// <summary>Seed of every draw.</summary>
    public required ulong Seed { get; init; }

    /// <summary>Noise words drawn for a shared set, rounded up to a multiple of 4; 0 for the default.</summary>
    public int NoiseDraws { get; init; }

    /// <summary>
    /// Noise words in one shared set. The weight of each is (predictions x k) / set size, so that the expected gradient is
    /// that of k own noise words. The default is the smallest set whose vectors were measured level with word2vec's
    /// (Backends/Host/DESIGN.md): negative sampling needs more, having no bias to take up a word's frequency.
    /// </summary>
    public int NoiseSetSize => (Sharing, Model) switch
    {
        (1, ModelKind.SkipGram) => 2 * Window * K, // k for each pair of the widest window
        (1, _) => (K + 3) & ~3, // k, rounded up to what a tile holds
        _ => SetSize(Objective, K, NoiseDraws, Sharing),
    };

    /// <summary>Learning rate at the start, held to what is stable.</summary>
    public float StartRate { get; init; }

    /// <summary>Rows of the normaliser's table.</summary>
    public int NormalizerRows => (Normalizer, Model) switch
    {
        _ when !Objective.Traits().LearnsNormalizer => 0,
        (NormalizerKind.PerContext, ModelKind.SkipGram) => Words,
        (NormalizerKind.PerContext, ModelKind.Cbow) => ContextBuckets,
        _ => 1,
    };

    /// <summary>Noise words in a set that several positions share, see <see cref="NoiseSetSize"/>.</summary>
    internal static int SetSize(ObjectiveKind objective, int k, int draws, int sharing) => draws > 0
        ? (draws + 3) & ~3
        : objective.Traits().NoiseSet * ((k + 4) / 5) * Math.Max(1, sharing / 16);

    /// <summary>Bytes the parameters of a model take: two matrices, biases, normaliser.</summary>
    public static long ParameterBytes(long words, int dim) => words * ((2L * AlignedMatrix.PadColumns(dim)) + 2) * sizeof(float);
}
