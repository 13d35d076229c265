using NceFast.NGrams;
using NceFast.Numerics;
using NceFast.Store;

namespace NceFast.Evaluation.Internals;

/// <summary>
/// The words of a language model in an n-gram model. Words that the n-gram model lacks share the probability of its &lt;unk&gt; in equal parts,
/// so that the probabilities sum to 1 over the vocabulary of the language model.
/// </summary>
internal sealed class NgramWords
{
    private readonly int[] _ids;
    private readonly double _logShare;
    private readonly int _unknown;

    private NgramWords(int[] ids, int unknown, int sharing)
    {
        (_ids, _unknown) = (ids, unknown);
        _logShare = -Math.Log(Math.Max(1, sharing));
    }

    /// <summary>Matches the vocabularies.</summary>
    /// <exception cref="NceFastException">They do not match (<see cref="ErrorKind.Input"/>).</exception>
    public static NgramWords Match(LanguageModel model, NgramModel ngrams)
    {
        ArgumentNullException.ThrowIfNull(model);
        const string Advice = "count the n-grams with the vocabulary of the language model.";
        if (ngrams.End < 0)
            Throw.Input($"The n-gram model has no word </s>, which the language model predicts at the end of a sentence; {Advice}");
        var ids = new int[model.Shape.Words];
        int sharing = 0, lacking = -1, missing = 0;
        for (int id = 0; id < ids.Length; id++)
        {
            ids[id] = id == model.Shape.Unknown ? ngrams.Unknown : ngrams.Vocabulary.Find(model.Vocabulary.Words[id]);
            if (ids[id] < 0)
            {
                (lacking, missing) = (lacking < 0 ? id : lacking, missing + 1);
                ids[id] = ngrams.Unknown;
            }

            sharing += ids[id] == ngrams.Unknown ? 1 : 0;
        }

        if (missing > 0 && ngrams.Unknown < 0)
            Throw.Input($"The n-gram model lacks {missing:N0} of {ids.Length:N0} words of the language model, '{model.Vocabulary.Words.GetString(lacking)}' first, and has no word <unk> that could stand for them; {Advice}");
        if (ngrams.Unknown >= 0 && sharing == 0)
            Throw.Input($"The n-gram model predicts <unk>, which the language model with its open vocabulary does not; {Advice}");
        EnsureKnown(model, ngrams, Advice);
        return new NgramWords(ids, ngrams.Unknown, sharing);
    }

    /// <summary>Computes log p(w | h), nats, and appends the word.</summary>
    /// <param name="ngrams">The n-gram model.</param>
    /// <param name="state">Its state.</param>
    /// <param name="word">The id in the language model.</param>
    public double Next(NgramModel ngrams, Span<int> state, int word)
    {
        int id = _ids[word];
        double log = ngrams.Next(state, id);
        return id == _unknown ? log + _logShare : log;
    }

    // A word that only the n-gram model predicts would take probability from the words of the language model.
    private static void EnsureKnown(LanguageModel model, NgramModel ngrams, string advice)
    {
        int other = -1, others = 0;
        for (int id = 0; id < ngrams.Words.Count; id++)
        {
            if (id != ngrams.Start && id != ngrams.Unknown && model.Vocabulary.Find(ngrams.Words[id]) < 0)
                (other, others) = (other < 0 ? id : other, others + 1);
        }

        if (others > 0)
            Throw.Input($"The n-gram model has {others:N0} words that the language model lacks, '{ngrams.Words.GetString(other)}' first; {advice}");
    }
}
