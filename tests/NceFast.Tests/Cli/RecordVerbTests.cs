using System.Text;
using System.Text.Json;
using NceFast.Tests.Corpus;
using NceFast.Tests.Corpus.Compressions;
using Xunit;

namespace NceFast.Tests.Cli;

/// <summary>Text in records and compressed text, in all verbs that read text.</summary>
public sealed class RecordVerbTests : CliTestBase
{
    private static string[] Lines(int words = 20_000) => Encoding.UTF8.GetString(Text(words)).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private static byte[] Json(IEnumerable<string> lines) => Encoding.UTF8.GetBytes(string.Concat(lines.Select(line => $$"""{"id":7,"text":{{JsonSerializer.Serialize(line)}}}""" + "\n")));

    [Fact]
    public void A_language_model_is_trained_validated_scored_and_evaluated_on_records()
    {
        string[] lines = Lines();
        string plain = Write("plain.txt", string.Concat(lines.Select(line => line + "\n"))), json = Write("a.jsonl.zst", Packed.As("zstd", Json(lines)));
        string[] options = ["--model", "lbl", "--dim", "8", "--k", "4", "--epochs", "2", "--threads", "1", "--schedule", "linear", "--json", "--quiet"];
        JsonElement expected = CliProcess.Run(["train", plain, "--out", In("p.lbl"), "--valid", plain, .. options]).Expect(0).Json;
        JsonElement actual = CliProcess.Run(["train", json, "--out", In("j.lbl"), "--valid", json, "--field", "text", .. options]).Expect(0).Json;
        Assert.Equal(File.ReadAllBytes(In("p.lbl")), File.ReadAllBytes(In("j.lbl")));
        Assert.Equal(Validations(expected), Validations(actual));
        Assert.Equal(CliProcess.Run("score", In("p.lbl"), plain).Expect(0).Out, CliProcess.Run("score", In("p.lbl"), json, "--field", "text").Expect(0).Out);
        string perplexity = CliProcess.Run("eval", "perplexity", In("p.lbl"), plain).Expect(0).Out;
        Assert.Equal(perplexity, CliProcess.Run("eval", "perplexity", In("p.lbl"), json, "--field", "text").Expect(0).Out);
    }

    private static IEnumerable<double> Validations(JsonElement report) =>
        report.GetProperty("epochs").EnumerateArray().Select(epoch => epoch.GetProperty("validation").GetProperty("perplexity").GetDouble());

    [Theory]
    [InlineData("auto")]
    [InlineData("never")]
    public void A_training_on_compressed_records_resumes_to_the_same_bytes(string cache)
    {
        string[] lines = Lines(60_000);
        Write("texts/a.jsonl.gz", TextFiles.Gzip(Json(lines[..(lines.Length / 2)])));
        Write("texts/b.jsonl.zst", [.. Packed.As("zstd", Json(lines[(lines.Length / 2)..])), .. Packed.As("zstd", Json(lines[..20]))]);
        string[] options = ["--field", "text", "--lowercase", "--dim", "8", "--epochs", "2", "--threads", "1", "--cache", cache, "--quiet"];
        CliProcess.Run(["train", In("texts"), "--out", In("whole.txt"), .. options]).Expect(0);
        CliProcess.Run(["train", In("texts"), "--out", In("saved.txt"), "--checkpoint", In("run"), "--checkpoint-every", "30000", "--keep", "99", .. options]).Expect(0);
        string[] checkpoints = [.. Directory.GetFiles(In("run"), "*.ncf").Order(StringComparer.Ordinal)];
        Assert.True(checkpoints.Length > 3);
        foreach (string later in checkpoints[2..])
            File.Delete(later);
        CliProcess.Run("resume", In("run"), "--out", In("resumed.txt")).Expect(0);
        Assert.Equal(File.ReadAllBytes(In("whole.txt")), File.ReadAllBytes(In("resumed.txt")));
    }

    [Fact]
    public void Malformed_records_are_reported_and_limited()
    {
        string[] lines = Lines();
        string json = Write("a.jsonl", [.. Json(lines[..10]), .. "{\"text\":12}\n"u8, .. Json(lines[10..]), .. "{\"text\":\"cut\n"u8]);
        CliResult result = CliProcess.Run("vocab", json, "--field", "text", "--out", In("v"), "--json").Expect(0, "2 malformed records were left out. The first is in " + json + ", line 11: the field 'text' is a number");
        Assert.Equal(2, result.Json.GetProperty("corpus").GetProperty("badRecords").GetInt64());
        CliProcess.Run("vocab", json, "--field", "text", "--out", In("w"), "--max-bad-records", "1").Expect(3, "2 records are malformed, and 1 are allowed (--max-bad-records). The first is in");
        Assert.False(File.Exists(In("w")));
    }

    [Theory]
    [InlineData("--field", "text", "--column", "1")]
    [InlineData("--separator", "ab")]
    [InlineData("--column-separator", ";")]
    [InlineData("--max-bad-records", "-1")]
    [InlineData("--normalize", "nfd")]
    public void Wrong_options_are_usage_errors(params string[] options) =>
        CliProcess.Run(["vocab", Write("a.txt", Text()), "--out", In("v"), .. options]).Expect(2, options[0]);

    [Fact]
    public void Words_are_normalised_and_separated()
    {
        string path = Write("a.csv", "e\u0301cole,\uFF21\uFF22 c,\u00C9cole\n");
        CliProcess.Run("vocab", path, "--out", In("v"), "--min-count", "1", "--separator", ",", "--normalize", "nfkc", "--lowercase", "--quiet").Expect(0);
        Assert.Equal("école 2\nab_c 1\n", File.ReadAllText(In("v")));
    }
}
