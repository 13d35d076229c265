using System.Net;
using System.Text;
using System.Text.Json;
using NceFast.Exports;
using NceFast.Files;
using NceFast.Numerics;
using NceFast.Reporting.Internals;
using NceFast.Store;

namespace NceFast.Reporting;

/// <summary>
/// Writes what a run recorded: as a report page, a single HTML file that needs no network, or as event files of TensorBoard. Text from users is
/// embedded in the page only as JSON with escaped markup, and the script of the page inserts it only as text.
/// </summary>
public static class RunReport
{
    /// <summary>The maximum number of runs on a page.</summary>
    public const int MaxRuns = 12;

    private const int MaxIntervals = 300, MaxEvents = 1_500;

    // The parts of the page before, between and after the title and the data. The title and the data may contain any text, so
    // no placeholders are searched for in them.
    private static readonly Lazy<string[]> Template = new(() =>
        [.. Asset("report.html").Split(["{{title}}", "{{data}}"], StringSplitOptions.None).Select(part => part.Replace("{{style}}", Asset("report.css")).Replace("{{script}}", Asset("report.js")))]);

    /// <summary>Writes the report page of a run.</summary>
    /// <param name="folder">The folder of the run.</param>
    /// <param name="path">The path of the page to write.</param>
    /// <param name="vectorsPath">The vectors to show on the word map; null for the vectors in the run folder.</param>
    /// <param name="cancellation">A token that stops the work.</param>
    /// <exception cref="NceFastException">The folder cannot be read (<see cref="ErrorKind.Input"/>), the page cannot be written (<see cref="ErrorKind.Output"/>), or the page would replace one of its own inputs (<see cref="ErrorKind.Usage"/>).</exception>
    public static void Write(RunFolder folder, string path, string? vectorsPath = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(folder);
        Write([folder], path, vectorsPath, cancellation);
    }

    /// <summary>Writes one page that compares several runs.</summary>
    /// <param name="folders">The folders of the runs, at most <see cref="MaxRuns"/>.</param>
    /// <param name="path">The path of the page to write.</param>
    /// <param name="cancellation">A token that stops the work.</param>
    /// <exception cref="NceFastException">A folder cannot be read (<see cref="ErrorKind.Input"/>), the page cannot be written (<see cref="ErrorKind.Output"/>), a run is given twice, there are none or too many, or the page would replace one of its own inputs (<see cref="ErrorKind.Usage"/>).</exception>
    public static void Write(IReadOnlyList<RunFolder> folders, string path, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(folders);
        if (folders.Count is 0 or > MaxRuns)
            Throw.Usage($"A report has 1 to {MaxRuns} runs, and {folders.Count} are given; write several reports.");
        Write(folders, path, null, cancellation);
    }

    /// <summary>Writes the curves of runs as event files of TensorBoard: loss and speed per interval, learning rate, losses of epochs, and probes. The horizontal axis counts words of text.</summary>
    /// <param name="folders">The folders of the runs.</param>
    /// <param name="directory">The folder to write to. Each run has a folder of its own in it, which is created if it does not exist. A file that was written for the same run is replaced.</param>
    /// <returns>The paths of the event files, one per run.</returns>
    /// <exception cref="NceFastException">A run cannot be read (<see cref="ErrorKind.Input"/>), a run is given twice (<see cref="ErrorKind.Usage"/>), or a file cannot be written (<see cref="ErrorKind.Output"/>).</exception>
    public static IReadOnlyList<string> WriteEvents(IReadOnlyList<RunFolder> folders, string directory)
    {
        ArgumentNullException.ThrowIfNull(folders);
        ArgumentException.ThrowIfNullOrWhiteSpace(directory);
        string[] names = RunNames.Of(folders);
        return [.. folders.Select((folder, i) => WriteEvents(Read(folder, names[i], null, MaxEvents, withMap: false, default), Path.Combine(directory, names[i])))];
    }

    internal static ReportRun Read(RunFolder folder, string? vectorsPath, CancellationToken cancellation) =>
        Read(folder, RunNames.Of([folder])[0], vectorsPath, MaxIntervals, withMap: true, cancellation);

    internal static string Html(IReadOnlyList<ReportRun> runs)
    {
        var page = new ReportPage(runs, DateTimeOffset.Now);
        string json = JsonSerializer.Serialize(page, RunJson.Default.ReportPage); // Writes <, > and & as \u escapes.
        string[] parts = Template.Value;
        return string.Concat(parts[0], WebUtility.HtmlEncode(page.Title), parts[1], json, parts[2]);
    }

    // A training that continues from a checkpoint repeats words that were already logged. The later samples count.
    internal static List<RunSample> WithoutRepeats(List<RunSample> samples)
    {
        var kept = new List<RunSample>(samples.Count);
        foreach (RunSample sample in samples)
        {
            while (kept.Count > 0 && (kept[^1].Words ?? 0) >= (sample.Words ?? 0) && kept[^1].Words is not null)
                kept.RemoveAt(kept.Count - 1);
            kept.Add(sample);
        }

        return kept;
    }

