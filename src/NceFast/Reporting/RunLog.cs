using System.Diagnostics;
using System.Text.Json;
using NceFast.Files;
using NceFast.Reporting.Internals;

namespace NceFast.Reporting;

/// <summary>
/// Writes the progress of a run to <c>metrics.jsonl</c>. The interval between progress samples grows with the length of the run,
/// so the file remains small even after days. If the log cannot be written any more, for example because the disk is full,
/// logging stops and the training continues.
/// </summary>
/// <remarks>Several threads can use an instance at the same time.</remarks>
public sealed class RunLog : IDisposable
{
    private const double FirstInterval = 0.5, LaterIntervals = 1.0 / 1500;
    private readonly Lock _lock = new();
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly Action<string> _warn;
    private LineLog? _file;
    private bool _disposed;
    private double _next;

    /// <summary>Starts or continues the log of a run.</summary>
    /// <param name="folder">The folder of the run.</param>
    /// <param name="warn">Receives one warning if the log cannot be written any more.</param>
    /// <exception cref="NceFastException">The log cannot be opened (<see cref="ErrorKind.Output"/>).</exception>
    public RunLog(RunFolder folder, Action<string> warn)
    {
        ArgumentNullException.ThrowIfNull(folder);
        _warn = warn;
        try
        {
            _file = new LineLog(folder.In(RunFolder.MetricsFile));
        }
        catch (Exception e) when (PrivateFile.IsFailure(e))
        {
            throw new NceFastException(ErrorKind.Output, $"The log of the run cannot be written: {e.Message}", e);
        }
    }

    /// <summary>Gets the time since the log was opened, seconds.</summary>
    public double Seconds => _clock.Elapsed.TotalSeconds;

    /// <summary>Appends a sample. Progress samples are dropped if the interval since the last one has not passed.</summary>
    /// <exception cref="ObjectDisposedException">The log was disposed.</exception>
    public void Add(RunSample sample)
    {
        ArgumentNullException.ThrowIfNull(sample);
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            double now = Seconds;
            if (_file is null || (sample.Event == RunEvent.Progress && now < _next))
                return;
            if (sample.Event == RunEvent.Progress)
                _next = now + Math.Max(FirstInterval, now * LaterIntervals);
            try
            {
                _file.Append(ToLine(sample with { Seconds = Math.Round(now, 3) }));
            }
            catch (Exception e) when (PrivateFile.IsFailure(e))
            {
                _file.Dispose();
                _file = null;
                _warn($"the run's log stops here because it cannot be written any more: {e.Message}");
            }
        }
    }

    /// <summary>Serialises a sample as a line of JSON, without a line feed.</summary>
    public static byte[] ToLine(RunSample sample) => JsonSerializer.SerializeToUtf8Bytes(sample, RunJson.Default.RunSample);

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            _file?.Dispose();
        }
    }
}
