using NceFast.Backends.Host;
using NceFast.Backends.Host.LanguageModels;
using NceFast.Backends.Host.WordVectors;
using NceFast.Models;

namespace NceFast.Backends;

/// <summary>Represents the processor as a kind of device.</summary>
internal sealed class HostProvider : IBackendProvider
{
    internal const string Name = "host";

    public string Kind => Name;

    public IEnumerable<DeviceInfo> Devices()
    {
        yield return new DeviceInfo(
            Name,
            $"processor, {Environment.ProcessorCount} core{(Environment.ProcessorCount == 1 ? "" : "s")}",
            GC.GetGCMemoryInfo().TotalAvailableMemoryBytes,
            100,
            null,
            "kernels " + string.Join(", ", HostKernelCatalog.Usable));
    }

    public IBackend Create(DeviceInfo device, BackendRequest request) => (request.Spec, request.Parameters) switch
    {
        (WordVectorSpec spec, WordVectorParameters parameters) => new WordVectorBackend(spec, parameters, request.Threads, request.LearningRate, request.Kernels),
        (LanguageModelSpec spec, LanguageModelParameters parameters) => new LanguageModelBackend(spec, parameters, request.Threads, request.Kernels),
        _ => throw request.Mismatch(),
    };
}
