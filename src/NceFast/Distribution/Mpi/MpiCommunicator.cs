using System.Runtime.ExceptionServices;
using NceFast.Numerics;

namespace NceFast.Distribution.Mpi;

/// <summary>
/// Ranks that are processes of an MPI program. One thread makes every MPI call, from the first to the last, while the
/// caller waits for it, but no longer than the timeout: a rank that was stopped would otherwise hold up all for ever.
/// </summary>
/// <remarks>The makes, their traps and what was measured: DESIGN.md in the folder above.</remarks>
public sealed unsafe class MpiCommunicator : ICommunicator
{
    /// <summary>Exit code of a process that ends in the middle of the work.</summary>
    public const int AbortedExitCode = 70;

    // An all-reduce of more was ten times slower with both makes; it also keeps counts below 2^31.
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
        new Thread(Serve) { IsBackground = true, Name = "ncefast communication" }.Start();
    }

    /// <inheritdoc/>
    public string Description { get; private set; }

    /// <inheritdoc/>
    public int Rank { get; private set; }

    /// <inheritdoc/>
    public int Size { get; private set; } = 1;

    /// <summary>Longest wait for the other ranks in one call.</summary>
    public TimeSpan Timeout { get; set; }

    /// <summary>Joins the other processes if a launcher (mpirun, mpiexec, srun) started several; else this process is alone, and no MPI library is needed.</summary>
    /// <param name="timeout">Longest wait for the other ranks in one call.</param>
    /// <exception cref="NceFastException">The library is missing or of another make than the launcher (<see cref="ErrorKind.Ranks"/>).</exception>
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
        const int piece = PieceBytes / sizeof(float);
        fixed (float* p = values)
        {
            nint all = (nint)p;
            int length = values.Length;
            Call(() =>
            {
                for (int first = 0; first < length; first += piece)
                    _library.AllSum((float*)all + first, Math.Min(piece, length - first));
            });
        }
    }

    /// <inheritdoc/>
    public void AllSum(Span<long> values)
    {
        const int piece = PieceBytes / sizeof(long);
        fixed (long* p = values)
        {
            nint all = (nint)p;
            int length = values.Length;
            Call(() =>
            {
                for (int first = 0; first < length; first += piece)
                    _library.AllSum((long*)all + first, Math.Min(piece, length - first));
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

        // With the call that ends all processes at once; should it hang, this one ends alone and the launcher sees it.
        if (!_isStuck && Monitor.TryEnter(_calls, AbortPatience))
        {
            _call = () => _library.Abort(exitCode);
            _wanted.Release();
            _done.Wait(AbortPatience);
        }

        MpiLibrary.Leave(exitCode);
    }

    /// <summary>Ends all processes unless the work is complete: an orderly end would wait for ranks that never come.</summary>
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
            _isStuck = true; // there is nobody to end
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
