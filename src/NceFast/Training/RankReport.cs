namespace NceFast.Training;

/// <summary>Represents one of several ranks of a finished training in figures. They are those of this process, without processes that the training was resumed from.</summary>
/// <param name="Rank">The rank.</param>
/// <param name="Host">Its machine.</param>
/// <param name="WorkSeconds">The time in seconds in which its workers trained.</param>
/// <param name="MergeSeconds">The time in seconds in which its workers stood still for merges. It is longest for the ranks that wait for others.</param>
public sealed record RankReport(int Rank, string Host, double WorkSeconds, double MergeSeconds);
