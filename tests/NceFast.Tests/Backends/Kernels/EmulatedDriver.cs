using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using NceFast.Kernels;
using Xunit;

namespace NceFast.Tests.Backends.Kernels;

/// <summary>
/// The emulated CUDA driver in tests/CudaDriver. It is built where g++ exists; elsewhere the tests that need it are skipped.
/// </summary>
/// <remarks>
/// <see cref="DriverLibrary"/> looks for a library by the name libcuda.so.1. A library that is loaded already is found by its
/// soname, so the test process loads this one by its path before the product looks. The driver offers a device only while a
/// test of an emulated class runs, so that all other tests see the machine as it is. Programs that tests start find the driver
/// by LD_LIBRARY_PATH, in a folder that has no libcuda.so, as on a machine without development packages.
/// </remarks>
internal static class EmulatedDriver
{
    private const string LibraryName = "libcuda.so.1";

    // Rounding as on a device: a product and a sum are contracted only where the driver's options say so.
    private static readonly string[] Flags =
        ["-std=c++17", "-O2", "-ftree-vectorize", "-march=native", "-ffp-contract=off", "-fno-math-errno", "-fwrapv", "-fPIC", "-fvisibility=hidden"];

    private static readonly Lazy<(string Folder, string? Reason)> Built = new(Build);
    private static readonly Lazy<nint> Library = new(() => NativeLibrary.Load(Path.Combine(Built.Value.Folder, LibraryName)));

    private static readonly Lazy<AcceleratorProvider> Shared = new(CreateProvider);

    /// <summary>Gets the provider of the emulated devices that most tests share, because it keeps compiled kernels.</summary>
    public static AcceleratorProvider Provider => Shared.Value;

    /// <summary>Gets whether the driver is loaded into this process.</summary>
    public static bool IsLoaded => Library.IsValueCreated;

    /// <summary>Gets the folder of the built driver, for LD_LIBRARY_PATH; skips the test where it cannot be built.</summary>
    public static string Folder
    {
        get
        {
            Assert.SkipWhen(Built.Value.Reason is not null, Built.Value.Reason ?? "");
            return Built.Value.Folder;
        }
    }

    /// <summary>Gets what the checks of the driver found, a line per problem.</summary>
    public static string Problems => Text("emulatedCudaProblems");

    /// <summary>Gets the counters of all kernels since the last <see cref="Start"/>.</summary>
    public static JsonElement Report => JsonDocument.Parse(Text("emulatedCudaReport")).RootElement;

    /// <summary>Creates a provider for a test that breaks its device.</summary>
    public static AcceleratorProvider CreateProvider() => (AcceleratorProvider)AcceleratorProvider.All().Single(p => ((AcceleratorProvider)p).Kind == "cuda");

    /// <summary>Offers devices to this process, and sets counters to zero; skips the test where the driver cannot be built.</summary>
    /// <param name="options">Options of the driver; those of the environment variable EMULATED_CUDA have precedence.</param>
    public static void Start(string options)
    {
        _ = Folder;
        Assert.SkipWhen(!IsLoaded && HasDriver(), "this machine has a CUDA driver; its devices are tested by other classes");
        Configure($"{options} {Environment.GetEnvironmentVariable("EMULATED_CUDA")}");
        Assert.True(DriverLibrary.Cuda.TryLoad(), $"{DriverLibrary.Cuda.Names} was not found by its soname"); // makes ILGPU find it too
        Reset();
    }

    /// <summary>Withdraws the devices, and fails the test if the driver found a problem.</summary>
    public static void Stop()
    {
        if (!IsLoaded)
            return;
        Configure("devices=0");
        Assert.Equal("", Problems);
    }

    private static bool HasDriver()
    {
        if (!NativeLibrary.TryLoad(LibraryName, out nint handle))
            return false;
        NativeLibrary.Free(handle);
        return true;
    }

    private static unsafe void Configure(string options)
    {
        var configure = (delegate* unmanaged<byte*, nint>)NativeLibrary.GetExport(Library.Value, "emulatedCudaConfigure");
        fixed (byte* text = Encoding.UTF8.GetBytes(options + "\0"))
        {
            nint error = configure(text);
            if (error != 0)
                throw new ArgumentException(Marshal.PtrToStringUTF8(error), nameof(options));
        }
    }

    private static unsafe void Reset() => ((delegate* unmanaged<void>)NativeLibrary.GetExport(Library.Value, "emulatedCudaReset"))();

    private static unsafe string Text(string function)
    {
        var get = (delegate* unmanaged<byte*, nuint, nuint>)NativeLibrary.GetExport(Library.Value, function);
        var text = new byte[get(null, 0) + 1];
        fixed (byte* to = text)
            get(to, (nuint)text.Length);
        return Encoding.UTF8.GetString(text, 0, text.Length - 1);
    }

    private static (string Folder, string? Reason) Build()
    {
        if (!OperatingSystem.IsLinux() || RuntimeInformation.ProcessArchitecture != Architecture.X64)
            return ("", "the emulated CUDA driver needs Linux on x64");
        string? compiler = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Select(folder => Path.Combine(folder, "g++")).FirstOrDefault(File.Exists);
        if (compiler is null)
            return ("", "g++, which builds the emulated CUDA driver, is not installed");
        string sources = Sources(), parent = Path.Combine(AppContext.BaseDirectory, "CudaDriver"), folder = Path.Combine(parent, Key(sources, compiler));
        Directory.CreateDirectory(parent);
        using FileStream hold = Hold(Path.Combine(parent, "lock"));
        if (!File.Exists(Path.Combine(folder, LibraryName)))
            Compile(compiler, sources, folder);
        return (folder, null);
    }

    // Several test processes may start at once; one of them builds.
    private static FileStream Hold(string file)
    {
        for (var watch = Stopwatch.StartNew(); ; Thread.Sleep(100))
        {
            try
            {
                return new FileStream(file, FileMode.OpenOrCreate, FileAccess.Write, FileShare.None);
            }
            catch (IOException) when (watch.Elapsed < TimeSpan.FromMinutes(5))
            {
                // another process builds
            }
        }
    }

    // What the library depends on: sources, compiler, its name and, by -march=native, the processor.
    private static string Key(string sources, string compiler)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string file in Directory.EnumerateFiles(sources).Order(StringComparer.Ordinal))
            hash.AppendData(File.ReadAllBytes(file));
        string processor = File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("flags", StringComparison.Ordinal)) ?? "";
        hash.AppendData(Encoding.UTF8.GetBytes($"{compiler} {File.GetLastWriteTimeUtc(compiler):O} {string.Join(' ', Flags)} {LibraryName} {processor}"));
        return Convert.ToHexStringLower(hash.GetHashAndReset())[..16];
    }

    private static void Compile(string compiler, string sources, string folder)
    {
        Directory.CreateDirectory(folder);
        string[] files = [.. Directory.EnumerateFiles(sources, "*.cpp")];
        string ObjectOf(string file) => Path.Combine(folder, Path.ChangeExtension(Path.GetFileName(file), ".o"));
        Parallel.ForEach(files, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, file => Run(compiler, [.. Flags, "-c", file, "-o", ObjectOf(file)]));
        string unfinished = Path.Combine(folder, "unfinished");
        Run(compiler, ["-shared", $"-Wl,-soname,{LibraryName}", "-o", unfinished, .. files.Select(ObjectOf)]);
        File.Move(unfinished, Path.Combine(folder, LibraryName));
    }

    private static void Run(string program, string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        string said = process.StandardError.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} failed:\n{said}");
    }

    internal static string Sources([CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "../../../CudaDriver"));
}
