using System.CommandLine;
using NceFast.Distribution;
using NceFast.Distribution.Mpi;
using NceFast.Merging;

namespace NceFast.Cli;

/// <summary>The options of <c>train</c> for several devices and several processes.</summary>
internal sealed class SyncArguments
{
    private const string Group = "Several devices or hosts", TimeoutName = "--sync-timeout";
    private const int MaxSeconds = 1_000_000;
    private static readonly SyncOptions Defaults = new();

    private readonly Opt<long> _period = Opt.Number("--sync-period", Group, "Number of words that each replica trains on between two merges; 0 chooses it from the sizes of text and vocabulary", Defaults.Period).Fills<SyncOptions>(nameof(SyncOptions.Period));
    private readonly Opt<int> _rows = Opt.Number("--sync-rows", Group, "Number of most frequent words in every merge; 0 for a sixteenth of all, but 1,024 to 16,384; every second merge has twice as many, every fourth four times", Defaults.Rows).Fills<SyncOptions>(nameof(SyncOptions.Rows));
    private readonly Opt<MergeRule> _rule = Opt.Choice("--sync-rule", Group, "How to combine several changes of a row: by how far the row was pulled, their sum divided by the replicas that changed it, their mean, their sum", Defaults.Rule, ("adaptive", MergeRule.Adaptive), ("touching", MergeRule.Touching), ("mean", MergeRule.Mean), ("sum", MergeRule.Sum)).Fills<SyncOptions>(nameof(SyncOptions.Rule));
    private readonly Opt<Answer> _overlap = Opt.Either("--sync-overlap", Group, "Whether merges between processes run during training", Defaults.Overlap).Fills<SyncOptions>(nameof(SyncOptions.Overlap));
    private readonly Opt<ShardMode> _shards = Opt.Choice("--shards", Group, "rank: all processes see the same files and divide them; own: each has files of its own", Defaults.Shards, ("rank", ShardMode.Rank), ("own", ShardMode.Own)).Fills<SyncOptions>(nameof(SyncOptions.Shards));

    private readonly Opt<TimeSpan> _timeout = Opt.Time(TimeoutName, Group, "Time to wait for another process before giving up, in s or with suffix s, m or h, 1 to 1,000,000 s", 600).Fills<MpiCommunicator>(nameof(MpiCommunicator.Timeout));

    public IEnumerable<Option> All => [_period, _rows, _rule, _overlap, _shards, _timeout];

    /// <summary>Gets the longest wait for another process.</summary>
    public static TimeSpan Timeout(ParseResult parsed)
    {
        TimeSpan timeout = parsed.GetValue<TimeSpan>(TimeoutName);
        return timeout.TotalSeconds is >= 1 and <= MaxSeconds ? timeout : throw new NceFastException(ErrorKind.Usage, $"{TimeoutName} is {timeout.TotalSeconds} s; allowed is 1 to {MaxSeconds} s.");
    }

    public SyncOptions Read(ParseResult parsed) => new()
    {
        Period = parsed.GetValue(_period),
        Rows = parsed.GetValue(_rows),
        Rule = parsed.GetValue(_rule),
        Overlap = parsed.GetValue(_overlap),
        Shards = parsed.GetValue(_shards),
    };
}
