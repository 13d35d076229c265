using System.Runtime.ExceptionServices;
using NceFast.Numerics;

namespace NceFast.Distribution.Mpi;

/// <summary>
/// Represents ranks that are processes of an MPI program. One thread makes every MPI call, from the first to the last, while the
/// caller waits for it. The caller waits no longer than the timeout, because a rank that was stopped would otherwise block all ranks for ever.
/// </summary>
/// <remarks>The traps of the makes and their answers are in DESIGN.md beside this file.</remarks>
public sealed unsafe class MpiCommunicator : ICommunicator
{
    /// <summary>The exit code of a process that ends in the middle of the work.</summary>
    public const int AbortedExitCode = 70;

    // A larger all-reduce was ten times slower with both makes. Pieces also keep counts below 2^31.
    private const int PieceBytes = 16 << 20;
    private static readonly TimeSpan AbortPatience = TimeSpan.FromSeconds(5);

    private readonly MpiLibrary _library;
    private readonly SemaphoreSlim _wanted = new(0), _done = new(0);
    private readonly object _calls = new();
    private Action? _call;
    private ExceptionDispatchInfo? _failure;
    private bool _complete, _isStuck, _disposed;

    private MpiCommunicator(MpiLibrary library, TimeSpan timeout)
    {
        (_library, Timeout, Description) = (library, timeout, library.Name);
        NamedThread.Start("ncefast communication", Serve);
    }

    /// <inheritdoc/>
    public string Description { get; private set; }

    /// <inheritdoc/>
    public int Rank { get; private set; }

    /// <inheritdoc/>
    public int Size { get; private set; } = 1;

    /// <summary>Gets or sets the longest wait for the other ranks in one call.</summary>
    public TimeSpan Timeout { get; set; }

    /// <summary>Joins the other processes if a launcher (mpirun, mpiexec, srun) started several. Otherwise this process is alone and needs no MPI library.</summary>
    /// <param name="timeout">Longest wait for the other ranks in one call.</param>
    /// <exception cref="NceFastException">The library is missing, or its make differs from the launcher's (<see cref="ErrorKind.Ranks"/>).</exception>
    public static ICommunicator Connect(TimeSpan timeout)
    {
        Launch? launch = Launch.Find(Environment.GetEnvironmentVariable);
        if (launch is null || launch.Size == 1)
            return new SoloCommunicator();
        var ranks = new MpiCommunicator(MpiLibrary.Load(launch), timeout);
        ranks.Join(launch);
        return ranks;
    }

    /// <inheritdoc/>
    public void AllSum(Span<float> values)
    {
        const int Piece = PieceBytes / sizeof(float);
        fixed (float* p = values)
        {
            nint all = (nint)p;
            int length = values.Length;
            Call(() =>
            {
                for (int first = 0; first < length; first += Piece)
                    _library.AllSum((float*)all + first, Math.Min(Piece, length - first));
            });
        }
    }

    /// <inheritdoc/>
    public void AllSum(Span<long> values)
    {
        const int Piece = PieceBytes / sizeof(long);
        fixed (long* p = values)
        {
            nint all = (nint)p;
            int length = values.Length;
            Call(() =>
            {
                for (int first = 0; first < length; first += Piece)
                    _library.AllSum((long*)all + first, Math.Min(Piece, length - first));
            });
        }
    }

    /// <inheritdoc/>
    public void Broadcast(Span<byte> bytes, int root)
    {
        fixed (byte* p = bytes)
        {
            nint all = (nint)p;
            int length = bytes.Length;
            Call(() =>
            {
                for (int first = 0; first < length; first += PieceBytes)
                    _library.Broadcast((byte*)all + first, Math.Min(PieceBytes, length - first), root);
            });
        }
    }

    /// <inheritdoc/>
    public void Complete()
    {
        Call(() => _library.Complete());
        _complete = true;
    }

    /// <inheritdoc/>
    public void Abort(int exitCode)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);

        // MPI_Abort ends all processes at once. If it hangs, this process ends alone and the launcher notices.
        if (!_isStuck && Monitor.TryEnter(_calls, AbortPatience))
        {
            _call = () => _library.Abort(exitCode);
            _wanted.Release();
            _done.Wait(AbortPatience);
        }

        MpiLibrary.Leave(exitCode);
    }

    /// <summary>Ends all processes unless the work is complete, because an orderly end would wait for ranks that never come.</summary>
    public void Dispose()
    {
        if (!_complete)
            Abort(AbortedExitCode);
        _disposed = true;
    }

    private void Join(Launch launch)
    {
        string version = "";
        Call(() => (Rank, Size, version) = _library.Init());

        // MPICH reports success when a rank leaves with 0 in the middle of the work.
        AppDomain.CurrentDomain.ProcessExit += (_, _) =>
        {
            if (!_complete)
                MpiLibrary.Leave(AbortedExitCode);
        };
        Description = $"{Size} ranks by {version}";
        if (launch.Size >= 0 && launch.Size != Size)
        {
            _isStuck = true; // there are no other ranks to end
            Throw.Ranks($"{launch.Launcher} started {launch.Size} processes, but {_library.Name} ({version}) sees {Size}: launcher and library are of different makes. Start with the library's own launcher, or name the launcher's library in the environment variable {Launch.LibraryVariable}.");
        }
    }

    private void Call(Action call)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        lock (_calls)
        {
            if (!_isStuck)
            {
                _call = call;
                _wanted.Release();
                _isStuck = !_done.Wait(Timeout);
            }

            if (_isStuck)
                Throw.Ranks($"Rank {Rank} waited {Timeout.TotalSeconds:N0} s for the other ranks: one was stopped, hangs, or needs longer than {Member.Of(nameof(MpiCommunicator.Timeout))} allows.");
            _failure?.Throw();
        }
    }

    private void Serve()
    {
        while (!_complete)
        {
            _wanted.Wait();
            try
            {
                _failure = null;
                _call!();
            }
            catch (Exception e)
            {
                _failure = ExceptionDispatchInfo.Capture(e);
            }

            _done.Release();
        }
    }
}
