namespace NceFast.Backends;

/// <summary>A device that was found, and whether it can train.</summary>
/// <param name="Id">Name that an option takes: host, cuda:0, opencl:1.</param>
/// <param name="Name">What the device calls itself.</param>
/// <param name="Memory">Bytes of memory a model may take on it.</param>
/// <param name="Score">Rank for automatic choice, the highest wins; below 0 it is never chosen by itself.</param>
/// <param name="Reason">Why it cannot be used; null when it can.</param>
/// <param name="Details">Limits and features, for people.</param>
public sealed record DeviceInfo(string Id, string Name, long Memory, int Score, string? Reason, string Details)
{
    /// <summary>Whether it can train.</summary>
    public bool Usable => Reason is null;

    /// <summary>Bytes the model in question would take on it; null when none was in question.</summary>
    public long? Forecast { get; init; }
}
