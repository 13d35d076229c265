using System.Globalization;
using System.Text.Json;
using NceFast.Tests.NGrams;
using Xunit;

namespace NceFast.Tests.Cli;

/// <summary>An n-gram model and a mixture from their texts to their answers.</summary>
public sealed class MixtureVerbTests : CliTestBase
{
    [Fact]
    public void A_mixture_is_counted_fitted_measured_and_scored()
    {
        string text = Text("text", 400, 1), valid = Text("valid", 60, 2), test = Text("test", 50, 3), model = In("m.lm"), ngrams = In("m.arpa.gz"), words = In("words");
        CliProcess.Run("train", text, "--model", "lbl", "--out", model, "--dim", "4", "--epochs", "2", "--min-count", "1", "--threads", "1", "--quiet").Expect(0);
        JsonElement counted = CliProcess.Run("ngram", text, "--order", "3", "--vocab", model, "--out", ngrams, "--json", "--quiet", "--threads", "2").Expect(0).Json;
        Assert.Equal(3, counted.GetProperty("ngrams").GetArrayLength());
        Assert.Equal(400, counted.GetProperty("sentences").GetInt32());

        string[] mix = ["--mix", ngrams, "--cache-words", "30", "--cache-half-life", "10", "--mix-valid", valid];
        JsonElement measured = CliProcess.Run(["eval", "perplexity", model, test, .. mix, "--per-word", words, "--json"]).Expect(0).Json;
        double perplexity = measured.GetProperty("perplexity").GetDouble();
        Assert.Equal(["model", "n-gram", "cache"], measured.GetProperty("mixture").EnumerateArray().Select(p => p.GetProperty("part").GetString()));
        string[][] lines = [.. File.ReadLines(words).Select(line => line.Split('\t'))];
        Assert.Equal(measured.GetProperty("tokens").GetInt32(), lines.Length);
        Assert.Equal(50, lines.Count(line => line[0] == "</s>"));
        Assert.Equal(Math.Log(perplexity), -lines.Average(line => double.Parse(line[1], CultureInfo.InvariantCulture)), 1e-5);
        Assert.Contains("mixture of model", CliProcess.Run(["eval", "perplexity", model, test, .. mix]).Expect(0).Out);

        string[] scores = CliProcess.Run("score", model, test, "--mix", ngrams, "--mix-weights", "0,1").Expect(0).Out.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        double alone = CliProcess.Run("eval", "perplexity", model, test, "--mix", ngrams, "--mix-weights", "0,1", "--json").Expect(0).Json.GetProperty("perplexity").GetDouble();
        Assert.Equal(Math.Log(alone), -scores.Sum(s => double.Parse(s, CultureInfo.InvariantCulture)) / lines.Length, 1e-4);
        Write("table", "1\tone\ta\ta b\tc\td\te\n");
        Assert.Equal(1, CliProcess.Run(["eval", "completion", model, In("table"), .. mix, "--json"]).Expect(0).Json.GetProperty("questions").GetInt32());
    }

    [Fact]
    public void Wrong_use_is_reported()
    {
        string text = Text("text", 100, 1), model = In("m.lm"), ngrams = In("m.arpa");
        CliProcess.Run("train", text, "--model", "lbl", "--out", model, "--dim", "4", "--epochs", "1", "--min-count", "1", "--threads", "1", "--quiet").Expect(0);
        CliProcess.Run("ngram", text, "--order", "2", "--min-count", "2", "--out", ngrams, "--quiet").Expect(0);
        CliProcess.Run("ngram", text, "--order", "6", "--out", ngrams).Expect(2, "--order is 6");
        CliProcess.Run("ngram", text, "--vocab", text, "--out", ngrams).Expect(3, "line 1");
        CliProcess.Run("ngram", text, "--out", text).Expect(2, "same file");
        CliProcess.Run("eval", "perplexity", model, text, "--mix", ngrams).Expect(2, "--mix-valid");
        CliProcess.Run("eval", "perplexity", model, text, "--mix-weights", "0.5,0.5").Expect(2, "nothing to mix with");
        CliProcess.Run("eval", "perplexity", model, text, "--mix", ngrams, "--mix-weights", "0.5,x").Expect(2, "--mix-weights is '0.5,x'");
        CliProcess.Run("eval", "perplexity", model, text, "--mix", ngrams, "--mix-weights", "0.5,0.2").Expect(2, "--mix-weights is 0.5, 0.2");
        CliProcess.Run("eval", "perplexity", model, text, "--cache-words", "-3", "--mix-valid", text).Expect(2, "--cache-words is -3");
        CliProcess.Run("eval", "perplexity", model, text, "--cache-half-life", "3").Expect(2, "--cache-words");
        CliProcess.Run("eval", "perplexity", model, text, "--mix", text, "--mix-weights", "0.5,0.5").Expect(3, "\\data\\");
        CliProcess.Run("eval", "perplexity", model, text, "--per-word", model).Expect(2, "same file");
    }

    private string Text(string name, int sentences, int seed) => Write(name, string.Concat(NgramTexts.Sentences(sentences, seed).Select(s => string.Join(' ', s) + "\n")));
}
