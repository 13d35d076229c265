using System.CommandLine;
using NceFast.Distribution;
using NceFast.Merging;

namespace NceFast.Cli;

/// <summary>Options for several devices and several processes, shared by the verbs that train.</summary>
internal sealed class SyncArguments
{
    private const string Group = "Several devices or hosts", TimeoutName = "--sync-timeout";
    private static readonly SyncOptions Defaults = new();

    private readonly Opt<long> _period = Opt.Number("--sync-period", Group, "Words each replica trains on between two merges; 0 for one by the size of text and vocabulary", Defaults.Period);
    private readonly Opt<int> _rows = Opt.Number("--sync-rows", Group, "Most frequent words in every merge; 0 for a sixteenth of all, 1,024 to 16,384; every second merge takes twice as many, every fourth four times", Defaults.Rows);
    private readonly Opt<MergeRule> _rule = Opt.Choice("--sync-rule", Group, "Several changes to a row: by how far it was pulled, their sum by the number of replicas that made one, their mean, their sum", Defaults.Rule, ("adaptive", MergeRule.Adaptive), ("touching", MergeRule.Touching), ("mean", MergeRule.Mean), ("sum", MergeRule.Sum));
    private readonly Opt<Answer> _overlap = Opt.Either("--sync-overlap", Group, "Whether merges between processes run beside the training", Defaults.Overlap);
    private readonly Opt<ShardMode> _shards = Opt.Choice("--shards", Group, "rank: all processes see the same files and divide them; own: each has files of its own", Defaults.Shards, ("rank", ShardMode.Rank), ("own", ShardMode.Own));

    private readonly Opt<int> _timeout = Opt.Number(TimeoutName, Group, "Seconds to wait for another process before the work is given up, 1 to 1,000,000", 600);

    public IEnumerable<Option> All => [_period, _rows, _rule, _overlap, _shards, _timeout];

    /// <summary>Longest wait for another process.</summary>
    public static TimeSpan Timeout(ParseResult parsed)
    {
        int seconds = parsed.GetValue<int>(TimeoutName);
        Check.Range(TimeoutName, seconds, 1, 1_000_000);
        return TimeSpan.FromSeconds(seconds);
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
