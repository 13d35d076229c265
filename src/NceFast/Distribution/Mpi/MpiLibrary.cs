using System.Runtime.InteropServices;
using System.Text;
using NceFast.Numerics;

namespace NceFast.Distribution.Mpi;

/// <summary>
/// Represents an MPI library that is loaded at run time, so that a build or a single process needs none. The makes differ in their
/// constants, which are symbols in Open MPI, numbers in MPICH, and other numbers in the standard ABI of MPI 5.
/// </summary>
internal sealed unsafe partial class MpiLibrary
{
    private const int Lazy = 1, Global = 0x100;
    private const int TextBytes = 8192;
    private readonly nint _library;
    private readonly nint _world, _float, _int64, _byte, _sum, _inPlace, _errorsReturn;
    private readonly int _funneled;
    private readonly delegate* unmanaged<void*, void*, int, nint, nint, nint, int> _allreduce;
    private readonly delegate* unmanaged<void*, int, nint, int, nint, int> _bcast;
    private readonly delegate* unmanaged<nint, int, int> _abort;
    private readonly delegate* unmanaged<int> _finalize;
    private readonly delegate* unmanaged<int, byte*, int*, int> _errorString;

    private MpiLibrary(string name, nint library)
    {
        (Name, _library) = (name, library);
        if (dlsym(library, "ompi_mpi_comm_world") is not 0 and nint world && !name.Contains("abi", StringComparison.Ordinal))
        {
            (_world, _float, _int64, _byte) = (world, Symbol("ompi_mpi_float"), Symbol("ompi_mpi_int64_t"), Symbol("ompi_mpi_byte"));
            (_sum, _inPlace, _errorsReturn, _funneled) = (Symbol("ompi_mpi_op_sum"), 1, Symbol("ompi_mpi_errors_return"), 1);
        }
        else if (name.Contains("abi", StringComparison.Ordinal))
        {
            (_world, _float, _int64, _byte) = (0x101, 0x210, 0x258, 0x247);
            (_sum, _inPlace, _errorsReturn, _funneled) = (0x21, 1, 0x142, 1024);
        }
        else
        {
            (_world, _float, _int64, _byte) = (0x44000000, 0x4c00040a, 0x4c00083a, 0x4c00010d);
            (_sum, _inPlace, _errorsReturn, _funneled) = (0x58000003, -1, 0x54000001, 1);
        }

        _allreduce = (delegate* unmanaged<void*, void*, int, nint, nint, nint, int>)Symbol("MPI_Allreduce");
        _bcast = (delegate* unmanaged<void*, int, nint, int, nint, int>)Symbol("MPI_Bcast");
        _abort = (delegate* unmanaged<nint, int, int>)Symbol("MPI_Abort");
        _finalize = (delegate* unmanaged<int>)Symbol("MPI_Finalize");
        _errorString = (delegate* unmanaged<int, byte*, int*, int>)Symbol("MPI_Error_string");
    }

    /// <summary>Gets the file name of the library.</summary>
    public string Name { get; }

    /// <summary>Loads the first library of a launcher that exists.</summary>
    /// <exception cref="NceFastException">No library exists, or it is not an MPI library (<see cref="ErrorKind.Ranks"/>).</exception>
    public static MpiLibrary Load(Launch launch)
    {
        // UCX, which MPICH may load, would handle SIGSEGV, by which the .NET runtime finds null references.
        _ = setenv("UCX_ERROR_SIGNALS", "", 0);
        var reasons = new List<string>();
        foreach (string name in launch.Libraries)
        {
            nint library = dlopen(name, Lazy | Global);
            if (library != 0)
                return new MpiLibrary(name, library);
            reasons.Add(Marshal.PtrToStringUTF8(dlerror()) ?? name);
        }

        Throw.Ranks($"This process was started by {launch.Launcher}, but no MPI library of that make can be loaded ({string.Join("; ", reasons)}). Install it, or name its file in the environment variable {Launch.LibraryVariable}.");
        return null!;
    }

    /// <summary>Joins the world of processes. The thread that calls it must make all other calls.</summary>
    public (int Rank, int Size, string Version) Init()
    {
        int provided, rank, size, length = 0;
        Check(((delegate* unmanaged<void*, void*, int, int*, int>)Symbol("MPI_Init_thread"))(null, null, _funneled, &provided), "MPI_Init_thread");
        Check(((delegate* unmanaged<nint, nint, int>)Symbol("MPI_Comm_set_errhandler"))(_world, _errorsReturn), "MPI_Comm_set_errhandler");
        Check(((delegate* unmanaged<nint, int*, int>)Symbol("MPI_Comm_rank"))(_world, &rank), "MPI_Comm_rank");
        Check(((delegate* unmanaged<nint, int*, int>)Symbol("MPI_Comm_size"))(_world, &size), "MPI_Comm_size");
        byte* text = stackalloc byte[TextBytes];
        Check(((delegate* unmanaged<byte*, int*, int>)Symbol("MPI_Get_library_version"))(text, &length), "MPI_Get_library_version");
        string version = Encoding.UTF8.GetString(text, length).Split(',', '\n')[0].Replace("\t", "", StringComparison.Ordinal).Replace("Version:", " ", StringComparison.Ordinal).Trim();
        return (rank, size, version);
    }

    /// <summary>Sums floats in place.</summary>
    public void AllSum(float* values, int count) => Check(_allreduce((void*)_inPlace, values, count, _float, _sum, _world), "MPI_Allreduce");

    /// <summary>Sums whole numbers in place.</summary>
    public void AllSum(long* values, int count) => Check(_allreduce((void*)_inPlace, values, count, _int64, _sum, _world), "MPI_Allreduce");

    /// <summary>Sends the root's bytes to all ranks.</summary>
    public void Broadcast(byte* bytes, int count, int root) => Check(_bcast(bytes, count, _byte, root, _world), "MPI_Bcast");

    /// <summary>Leaves the world in good order.</summary>
    public void Complete() => Check(_finalize(), "MPI_Finalize");

    /// <summary>Ends the processes of the world.</summary>
    public void Abort(int exitCode) => _ = _abort(_world, exitCode);

    /// <summary>Ends this process at once, without handlers and without destructors of libraries that wait for others.</summary>
    public static void Leave(int exitCode) => _exit(exitCode);

    private void Check(int code, string call)
    {
        if (code == 0)
            return;
        byte* text = stackalloc byte[TextBytes];
        int length = 0;
        _ = _errorString(code, text, &length);
        Throw.Ranks($"{call} failed: {Encoding.UTF8.GetString(text, length)} (code {code}). Another rank may have ended or the network failed.");
    }

    private nint Symbol(string name)
    {
        nint symbol = dlsym(_library, name);
        if (symbol == 0)
            Throw.Ranks($"{Name} has no {name}: it is not an MPI library of a known make. Name another in the environment variable {Launch.LibraryVariable}.");
        return symbol;
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint dlopen(string name, int flags);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint dlsym(nint library, string name);

    [LibraryImport("libc")]
    private static partial nint dlerror();

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int setenv(string name, string value, int overwrite);

    [LibraryImport("libc")]
    private static partial void _exit(int code);
}
