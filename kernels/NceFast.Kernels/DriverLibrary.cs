using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Loader;
using ILGPU;

namespace NceFast.Kernels;

/// <summary>Represents the library of a driver, and makes ILGPU use the same file.</summary>
/// <remarks>
/// ILGPU imports "cuda" and "OpenCL", which the runtime looks up as libcuda.so and libOpenCL.so. Machines without development
/// packages have libcuda.so.1 and libOpenCL.so.1 only. These names also come first where both exist, because a libcuda.so
/// without a version may be the stub of a toolkit, which has no driver behind it.
/// </remarks>
internal sealed class DriverLibrary
{
    private readonly string[] _imports;
    private readonly string[] _files;
    private nint _handle;

    static DriverLibrary() => Redirect(typeof(Context).Assembly);

    private DriverLibrary(string[] imports, string[] files) => (_imports, _files) = (imports, files);

    /// <summary>Gets the library of CUDA drivers.</summary>
    public static DriverLibrary Cuda { get; } = new(["cuda", "nvcuda"], OperatingSystem.IsWindows() ? ["nvcuda.dll"] : ["libcuda.so.1", "libcuda.so"]);

    /// <summary>Gets the library that finds OpenCL drivers.</summary>
    public static DriverLibrary OpenCL { get; } = new(["opencl"], OperatingSystem.IsWindows() ? ["OpenCL.dll"] : ["libOpenCL.so.1", "libOpenCL.so"]);

    /// <summary>Gets the names of the files that are tried.</summary>
    public string Names => string.Join(" or ", _files);

    /// <summary>Loads the library, which stays loaded. A failure is not remembered.</summary>
    /// <returns>false if the library is not installed.</returns>
    public bool TryLoad()
    {
        for (int i = 0; i < _files.Length && _handle == 0; i++)
            _ = NativeLibrary.TryLoad(_files[i], out _handle);
        return _handle != 0;
    }

    /// <summary>Finds a function of the loaded library.</summary>
    /// <exception cref="EntryPointNotFoundException">The library has no such function.</exception>
    public nint Function(string name) => NativeLibrary.GetExport(_handle, name);

    // An assembly can have one resolver. If the program has set its own, it comes first, then the names that the runtime tries, then this one.
    private static void Redirect(Assembly assembly)
    {
        try
        {
            NativeLibrary.SetDllImportResolver(assembly, (name, _, _) => Resolve(name));
        }
        catch (InvalidOperationException)
        {
            if (AssemblyLoadContext.GetLoadContext(assembly) is { } context)
                context.ResolvingUnmanagedDll += (_, name) => Resolve(name);
        }
    }

    private static nint Resolve(string import)
    {
        foreach (DriverLibrary library in (ReadOnlySpan<DriverLibrary>)[Cuda, OpenCL])
        {
            if (library._imports.Contains(import, StringComparer.OrdinalIgnoreCase) && library.TryLoad())
                return library._handle;
        }

        return 0;
    }
}
