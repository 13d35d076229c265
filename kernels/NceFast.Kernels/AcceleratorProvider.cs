using System.Runtime.InteropServices;
using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;
using ILGPU.Runtime.Cuda;
using ILGPU.Runtime.OpenCL;
using NceFast.Backends;
using NceFast.Kernels.LanguageModels;
using NceFast.Kernels.WordVectors;
using NceFast.Models;
using NceFast.Numerics;
using NceFast.Training;
using NceFast.Vocab;

namespace NceFast.Kernels;

/// <summary>Accelerators of one kind. Register one of each: <see cref="All"/>.</summary>
public sealed class AcceleratorProvider : IBackendProvider
{
    // The host has 100: CUDA and OpenCL devices with memory of their own stand above it, one that shares the processor's memory
    // below. ILGPU's own order, by size of memory, would put an integrated GPU first.
    internal const int CudaScore = 300, DiscreteScore = 200, SharedMemoryScore = 50, NeverChosen = -1000;

    // CL_DEVICE_HOST_UNIFIED_MEMORY, which ILGPU does not name.
    private const CLDeviceInfoType HostUnifiedMemory = (CLDeviceInfoType)0x1035;

    private readonly string _kind;
    private readonly string[] _libraries;
    private readonly Lazy<Context> _context;
    private readonly Dictionary<string, Accelerator> _open = [];

    private AcceleratorProvider(string kind, string[] libraries, Action<Context.Builder> enable)
    {
        _kind = kind;
        _libraries = libraries;

        // Algorithms first: mathematical functions are bound when an accelerator is made.
        _context = new Lazy<Context>(() => Context.Create(builder => enable(builder.EnableAlgorithms())));
    }

    /// <summary>One provider for each kind of accelerator: CUDA, OpenCL, and the simulator on the processor.</summary>
    public static IEnumerable<IBackendProvider> All()
    {
        yield return new AcceleratorProvider("cuda", OperatingSystem.IsWindows() ? ["nvcuda.dll"] : ["libcuda.so"], builder => builder.Cuda());
        yield return new AcceleratorProvider("opencl", OperatingSystem.IsWindows() ? ["OpenCL.dll"] : ["libOpenCL.so"], builder => builder.OpenCL(_ => true));
        yield return new AcceleratorProvider("ilgpu-cpu", [], builder => builder.CPU(new CPUDevice(32, GroupMemory.MaxThreads / 32, 1)));
    }

    /// <inheritdoc/>
    public IEnumerable<DeviceInfo> Devices()
    {
        string? missing = MissingLibrary();
        if (missing is not null)
            return [Absent(missing)];
        try
        {
            List<DeviceInfo> found = [.. OfKind().Select(Describe)];
            return found.Count > 0 ? found : [Absent($"the driver library was found, but it lists no {_kind} device")];
        }
        catch (Exception e) when (e is not NceFastException)
        {
            return [Absent($"listing the devices failed: {e.GetBaseException().Message}")];
        }
    }

    /// <inheritdoc/>
    public IBackend Create(DeviceInfo device, BackendRequest request) => Create(device, request, inOrder: false);

    /// <summary>As above, by a device's name, with the choice of kernel.</summary>
    internal static IBackend Create(string id, BackendRequest request, bool plain)
    {
        string kind = id.Split(':')[0];
        var provider = (AcceleratorProvider?)All().FirstOrDefault(p => ((AcceleratorProvider)p)._kind == kind);
        DeviceInfo? device = provider?.Devices().FirstOrDefault(d => d.Id == id || d.Id == id + ":0");
        if (device is null || !device.Usable)
            Throw.Device($"There is no device '{id}': {device?.Reason ?? "see 'devices' for those of this machine"}.");
        return provider!.Create(device!, request, inOrder: false, plain);
    }

    /// <summary>Kind of the devices: cuda, opencl, ilgpu-cpu.</summary>
    internal string Kind => _kind;

    /// <summary>
    /// As above. Plain word vectors keep no inputs in registers. In order, one group of threads takes all sets or predictions in
    /// turn, as the host does.
    /// </summary>
    internal IBackend Create(DeviceInfo device, BackendRequest request, bool inOrder, bool plain = false)
    {
        ArgumentNullException.ThrowIfNull(device);
        ArgumentNullException.ThrowIfNull(request);
        try
        {
            Accelerator accelerator = Open(device.Id);
            return (request.Spec, request.Parameters) switch
            {
                (WordVectorSpec spec, WordVectorParameters parameters) => new AcceleratorWordVectorBackend(accelerator, Fitting(device, spec), parameters, WordVectorLaunch.For(accelerator.Device, spec, plain, inOrder)),
                (LanguageModelSpec spec, LanguageModelParameters parameters) => new AcceleratorLanguageModelBackend(accelerator, Fitting(device, spec), parameters, request.ToleratesDivergence, inOrder),
                _ => throw request.Mismatch(),
            };
        }
        catch (Exception e) when (e is not NceFastException)
        {
            Throw.Device($"The device '{device.Id}' ({device.Name}) failed when the model was put on it, which needs {Forecast(device, request.Spec):N0} of its {device.Memory:N0} bytes: {e.GetBaseException().Message}", e);
            throw;
        }
    }

