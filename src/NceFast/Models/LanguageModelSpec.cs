using NceFast.Objectives;
using NceFast.Sampling;

namespace NceFast.Models;

/// <summary>How the vector of a context word depends on its place.</summary>
public enum PositionKind
{
    /// <summary>A matrix <c>[dim, dim]</c> a place (Mnih and Hinton 2007).</summary>
    Full,

    /// <summary>A vector <c>[dim]</c> a place, multiplied element by element (Mnih and Teh 2012, section 3).</summary>
    Diagonal,

    /// <summary>Not at all: the context is a bag of words (vLBL in Mnih and Kavukcuoglu 2013), summed, not averaged.</summary>
    None,
}

/// <summary>
/// What a log-bilinear model looks like: h = SUM_j C_j r(w_j) over <see cref="Before"/> words before and
/// <see cref="After"/> words after, and s(w, c) = h q_w + b_w. Sentences stand alone: places before the first word read
/// the row of &lt;s&gt; (the last context row, never predicted), places after the last one that of &lt;/s&gt;. A model without words
/// after predicts &lt;/s&gt; too; one with words after does not, for they would give it away.
/// </summary>
/// <param name="Words">Vocabulary size, &lt;/s&gt; and, if there is one, &lt;unk&gt; included.</param>
/// <param name="Dim">Floats a vector.</param>
/// <param name="Before">Context words before the predicted one.</param>
/// <param name="After">Context words after it.</param>
/// <param name="Position">How vectors depend on their place.</param>
/// <param name="SharedRows">Whether r and q are the same rows.</param>
/// <param name="EndOfSentence">Id of &lt;/s&gt;.</param>
/// <param name="Unknown">Id of &lt;unk&gt;; -1 in an open vocabulary, which leaves unknown words out.</param>
public sealed record LanguageModelShape(int Words, int Dim, int Before, int After, PositionKind Position, bool SharedRows, int EndOfSentence, int Unknown)
{
    /// <summary>Context words of a prediction.</summary>
    public int Places => Before + After;

    /// <summary>Row of &lt;s&gt; among the context rows.</summary>
    public int StartOfSentence => Words;

    /// <summary>Whether &lt;/s&gt; is predicted.</summary>
    public bool PredictsEnd => After == 0;

    /// <summary>Rows of the table of position matrices: <c>places * dim</c>, <c>places</c>, or 0.</summary>
    public int PositionRows => Position switch { PositionKind.Full => Places * Dim, PositionKind.Diagonal => Places, _ => 0 };

    /// <summary>Distance of place j from the predicted word: -Before to -1, then 1 to After.</summary>
    public int Offset(int place) => place < Before ? place - Before : place - Before + 1;
}

/// <summary>Everything a backend must know to train a log-bilinear model, fixed for a run. Backends read it only.</summary>
public sealed class LanguageModelSpec
{
    /// <summary>Rows of the hashed table of the per-context normaliser.</summary>
    public const int ContextBuckets = 1 << 20;

    /// <summary>The model.</summary>
    public required LanguageModelShape Shape { get; init; }

    /// <summary>The objective.</summary>
    public required ObjectiveKind Objective { get; init; }

    /// <summary>Treatment of log Z(c); used by NCE only.</summary>
    public NormalizerKind Normalizer { get; init; }

    /// <summary>k: noise words a predicted word.</summary>
    public required int K { get; init; }

    /// <summary>Noise words drawn for a prediction or, when shared, for a set; each weighs k / draws.</summary>
    public required int Draws { get; init; }

    /// <summary>Predictions that share a set of noise words; 1 draws own ones for each.</summary>
    public required int Sharing { get; init; }

    /// <summary>The noise distribution.</summary>
    public required NoiseDistribution Noise { get; init; }

    /// <summary>Predictions whose context vectors are computed together, before any of their updates.</summary>
    public required int Batch { get; init; }

    /// <summary>Learning rate of rows and biases at the start, held to what is stable.</summary>
    public float StartRate { get; init; }

    /// <summary>Learning rate of position matrices as a factor of that of rows.</summary>
    public required float PositionRate { get; init; }

    /// <summary>
    /// Weight decay: each prediction's loss has decay / 2 times the squares of its target row, its context rows and the
    /// position matrices. Rows without part in a prediction are not touched.
    /// </summary>
    public float WeightDecay { get; init; }

    /// <summary>Penalty alpha (log Z)^2 for objectives that know Z or its estimate (Devlin et al. 2014).</summary>
    public float SelfNormalization { get; init; }

    /// <summary>Whether steps are divided by the root of the sum of mean squared gradients of their row (Duchi et al. 2011, an accumulator a row).</summary>
    public bool AdaGrad { get; init; }

    /// <summary>Seed of every draw.</summary>
    public required ulong Seed { get; init; }

    /// <summary>Whether log Z is a parameter that training changes.</summary>
    public bool LearnsLogZ => Objective.Traits().LearnsNormalizer && Normalizer != NormalizerKind.Fixed;

    /// <summary>Rows of the normaliser's table.</summary>
    public int NormalizerRows => LearnsLogZ && Normalizer == NormalizerKind.PerContext ? ContextBuckets : 1;

    /// <summary>Computes log(n p_n(w)), what objectives subtract from logits of noise words: <c>[words]</c>, nats. n is k or the size of the noise set.</summary>
    internal float[] LogNoise() => Noise.LogKTimesProbability(Objective.Traits().CountsDraws ? Draws : K);

    /// <summary>The bucket of a context in the normaliser's table: FNV-1a over its words.</summary>
    /// <param name="context">Context rows in order of place.</param>
    /// <param name="rows">Rows of the table, a power of two.</param>
    public static int Bucket(ReadOnlySpan<int> context, int rows)
    {
        ulong hash = 14695981039346656037;
        foreach (int row in context)
            hash = (hash ^ (uint)row) * 1099511628211;
        return (int)((hash ^ (hash >> 32)) & (uint)(rows - 1));
    }
}
