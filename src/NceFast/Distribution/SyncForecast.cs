using NceFast.Merging;
using NceFast.Models;

namespace NceFast.Distribution;

/// <summary>Forecasts the cost of synchronisation. The formula is in DESIGN.md beside this file.</summary>
/// <param name="PeriodTokens">Words that a replica trains on between two merges.</param>
/// <param name="FullPeriodTokens">Words that a replica trains on between two merges of all rows.</param>
/// <param name="FullBytes">Bytes of all rows if all have changed.</param>
/// <param name="MeanBytes">Bytes of the changed rows of an average merge.</param>
/// <param name="Ranks">Processes that exchange the bytes.</param>
internal sealed record SyncForecast(long PeriodTokens, long FullPeriodTokens, long FullBytes, double MeanBytes, int Ranks)
{
    // Start-up of one message in seconds, and bytes per second of a 25 Gbit/s network under MPI.
    private const double Latency = 20e-6, Bandwidth = 2.8e9;

    /// <summary>
    /// Forecasts the merges of a training. Only changed rows are exchanged. A row counts as changed with probability 1 - exp(-u), where
    /// u are its expected updates by all replicas since its last merge.
    /// </summary>
    /// <param name="tables">The tables of a replica.</param>
    /// <param name="schedule">When which rows are merged.</param>
    /// <param name="ranking">Order and updates of the rows.</param>
    /// <param name="replicas">Replicas of all processes.</param>
    /// <param name="ranks">Processes.</param>
    public static SyncForecast Of(IReadOnlyList<ParameterTable> tables, SyncSchedule schedule, RowRanking ranking, int replicas, int ranks)
    {
        MergeRuler ruler = schedule.Ruler;
        double words = tables.Where(t => t.Kind == TableRows.Words).Sum(t => (double)t.Columns * sizeof(float));
        double whole = tables.Where(t => t.Kind == TableRows.Model).Sum(t => t.Rows * (double)t.Columns * sizeof(float)), mean = whole;
        for (int band = 0; band < ruler.Bands; band++)
        {
            (long from, long to) = ruler.Band(band);
            double changed = 0, trained = (double)schedule.Period * replicas * (1L << band);
            for (long place = from; place < to; place++)
                changed += 1 - Math.Exp(-trained * ranking.Updates[ranking.Rows[place]]);
            mean += words * changed / (1L << band);
        }

        return new SyncForecast(schedule.Period, schedule.Period << (ruler.Bands - 1), (long)(whole + (words * ruler.Rows)), mean, ranks);
    }

    /// <summary>
    /// Computes the seconds of an all-reduce over a ring: 2 (n - 1) latencies per piece, and 2 (n - 1) / n of the bytes over the network.
    /// </summary>
    /// <param name="bytes">Bytes to sum.</param>
    /// <param name="ranks">n.</param>
    /// <param name="latency">Start-up of a message, seconds.</param>
    /// <param name="bandwidth">Bytes per second.</param>
    public static double AllReduceSeconds(double bytes, int ranks, double latency, double bandwidth)
    {
        double pieces = Math.Max(1, bytes / (ReplicaMerger.PieceFloats(ranks, cores: 0) * (double)sizeof(float)));
        return (2.0 * (ranks - 1) * latency * pieces) + (2.0 * (ranks - 1) / ranks * bytes / bandwidth);
    }

    /// <summary>Describes the forecast for people.</summary>
    /// <param name="tokens">Words that each replica will be trained on.</param>
    public string Sentence(long tokens)
    {
        double merges = Math.Max(1, (double)tokens / PeriodTokens);
        string here = FormattableString.Invariant($"Replicas are merged every {PeriodTokens:N0} words each, about {merges:N0} times, all rows ({FullBytes / 1048576.0:N0} MiB) every {FullPeriodTokens:N0}; a merge exchanges changed rows of {MeanBytes / 1048576.0:N0} MiB on average");
        double seconds = AllReduceSeconds(MeanBytes, Ranks, Latency, Bandwidth);
        return Ranks == 1 ? here + "." : here + FormattableString.Invariant($", {1000 * seconds:N0} ms between {Ranks} ranks at 25 Gbit/s, {merges * seconds:N1} s in all.");
    }
}
