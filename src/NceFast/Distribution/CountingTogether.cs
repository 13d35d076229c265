using NceFast.Corpus;
using NceFast.Vocab;

namespace NceFast.Distribution;

/// <summary>Makes one vocabulary from the counts of all ranks: rank 0 adds up the tables, chooses the words, and sends them to the others.</summary>
/// <param name="ranks">The processes.</param>
/// <param name="onThisMachine">How many of them run on this machine.</param>
internal sealed class CountingTogether(ICommunicator ranks, int onThisMachine) : ICountingRanks
{
    public bool Adds => true;

    public int OnThisMachine => onThisMachine;

    public void Together(Action count) => ranks.TogetherUnlessStopped(count);

    public (Vocabulary Vocabulary, CorpusStatistics Statistics) Agree(CountedWords counted, VocabularyOptions options, Vocabulary? old, CorpusStatistics seen)
    {
        CorpusStatistics[] dropped = Dropped(counted.Describe(seen));
        for (int root = 1; root < ranks.Size; root++)
        {
            foreach (WordCountPage page in WordCountPage.Send(ranks, root, () => WordCountPage.Of(counted.Tables)))
                page.AddTo(ranks.Rank == 0 ? counted.Shared : null);
        }

        seen = Sum(ranks, seen);
        if (ranks.Rank != 0)
        {
            if (!counted.Shared.GivesIds)
                counted.Shared.Dispose(); // rank 0 has the counts; without ids nothing needs these tables again
            return Share(null, seen);
        }

        (Vocabulary vocabulary, CorpusStatistics statistics) = new CountingAlone().Agree(counted, options, old, seen);
        statistics = Add(statistics, dropped[1..]);
        Share(vocabulary, statistics);
        return (vocabulary, statistics);
    }

    // What each rank dropped. The figures of rank 0 are not final, because it continues to add words.
    private CorpusStatistics[] Dropped(CorpusStatistics own)
    {
        long[] figures = new long[5 * ranks.Size];
        new[] { own.PrunedWords, own.PrunedDistinctWords, own.PruneThreshold, own.MaxUndercount, own.CountingPeakBytes }.CopyTo(figures, 5 * ranks.Rank);
        ranks.AllSum(figures);
        return [.. figures.Chunk(5).Select(f => new CorpusStatistics { PrunedWords = f[0], PrunedDistinctWords = f[1], PruneThreshold = f[2], MaxUndercount = f[3], CountingPeakBytes = f[4] })];
    }

    // Each rank may have dropped a word, and rank 0 may drop it again.
    private static CorpusStatistics Add(CorpusStatistics all, CorpusStatistics[] others) => all with
    {
        PrunedWords = all.PrunedWords + others.Sum(s => s.PrunedWords),
        PrunedDistinctWords = Math.Max(all.PrunedDistinctWords, others.Max(s => s.PrunedDistinctWords)),
        PruneThreshold = Math.Max(all.PruneThreshold, others.Max(s => s.PruneThreshold)),
        MaxUndercount = all.MaxUndercount + others.Sum(s => s.MaxUndercount),
        CountingPeakBytes = Math.Max(all.CountingPeakBytes, others.Max(s => s.CountingPeakBytes)),
    };

    /// <summary>Sums the statistics of all ranks.</summary>
    public static CorpusStatistics Sum(ICommunicator ranks, CorpusStatistics s)
    {
        long[] sums = [s.Bytes, s.Words, s.Sentences, s.SplitSentences, s.NulBytes, s.OverlongWords, Math.Max(0, s.KnownWords), s.KnownWords < 0 ? 1 : 0, s.BadRecords];
        ranks.AllSum(sums);
        return s with
        {
            Bytes = sums[0],
            Words = sums[1],
            Sentences = sums[2],
            SplitSentences = sums[3],
            NulBytes = sums[4],
            OverlongWords = sums[5],
            KnownWords = sums[7] > 0 ? -1 : sums[6],
            BadRecords = sums[8],
            FirstBadRecord = ranks.Gather(s.FirstBadRecord ?? "").FirstOrDefault(w => w.Length > 0),
            FirstOverlongWord = ranks.Gather(s.FirstOverlongWord ?? "").FirstOrDefault(w => w.Length > 0),
        };
    }

    private (Vocabulary Vocabulary, CorpusStatistics Statistics) Share(Vocabulary? vocabulary, CorpusStatistics statistics)
    {
        statistics = ranks.ShareValue(statistics);
        long count = ranks.Gather(vocabulary?.Count ?? 0)[0];
        IEnumerable<WordCountPage> pages = WordCountPage.Send(ranks, 0, () => WordCountPage.Of(vocabulary!));
        if (vocabulary is not null)
        {
            foreach (WordCountPage _ in pages)
            {
                // Rank 0 sends each page and has the words already.
            }

            return (vocabulary, statistics);
        }

        var words = new WordList.Builder();
        var counts = new long[count];
        int read = 0;
        foreach (WordCountPage page in pages)
            read = page.AddTo(words, counts, read);
        return (new Vocabulary(words.Build(), counts, statistics.Words), statistics);
    }
}
