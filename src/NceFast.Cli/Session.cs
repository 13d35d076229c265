using System.Runtime.InteropServices;
using NceFast.Distribution;
using NceFast.Distribution.Mpi;
using NceFast.Files;
using NceFast.Training;

namespace NceFast.Cli;

/// <summary>One run of the program: its screen, and the signal that ends it early.</summary>
internal sealed class Session : IDisposable
{
    /// <summary>Longest wait for work to end after a signal: a read from an idle pipe never does.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    // Has no name in PosixSignal.
    private static readonly int UserSignal2 = OperatingSystem.IsLinux() ? 12 : 31;

    // A file that reaches the size limit of the process would kill it. With a handler, the write fails as on a full disk.
    private const int FileSizeLimit = 25;

    private readonly CancellationTokenSource _cancel = new();
    private readonly List<PosixSignalRegistration> _signals;
    private FilesInUse? _files;
    private Timer? _deadline;
    private RankLayout? _layout;
    private int _interrupted;

    public Session()
    {
        _signals =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGINT, Interrupt),
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, Interrupt),
            PosixSignalRegistration.Create(PosixSignal.SIGHUP, Interrupt), // left alone by the runtime where it was ignored at the start, as by nohup
        ];
        if (OperatingSystem.IsWindows())
            return;
        _signals.Add(PosixSignalRegistration.Create((PosixSignal)FileSizeLimit, context => context.Cancel = true));
        _signals.Add(PosixSignalRegistration.Create((PosixSignal)(OperatingSystem.IsLinux() ? 10 : 30), SaveNow)); // SIGUSR1 has no name there
    }

    /// <summary>Cancelled by the first SIGINT, SIGTERM or SIGHUP.</summary>
    public CancellationToken Cancellation => _cancel.Token;

    /// <summary>Gets or sets the folder of checkpoints; null when the training does not save itself.</summary>
    public string? CheckpointFolder { get; set; }

    /// <summary>Set when an earlier run is to go on.</summary>
    public ResumeRequest? Resume { get; set; }

    /// <summary>Wishes for a checkpoint.</summary>
    public CheckpointRequests Requests { get; } = new();

    /// <summary>What this run reads and writes, standard output and standard error included; its locks end with the session.</summary>
    public FilesInUse Files => _files ??= OpenFiles();

    /// <summary>Standard error.</summary>
    public Screen Screen { get; } = new();

    /// <summary>The processes that train together; this one alone until it is connected.</summary>
    public ICommunicator Ranks { get; private set; } = new SoloCommunicator();

    /// <summary>Joins the processes that a launcher started beside this one; a second call changes no more than the timeout.</summary>
    /// <param name="timeout">Longest wait for another.</param>
    /// <returns>This process's place and threads.</returns>
    public RankLayout Connect(TimeSpan timeout)
    {
        if (_layout is not null && Ranks is MpiCommunicator mpi)
            mpi.Timeout = timeout;
        RankLayout layout = _layout ??= Join(timeout);
        if (Ranks.Size > 1)
            Screen.BeRank(Ranks.Rank);
        return layout;
    }

    /// <summary>How to go on after several processes ended early; empty where nothing is saved.</summary>
    public string ResumeHint => Ranks.Size > 1 && CheckpointFolder is { } folder && CheckpointInfo.Exists(folder)
        ? $"The newest checkpoint is in {folder}: start {Ranks.Size} processes with 'ncefast resume {folder}' to go on from there."
        : "";

    /// <summary>Whether this process reports and writes, for itself or for all.</summary>
    public bool IsFirst => Ranks.Rank == 0;

    /// <summary>Lets one process write what all have, then ends their work.</summary>
    public void WriteOnce(Action write)
    {
        Ranks.Together(IsFirst ? write : () => { });
        Ranks.Complete();
    }

    /// <summary>Ends the other processes too, for they would wait for this one.</summary>
    public void Abort(int exitCode)
    {
        if (Ranks.Size > 1)
            Ranks.Abort(exitCode);
    }

    public void Dispose()
    {
        foreach (PosixSignalRegistration signal in _signals)
            signal.Dispose();
        _files?.Dispose();
        _deadline?.Dispose();
        _cancel.Dispose();
    }

    private static FilesInUse OpenFiles()
    {
        var files = new FilesInUse();
        AppDomain.CurrentDomain.ProcessExit += (_, _) => files.Dispose(); // also when a second signal leaves at once
        if (OperatingSystem.IsWindows())
            return files;
        files.AddOpenOutput("standard output", "/dev/stdout");
        files.AddOpenOutput("standard error", "/dev/stderr");
        return files;
    }

    private RankLayout Join(TimeSpan timeout)
    {
        Ranks = MpiCommunicator.Connect(timeout);
        RankLayout layout = RankLayout.Of(Ranks);
        if (Ranks.Size == 1)
            return layout;

        // Open MPI forwards SIGUSR2, while SIGTERM would be followed by SIGKILL within a second.
        if (!OperatingSystem.IsWindows())
            _signals.Add(PosixSignalRegistration.Create((PosixSignal)UserSignal2, Interrupt));
        if (Ranks.Rank == 0 && Environment.ProcessorCount < RankLayout.CoresOfMachine / layout.LocalSize)
            Screen.Warn($"this process may run on {Environment.ProcessorCount} of {RankLayout.CoresOfMachine} cores, for the launcher bound it to them; mpirun --bind-to none lifts that.");
        return layout;
    }

    // The first signal asks for an orderly end; a second one, or no end in time, leaves at once. Several processes end
    // at their next merge, which takes its time.
    private void Interrupt(PosixSignalContext context)
    {
        context.Cancel = true;
        if (context.Signal == PosixSignal.SIGHUP && Volatile.Read(ref _interrupted) == 1)
            return; // a lost terminal sends it more than once, from the system and from the shell
        if (Interlocked.Exchange(ref _interrupted, 1) == 1) // handlers of two signals may run at once
        {
            Abort(ExitCode.Interrupted);
            Environment.Exit(ExitCode.Interrupted);
        }

        if (Ranks.Size == 1)
            _deadline = new Timer(_ => LeaveUnlessSaving(), null, Patience, Patience);
        else if (Ranks.Rank <= 1) // two, so that one is left to say it when the other was killed
            Screen.Warn($"{((int)context.Signal == UserSignal2 ? "SIGUSR2" : context.Signal)} asks for an end: all processes stop together at their next merge. {ResumeHint}".TrimEnd());
        _cancel.Cancel();
    }

    // A large model may take longer to save than patience lasts.
    private void LeaveUnlessSaving()
    {
        if (!Requests.IsSaving)
            Environment.Exit(ExitCode.Interrupted);
    }

    private void SaveNow(PosixSignalContext context)
    {
        context.Cancel = true;
        if (CheckpointFolder is null)
            Screen.Warn("SIGUSR1 asks for a checkpoint, but no folder is given; see --checkpoint.");
        Requests.Save();
    }
}
