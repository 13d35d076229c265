using NceFast.Reporting;
using NceFast.Reporting.Internals;
using NceFast.Tests.Corpus;
using Xunit;

namespace NceFast.Tests.Reporting;

/// <summary>Tests that the errors of estimators by sample size are on the report page.</summary>
public sealed class ErrorPointTests
{
    private static readonly ErrorPoint[] Points =
    [
        new("ica", "nce", 100, 5, 0.2, 0.01, 0.19, -0.01, 0.1, 0.5, 0.1, 0.21),
        new("ica", "ml", 100, 5, 0.1, 0.01, 0.09, 0, 0.05, 0.1),
    ];

    [Fact]
    public void Lines_are_read_back_unchanged_and_damaged_ones_are_counted()
    {
        using var files = new TextFiles();
        string path = files.Write("points.jsonl", System.Text.Encoding.UTF8.GetBytes(string.Join('\n', Points.Select(p => p.ToJson())) + "\n{\"study\":\"ica\"}\n"));
        int unreadable = 0;
        Assert.Equal(Points, RunLines.Read(path, RunJson.Default.ErrorPoint, ref unreadable));
        Assert.Equal(1, unreadable);
    }

    [Fact]
    public void Page_has_a_point_for_each_line()
    {
        using var files = new TextFiles();
        RunFolder folder = RunFolder.Create(Path.Combine(files.Folder, "run"));
        folder.Write(new RunRecord { Version = "1", Title = "estimation", Started = DateTimeOffset.UnixEpoch });
        File.WriteAllLines(folder.In(RunFolder.EstimationFile), Points.Select(p => p.ToJson()));
        ReportRun page = RunReport.Read(folder, null, CancellationToken.None);
        Assert.Equal([new EstimationPoint("ica: nce, nu = 0.1", 100, 0.2), new EstimationPoint("ica: ml", 100, 0.1)], page.Estimation);
        Assert.Equal(0, page.Unreadable);
        Assert.Contains("\"series\":\"ica: ml\"", RunReport.Html([page]), StringComparison.Ordinal);
    }
}
