using System.Text.Json;
using Xunit;

namespace NceFast.Tests.Cli;

/// <summary>The run folder and the JSON of a training have the values that were used, as numbers, and the times of the parts.</summary>
public sealed class RunValueTests : CliTestBase
{
    private static readonly string[] Parts = ["vocabularySeconds", "trainingSeconds", "validationSeconds", "probeSeconds", "checkpointSeconds", "writingSeconds", "otherSeconds"];

    [Theory]
    [InlineData(0.04)]
    [InlineData(0.06, "--objective", "neg")]
    [InlineData(0.03, "--objective", "rank")]
    [InlineData(0.1, "--model", "cbow")]
    [InlineData(0.025, "--lr", "0.025")]
    [InlineData(0.05, "--model", "lbl")]
    [InlineData(0.03, "--model", "lbl", "--objective", "ml")]
    public void Options_are_the_values_used_and_results_are_numbers(double rate, params string[] options)
    {
        bool language = options.Contains("lbl");
        JsonElement json = CliProcess.Run(["train", Corpus(words: 5_000), "--out", In("v"), "--dim", "4", "--epochs", "2", "--threads", "1", "--run", In("run"), "--json", "--quiet",
            "--probe-table", Write("pairs", "c00w00\tc00w01\t9\nc00w00\tc01w01\t1\nc01w01\tc01w02\t8\n"), "--checkpoint", In("ck"), .. options]).Expect(0).Json;
        JsonElement record = JsonDocument.Parse(File.ReadAllText(Path.Combine(In("run"), "run.json"))).RootElement;
        Dictionary<string, JsonElement> used = record.GetProperty("options").EnumerateArray().ToDictionary(o => o.GetProperty("name").GetString()!, o => o.GetProperty("value"));
        Assert.Equal(rate, used["--lr"].GetDouble());
        Assert.Equal(rate, json.GetProperty("learningRate").GetDouble());
        Assert.Equal((4, 1, 2), (used["--dim"].GetInt32(), used["--threads"].GetInt32(), used["--epochs"].GetInt32()));
        Assert.True(used["--quiet"].GetBoolean());
        Assert.False(used["--verbose"].GetBoolean());
        Assert.StartsWith(used["--host-kernels"].GetString()!, ((string[])["scalar", "vector128", "vector256", "vector512"]).Single(w => w == used["--host-kernels"].GetString()));
        Assert.True(used["--noise-draws"].GetInt32() > 0);
        if (language)
            Assert.Equal(options.Contains("ml") ? 48 : 1020, used["--batch"].GetInt32());
        else
            Assert.Equal((json.GetProperty("noiseSharing").GetInt32(), json.GetProperty("noiseSetSize").GetInt32()), (used["--noise-sharing"].GetInt32(), used["--noise-draws"].GetInt32()));

        JsonElement results = record.GetProperty("results");
        Assert.Equal(json.GetProperty("trainingSeconds").GetDouble(), results.GetProperty("trainingSeconds").GetDouble());
        Assert.Equal(json.GetProperty("wordsPerSecond").GetDouble(), results.GetProperty("wordsPerSecond").GetDouble());
        Assert.True(results.GetProperty("loss").GetDouble() > 0);
        Assert.All(results.EnumerateObject(), figure => Assert.Equal(JsonValueKind.Number, figure.Value.ValueKind));
        EnsureTimesAddUp(json, language);
        EnsureTimesAddUp(results, language);
        CliProcess.Run("report", In("run")).Expect(0);
    }

    [Fact]
    public void The_summary_reports_where_the_time_went()
    {
        CliResult words = CliProcess.Run("train", Corpus(words: 5_000), "--out", In("v"), "--dim", "4", "--epochs", "1", "--valid", Corpus(words: 5_000)).Expect(0, "probes ");
        Assert.Contains(" in all", words.Err);
        CliProcess.Run("train", Corpus(words: 5_000), "--out", In("m"), "--model", "lbl", "--dim", "4", "--epochs", "1", "--valid", Corpus(words: 5_000)).Expect(0, "validation ");
    }

    [Fact]
    public void A_run_folder_without_numbers_is_still_read()
    {
        Directory.CreateDirectory(In("run"));
        File.WriteAllText(Path.Combine(In("run"), "run.json"), """
            {"version":"0.1.0","title":"Word vectors","started":"2026-01-02T03:04:05+00:00","state":"Done",
             "options":[{"name":"--lr","value":"0.04; 0.06 for neg, 0.1 for cbow","given":false}],
             "machine":[{"name":"Cores","value":"2"}],"results":[{"name":"Final loss","value":"2.3456 nats"}]}
            """);
        CliProcess.Run("report", In("run")).Expect(0);
        Assert.Contains("\"Final loss\":\"2.3456 nats\"", File.ReadAllText(Path.Combine(In("run"), "report.html")));
    }

    private static void EnsureTimesAddUp(JsonElement figures, bool language)
    {
        double sum = Parts.Where(p => language || p != "validationSeconds").Sum(p => figures.GetProperty(p).GetDouble());
        Assert.Equal(figures.GetProperty("wallSeconds").GetDouble(), sum, 1e-6);
        Assert.True(figures.GetProperty("probeSeconds").GetDouble() > 0);
        Assert.True(figures.GetProperty("checkpointSeconds").GetDouble() > 0);
    }
}
