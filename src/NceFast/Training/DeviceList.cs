using NceFast.Backends;
using NceFast.Numerics;

namespace NceFast.Training;

/// <summary>Represents a device that trains a replica of the parameters.</summary>
/// <param name="Id">Id in the catalog.</param>
/// <param name="Threads">Host threads it may use.</param>
internal sealed record ReplicaDevice(string Id, int Threads);

/// <summary>Represents the devices of a training in this process: "host", "cuda:0,cuda:1", "host,host".</summary>
internal sealed class DeviceList
{
    // Two threads drive an accelerator: one reads and copies while the block of the other is computed.
    private const int AcceleratorWorkers = 2;

    private DeviceList(IReadOnlyList<ReplicaDevice> devices, IReadOnlyList<string> warnings) => (Devices, Warnings) = (devices, warnings);

    /// <summary>Gets the devices, one per replica.</summary>
    public IReadOnlyList<ReplicaDevice> Devices { get; }

    /// <summary>Gets the sentences for the user about drivers that are installed and failed, if "auto" chose another device.</summary>
    public IReadOnlyList<string> Warnings { get; }

    /// <summary>Gets the largest number of workers that they will have, each with a reader.</summary>
    public int Workers => Devices.Sum(d => IsHost(d.Id) ? d.Threads : AcceleratorWorkers);

    /// <summary>Finds the devices that an option names.</summary>
    /// <param name="option">Ids separated by commas. A single kind without a number, or auto, is the device with this rank's number on its machine.</param>
    /// <param name="threads">Host threads, divided among the replicas on the host.</param>
    /// <param name="catalog">The devices of the machine.</param>
    /// <param name="localRank">Number of this rank on its machine.</param>
    /// <exception cref="NceFastException">A device is absent or cannot be used (<see cref="ErrorKind.Device"/>); there are fewer threads than replicas on the host (<see cref="ErrorKind.Usage"/>).</exception>
    public static DeviceList Parse(string option, int threads, BackendCatalog catalog, int localRank)
    {
        string[] ids = option.Split(',', StringSplitOptions.TrimEntries);
        DeviceChoice[] chosen = ids.Length == 1 ? [catalog.Choose(ids[0], localRank)] : [.. ids.Select(catalog.Find)];
        ids = [.. chosen.Select(c => c.Device.Id)];
        int hosts = ids.Count(IsHost), given = 0;
        if (hosts > threads)
            Throw.Usage($"{Member.Of(nameof(TrainingOptions.Device))} {option} has {hosts} replicas on the host for {Member.Of(nameof(TrainingOptions.Threads))} {threads}; each needs a thread.");
        return new DeviceList([.. ids.Select(id => new ReplicaDevice(id, IsHost(id) ? Part(given++) : threads))], [.. chosen.SelectMany(c => c.Warnings).Distinct()]);

        int Part(int i) => (threads / hosts) + (i < threads % hosts ? 1 : 0);
    }

    private static bool IsHost(string id) => id == "host";
}
