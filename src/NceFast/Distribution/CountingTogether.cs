using NceFast.Corpus;
using NceFast.Vocab;

namespace NceFast.Distribution;

/// <summary>Makes one vocabulary of what all ranks counted: rank 0 adds the tables up, chooses, and tells the others.</summary>
internal sealed class CountingTogether(ICommunicator ranks) : ICountingRanks
{
    public void Together(Action count) => ranks.Together(count);

    public (Vocabulary Vocabulary, CorpusStatistics Statistics) Agree(Utf8Table table, VocabularyOptions options, Vocabulary? old, CorpusStatistics seen)
    {
        for (int root = 1; root < ranks.Size; root++)
        {
            foreach (WordCountPage page in WordCountPage.Send(ranks, root, () => WordCountPage.Of(table)))
                page.AddTo(ranks.Rank == 0 ? table : null);
        }

        seen = Sum(ranks, seen);
        if (ranks.Rank == 0)
        {
            (Vocabulary vocabulary, CorpusStatistics statistics) = new CountingAlone().Agree(table, options, old, seen);
            Share(vocabulary, statistics);
            return (vocabulary, statistics);
        }

        return Share(null, seen);
    }

    /// <summary>What was found by all ranks.</summary>
    public static CorpusStatistics Sum(ICommunicator ranks, CorpusStatistics s)
    {
        long[] sums = [s.Bytes, s.Words, s.Sentences, s.SplitSentences, s.NulBytes, s.OverlongWords, s.PrunedWords];
        ranks.AllSum(sums);
        return s with
        {
            Bytes = sums[0],
            Words = sums[1],
            Sentences = sums[2],
            SplitSentences = sums[3],
            NulBytes = sums[4],
            OverlongWords = sums[5],
            PrunedWords = sums[6],
            FirstOverlongWord = ranks.Gather(s.FirstOverlongWord ?? "").FirstOrDefault(w => w.Length > 0),
        };
    }

    private (Vocabulary Vocabulary, CorpusStatistics Statistics) Share(Vocabulary? vocabulary, CorpusStatistics statistics)
    {
        statistics = ranks.ShareValue(statistics);
        var words = new WordList.Builder();
        var counts = new List<long>();
        foreach (WordCountPage page in WordCountPage.Send(ranks, 0, () => WordCountPage.Of(vocabulary!)))
            page.AddTo(words, counts);
        return (new Vocabulary(words.Build(), counts.ToArray(), statistics.Words), statistics);
    }
}
