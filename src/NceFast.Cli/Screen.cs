using Microsoft.Extensions.Logging;
using NceFast.Training;

namespace NceFast.Cli;

/// <summary>Writes messages of the library and progress to standard error, in the form that suits its reader.</summary>
internal sealed class Screen : ILogger, IProgress<TrainingProgress>
{
    private readonly Lock _lock = new();
    private string _name = "ncefast";
    private bool _live = Terminal.IsLive;
    private IScreenView? _view;

    /// <summary>Creates the screen.</summary>
    /// <param name="view">Shows everything; null for a view that suits standard error.</param>
    public Screen(IScreenView? view = null) => _view = view;

    /// <summary>Gets or sets the options of the program, which messages name in place of members of the library.</summary>
    public MemberFlags? Flags { get; set; }

    /// <summary>Occurs for each message, with its level (error, warning or information), also for those that are not shown.</summary>
    public event Action<string, string>? Said;

    /// <summary>Gets or sets whether progress and summary are hidden; warnings and errors are still shown.</summary>
    public bool Quiet { get; set; }

    /// <summary>Gets or sets whether information of the library is shown.</summary>
    public bool Verbose { get; set; }

    /// <summary>Gets or sets the form: text for people or JSON for programs. It is set before anything is shown.</summary>
    public LogForm Form { get; set; }

    /// <summary>Gets or sets whether the result is JSON, so that an error is JSON too.</summary>
    public bool Json { get; set; }

    /// <summary>Gets or sets the text before each progress line, for several trainings in sequence.</summary>
    public string Prefix { get; set; } = "";

    // Created when something is shown, because most verbs show nothing and a live view loads a library.
    private IScreenView View => _view ??= Form == LogForm.Json ? new JsonView() : _live ? LiveView.Create() : new LineView();

    /// <summary>Makes this process one of several: only the first one reports, and none has a live view, because launchers give each process a terminal.</summary>
    public void BeRank(int rank)
    {
        _live = false;
        _name = $"ncefast (rank {rank})";
        Quiet |= rank > 0;
        Verbose &= rank == 0;
        Json &= rank == 0;
    }

    /// <summary>Writes errors that end the program. With <c>--json</c>, standard output receives one object, if it has none yet.</summary>
    /// <param name="failures">The errors.</param>
    public void Fail(params IReadOnlyList<Failure> failures)
    {
        failures = [.. failures.Select(f => f with { Message = Named(f.Message) })];
        foreach (Failure failure in failures)
        {
            Said?.Invoke("error", failure.Message);
            lock (_lock)
                View.Fail(failure, $"{_name}: {failure.Message}");
        }

        if (Json)
            Failure.WriteResult(failures);
    }

    /// <summary>Writes a hint after an error, also when quiet.</summary>
    public void Hint(string message) => Write("information", message, $"{_name}: {message}");

    /// <summary>Writes a line unless quiet.</summary>
    public void Say(string line)
    {
        if (!Quiet)
            Write("information", line, line);
    }

    /// <summary>Writes a warning.</summary>
    public void Warn(string message) => Write("warning", Named(message), $"{_name}: warning: {Named(message)}");

    /// <summary>Returns a message of the library as this program says it, with its options in place of members.</summary>
    public string Named(string message) => Flags?.In(message) ?? message;

    /// <summary>Removes the progress.</summary>
    public void EndLine()
    {
        lock (_lock)
            _view?.Clear();
    }

    public void Report(TrainingProgress value)
    {
        if (Quiet)
            return;
        lock (_lock)
            View.Report(value, Prefix);
    }

    public bool IsEnabled(LogLevel logLevel) => logLevel >= (Verbose ? LogLevel.Information : LogLevel.Warning) || (Said is not null && logLevel >= LogLevel.Information);

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (!IsEnabled(logLevel))
            return;
        string message = Named(formatter(state, exception));
        if (logLevel >= LogLevel.Warning)
            Warn(message);
        else if (Verbose)
            Write("information", message, $"{_name}: {message}");
        else
            Said?.Invoke("information", message);
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    private void Write(string level, string message, string line)
    {
        Said?.Invoke(level, message);
        lock (_lock)
            View.Line(level, message, line);
    }
}

/// <summary>Represents a way to show messages and progress. One thread at a time calls it.</summary>
internal interface IScreenView
{
    /// <summary>Shows a message.</summary>
    /// <param name="level">error, warning or information.</param>
    /// <param name="message">The message alone.</param>
    /// <param name="line">The message as a line for people.</param>
    void Line(string level, string message, string line);

    /// <summary>Shows the error that ends the program.</summary>
    /// <param name="failure">The error.</param>
    /// <param name="line">The message as a line for people.</param>
    void Fail(Failure failure, string line);

    /// <summary>Shows progress, at most at certain intervals.</summary>
    void Report(in TrainingProgress progress, string prefix);

    /// <summary>Removes temporary lines.</summary>
    void Clear();
}

/// <summary>Describes standard error.</summary>
internal static class Terminal
{
    /// <summary>Gets whether it can show a live view.</summary>
    public static bool IsLive =>
        !Console.IsErrorRedirected
        && Environment.GetEnvironmentVariable("TERM") is not ("dumb" or "" or null);
}
