namespace NceFast.Backends;

/// <summary>Represents a device that was found, and whether it can train.</summary>
/// <param name="Id">Name of the device in options, such as host, cuda:0 or opencl:1.</param>
/// <param name="Name">Name that the device reports.</param>
/// <param name="Memory">Bytes of memory that a model can take on the device.</param>
/// <param name="Score">Rank for the automatic choice. The highest wins, and a device below 0 is never chosen automatically.</param>
/// <param name="Reason">The reason why the device cannot be used; null when it can.</param>
/// <param name="Details">Limits and features, as text for the user.</param>
public sealed record DeviceInfo(string Id, string Name, long Memory, int Score, string? Reason, string Details)
{
    /// <summary>Gets a value indicating whether the device can train.</summary>
    public bool Usable => Reason is null;

    /// <summary>Gets a value indicating whether a driver of the device is installed and failed. <see cref="Reason"/> then has its error.</summary>
    public bool DriverFailed { get; init; }

    /// <summary>Gets the bytes that the model takes on the device; null when the request named no model.</summary>
    public long? Forecast { get; init; }
}
