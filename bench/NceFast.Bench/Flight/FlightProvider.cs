using NceFast.Backends;

namespace NceFast.Bench.Flight;

/// <summary>Offers a simulated device under the name "flight".</summary>
/// <param name="create">Puts a model on the device.</param>
internal sealed class FlightProvider(Func<BackendRequest, IBackend> create) : IBackendProvider
{
    /// <summary>The name of the device.</summary>
    public const string Device = "flight";

    /// <summary>Creates a catalog that has this device.</summary>
    public static BackendCatalog Catalog(Func<BackendRequest, IBackend> create)
    {
        var catalog = new BackendCatalog();
        catalog.Register(new FlightProvider(create));
        return catalog;
    }

    /// <inheritdoc/>
    public IEnumerable<DeviceInfo> Devices() => [new DeviceInfo(Device, "groups in flight", long.MaxValue, -1, null, "")];

    /// <inheritdoc/>
    public IBackend Create(DeviceInfo device, BackendRequest request) => create(request);
}
