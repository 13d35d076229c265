using Microsoft.Extensions.Logging;
using NceFast.Corpus;
using NceFast.Distribution;
using NceFast.Merging;

namespace NceFast.Training;

/// <summary>Represents how the replicas of a training are kept together: the options, and the order of rows by frequency.</summary>
/// <param name="Options">Period, rows, rule.</param>
/// <param name="Ranking">Order of the rows.</param>
/// <param name="Ranks">The processes.</param>
/// <param name="Tokens">Words of the vocabulary in the whole text.</param>
/// <param name="Logger">Receives the forecast, and what merging took.</param>
internal sealed record SyncPlan(SyncOptions Options, RowRanking Ranking, ICommunicator Ranks, long Tokens, ILogger Logger)
{
    /// <summary>Prepares merging; null for a single replica, which needs none.</summary>
    /// <param name="coordinator">Drives the replicas.</param>
    /// <param name="replicas">Those of this process.</param>
    /// <param name="epochs">Passes over the text.</param>
    /// <param name="works">Work that needs whole parameters.</param>
    /// <param name="merges">Merges of the earlier process that this one continues.</param>
    /// <param name="cancellation">Ends the training.</param>
    public MergeWork? Start(Coordinator coordinator, ReplicaSet replicas, int epochs, IReadOnlyList<IPauseWork> works, long merges, CancellationToken cancellation)
    {
        int count = replicas.Backends.Count, all = count * Ranks.Size;
        if (all == 1)
            return null;
        var schedule = new SyncSchedule(Options, Ranking.Rows.Length, epochs * Tokens / all);
        var merger = new ReplicaMerger(replicas.Tables, Ranking, schedule.Ruler, Options.Rule, all);
        SyncLog.Forecast(Logger, SyncForecast.Of(replicas.Tables[0], schedule, Ranking, all, Ranks.Size).Sentence(epochs * Tokens / all));
        return new MergeWork(coordinator, merger, schedule, Options.Overlap, Ranks, works, merges, cancellation, Ranks.Size == 1 ? null : CreatePace());
    }

    /// <summary>
    /// Computes the words per block. Workers stop for a merge between two blocks, so that a small text needs small blocks for its
    /// replicas to be merged often.
    /// </summary>
    /// <param name="options">The period, where one is given, and the blocks per epoch.</param>
    /// <param name="bytes">Bytes of the text that this process sees; -1 when unknown.</param>
    /// <param name="replicas">Replicas of this process.</param>
    /// <param name="ranks">The processes.</param>
    public static int BlockWords(SyncOptions options, long bytes, int replicas, ICommunicator ranks)
    {
        const int BytesOfWord = 6;
        int all = (int)ranks.Gather((long)replicas).Sum(), sharing = options.Shards == ShardMode.Rank ? all : replicas;
        if (all == 1 || (bytes < 0 && options.Period == 0))
            return TokenBlock.TargetWords;
        long words = options.Period > 0 ? options.Period : bytes / BytesOfWord / sharing / options.EpochBlocks;
        return (int)Math.Clamp(words, SyncSchedule.ShortestPeriod, TokenBlock.TargetWords);
    }

    /// <summary>
    /// Computes how many copies of the parameters this machine holds. Each of its processes has one per replica and one that all have in
    /// common. If merges run beside the training, it also has up to half of them twice while they are sent; every rank must call it.
    /// </summary>
    public static int ParameterCopies(SyncOptions options, int replicas, ICommunicator ranks, int localSize) =>
        replicas * ranks.Size == 1 ? 1 : localSize * (replicas + (MergeWork.Overlaps(options.Overlap, replicas, ranks) ? 2 : 1));

    /// <summary>Explains the copies in an error.</summary>
    public static string Explain(int copies) => copies == 1 ? "" : $" ({copies} copies: replicas, what they have in common, rows that are sent beside the training, and the best parameters so far)";

    /// <summary>Sums an epoch over all processes.</summary>
    public PassState Total(in PassState state)
    {
        const double Unit = 1e-6; // losses as whole numbers of this many nats: sums of 64 bits are exact
        long[] sums = [state.Words, state.Tokens, state.Predictions, double.IsFinite(state.Loss) ? (long)(state.Loss / Unit) : 0, double.IsFinite(state.Loss) ? 0 : 1];
        if (Ranks.Size == 1)
            return state;
        Ranks.AllSum(sums);
        return state with { Words = sums[0], Tokens = sums[1], Predictions = sums[2], Loss = sums[4] > 0 ? double.NaN : sums[3] * Unit };
    }

    /// <summary>Reports the time that merging took, and returns that of each rank; every rank must call it.</summary>
    public IReadOnlyList<RankReport> Tell(MergeWork? merging, IReadOnlyList<EpochReport> epochs)
    {
        if (merging is null)
            return [];
        SyncLog.Spent(Logger, merging.Merges, merging.Paused.TotalSeconds, 100 * merging.Paused.TotalSeconds / Math.Max(1e-9, epochs.Sum(e => e.Seconds)));
        if (merging.Pace is not { } pace)
            return [];
        long[] paused = Ranks.Gather((long)merging.Paused.TotalMicroseconds);
        return [.. paused.Select((microseconds, rank) => new RankReport(rank, pace.Hosts[rank], pace.Totals[rank].Seconds, microseconds * 1e-6))];
    }

    private RankPace CreatePace()
    {
        string[] hosts = Ranks.Gather(Environment.MachineName);
        return new RankPace(hosts, Options.PaceSeconds, Ranks.Rank > 0 ? null : slow => SyncLog.Slow(Logger, slow.Rank, hosts[slow.Rank], slow.Factor, slow.Seconds));
    }
}

internal static partial class SyncLog
{
    [LoggerMessage(41, LogLevel.Information, "{Forecast}")]
    public static partial void Forecast(ILogger logger, string forecast);

    [LoggerMessage(42, LogLevel.Information, "{Merges} merges; training paused for them for {Seconds:F2} s, {Percent:F1} % of the time.")]
    public static partial void Spent(ILogger logger, long merges, double seconds, double percent);

    [LoggerMessage(46, LogLevel.Warning, "Rank {Rank} on {Host} is slow: for the same number of words it took {Factor:F1} times as long as the median of the other ranks, measured over {Seconds:F0} s. The others wait for it at merges; look for other load on its machine, fewer cores, or a slow disk.")]
    public static partial void Slow(ILogger logger, int rank, string host, double factor, double seconds);
}
