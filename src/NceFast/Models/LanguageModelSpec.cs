using NceFast.Objectives;
using NceFast.Sampling;

namespace NceFast.Models;

/// <summary>Specifies how the vector of a context word depends on its place in the context.</summary>
public enum PlaceWeightKind
{
    /// <summary>By a matrix <c>[dim, dim]</c> per place (Mnih and Hinton 2007).</summary>
    Full,

    /// <summary>By a vector <c>[dim]</c> per place, multiplied element by element (Mnih and Teh 2012, section 3).</summary>
    Diagonal,

    /// <summary>Not at all: the context is a bag of words (vLBL in Mnih and Kavukcuoglu 2013), summed, not averaged.</summary>
    None,
}

/// <summary>
/// Represents the shape of a log-bilinear model: h = SUM_j C_j r(w_j) over <see cref="Before"/> words before and
/// <see cref="After"/> words after, and s(w, c) = h q_w + b_w. Sentences are independent: places before the first word read
/// the row of &lt;s&gt; (the last context row, never predicted), places after the last one that of &lt;/s&gt;. A model without words
/// after predicts &lt;/s&gt; too; one with words after does not, because they would reveal it.
/// </summary>
/// <param name="Words">Vocabulary size, &lt;/s&gt; and, if there is one, &lt;unk&gt; included.</param>
/// <param name="Dim">Floats per vector.</param>
/// <param name="Before">Context words before the predicted one.</param>
/// <param name="After">Context words after it.</param>
/// <param name="PlaceWeights">How vectors depend on their place.</param>
/// <param name="SharedRows">Whether r and q are the same rows.</param>
/// <param name="EndOfSentence">Id of &lt;/s&gt;.</param>
/// <param name="Unknown">Id of &lt;unk&gt;; -1 in an open vocabulary, which omits unknown words.</param>
public sealed record LanguageModelShape(int Words, int Dim, int Before, int After, PlaceWeightKind PlaceWeights, bool SharedRows, int EndOfSentence, int Unknown)
{
    /// <summary>Gets the number of context words of a prediction.</summary>
    public int Places => Before + After;

    /// <summary>Gets the row of &lt;s&gt; among the context rows.</summary>
    public int StartOfSentence => Words;

    /// <summary>Gets whether &lt;/s&gt; is predicted.</summary>
    public bool PredictsEnd => After == 0;

    /// <summary>Gets the rows of the table of place weights: <c>places * dim</c>, <c>places</c>, or 0.</summary>
    public int PlaceRows => PlaceWeights switch { PlaceWeightKind.Full => Places * Dim, PlaceWeightKind.Diagonal => Places, _ => 0 };

    /// <summary>Computes the displacement of a place from the predicted word: -Before to -1, then 1 to After.</summary>
    public int Offset(int place) => place < Before ? place - Before : place - Before + 1;
}

/// <summary>Represents everything that a backend must know to train a log-bilinear model.</summary>
/// <remarks>Several threads can use an instance at the same time.</remarks>
public sealed class LanguageModelSpec : ModelSpec
{
    /// <summary>The number of rows of the hashed table of the per-context normaliser.</summary>
    public const int ContextBuckets = 1 << 20;

    /// <summary>Gets the shape of the model.</summary>
    public required LanguageModelShape Shape { get; init; }

    /// <summary>Gets the number of noise words drawn for a prediction or a shared set; the weight of each is k divided by this number.</summary>
    public required int NoiseSetSize { get; init; }

    /// <summary>Gets the number of predictions whose context vectors are computed together, before any of their updates.</summary>
    public required int Batch { get; init; }

    /// <summary>Gets the learning rate of place weights as a factor of that of rows.</summary>
    public required float PlaceRate { get; init; }

    /// <summary>
    /// Gets the weight decay. The loss of each prediction has decay / 2 times the squares of its target row, its context rows and the
    /// place weights. Other rows are not changed.
    /// </summary>
    public float WeightDecay { get; init; }

    /// <summary>Gets alpha of the penalty alpha (log Z)^2, for objectives that compute Z or its estimate (Devlin et al. 2014).</summary>
    public float SelfNormalization { get; init; }

    /// <summary>Gets whether steps are divided by the root of the sum of mean squared gradients of their row (Duchi et al. 2011, with one accumulator per row).</summary>
    public bool AdaGrad { get; init; }

    /// <summary>Gets whether log Z is a parameter that training changes.</summary>
    public bool LearnsLogZ => Objective.Traits().LearnsNormalizer && Normalizer != NormalizerKind.Fixed;

    /// <inheritdoc/>
    public override int NormalizerRows => LearnsLogZ && Normalizer == NormalizerKind.PerContext ? ContextBuckets : 1;

    /// <inheritdoc/>
    public override long ParameterBytes => LanguageModelParameters.Bytes(Shape);

    /// <inheritdoc/>
    public override LanguageModelParameters CreateParameters() => new(Shape, NormalizerRows, AdaGrad);

    /// <summary>
    /// Gets the noise that depends on the previous word; null for <see cref="ModelSpec.Noise"/> alone. What depends on how often a word is noise uses
    /// <see cref="ModelSpec.Noise"/> in any case, because the noise words of all contexts together have about this distribution.
    /// </summary>
    internal BigramNoise? Bigrams { get; init; }

    /// <summary>Gets the bytes that the tables of <see cref="Bigrams"/> take, or will take at most.</summary>
    internal long BigramBytes { get; init; }

    /// <summary>Gets n in log(n p_n(w)): k, or the size of the noise set.</summary>
    internal int NoiseFactor => Objective.Traits().CountsDraws ? NoiseSetSize : K;

    /// <summary>Gets the maximum number of noise sets of a batch.</summary>
    internal int MostSets => Bigrams is null ? (Batch + Sharing - 1) / Sharing : Batch;

    /// <summary>Computes log(n p_n(w)), which objectives subtract from logits of noise words: <c>[words]</c>, nats. n is k or the size of the noise set.</summary>
    internal float[] LogNoise() => Noise.LogKTimesProbability(NoiseFactor);

    /// <summary>Gets the part of each word in the words of the text: <c>[words]</c>; null where the noise distribution stands for it.</summary>
    internal double[]? Frequencies { get; init; }

    /// <summary>Computes the expected number of terms of each word per prediction, as the observed word and as noise: <c>[words]</c>.</summary>
    internal float[] TermsPerPrediction()
    {
        ReadOnlySpan<double> noise = Noise.Probabilities, observed = Frequencies ?? noise;
        var terms = new float[noise.Length];
        for (int w = 0; w < terms.Length; w++)
            terms[w] = (float)(observed[w] + (K * noise[w]));
        return terms;
    }

    /// <summary>Computes the bucket of a context in the normaliser's table: FNV-1a of its words.</summary>
    /// <param name="context">Context rows in the order of places.</param>
    /// <param name="rows">Rows of the table, a power of two.</param>
    public static int Bucket(ReadOnlySpan<int> context, int rows)
    {
        ulong hash = 14695981039346656037;
        foreach (int row in context)
            hash = (hash ^ (uint)row) * 1099511628211;
        return (int)((hash ^ (hash >> 32)) & (uint)(rows - 1));
    }
}
