using System.Runtime.InteropServices;

namespace NceFast.Cli;

/// <summary>One run of the program: its screen, and the signal that ends it early.</summary>
internal sealed class Session : IDisposable
{
    /// <summary>Longest wait for work to end after a signal: a read from an idle pipe never does.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly CancellationTokenSource _cancel = new();
    private readonly PosixSignalRegistration[] _signals;
    private Timer? _deadline;

    public Session() => _signals =
    [
        PosixSignalRegistration.Create(PosixSignal.SIGINT, Interrupt),
        PosixSignalRegistration.Create(PosixSignal.SIGTERM, Interrupt),
    ];

    /// <summary>Cancelled by the first SIGINT or SIGTERM.</summary>
    public CancellationToken Cancellation => _cancel.Token;

    /// <summary>Standard error.</summary>
    public Screen Screen { get; } = new();

    public void Dispose()
    {
        foreach (PosixSignalRegistration signal in _signals)
            signal.Dispose();
        _deadline?.Dispose();
        _cancel.Dispose();
    }

    // The first signal asks for an orderly end; a second one, or no end in time, leaves at once.
    private void Interrupt(PosixSignalContext context)
    {
        context.Cancel = true;
        if (_cancel.IsCancellationRequested)
            Environment.Exit(ExitCode.Interrupted);
        _deadline = new Timer(_ => Environment.Exit(ExitCode.Interrupted), null, Patience, Timeout.InfiniteTimeSpan);
        _cancel.Cancel();
    }
}
