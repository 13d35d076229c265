using NceFast.Reporting;
using NceFast.Reporting.Internals;

namespace NceFast.Fuzz.Targets;

/// <summary>The files of a run folder; in an input they are separated by a record separator (0x1E).</summary>
internal sealed class RunFolderTarget : FuzzTarget
{
    private const char Separator = '\u001E';
    private static readonly string[] Files = [RunFolder.RecordFile, RunFolder.MetricsFile, RunFolder.EvaluationsFile];

    public override string Name => "run-folder";

    public override double Cost => 3;

    public override IReadOnlyList<byte[]> Tokens => Texts(
        "\n", "{", "}", "[", "]", ":", ",", "\"", "null", "true", "1e400", "-1", "\\ud800", "</script>", "\u001E", "\"event\":\"Progress\"", "\"phase\":\"training\"", "\"words\":", "\"loss\":", "\"figures\":{", "\"options\":[", "\"ranks\":[1,2]",
        "\"time\":\"2026-01-01T00:00:00Z\"", "\"state\":\"Done\"");

    public override IEnumerable<byte[]> Seeds() => Texts(
        """
        {"version":"1","title":"t","started":"2026-01-01T00:00:00Z","state":"Done","options":[{"name":"--dim","value":"3","given":true}],"inputs":["a"],"machine":[{"name":"x","value":"y"}],"devices":["d"],"results":[],"ranks":[1,2],"counts":[9,3]}
        """ + Separator + """
        {"event":"Progress","time":"2026-01-01T00:00:00Z","seconds":1,"phase":"training","epoch":1,"words":10,"loss":2.5}
        {"event":"Probe","time":"2026-01-01T00:00:00Z","words":10,"figures":{"perplexity":3}}
        {"event":"Epoch","time":"2026-01-01T00:00:00Z","words":20,"loss":2}
        {"event":"Message","time":"2026-01-01T00:00:00Z","level":"warning","text":"</script>"}
        """ + Separator + """
        {"time":"2026-01-01T00:00:00Z","name":"similarity","source":"s","figures":{"spearman":0.5}}
        """);

    public override string Read(byte[] input)
    {
        string folder = Directory.CreateDirectory(System.IO.Path.Combine(Scratch.Folder, Name)).FullName;
        ReadOnlySpan<byte> rest = input;
        foreach (string file in Files)
        {
            int end = rest.IndexOf((byte)Separator);
            File.WriteAllBytes(System.IO.Path.Combine(folder, file), end < 0 ? rest : rest[..end]);
            rest = end < 0 ? [] : rest[(end + 1)..];
        }

        ReportRun page = RunReport.Read(RunFolder.Open(folder), null, CancellationToken.None);
        string html = RunReport.Html([page]);
        int scripts = html.Split("</script").Length - 1;
        return scripts == 2 ? $"progress {About(page.Intervals.Count)} probes {About(page.Probes.Count)} unreadable {About(page.Unreadable)} evaluations {About(page.Evaluations.Count)} {page.Run.State}"
            : throw new InvalidDataException($"The page has {scripts} ends of scripts: a text of the run became markup.");
    }
}
