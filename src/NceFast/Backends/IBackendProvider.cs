using NceFast.Models;

namespace NceFast.Backends;

/// <summary>Represents a kind of device. If a build has no provider of a kind, the catalog reports the reason.</summary>
public interface IBackendProvider
{
    /// <summary>
    /// Gets the name before the number in the ids of the devices, such as cuda. The provider is then called only if a device of this
    /// kind, or any device, is asked for. null for a provider that is always called.
    /// </summary>
    string? Kind => null;

    /// <summary>Lists the devices of this kind, including those that cannot be used.</summary>
    IEnumerable<DeviceInfo> Devices();

    /// <summary>Puts a model on a device of this kind.</summary>
    /// <param name="device">One of <see cref="Devices"/>.</param>
    /// <param name="request">The model and its sizes.</param>
    /// <exception cref="NceFastException">The device failed or cannot train the model (<see cref="ErrorKind.Device"/>), or its memory is too small (<see cref="ErrorKind.Memory"/>).</exception>
    IBackend Create(DeviceInfo device, BackendRequest request);

    /// <summary>Computes the bytes of the device's memory that a model takes.</summary>
    /// <param name="device">One of <see cref="Devices"/>.</param>
    /// <param name="spec">The model.</param>
    long Forecast(DeviceInfo device, ModelSpec spec) => spec.ParameterBytes;
}
