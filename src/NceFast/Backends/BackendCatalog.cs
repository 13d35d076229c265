using NceFast.Models;
using NceFast.Numerics;

namespace NceFast.Backends;

/// <summary>Every device of this machine and process; chooses one at startup.</summary>
public sealed class BackendCatalog
{
    /// <summary>Environment variable that names the device where no option does.</summary>
    public const string EnvironmentVariable = "NCEFAST_DEVICE";

    // Kinds of devices a user may ask for, whether or not the build holds their kernels.
    private static readonly (string Kind, string Name)[] Accelerators = [("cuda", "CUDA"), ("opencl", "OpenCL"), ("ilgpu-cpu", "simulator of a device")];

    private readonly List<IBackendProvider> _providers = [new HostProvider()];

    /// <summary>Adds a kind of device.</summary>
    public void Register(IBackendProvider provider) => _providers.Add(provider);

    /// <summary>All devices, best first.</summary>
    /// <param name="spec">A model; each device then has the memory that it takes, and those that are too small cannot be used.</param>
    public IReadOnlyList<DeviceInfo> Devices(ModelSpec? spec = null) =>
        [.. All().Select(x => spec is null || !x.Device.Usable ? x.Device : WithForecast(x.Device, x.Provider.Forecast(x.Device, spec))).OrderByDescending(d => d.Usable).ThenByDescending(d => d.Score).ThenBy(d => d.Id, StringComparer.Ordinal)];

    /// <summary>Finds a device by name: auto takes the best usable one; any other name is that device or an error.</summary>
    /// <param name="id">auto, or the id of a device.</param>
    /// <exception cref="NceFastException">No such device, or it cannot be used (<see cref="ErrorKind.Device"/>).</exception>
    public DeviceInfo Resolve(string id) => Find(id).Device;

    /// <summary>Finds the device of a kind that a process should take of several on its machine: auto or a kind without number is spread, any other name is that device.</summary>
    /// <param name="id">auto, a kind or the id of a device.</param>
    /// <param name="number">Number of the process on its machine.</param>
    /// <exception cref="NceFastException">No such device, or it cannot be used (<see cref="ErrorKind.Device"/>).</exception>
    public DeviceInfo Resolve(string id, int number)
    {
        DeviceInfo first = Find(id).Device;
        string kind = first.Id.Split(':')[0];
        string asked = id == "auto" ? Environment.GetEnvironmentVariable(EnvironmentVariable) ?? id : id;
        if (asked.Contains(':', StringComparison.Ordinal))
            return first;
        DeviceInfo[] alike = [.. All().Select(x => x.Device).Where(d => d.Usable && d.Id.Split(':')[0] == kind)];
        return alike[number % alike.Length];
    }

    /// <summary>Creates the backend of a device.</summary>
    /// <param name="id">auto, or the id of a device.</param>
    /// <param name="request">Model and sizes.</param>
    /// <exception cref="NceFastException">No such device, it cannot be used, or it is too small.</exception>
    public IBackend Create(string id, BackendRequest request)
    {
        (IBackendProvider provider, DeviceInfo device) = Find(id);
        return provider.Create(device, request);
    }

    private (IBackendProvider Provider, DeviceInfo Device) Find(string id)
    {
        string origin = "";
        if (id == "auto" && Environment.GetEnvironmentVariable(EnvironmentVariable) is { Length: > 0 } named)
        {
            id = named;
            origin = $", named by the environment variable {EnvironmentVariable},";
        }

        List<(IBackendProvider Provider, DeviceInfo Device)> all = All();
        if (id == "auto")
            return all.Where(x => x.Device.Usable && x.Device.Score >= 0).MaxBy(x => x.Device.Score);
        foreach (var x in all)
        {
            // A kind alone is its first device; a kind that is absent answers for all its numbers.
            if (x.Device.Id != id && x.Device.Id != id + ":0" && (x.Device.Usable || !id.StartsWith(x.Device.Id + ":", StringComparison.Ordinal)))
                continue;
            if (!x.Device.Usable)
                Throw.Device($"The device '{id}'{origin} cannot be used: {x.Device.Reason}.");
            return x;
        }

        Throw.Device($"There is no device '{id}'{origin.TrimEnd(',')}; this machine has auto, {string.Join(", ", all.Select(x => x.Device.Id))}.");
        return default;
    }

    private static DeviceInfo WithForecast(DeviceInfo device, long need) => device with
    {
        Forecast = need,
        Reason = need <= device.Memory ? null : $"the model needs {need:N0} bytes, the device has {device.Memory:N0}",
    };

    private List<(IBackendProvider Provider, DeviceInfo Device)> All()
    {
        var all = _providers.SelectMany(p => p.Devices().Select(d => (Provider: p, Device: d))).ToList();
        foreach ((string kind, string name) in Accelerators)
        {
            if (!all.Exists(x => x.Device.Id == kind || x.Device.Id.StartsWith(kind + ":", StringComparison.Ordinal)))
                all.Add((_providers[0], new DeviceInfo(kind, name, 0, -1, "this build holds no kernels for accelerators; their package ILGPU could not be restored when it was built", "")));
        }

        return all;
    }
}
