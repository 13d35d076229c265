using System.Text.Json;
using NceFast.Training;

namespace NceFast.Cli;

/// <summary>Shows how long each of several processes trained, and how long it stood still for merges.</summary>
internal static class RankTimes
{
    /// <summary>Gets the line of the summary; null for one process.</summary>
    public static string? Line(IReadOnlyList<RankReport> ranks)
    {
        if (ranks.Count == 0)
            return null;
        (RankReport least, RankReport most) = (ranks.MinBy(r => r.MergeSeconds)!, ranks.MaxBy(r => r.MergeSeconds)!);
        return FormattableString.Invariant($"processes   {ranks.Count}; stood still for merges from {Units.Time(least.MergeSeconds)} (rank {least.Rank} on {least.Host}) to {Units.Time(most.MergeSeconds)} (rank {most.Rank} on {most.Host})");
    }

    /// <summary>Writes them as JSON, for several processes.</summary>
    public static void WriteJson(Utf8JsonWriter json, IReadOnlyList<RankReport> ranks)
    {
        if (ranks.Count == 0)
            return;
        json.Array("ranks", ranks, rank => json.Object(null, () =>
        {
            json.WriteNumber("rank", rank.Rank);
            json.WriteString("host", rank.Host);
            json.Figure("workSeconds", rank.WorkSeconds);
            json.Figure("mergeSeconds", rank.MergeSeconds);
        }));
    }
}
