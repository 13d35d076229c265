using NceFast.Numerics;
using NceFast.Objectives;

namespace NceFast.Models;

/// <summary>Specifies what is predicted from what.</summary>
public enum ModelKind
{
    /// <summary>Each word of a window from the word in its middle (Mikolov et al. 2013; ivLBL in Mnih and Kavukcuoglu 2013).</summary>
    SkipGram,

    /// <summary>The word in the middle from the mean of its window (vLBL in Mnih and Kavukcuoglu 2013).</summary>
    Cbow,
}

/// <summary>Specifies how far the window of a position reaches.</summary>
public enum WindowDrawKind
{
    /// <summary>The reach is drawn uniformly from 1 to the maximum, so that near words count more (word2vec).</summary>
    Uniform,

    /// <summary>The reach is always the maximum, so that all words of the window count the same.</summary>
    Fixed,
}

/// <summary>Specifies how NCE treats log Z(c).</summary>
public enum NormalizerKind
{
    /// <summary>A constant.</summary>
    Fixed,

    /// <summary>One learned number for all contexts.</summary>
    Learned,

    /// <summary>One learned number per context: by input word for skip-gram, by hashed bag of words for CBOW.</summary>
    PerContext,
}

/// <summary>
/// Represents everything that a backend must know to train word vectors.
/// </summary>
/// <remarks>Several threads can use an instance at the same time.</remarks>
public sealed class WordVectorSpec : ModelSpec
{
    /// <summary>The number of rows of the hashed table of CBOW's per-context normaliser.</summary>
    public const int ContextBuckets = 1 << 20;

    /// <summary>Gets what is predicted from what.</summary>
    public required ModelKind Model { get; init; }

    /// <summary>Gets the initial log Z in nats, which is permanent when the normaliser is fixed.</summary>
    public required float LogZ { get; init; }

    /// <summary>Gets the vocabulary size.</summary>
    public required int Words { get; init; }

    /// <summary>Gets the floats per vector.</summary>
    public required int Dim { get; init; }

    /// <summary>Gets the maximum reach of the window to each side.</summary>
    public required int Window { get; init; }

    /// <summary>Gets how far the window of a position reaches.</summary>
    public WindowDrawKind WindowDraw { get; init; }

    /// <summary>Gets whether sentences are baskets, whose words are brought into a random order in each epoch.</summary>
    public bool Baskets { get; init; }

    /// <summary>Gets the smallest reach of a window.</summary>
    internal int LeastReach => WindowDraw == WindowDrawKind.Fixed ? Window : 1;

    /// <summary>Gets the number of reaches that a window may have, from <see cref="LeastReach"/> on.</summary>
    internal int Reaches => Window - LeastReach + 1;

    /// <summary>Gets the words of a window on average, away from the ends of sentences.</summary>
    internal int WindowWords => LeastReach + Window;

    /// <summary>Gets whether a noise word that equals the observed word is omitted, as word2vec does; never for NCE.</summary>
    public required bool DropTargetNoise { get; init; }

    /// <summary>Gets the largest 32-bit draw that keeps each word: <c>[Words]</c>.</summary>
    public required uint[] KeepLimits { get; init; }

    /// <summary>Gets log(k p_n(w)): <c>[Words]</c>, nats.</summary>
    public required float[] LogKNoise { get; init; }

    /// <summary>Gets the requested number of noise words in a shared set, which is rounded up to a multiple of 4; 0 for the default.</summary>
    public int RequestedSetSize { get; init; }

    /// <summary>
    /// Gets the number of noise words in one shared set. The weight of each is (predictions x k) / set size, so that the expected
    /// gradient is that of k separate noise words. The default is the smallest set whose vectors are as good as word2vec's
    /// (Backends/Host/DESIGN.md). Negative sampling needs more, because it has no bias for the frequency of a word. Ranking NCE finds each
    /// observed word among all noise words of the set, which have no weights.
    /// </summary>
    public int NoiseSetSize => SetSize(Model, Objective, Window, K, RequestedSetSize, Sharing);

    /// <summary>Gets whether steps of rows are divided by the root of the sum of mean squared gradients of their row (Duchi et al. 2011, with one accumulator per row).</summary>
    public bool AdaGrad { get; init; }

    /// <summary>Computes the learning rate of frequent rows, by which merges are weighted and sets of noise words are bounded.</summary>
    internal float RateOfFrequentRows(float rate) => AdaGrad ? rate * AdaptedPart : rate;

    /// <summary>
    /// The part of the learning rate that AdaGrad leaves to frequent rows: their sums are soon above 64, from whichever sum they start
    /// (<see cref="ObjectiveTraits.AdaGradStart"/>).
    /// </summary>
    internal const float AdaptedPart = 0.125f;

    /// <summary>Gets the number of noise words among which an objective that sums them finds an observed word.</summary>
    internal int NoisePerPrediction => Sharing == 1 && Model == ModelKind.SkipGram ? K : NoiseSetSize;

    /// <inheritdoc/>
    public override int NormalizerRows => (Normalizer, Model) switch
    {
        _ when !Objective.Traits().LearnsNormalizer => 0,
        (NormalizerKind.PerContext, ModelKind.SkipGram) => Words,
        (NormalizerKind.PerContext, ModelKind.Cbow) => ContextBuckets,
        _ => 1,
    };

    /// <summary>Computes the noise words in a set, see <see cref="NoiseSetSize"/>.</summary>
    internal static int SetSize(ModelKind model, ObjectiveKind objective, int window, int k, int draws, int sharing) => (sharing, model) switch
    {
        (1, ModelKind.SkipGram) => 2 * window * k, // k for each pair of the widest window
        (1, _) => (k + 3) & ~3, // k, rounded up to what a tile holds
        _ => SharedSetSize(objective, k, draws, sharing),
    };

    /// <summary>Computes the noise words in a set that several positions share, see <see cref="NoiseSetSize"/>.</summary>
    internal static int SharedSetSize(ObjectiveKind objective, int k, int draws, int sharing) => draws > 0
        ? (draws + 3) & ~3
        : objective.Traits().NoiseSet * ((k + 4) / 5) * Math.Max(1, sharing / 16);

    /// <inheritdoc/>
    public override long ParameterBytes => Words * ((2L * AlignedMatrix.PadColumns(Dim)) + (AdaGrad ? 4 : 2)) * sizeof(float);

    /// <inheritdoc/>
    public override WordVectorParameters CreateParameters() => new(this);
}
