using NceFast.Models;
using NceFast.Numerics;

namespace NceFast.Backends;

/// <summary>Represents the devices that this process can train on, and chooses one of them by name.</summary>
/// <remarks>Several threads can use an instance at the same time.</remarks>
public sealed class BackendCatalog
{
    /// <summary>The environment variable that names the device when no option does.</summary>
    public const string EnvironmentVariable = "NCEFAST_DEVICE";

    internal const string Automatic = "auto";

    private const string MissingKernels = "this program has no kernels for accelerators. "
        + "A program that references the package NceFast.Kernels calls BackendCatalog.Default.AddAccelerators() when it starts; a build that could not restore the package ILGPU has no kernels";

    // Kinds of accelerators that a user can name, whether or not this process has their kernels.
    private static readonly (string Kind, string Name)[] Accelerators = [("cuda", "CUDA"), ("opencl", "OpenCL"), ("ilgpu-cpu", "simulator of a device")];

    private readonly Lock _gate = new();
    private volatile IBackendProvider[] _providers = [new HostProvider()];

    /// <summary>Gets the catalog of trainers that are created without one.</summary>
    public static BackendCatalog Default { get; } = new();

    /// <summary>Adds a kind of device. A provider that was added before is not added again.</summary>
    public void Register(IBackendProvider provider)
    {
        ArgumentNullException.ThrowIfNull(provider);
        lock (_gate)
        {
            if (!_providers.Contains(provider))
                _providers = [.. _providers, provider];
        }
    }

    /// <summary>Gets all devices, best first. This initializes every driver.</summary>
    /// <param name="spec">
    /// A model to check the devices against. Each device then reports the memory that the model takes on it, and a device that is
    /// too small cannot be used. null for no check.
    /// </param>
    public IReadOnlyList<DeviceInfo> Devices(ModelSpec? spec = null) =>
        [.. List(null).Select(x => spec is null || !x.Device.Usable ? x.Device : WithForecast(x.Device, x.Provider.Forecast(x.Device, spec))).OrderByDescending(d => d.Usable).ThenByDescending(d => d.Score).ThenBy(d => d.Id, StringComparer.Ordinal)];

    /// <summary>Finds the device that "auto" selects, and the reason. This initializes every driver, unless the environment variable names a device.</summary>
    /// <exception cref="NceFastException">The environment variable names a device that does not exist or cannot be used (<see cref="ErrorKind.Device"/>).</exception>
    public DeviceChoice Choose() => Find(Automatic);

    /// <summary>
    /// Finds a device by name. "auto" selects the best usable device; any other name selects the device of that name, and only the
    /// driver of its kind is initialized.
    /// </summary>
    /// <param name="id">auto, a kind of device or the id of a device.</param>
    /// <exception cref="NceFastException">There is no such device, or it cannot be used (<see cref="ErrorKind.Device"/>).</exception>
    public DeviceInfo Resolve(string id) => Find(id).Device;

    /// <summary>
    /// Finds the device for one of several processes on a machine. "auto", or a kind without a number, spreads the processes over
    /// all usable devices of that kind; an id with a number gives every process that device.
    /// </summary>
    /// <param name="id">auto, a kind of device or the id of a device.</param>
    /// <param name="number">Number of the process on its machine.</param>
    /// <exception cref="NceFastException">There is no such device, or it cannot be used (<see cref="ErrorKind.Device"/>).</exception>
    public DeviceInfo Resolve(string id, int number) => Choose(id, number).Device;

    /// <summary>Creates a backend on a device.</summary>
    /// <param name="id">auto, or the id of a device.</param>
    /// <param name="request">The model, its parameters and the sizes.</param>
    /// <exception cref="NceFastException">There is no such device, it cannot be used, or it is too small.</exception>
    public IBackend Create(string id, BackendRequest request)
    {
        (IBackendProvider provider, DeviceChoice choice) = FindWithProvider(id);
        return provider.Create(choice.Device, request);
    }

