using NceFast.Corpus;

namespace NceFast.Training;

/// <summary>Unites what several processes saved, and divides it among another number of processes. Sums over all processes stay the same.</summary>
internal static class RankUnion
{
    /// <summary>Divides the totals of the current epoch in equal parts, because each process assumes that the others did as much as itself.</summary>
    /// <param name="saved">The states of the earlier processes.</param>
    /// <param name="rank">The number of this process.</param>
    /// <param name="ranks">The number of processes now.</param>
    /// <exception cref="InvalidDataException">The states are not those of one moment.</exception>
    public static LoopState Divide(IReadOnlyList<LoopState> saved, int rank, int ranks)
    {
        LoopState first = saved[0];
        if (saved.Any(state => state.Pass.Epoch != first.Pass.Epoch || state.IsOver != first.IsOver))
            throw new InvalidDataException("the processes are not in the same epoch");
        return first with
        {
            Pass = first.Pass with
            {
                Words = PartOf(saved.Sum(state => state.Pass.Words)),
                Tokens = PartOf(saved.Sum(state => state.Pass.Tokens)),
                Predictions = PartOf(saved.Sum(state => state.Pass.Predictions)),
                Loss = saved.Sum(state => state.Pass.Loss) / ranks,
                Progress = saved.Average(state => state.Pass.Progress),
            },
        };

        long PartOf(long sum) => (sum / ranks) + (rank < sum % ranks ? 1 : 0);
    }

    /// <summary>Unites the notes about the text. Statistics that each process has of its own part are added when all parts are complete.</summary>
    /// <param name="notes">The notes of the earlier processes.</param>
    /// <param name="areComplete">Whether each process has read its part to the end.</param>
    /// <exception cref="InvalidDataException">The processes had blocks of different sizes.</exception>
    public static CorpusNote Unite(IReadOnlyList<CorpusNote> notes, bool areComplete)
    {
        CorpusNote first = notes[0];
        if (notes.Any(note => note.BlockWords != first.BlockWords))
            throw new InvalidDataException($"the processes had blocks of {string.Join(", ", notes.Select(note => note.BlockWords).Distinct())} words, and only the same number of processes can continue from that");
        first = first with { IsCached = notes.All(note => note.IsCached) };
        bool isWhole = first.IsWhole || first.Statistics.DistinctWords >= 0; // a counting pass has added them up
        if (isWhole)
            return first with { IsWhole = true };
        return first with { Statistics = areComplete ? CorpusStatistics.Sum([.. notes.Select(note => note.Statistics)]) : new CorpusStatistics(), IsWhole = areComplete };
    }
}
