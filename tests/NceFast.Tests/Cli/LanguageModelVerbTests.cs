using System.Globalization;
using System.Text.Json;
using Xunit;

namespace NceFast.Tests.Cli;

/// <summary>A language model from its text to its answers.</summary>
public sealed class LanguageModelVerbTests : CliTestBase
{
    [Fact]
    public void A_model_is_trained_measured_scored_and_sampled()
    {
        string text = Write("text", 400, 1), valid = Write("valid", 60, 2), model = In("m.lm");
        JsonElement trained = CliProcess.Run("train", text, "--model", "lbl", "--valid", valid, "--out", model, "--dim", "8", "--k", "5", "--epochs", "3",
            "--min-count", "1", "--threads", "1", "--noise-sharing", "4", "--normalizer", "learned", "--position", "diagonal", "--json", "--quiet").Expect(0).Json;
        double validated = trained.GetProperty("epochs")[trained.GetProperty("bestEpoch").GetInt32() - 1].GetProperty("validation").GetProperty("perplexity").GetDouble();

        JsonElement measured = CliProcess.Run("eval", "perplexity", model, valid, "--json").Expect(0).Json;
        Assert.Equal(validated, measured.GetProperty("perplexity").GetDouble(), 1e-6 * validated);
        foreach (string key in (string[])["knownPerplexity", "unnormalizedPerplexity", "logZMean", "logZStd", "logZMax", "tokens", "oovRate"])
            Assert.True(measured.GetProperty(key).GetDouble() >= 0, key);

        Assert.Contains($"({measured.GetProperty("knownPerplexity").GetDouble().ToString("F3", CultureInfo.InvariantCulture)} without unknown words)", CliProcess.Run("eval", "perplexity", model, valid).Expect(0).Out);

        string[] scores = CliProcess.Run("score", model, valid, "--normalized").Expect(0).Out.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(60, scores.Length);
        double sum = scores.Sum(s => double.Parse(s, CultureInfo.InvariantCulture)), tokens = measured.GetProperty("tokens").GetDouble();
        Assert.Equal(validated, Math.Exp(-sum / tokens), 1e-3 * validated);

        Assert.Equal(3, CliProcess.Run("generate", model, "--sentences", "3", "--start", "a").Expect(0).Out.Split('\n').Count(line => line.StartsWith('a')));
        File.WriteAllText(In("table"), "id\tsplit\tanswer\tleft\tright\tx\ty\n1\tone\ta\ta b\tc\td\te\n");
        Assert.Equal(1, CliProcess.Run("eval", "completion", model, In("table"), "--json").Expect(0).Json.GetProperty("questions").GetInt32());
        Assert.Equal(1, CliProcess.Run("eval", "completion", model, In("table"), "--with", model, "--with", model, "--json").Expect(0).Json.GetProperty("questions").GetInt32());
        CliProcess.Run("eval", "completion", model, In("table"), "--with", In("none")).Expect(3, In("none"));
    }

    [Fact]
    public void A_model_of_ranking_nce_is_trained_further_and_generates()
    {
        string text = Write("text", 400, 1), first = In("m1"), second = In("m2");
        CliProcess.Run("train", text, "--model", "lbl", "--objective", "rank", "--self-normalization", "0.1", "--out", first, "--dim", "8", "--k", "5", "--epochs", "2", "--min-count", "1", "--threads", "1", "--quiet").Expect(0);
        CliProcess.Run("train", text, "--model", "lbl", "--objective", "infonce", "--from", first, "--out", second, "--dim", "8", "--k", "5", "--epochs", "1", "--min-count", "1", "--threads", "1", "--quiet").Expect(0);
        Assert.Equal(3, CliProcess.Run("generate", second, "--sentences", "3", "--start", "a").Expect(0).Out.Split('\n').Count(line => line.StartsWith('a')));
        double Perplexity(string model) => CliProcess.Run("eval", "perplexity", model, text, "--json").Expect(0).Json.GetProperty("perplexity").GetDouble();
        Assert.InRange(Perplexity(second) / Perplexity(first), 0.5, 1.05);
    }

    [Fact]
    public void Bigram_noise_has_options_of_its_own()
    {
        string text = Write("text", 200, 1), counts = In("counts");
        string[] command = ["train", text, "--model", "lbl", "--noise", "bigram", "--dim", "4", "--k", "3", "--epochs", "1", "--min-count", "1", "--threads", "1", "--out", In("m")];
        File.WriteAllText(counts, "<s> a 3\na a 2\na b 4\n");
        CliProcess.Run([.. command, "--objective", "rank", "--bigram-weight", "0.5", "--bigram-memory", "16M", "--bigram-counts", counts, "--cache", "never"]).Expect(0);
        Assert.Contains("--bigram-memory is 0 bytes; allowed is 1 MiB to 1,024 GiB.", CliProcess.Run([.. command, "--bigram-memory", "0"]).Expect(2).Err);
        Assert.Contains("--bigram-weight is 2; allowed is 0 to 1.", CliProcess.Run([.. command, "--bigram-weight", "2"]).Expect(2).Err);
        Assert.Contains("bigram noise is for --objective nce and --objective rank", CliProcess.Run([.. command, "--objective", "neg"]).Expect(2).Err);
        Assert.Contains("--context is 0, but bigram noise depends on the previous word", CliProcess.Run([.. command, "--context", "0", "--context-after", "2"]).Expect(2).Err);
        Assert.Contains("only language models", CliProcess.Run("train", text, "--noise", "bigram", "--out", In("v")).Expect(2).Err);
        File.WriteAllText(counts, "<s> a 3\na a\n");
        Assert.Contains("line 2 is 'a a'; each line must be the previous word", CliProcess.Run([.. command, "--bigram-counts", counts]).Expect(3).Err);
    }

    [Fact]
    public void Wrong_use_is_reported()
    {
        string text = Write("text", 5, 1);
        CliProcess.Run("train", text, "--model", "lbl", "--out", In("m"), "--schedule", "halving").Expect(2); // halving without --valid
        CliProcess.Run("train", text, "--out", In("m"), "--schedule", "halving").Expect(2, "--schedule linear, --schedule adagrad");
        CliProcess.Run("train", text, "--model", "lbl", "--out", In("m"), "--schedule", "linear", "--subsample", "0.001").Expect(2);
        File.WriteAllText(In("junk"), "this is not a model");
        CliProcess.Run("eval", "perplexity", In("junk"), text).Expect(3);
        CliProcess.Run("eval", "perplexity", In("missing"), text).Expect(3);
    }

    private string Write(string name, int lines, int seed)
    {
        var random = new Random(seed);
        string path = In(name);
        File.WriteAllLines(path, Enumerable.Range(0, lines).Select(_ => string.Join(' ', Enumerable.Range(0, random.Next(1, 12)).Select(_ => (char)('a' + random.Next(random.Next(1, 9)))))));
        return path;
    }
}
