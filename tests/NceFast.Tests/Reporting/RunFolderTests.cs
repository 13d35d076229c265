using System.Text.Json;
using NceFast.Reporting;
using NceFast.Reporting.Internals;
using NceFast.Tests.Exports;
using Xunit;

namespace NceFast.Tests.Reporting;

public sealed class RunFolderTests
{
    [Fact]
    public void A_written_run_is_read_back()
    {
        using var temp = new TempFolder();
        ReportRun page = RunReport.Read(SampleRun.Write(temp), null, CancellationToken.None);
        Assert.Equal(60, page.Intervals.Count);
        Assert.Equal(2, page.Epochs.Count);
        Assert.Equal(6, page.Probes.Count);
        Assert.Equal(1, page.Unreadable); // The incomplete line.
        Assert.Equal("Skip-gram with NCE, 16 dimensions, 11.4 MiB of <b>wiki</b>.txt, 2 epochs", page.Run.Title);
        Assert.Equal(0.613, Assert.Single(page.Evaluations).Figures["spearman"]);
        Assert.Equal(300, page.Map!.X.Count);
        Assert.Equal(61, page.Map.Names[7].Length); // Long words are shortened.
    }

    [Fact]
    public void Neighbours_on_the_map_belong_to_the_same_cluster()
    {
        using var temp = new TempFolder();
        WordMap map = RunReport.Read(SampleRun.Write(temp), null, CancellationToken.None).Map!;
        Assert.All(map.Near[40].Take(9), near => Assert.Equal(40 % 30, near % 30));
        Assert.All(map.X.Concat(map.Y), value => Assert.InRange(value, -1, 1));
    }

    [Fact]
    public void A_second_run_cannot_use_the_folder_of_another()
    {
        using var temp = new TempFolder();
        RunFolder folder = SampleRun.Write(temp);
        var error = Assert.Throws<NceFastException>(() => RunFolder.Create(folder.Path));
        Assert.Contains("already contains a run", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_without_a_run_and_a_damaged_record_are_reported()
    {
        using var temp = new TempFolder();
        Assert.Contains("is not the folder of a run", Assert.Throws<NceFastException>(() => RunFolder.Open(temp["."])).Message, StringComparison.Ordinal);
        RunFolder folder = SampleRun.Write(temp);
        File.WriteAllText(folder.In(RunFolder.RecordFile), "{\n\"version\": 3");
        var error = Assert.Throws<NceFastException>(() => RunReport.Write(folder, temp["page"]));
        Assert.Equal(ErrorKind.Input, error.Kind);
        Assert.Contains("run.json, line 2", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_with_too_many_unreadable_lines_is_refused()
    {
        using var temp = new TempFolder();
        RunFolder folder = SampleRun.Write(temp);
        File.WriteAllText(folder.In(RunFolder.MetricsFile), string.Concat(Enumerable.Repeat("no sample\n", 10_000)));
        Assert.Equal(10_000, RunReport.Read(folder, null, CancellationToken.None).Unreadable);
        File.AppendAllText(folder.In(RunFolder.MetricsFile), "one more");
        var error = Assert.Throws<NceFastException>(() => RunReport.Write(folder, temp["page"]));
        Assert.Equal(ErrorKind.Input, error.Kind);
        Assert.Contains(RunFolder.MetricsFile, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Figures_that_are_no_number_and_numbers_beyond_a_double_do_not_break_the_page()
    {
        using var temp = new TempFolder();
        RunFolder folder = SampleRun.Write(temp);
        folder.Add(new RunEvaluation(DateTimeOffset.UnixEpoch, "e", "t", new Dictionary<string, double> { ["bad"] = double.NaN, ["good"] = 0.5 }));
        File.AppendAllText(folder.In(RunFolder.EvaluationsFile), File.ReadAllLines(folder.In(RunFolder.EvaluationsFile))[^1].Replace("0.5", "1e400") + "\n");
        ReportRun page = RunReport.Read(folder, null, CancellationToken.None);
        Assert.Equal(2, page.Unreadable); // The incomplete line and the line with 1e400.
        Assert.Equal((double.NaN, 0.5), (page.Evaluations[^1].Figures["bad"], page.Evaluations[^1].Figures["good"]));
        Assert.Contains("\"bad\":null", RunReport.Html([page]), StringComparison.Ordinal);
    }

    [Fact]
    public void Links_in_the_place_of_a_run_or_its_logs_are_not_followed()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "links need a privilege on Windows");
        using var temp = new TempFolder();
        string victim = temp.Write("victim", "mine");
        RunFolder folder = SampleRun.Write(temp);
        foreach (string file in (string[])[RunFolder.MetricsFile, RunFolder.EvaluationsFile, RunFolder.RecordFile])
        {
            File.Delete(folder.In(file));
            File.CreateSymbolicLink(folder.In(file), victim);
        }

        Refuses(() => new RunLog(folder, _ => { }).Dispose());
        Refuses(() => folder.Add(new RunEvaluation(DateTimeOffset.UnixEpoch, "e", "t", new Dictionary<string, double>())));
        Refuses(() => RunFolder.Create(folder.Path, goesOn: true));
        Directory.CreateSymbolicLink(temp["link"], folder.Path);
        Refuses(() => RunFolder.Create(temp["link"], goesOn: true));
        Assert.Equal("mine", File.ReadAllText(victim));

        static void Refuses(Action act)
        {
            var error = Assert.Throws<NceFastException>(act);
            Assert.Equal(ErrorKind.Output, error.Kind);
            Assert.Contains("symbolic link", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Samples_after_a_restart_replace_those_before_it()
    {
        RunSample At(long words, double loss) => new() { Event = RunEvent.Progress, Time = DateTimeOffset.UnixEpoch, Words = words, Loss = loss };
        List<RunSample> kept = RunReport.WithoutRepeats([At(1, 9), At(2, 8), At(3, 7), At(2, 6), At(4, 5)]);
        Assert.Equal([1L, 2, 4], kept.Select(s => s.Words!.Value));
        Assert.Equal([9.0, 6, 5], kept.Select(s => s.Loss!.Value));
    }

    [Fact]
    public void A_log_continues_after_a_line_that_was_cut_off()
    {
        using var temp = new TempFolder();
        RunFolder folder = SampleRun.Write(temp);
        using (var log = new RunLog(folder, _ => { }))
            log.Add(new RunSample { Event = RunEvent.Message, Time = DateTimeOffset.UnixEpoch, Text = "after" });
        string[] lines = File.ReadAllLines(folder.In(RunFolder.MetricsFile));
        Assert.Equal("after", JsonDocument.Parse(lines[^1]).RootElement.GetProperty("text").GetString());
    }

    [Fact]
    public void A_page_has_the_name_of_its_folder_however_the_path_ends()
    {
        using var temp = new TempFolder();
        string path = SampleRun.Write(temp).Path;
        Assert.Equal(Path.GetFileName(path), RunReport.Read(RunFolder.Open(path + Path.DirectorySeparatorChar), null, CancellationToken.None).Name);
    }

    [Fact]
    public void Rank_frequency_has_first_and_last_rank_and_falls()
    {
        (long[] ranks, long[] counts) = RankFrequency.Of([5, 1, 100, 7, 7]);
        Assert.Equal([1L, 2, 3, 4, 5], ranks);
        Assert.Equal([100L, 7, 7, 5, 1], counts);
        Assert.Empty(RankFrequency.Of([]).Ranks);
    }
}
