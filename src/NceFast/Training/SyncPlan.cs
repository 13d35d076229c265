using Microsoft.Extensions.Logging;
using NceFast.Corpus;
using NceFast.Distribution;
using NceFast.Merging;

namespace NceFast.Training;

/// <summary>How the replicas of a training are kept together: what the options say, and which rows are frequent.</summary>
/// <param name="Options">Period, rows, rule.</param>
/// <param name="Ranking">Order of the rows.</param>
/// <param name="Ranks">The processes.</param>
/// <param name="Tokens">Words of the vocabulary in the whole text.</param>
/// <param name="Logger">Takes the forecast and what it came to.</param>
internal sealed record SyncPlan(SyncOptions Options, RowRanking Ranking, ICommunicator Ranks, long Tokens, ILogger Logger)
{
    /// <summary>Prepares merging; null for a single replica, which needs none.</summary>
    /// <param name="coordinator">Drives the replicas.</param>
    /// <param name="replicas">Those of this process.</param>
    /// <param name="epochs">Passes over the text.</param>
    /// <param name="works">Works that need whole parameters.</param>
    /// <param name="merges">Merges of an earlier process that this one goes on for.</param>
    /// <param name="cancellation">Asks for an end.</param>
    public MergeWork? Start(Coordinator coordinator, ReplicaSet replicas, int epochs, IReadOnlyList<IPauseWork> works, long merges, CancellationToken cancellation)
    {
        int count = replicas.Backends.Count, all = count * Ranks.Size;
        if (all == 1)
            return null;
        var schedule = new SyncSchedule(Options, Ranking.Rows.Length, epochs * Tokens / all);
        var merger = new ReplicaMerger(replicas.Tables, Ranking, schedule.Ruler, Options.Rule, all);
        SyncLog.Forecast(Logger, SyncForecast.Of(replicas.Tables[0], schedule, Ranks.Size).Sentence(epochs * Tokens / all));
        return new MergeWork(coordinator, merger, schedule, Options.Overlap, Ranks, works, merges, cancellation);
    }

    /// <summary>
    /// Words of a block: workers stop for a merge between two of them, so that blocks of a small text must be small for its
    /// replicas to be merged often.
    /// </summary>
    /// <param name="options">The period, where one is given, and blocks of an epoch.</param>
    /// <param name="bytes">Bytes of the text that this process sees; -1 when unknown.</param>
    /// <param name="replicas">Replicas of this process.</param>
    /// <param name="ranks">The processes.</param>
    public static int BlockWords(SyncOptions options, long bytes, int replicas, ICommunicator ranks)
    {
        const int bytesOfWord = 6;
        int sharing = options.Shards == ShardMode.Rank ? replicas * ranks.Size : replicas;
        if (replicas * ranks.Size == 1 || (bytes < 0 && options.Period == 0))
            return TokenBlock.TargetWords;
        long words = options.Period > 0 ? options.Period : bytes / bytesOfWord / sharing / options.EpochBlocks;
        return (int)Math.Clamp(words, SyncSchedule.ShortestPeriod, TokenBlock.TargetWords);
    }

    /// <summary>
    /// Times the parameters are held on this machine: by each replica, once as what all have in common, and, beside the
    /// training of several processes, up to half of them twice on their way; for each of its processes.
    /// </summary>
    public static int ParameterCopies(int replicas, ICommunicator ranks, int localSize) =>
        replicas * ranks.Size == 1 ? 1 : localSize * (replicas + (ranks.Size == 1 ? 1 : 2));

    /// <summary>What those copies are, for an error.</summary>
    public static string Explain(int copies) => copies == 1 ? "" : $" ({copies} copies: replicas, what they have in common, and rows on their way)";

    /// <summary>Sums an epoch up over all processes.</summary>
    public PassState Total(in PassState state)
    {
        const double unit = 1e-6; // losses as whole numbers of this many nats: sums of 64 bits are exact
        long[] sums = [state.Words, state.Tokens, state.Predictions, double.IsFinite(state.Loss) ? (long)(state.Loss / unit) : 0, double.IsFinite(state.Loss) ? 0 : 1];
        if (Ranks.Size == 1)
            return state;
        Ranks.AllSum(sums);
        return state with { Words = sums[0], Tokens = sums[1], Predictions = sums[2], Loss = sums[4] > 0 ? double.NaN : sums[3] * unit };
    }

    /// <summary>Tells what merging took.</summary>
    public void Tell(MergeWork? merging, IReadOnlyList<EpochReport> epochs)
    {
        if (merging is not null)
            SyncLog.Spent(Logger, merging.Merges, merging.Paused.TotalSeconds, 100 * merging.Paused.TotalSeconds / Math.Max(1e-9, epochs.Sum(e => e.Seconds)));
    }
}

internal static partial class SyncLog
{
    [LoggerMessage(41, LogLevel.Information, "{Forecast}")]
    public static partial void Forecast(ILogger logger, string forecast);

    [LoggerMessage(42, LogLevel.Information, "{Merges} merges; training stood still for them for {Seconds:F2} s, {Percent:F1} % of the time.")]
    public static partial void Spent(ILogger logger, long merges, double seconds, double percent);
}