    private WordVectorSpec Fitting(DeviceInfo device, WordVectorSpec spec)
    {
        EnsureMemory(device, spec, $"{spec.Words:N0} words at dim {spec.Dim}", $"Lower {Member.Of(nameof(TrainingOptions.Dim))} or {Member.Of(nameof(VocabularyOptions.MaxVocab))}, raise {Member.Of(nameof(VocabularyOptions.MinCount))}, or set {Member.Of(nameof(TrainingOptions.Device))} to host.");
        return spec;
    }

    private LanguageModelSpec Fitting(DeviceInfo device, LanguageModelSpec spec)
    {
        AcceleratorLanguageModelBackend.Ensure(device, spec);
        EnsureMemory(device, spec, $"{spec.Shape.Words:N0} words at dim {spec.Shape.Dim}", $"Lower {Member.Of(nameof(TrainingOptions.Dim))}, {Member.Of(nameof(VocabularyOptions.MaxVocab))}, {Member.Of(nameof(LanguageModelOptions.Batch))} or {Member.Of(nameof(TrainingOptions.NoiseSharing))}, or set {Member.Of(nameof(TrainingOptions.Device))} to host.");
        return spec;
    }

    // A device stays open for the life of the process, and with it the kernels compiled for it.
    private Accelerator Open(string id)
    {
        lock (_open)
        {
            if (!_open.TryGetValue(id, out Accelerator? accelerator))
                _open[id] = accelerator = DeviceOf(id).CreateAccelerator(_context.Value);
            accelerator.Bind();
            return accelerator;
        }
    }

    /// <inheritdoc/>
    public long Forecast(DeviceInfo device, ModelSpec spec)
    {
        ArgumentNullException.ThrowIfNull(device);
        ArgumentNullException.ThrowIfNull(spec);
        Device found = DeviceOf(device.Id);
        return spec switch
        {
            WordVectorSpec vectors => WordVectorBuffers.Bytes(vectors) + (AcceleratorWordVectorBackend.WorkersOf(Type) * BlockBuffers.Bytes(vectors, WordVectorLaunch.For(found, vectors), AlignedMatrix.PadColumns(vectors.Dim) / 4)),
            LanguageModelSpec language => AcceleratorLanguageModelBackend.Forecast(found, language),
            _ => spec.ParameterBytes,
        };
    }

    private void EnsureMemory(DeviceInfo device, ModelSpec spec, string size, FormattableString remedy)
    {
        long need = Forecast(device, spec);
        if (need > device.Memory)
            Throw.Memory($"The model of {size} needs {need:N0} bytes on '{device.Id}' ({device.Name}), which has {device.Memory:N0}. {remedy}");
    }

    private Device DeviceOf(string id) => OfKind().ElementAt(IndexOf(id));

    private IEnumerable<Device> OfKind() => _context.Value.Devices.Where(d => d.AcceleratorType == Type);

    private AcceleratorType Type => _kind switch
    {
        "cuda" => AcceleratorType.Cuda,
        "opencl" => AcceleratorType.OpenCL,
        _ => AcceleratorType.CPU,
    };

    private string? MissingLibrary()
    {
        if (_libraries.Length == 0)
            return null;
        foreach (string name in _libraries)
        {
            if (NativeLibrary.TryLoad(name, out nint handle))
            {
                NativeLibrary.Free(handle);
                return null;
            }
        }

        string hint = _kind == "opencl" && !OperatingSystem.IsWindows() ? "; the name without a version comes with the package ocl-icd-opencl-dev or its like" : "";
        return $"the driver library {string.Join(" or ", _libraries)} was not found{hint}";
    }

    private DeviceInfo Describe(Device device, int index)
    {
        string id = _kind == "ilgpu-cpu" ? _kind : $"{_kind}:{index}";
        string details = $"{device.NumMultiprocessors} units, groups of up to {device.MaxNumThreadsPerGroup} threads, {device.MaxSharedMemoryPerGroup / 1024} KiB shared";
        return device switch
        {
            CudaDevice cuda => new DeviceInfo(id, device.Name, device.MemorySize, CudaScore - index, null, $"SM {cuda.Architecture}, {details}"),
            CLDevice cl => DescribeOpenCL(id, cl, index, details),
            _ => new DeviceInfo(id, "simulator of a device, for debugging", GC.GetGCMemoryInfo().TotalAvailableMemoryBytes, NeverChosen, null, details + "; slow, never chosen by itself"),
        };
    }

    private static DeviceInfo DescribeOpenCL(string id, CLDevice device, int index, string details)
    {
        bool shared = device.DeviceType == CLDeviceType.CL_DEVICE_TYPE_CPU
            || device.GetDeviceInfo(HostUnifiedMemory, out int unified) != CLError.CL_SUCCESS
            || unified != 0;
        string? reason = device.Capabilities.GenericAddressSpace ? null
            : $"{device.PlatformVersion} of this driver lacks the generic address space (OpenCL 2.0, or 3.0 with that feature)";
        return new DeviceInfo(id, device.Name, device.MemorySize, (shared ? SharedMemoryScore : DiscreteScore) - index, reason, $"{device.PlatformName} {device.PlatformVersion}, {details}");
    }

    private static int IndexOf(string id) => id.Contains(':', StringComparison.Ordinal) ? int.Parse(id[(id.IndexOf(':', StringComparison.Ordinal) + 1)..]) : 0;

    private DeviceInfo Absent(string reason) => new(_kind, _kind == "cuda" ? "CUDA" : "OpenCL", 0, NeverChosen, reason, "");
}
