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

/// <summary>Represents the accelerators of one kind. <see cref="All"/> creates a provider for each kind.</summary>
internal sealed class AcceleratorProvider : IBackendProvider
{
    // The host has score 100. CUDA devices and OpenCL devices with their own memory rank above it. An OpenCL device that shares the
    // processor's memory ranks below it. ILGPU's own order, by size of memory, would put an integrated GPU first.
    internal const int CudaScore = 300, DiscreteScore = 200, SharedMemoryScore = 50, NeverChosen = -1000;

    // CL_DEVICE_HOST_UNIFIED_MEMORY, for which ILGPU has no name.
    private const CLDeviceInfoType HostUnifiedMemory = (CLDeviceInfoType)0x1035;

    private static readonly Lazy<IBackendProvider[]> Providers = new(() => [.. All()]);

    private readonly string _kind;
    private readonly Func<DriverState> _probe;
    private readonly Lazy<Context> _context;
    private readonly Dictionary<string, Accelerator> _open = [];

    private AcceleratorProvider(string kind, Func<DriverState> probe, Action<Context.Builder> enable)
    {
        _kind = kind;
        _probe = probe;

        // The algorithms come first, because mathematical functions are bound when an accelerator is created.
        _context = new Lazy<Context>(() => Context.Create(builder => enable(builder.EnableAlgorithms())));
    }

    /// <summary>Gets the providers of this process. A device and its compiled kernels stay open for the life of the process.</summary>
    public static IReadOnlyList<IBackendProvider> OfProcess => Providers.Value;

    /// <summary>Creates a provider for each kind of accelerator: CUDA, OpenCL, and the simulator on the processor.</summary>
    public static IEnumerable<IBackendProvider> All()
    {
        yield return new AcceleratorProvider("cuda", DriverState.Cuda, builder => builder.Cuda());
        yield return new AcceleratorProvider("opencl", DriverState.OpenCL, builder => builder.OpenCL(_ => true));
        yield return new AcceleratorProvider("ilgpu-cpu", () => default, builder => builder.CPU(new CPUDevice(32, GroupMemory.MaxThreads / 32, 1)));
    }

    /// <summary>Gets the kind of the devices: cuda, opencl or ilgpu-cpu.</summary>
    public string Kind => _kind;

    /// <inheritdoc/>
    public IEnumerable<DeviceInfo> Devices()
    {
        try
        {
            DriverState driver = _probe();
            if (driver.Reason is not null)
                return [Absent(driver)];
            List<DeviceInfo> found = [.. OfKind().Select(Describe)];
            return found.Count > 0 ? found : [Absent(DriverState.Empty(_kind))];
        }
        catch (Exception e) when (e is not NceFastException)
        {
            return [Absent(DriverState.Failure(e))];
        }
    }

    /// <inheritdoc/>
    public IBackend Create(DeviceInfo device, BackendRequest request) => Create(device, request, inOrder: false);

    /// <summary>Creates a backend by the name of a device, with a choice of kernel.</summary>
    internal static IBackend Create(string id, BackendRequest request, bool plain)
    {
        string kind = id.Split(':')[0];
        var provider = (AcceleratorProvider?)Providers.Value.FirstOrDefault(p => p.Kind == kind);
        DeviceInfo? device = provider?.Devices().FirstOrDefault(d => d.Id == id || d.Id == id + ":0");
        if (device is null || !device.Usable)
            Throw.Device($"There is no device '{id}': {device?.Reason ?? "the command 'devices' lists those of this machine"}.");
        return provider!.Create(device!, request, inOrder: false, plain);
    }

    /// <summary>Opens a device by its id. It stays open for the life of the process.</summary>
    internal static Accelerator OpenById(string id)
    {
        var provider = (AcceleratorProvider)Providers.Value.First(p => p.Kind == id.Split(':')[0]);
        return provider.Open(id);
    }

    /// <summary>
    /// Creates a backend. With plain kernels, word vectors keep no inputs in registers. In order, a single group of threads processes
    /// all sets or predictions one after another, as the host does.
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
            Throw.Device($"The device '{device.Id}' ({device.Name}) failed when the model was put on it, which needs {Forecast(device, request.Spec):N0} of its {device.Memory:N0} bytes: {DriverError.Describe(e)}.", e);
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

    // A device and the kernels compiled for it stay open for the life of the process.
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

    private DeviceInfo Describe(Device device, int index)
    {
        string id = _kind == "ilgpu-cpu" ? _kind : $"{_kind}:{index}";
        string details = $"{device.NumMultiprocessors} units, groups of up to {device.MaxNumThreadsPerGroup} threads, {device.MaxSharedMemoryPerGroup / 1024} KiB shared";
        return device switch
        {
            CudaDevice cuda => new DeviceInfo(id, device.Name, device.MemorySize, CudaScore - index, null, $"SM {cuda.Architecture}, driver for CUDA {cuda.DriverVersion}, {details}"),
            CLDevice cl => DescribeOpenCL(id, cl, index, details),
            _ => new DeviceInfo(id, "simulator of a device, for debugging", GC.GetGCMemoryInfo().TotalAvailableMemoryBytes, NeverChosen, null, details + "; slow, never chosen automatically"),
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

    // A driver that failed keeps the rank of its devices, so that the choice of a device of a lower rank is reported.
    private DeviceInfo Absent(DriverState driver) =>
        new(_kind, _kind == "cuda" ? "CUDA" : "OpenCL", 0, !driver.Failed ? NeverChosen : _kind == "cuda" ? CudaScore : DiscreteScore, driver.Reason, "") { DriverFailed = driver.Failed };
}