    /// <summary>Does the same as <see cref="Resolve(string, int)"/>, and returns the reason and the warnings too.</summary>
    internal DeviceChoice Choose(string id, int number)
    {
        DeviceChoice first = Find(id);
        string asked = id == Automatic ? Named() ?? id : id;
        if (asked.Contains(':', StringComparison.Ordinal))
            return first;
        string kind = KindOf(first.Device.Id);
        DeviceInfo[] alike = [.. List(kind).Select(x => x.Device).Where(d => d.Usable && KindOf(d.Id) == kind)];
        return first with { Device = alike[number % alike.Length] };
    }

    /// <summary>Does the same as <see cref="Resolve(string)"/>, and returns the reason and the warnings too.</summary>
    internal DeviceChoice Find(string id) => FindWithProvider(id).Choice;

    private static string? Named() => Environment.GetEnvironmentVariable(EnvironmentVariable) is { Length: > 0 } named ? named : null;

    private static string KindOf(string id) => id.Split(':')[0];

    private (IBackendProvider Provider, DeviceChoice Choice) FindWithProvider(string id)
    {
        if (id != Automatic)
            return FindNamed(id, "");
        if (Named() is { } named && named != Automatic)
            return FindNamed(named, $", named by the environment variable {EnvironmentVariable},");

        List<(IBackendProvider Provider, DeviceInfo Device)> all = List(null);
        (IBackendProvider provider, DeviceInfo best) = all.Where(x => x.Device.Usable && x.Device.Score >= 0).MaxBy(x => x.Device.Score);
        string reason = best.Id == HostProvider.Name ? "no device that ranks above the processor can be used" : "of the devices that can be used, it has the highest score";
        string[] warnings = [.. all.Select(x => x.Device).Where(d => d.DriverFailed && d.Score > best.Score).Select(d => $"The device '{d.Id}' cannot be used: {d.Reason}. The training uses '{best.Id}' instead.")];
        return (provider, new DeviceChoice(best, reason, warnings));
    }

    private (IBackendProvider Provider, DeviceChoice Choice) FindNamed(string id, string origin)
    {
        List<(IBackendProvider Provider, DeviceInfo Device)> listed = List(KindOf(id));
        foreach (var x in listed)
        {
            // A kind without a number means its first device. An absent kind is listed without a number and matches each of its numbers.
            if (x.Device.Id != id && x.Device.Id != id + ":0" && (x.Device.Usable || !id.StartsWith(x.Device.Id + ":", StringComparison.Ordinal)))
                continue;
            if (!x.Device.Usable)
                Throw.Device($"The device '{id}'{origin} cannot be used: {x.Device.Reason}.");
            return (x.Provider, new DeviceChoice(x.Device, origin.Length > 0 ? $"the environment variable {EnvironmentVariable} names it" : "it is the device of that name", []));
        }

        Throw.Device($"There is no device '{id}'{origin.TrimEnd(',')}; choose one of {string.Join(", ", Choices(listed))}.");
        return default;
    }

    // The ids of the devices that are listed, and the names of all other kinds, whose drivers are not initialized for a message.
    private IEnumerable<string> Choices(List<(IBackendProvider Provider, DeviceInfo Device)> listed)
    {
        string[] ids = [.. listed.Select(x => x.Device.Id)];
        IEnumerable<string> kinds = _providers.Select(p => p.Kind).OfType<string>().Concat(Accelerators.Select(a => a.Kind));
        return [Automatic, .. ids, .. kinds.Distinct().Except(ids.Select(KindOf))];
    }

    private static DeviceInfo WithForecast(DeviceInfo device, long need) => device with
    {
        Forecast = need,
        Reason = need <= device.Memory ? null : $"the model needs {need:N0} bytes, the device has {device.Memory:N0}",
    };

    // Lists the devices of one kind, or of all. Providers of other kinds are not called, because that initializes their drivers.
    private List<(IBackendProvider Provider, DeviceInfo Device)> List(string? kind)
    {
        IBackendProvider[] providers = _providers;
        var all = providers.Where(p => kind is null || p.Kind is null || p.Kind == kind).SelectMany(p => p.Devices().Select(d => (Provider: p, Device: d))).ToList();
        foreach ((string absent, string name) in Accelerators)
        {
            if ((kind is null || absent == kind) && !all.Exists(x => KindOf(x.Device.Id) == absent))
                all.Add((providers[0], new DeviceInfo(absent, name, 0, -1, MissingKernels, "")));
        }

        return all;
    }
}
