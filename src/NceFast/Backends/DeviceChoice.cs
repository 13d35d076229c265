namespace NceFast.Backends;

/// <summary>Represents the device that was chosen for a training, and the reason.</summary>
/// <param name="Device">The device.</param>
/// <param name="Reason">The reason for the choice, as a clause for the user.</param>
/// <param name="Warnings">One sentence for each better device whose driver is installed and failed.</param>
public sealed record DeviceChoice(DeviceInfo Device, string Reason, IReadOnlyList<string> Warnings);
