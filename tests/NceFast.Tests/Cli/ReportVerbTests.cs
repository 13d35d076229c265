using System.Text.Json;
using NceFast.Cli;
using NceFast.Corpus;
using NceFast.Models;
using NceFast.Objectives;
using NceFast.Training;
using Xunit;

namespace NceFast.Tests.Cli;

/// <summary>The verb <c>report</c>: titles, several runs on one page, and event files of TensorBoard.</summary>
public sealed class ReportVerbTests : CliTestBase
{
    [Fact]
    public void Several_runs_become_one_page_and_event_files()
    {
        string one = Train("one", "--dim", "4"), two = Train("two", "--dim", "8", "--model", "cbow");
        CliProcess.Run("report", one, two).Expect(2, "specify its file by --out");
        CliProcess.Run("report", one, two, "--out", In("page.html"), "--vectors", In("one.bin")).Expect(2, "--vectors belongs to a single run");
        CliProcess.Run("report", one, one, "--out", In("page.html")).Expect(2, "is given twice");
        Assert.False(File.Exists(In("page.html")));

        CliProcess.Run("report", one, two, "--out", In("page.html"), "--tensorboard", In("events")).Expect(0, "events.out.tfevents");
        string page = File.ReadAllText(In("page.html"));
        Assert.Contains("<title>2 runs · NceFast</title>", page, StringComparison.Ordinal);
        Assert.Contains("CBOW with NCE, 8 dimensions, ", page, StringComparison.Ordinal);
        Assert.Equal(["one", "two"], Directory.GetDirectories(In("events")).Select(d => Path.GetFileName(d)).Order(StringComparer.Ordinal));
        Assert.All(Directory.GetDirectories(In("events")), d => Assert.True(new FileInfo(Assert.Single(Directory.GetFiles(d))).Length > 100));
    }

    [Fact]
    public void An_empty_folder_for_events_is_refused_before_anything_is_written()
    {
        string run = Train("run", "--dim", "4", "--epochs", "1");
        Assert.Contains("--tensorboard names no folder", CliProcess.Run("report", run, "--tensorboard", "").Expect(2).Err, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(run, "report.html")));
    }

    [Fact]
    public void A_run_that_goes_on_keeps_its_beginning()
    {
        string run = In("run"), folder = In("checkpoints");
        string[] train = ["train", Corpus(words: 5_000), "--out", In("v.bin"), "--min-count", "1", "--run", run, "--checkpoint", folder, "--dim", "4", "--threads", "1", "--quiet"];
        CliProcess.Run([.. train, "--epochs", "1"]).Expect(0);
        JsonElement Record() => JsonDocument.Parse(File.ReadAllText(Path.Combine(run, "run.json"))).RootElement;
        string began = Record().GetProperty("started").GetString()!;
        File.WriteAllText(Path.Combine(run, "run.json"), File.ReadAllText(Path.Combine(run, "run.json")).Replace("\"done\"", "\"interrupted\"", StringComparison.OrdinalIgnoreCase));
        CliProcess.Run("resume", folder, "--quiet").Expect(0);
        Assert.Equal(began, Record().GetProperty("started").GetString());
    }

    [Fact]
    public void A_run_says_what_was_trained()
    {
        string run = Train("run", "--dim", "4", "--epochs", "1");
        string title = JsonDocument.Parse(File.ReadAllText(Path.Combine(run, "run.json"))).RootElement.GetProperty("title").GetString()!;
        Assert.Matches("^Skip-gram with NCE, 4 dimensions, [0-9,]+ bytes of [^/]+, 1 epoch$", title);
        CliProcess.Run("report", run).Expect(0);
        Assert.Contains($"<title>{title} · NceFast</title>", File.ReadAllText(Path.Combine(run, "report.html")), StringComparison.Ordinal);
    }

    [Fact]
    public void Titles_name_the_model_the_objective_and_the_text()
    {
        string first = Write("a.txt", new string('a', 1_234)), second = Write("b.txt", new string('b', 999_000));
        CorpusSource one = CorpusSource.FromPaths([first]), two = CorpusSource.FromPaths([first, second]);
        Assert.Equal("Skip-gram with negative sampling, 100 dimensions, 1,234 bytes of a.txt, 5 epochs", RunTitle.Of(new WordVectorOptions { Objective = ObjectiveKind.Neg }, one));
        Assert.Equal("CBOW with ranking NCE, 1 dimension, 1,000,234 bytes of 2 files, 1 epoch", RunTitle.Of(new WordVectorOptions { Model = ModelKind.Cbow, Objective = ObjectiveKind.RankingNce, Dim = 1, Epochs = 1 }, two));
        Assert.StartsWith("Log-bilinear language model with importance sampling, ", RunTitle.Of(new LanguageModelOptions { Objective = ObjectiveKind.ImportanceSampling }, one), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, "1 byte")]
    [InlineData(1_234, "1,234 bytes")]
    [InlineData(1_048_575, "1,048,575 bytes")]
    [InlineData(1_048_576, "1.0 MiB")]
    [InlineData(12_000_000, "11.4 MiB")]
    public void Titles_give_the_size_of_the_text(int bytes, string size) =>
        Assert.Contains($", {size} of a.txt, ", RunTitle.Of(new WordVectorOptions(), CorpusSource.FromPaths([Write("a.txt", new string('a', bytes))])), StringComparison.Ordinal);

    private string Train(string name, params string[] options)
    {
        CliProcess.Run(["train", Corpus(words: 5_000), "--out", In($"{name}.bin"), "--min-count", "1", "--run", In(name), "--quiet", .. options]).Expect(0);
        return In(name);
    }
}
