using System.Runtime.InteropServices;
using NceFast.Distribution;
using NceFast.Distribution.Mpi;
using NceFast.Files;
using NceFast.Training;

namespace NceFast.Cli;

/// <summary>Represents one run of the program: its screen, and the signals that end it early.</summary>
internal sealed class Session : IDisposable
{
    /// <summary>The longest wait for work to end after a signal, because a read from an idle pipe never ends.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    // PosixSignal has no name for it.
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
            PosixSignalRegistration.Create(PosixSignal.SIGHUP, Interrupt), // the runtime ignores it if it was ignored at the start, as by nohup
        ];
        if (OperatingSystem.IsWindows())
            return;
        _signals.Add(PosixSignalRegistration.Create((PosixSignal)FileSizeLimit, context => context.Cancel = true));
        _signals.Add(PosixSignalRegistration.Create((PosixSignal)(OperatingSystem.IsLinux() ? 10 : 30), SaveNow)); // SIGUSR1, which has no name there
    }

    /// <summary>Gets the token that the first SIGINT, SIGTERM or SIGHUP cancels.</summary>
    public CancellationToken Cancellation => _cancel.Token;

    /// <summary>Gets or sets the folder of checkpoints; null when the training does not save itself.</summary>
    public string? CheckpointFolder { get; set; }

    /// <summary>Gets or sets the request to continue an earlier training; null for none.</summary>
    public ResumeRequest? Resume { get; set; }

    /// <summary>Gets the requests for a checkpoint.</summary>
    public CheckpointRequests Requests { get; } = new();

    /// <summary>Gets the files that the program reads and writes, with standard output and standard error. Their locks end with the session.</summary>
    public FilesInUse Files => _files ??= OpenFiles();

    /// <summary>Gets the screen, which is standard error.</summary>
    public Screen Screen { get; } = new();

    /// <summary>Gets the processes that train together; only this one before <see cref="Connect"/>.</summary>
    public ICommunicator Ranks { get; private set; } = new SoloCommunicator();

    /// <summary>Joins the processes that a launcher started beside this one; a second call only changes the timeout.</summary>
    /// <param name="timeout">Longest wait for another process.</param>
    /// <returns>The place and the threads of this process.</returns>
    public RankLayout Connect(TimeSpan timeout)
    {
        if (_layout is not null && Ranks is MpiCommunicator mpi)
            mpi.Timeout = timeout;
        RankLayout layout = _layout ??= Join(timeout);
        if (Ranks.Size > 1)
            Screen.BeRank(Ranks.Rank);
        return layout;
    }

    /// <summary>Gets a hint how to continue after several processes ended early; empty when nothing is saved.</summary>
    public string ResumeHint => Ranks.Size > 1 && CheckpointFolder is { } folder && CheckpointInfo.Exists(folder)
        ? $"The newest checkpoint is in {folder}: start {Ranks.Size} processes with 'ncefast resume {folder}' to continue from there."
        : "";

    /// <summary>Gets whether this process reports and writes.</summary>
    public bool IsFirst => Ranks.Rank == 0;

    /// <summary>Lets one process write, and then ends the work of all.</summary>
    public void WriteOnce(Action write)
    {
        Ranks.Together(IsFirst ? write : () => { });
        Ranks.Complete();
    }

    /// <summary>Ends the work of all processes in good order, after an error that all of them know.</summary>
    /// <param name="exitCode">The exit code of this process.</param>
    public void Complete(int exitCode)
    {
        try
        {
            Ranks.Complete();
        }
        catch (NceFastException)
        {
            Abort(exitCode);
        }
    }

    /// <summary>Ends the other processes too, because they would wait for this one.</summary>
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
            Screen.Warn($"this process may run on {Environment.ProcessorCount} of {RankLayout.CoresOfMachine} cores, because the launcher bound it to them; mpirun --bind-to none lifts that.");
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