    // The clock of the log begins again when a training continues in another process. The times become those of one clock.
    internal static List<RunSample> WithOneClock(IEnumerable<RunSample> samples)
    {
        var all = new List<RunSample>();
        double before = 0, last = 0;
        int process = 0;
        foreach (RunSample sample in samples.Where(s => double.IsFinite(s.Seconds)))
        {
            if (sample.Seconds < last)
                (before, process) = (before + last, process + 1);
            last = sample.Seconds;
            all.Add(process == 0 ? sample : sample with { Seconds = before + last, Process = process });
        }

        return all;
    }

    private static void Write(IReadOnlyList<RunFolder> folders, string path, string? vectorsPath, CancellationToken cancellation)
    {
        using var files = new FilesInUse();
        foreach (RunFolder folder in folders)
            folder.AddTo(files);
        files.AddInput("the vectors", vectorsPath);
        files.AddOutput("the page", path);
        string[] names = RunNames.Of(folders);
        byte[] page = Encoding.UTF8.GetBytes(Html([.. folders.Select((folder, i) => Read(folder, names[i], vectorsPath, MaxIntervals, withMap: true, cancellation))]));
        AtomicFile.Write(path, page.Length, stream => stream.Write(page));
    }

    private static string WriteEvents(ReportRun run, string directory)
    {
        string path = Path.Combine(directory, FormattableString.Invariant($"events.out.tfevents.{run.Run.Started.ToUnixTimeSeconds()}.ncefast"));
        try
        {
            FileActions.CreateFolder(directory);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new NceFastException(ErrorKind.Output, $"The folder {directory} for event files cannot be created: {e.Message}", e);
        }

        AtomicFile.Write(path, 0, stream =>
        {
            var file = new EventFile(stream, run.Run.Started);
            foreach ((DateTimeOffset time, long step, string tag, double value) in Events(run).OrderBy(e => e.Step).Where(e => float.IsFinite((float)e.Value)))
                file.Append(time, step, tag, value);
        });
        return path;
    }

    private static ReportRun Read(RunFolder folder, string name, string? vectorsPath, int intervals, bool withMap, CancellationToken cancellation)
    {
        RunRecord record = folder.Read();
        int unreadable = 0;
        List<RunSample> samples = WithOneClock(RunLines.Read(folder.In(RunFolder.MetricsFile), RunJson.Default.RunSample, ref unreadable));
        List<RunEvaluation> evaluations = RunLines.Read(folder.In(RunFolder.EvaluationsFile), RunJson.Default.RunEvaluation, ref unreadable);
        List<ErrorPoint> errors = RunLines.Read(folder.In(RunFolder.EstimationFile), RunJson.Default.ErrorPoint, ref unreadable);
        string vectors = vectorsPath ?? folder.In(RunFolder.WordsFile);
        return new ReportRun(
            record,
            name,
            RunInterval.Of(WithoutRepeats([.. samples.Where(s => s.Event == RunEvent.Progress && s.Phase == "training")]), intervals),
            WithoutRepeats([.. samples.Where(s => s.Event == RunEvent.Epoch)]),
            Thinned(WithoutRepeats([.. samples.Where(s => s.Event == RunEvent.Probe)])),
            [.. samples.Where(s => s.Event == RunEvent.Message).TakeLast(200)],
            evaluations,
            [.. errors.Select(e => new EstimationPoint($"{e.Study}: {e.Label}", e.Rows, e.SquaredError))],
            !withMap || (vectorsPath is null && !File.Exists(vectors)) ? null : Map(vectors, cancellation),
            unreadable,
            Duration(record, samples));
    }

    // Of a continued run the time of all its processes, without the time between them.
    private static double? Duration(RunRecord record, List<RunSample> samples) =>
        samples is [.., { Process: > 0 } last] ? last.Seconds : (record.Ended - record.Started)?.TotalSeconds;

    private static IEnumerable<(DateTimeOffset Time, long Step, string Tag, double Value)> Events(ReportRun run) =>
        run.Intervals.SelectMany(i => Of(i.Time, i.Words, ("train/loss", i.Loss), ("train/learning_rate", i.LearningRate), ("train/words_per_second", i.WordsPerSecond)))
            .Concat(run.Epochs.SelectMany(e => Of(e.Time, e.Words ?? 0, ("epoch/loss", e.Loss))))
            .Concat(run.Probes.SelectMany(p => Of(p.Time, p.Words ?? 0, [.. (p.Figures ?? new Dictionary<string, double>()).Select(f => ($"probe/{f.Key}", (double?)f.Value))])));

    private static IEnumerable<(DateTimeOffset Time, long Step, string Tag, double Value)> Of(DateTimeOffset time, long step, params (string Tag, double? Value)[] values) =>
        values.Where(v => v.Value is not null).Select(v => (time, step, v.Tag, v.Value!.Value));

    private static List<RunSample> Thinned(List<RunSample> samples)
    {
        int step = (samples.Count / MaxEvents) + 1;
        return [.. samples.Where((_, i) => i % step == 0 || i == samples.Count - 1)];
    }

    private static WordMap? Map(string path, CancellationToken cancellation)
    {
        using WordVectors vectors = VectorFile.Read(path, cancellation);
        return WordMap.Of(vectors, cancellation);
    }

    private static string Asset(string name)
    {
        using Stream stream = typeof(RunReport).Assembly.GetManifestResourceStream($"NceFast.Reporting.Assets.{name}")
            ?? throw new InvalidOperationException($"The part {name} of the page is not in the library.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
