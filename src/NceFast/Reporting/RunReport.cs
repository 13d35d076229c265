using System.Net;
using System.Text;
using System.Text.Json;
using NceFast.Exports;
using NceFast.Files;
using NceFast.Reporting.Internals;
using NceFast.Store;

namespace NceFast.Reporting;

/// <summary>
/// Writes the report page of a run: a single HTML file that needs no network. Text from users is embedded only as JSON with
/// escaped markup, and the script of the page inserts it only as text.
/// </summary>
public static class RunReport
{
    private const int MaxSamples = 1_500;

    // The parts of the page before, between and after the name and the data. The name and the data may contain any text, so
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
        using var files = new FilesInUse();
        folder.AddTo(files);
        files.AddInput("the vectors", vectorsPath);
        files.AddOutput("the page", path);
        byte[] page = Encoding.UTF8.GetBytes(Html(Read(folder, vectorsPath, cancellation)));
        AtomicFile.Write(path, page.Length, stream => stream.Write(page));
    }

    internal static ReportPage Read(RunFolder folder, string? vectorsPath, CancellationToken cancellation)
    {
        RunRecord record = ReadRecord(folder.In(RunFolder.RecordFile));
        int unreadable = 0;
        List<RunSample> samples = RunLines.Read(folder.In(RunFolder.MetricsFile), RunJson.Default.RunSample, ref unreadable);
        List<RunEvaluation> evaluations = RunLines.Read(folder.In(RunFolder.EvaluationsFile), RunJson.Default.RunEvaluation, ref unreadable);
        List<ErrorPoint> errors = RunLines.Read(folder.In(RunFolder.EstimationFile), RunJson.Default.ErrorPoint, ref unreadable);
        string vectors = vectorsPath ?? folder.In(RunFolder.WordsFile);
        List<RunSample> progress = WithoutRepeats([.. samples.Where(s => s.Event == RunEvent.Progress && s.Phase == "training")]);
        return new ReportPage(
            record,
            Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder.Path))),
            DateTimeOffset.Now,
            Thinned(progress),
            WithoutRepeats([.. samples.Where(s => s.Event == RunEvent.Epoch)]),
            Thinned(WithoutRepeats([.. samples.Where(s => s.Event == RunEvent.Probe)])),
            [.. samples.Where(s => s.Event == RunEvent.Message).TakeLast(200)],
            evaluations,
            [.. errors.Select(e => new EstimationPoint($"{e.Study}: {e.Label}", e.Rows, e.SquaredError))],
            vectorsPath is null && !File.Exists(vectors) ? null : Map(vectors, cancellation),
            unreadable);
    }

    internal static string Html(ReportPage page)
    {
        string json = JsonSerializer.Serialize(page, RunJson.Default.ReportPage); // Writes <, > and & as \u escapes.
        string[] parts = Template.Value;
        return string.Concat(parts[0], WebUtility.HtmlEncode(page.Name), parts[1], json, parts[2]);
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

    private static List<RunSample> Thinned(List<RunSample> samples)
    {
        int step = (samples.Count / MaxSamples) + 1;
        return [.. samples.Where((_, i) => i % step == 0 || i == samples.Count - 1)];
    }

    private static RunRecord ReadRecord(string path)
    {
        try
        {
            return JsonSerializer.Deserialize(RunLines.Bytes(path), RunJson.Default.RunRecord) ?? throw new JsonException("it is null");
        }
        catch (JsonException e)
        {
            throw new NceFastException(ErrorKind.Input, $"{path}, line {(e.LineNumber ?? 0) + 1} is not a valid record of a run; the file is damaged.", e);
        }
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
