using Microsoft.Extensions.Logging;
using NceFast.Training;

namespace NceFast.Cli;

/// <summary>
/// Standard error: messages of the library, and progress. On a terminal progress is one line that is written over; in a
/// file it is a line an epoch and a line every ten seconds.
/// </summary>
internal sealed class Screen : ILogger, IProgress<TrainingProgress>
{
    private const long MillisecondsBetweenLines = 10_000;
    private readonly Lock _lock = new();
    private string _name = "ncefast";
    private bool _terminal = !Console.IsErrorRedirected && Environment.GetEnvironmentVariable("TERM") != "dumb";
    private TrainingProgress _last;
    private long _nextLine = Environment.TickCount64 + MillisecondsBetweenLines;
    private bool _open;

    /// <summary>No progress and no summary; warnings and errors stay.</summary>
    public bool Quiet { get; set; }

    /// <summary>Also what the library tells for information.</summary>
    public bool Verbose { get; set; }

    /// <summary>Set before each progress line, where several trainings follow each other.</summary>
    public string Prefix { get; set; } = "";

    /// <summary>Speaks as one process of several: the first one reports, and none writes lines over, for launchers give even files a terminal.</summary>
    public void BeRank(int rank)
    {
        _terminal = false;
        _name = $"ncefast (rank {rank})";
        Quiet |= rank > 0;
        Verbose &= rank == 0;
    }

    /// <summary>Writes why the run ends.</summary>
    public void Fail(string message) => WriteLine($"{_name}: {message}");

    /// <summary>Writes a line unless quiet.</summary>
    public void Say(string line)
    {
        if (!Quiet)
            WriteLine(line);
    }

    /// <summary>Writes a warning.</summary>
    public void Warn(string message) => WriteLine($"{_name}: warning: {message}");

    /// <summary>Removes the progress line.</summary>
    public void EndLine()
    {
        lock (_lock)
        {
            if (_open)
                Console.Error.Write("\r\e[K");
            _open = false;
        }
    }

    public void Report(TrainingProgress value)
    {
        if (Quiet)
            return;
        lock (_lock)
        {
            if (_terminal)
            {
                Console.Error.Write($"\r{Show(value)}\e[K");
                _open = true;
            }
            else
            {
                ReportLines(value);
            }

            _last = value;
        }
    }

    public bool IsEnabled(LogLevel logLevel) => logLevel >= (Verbose ? LogLevel.Information : LogLevel.Warning);

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (!IsEnabled(logLevel))
            return;
        string message = formatter(state, exception);
        WriteLine(logLevel >= LogLevel.Warning ? $"{_name}: warning: {message}" : $"{_name}: {message}");
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    private void ReportLines(TrainingProgress value)
    {
        bool epochEnded = value.Phase == TrainingPhase.Training && _last.Phase == TrainingPhase.Training && value.Epoch > _last.Epoch;
        if (epochEnded)
            Console.Error.WriteLine(Show(_last));
        else if (Environment.TickCount64 >= _nextLine)
            Console.Error.WriteLine(Show(value));
        else
            return;
        _nextLine = Environment.TickCount64 + MillisecondsBetweenLines;
    }

    private string Show(in TrainingProgress p)
    {
        string phase = p.Phase == TrainingPhase.Vocabulary ? "vocabulary" : $"epoch {p.Epoch + 1}/{p.Epochs}";
        string line = $"{Prefix}{phase}{(double.IsFinite(p.Fraction) ? $" {p.Fraction,4:P0}" : $" {p.Words:N0} words")}, {p.WordsPerSecond / 1e6:F2} million words/s";
        if (p.Phase == TrainingPhase.Training)
            line += $", loss {p.Loss:F4}, lr {p.LearningRate:G3}";
        if (p.Fraction is > 0.001 and <= 1)
            line += $", {TimeSpan.FromSeconds(Math.Round(p.Elapsed.TotalSeconds * (1 - p.Fraction) / p.Fraction)):c} left";
        return line;
    }

    private void WriteLine(string line)
    {
        lock (_lock)
        {
            EndLine();
            Console.Error.WriteLine(line);
        }
    }
}
