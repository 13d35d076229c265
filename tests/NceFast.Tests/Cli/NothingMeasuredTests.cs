using System.Text.Json;
using Xunit;

namespace NceFast.Tests.Cli;

/// <summary>Tests that a verb that could measure nothing exits with code 4, writes null as JSON, and prints nothing that looks like a result.</summary>
public sealed class NothingMeasuredTests : CliTestBase
{
    [Theory]
    [InlineData("similarity", "spearman", "x\ty\t3\ny\tz\t2\nz\tx\t1\n")]
    [InlineData("similarity", "pearson", "c00w00\tc00w01\t9\nc01w00\tc01w01\t8\nx\ty\t7\n")]
    [InlineData("similarity", "spearman", "c00w00\tc00w01\t9\nc01w00\tc01w01\t9\nc02w00\tc02w01\t9\n")]
    [InlineData("similarity", "spearman", "")]
    [InlineData("analogy", "all", ": s\na b c d\n")]
    [InlineData("analogy", "semantic", ": s\n")]
    [InlineData("analogy", "syntactic", "")]
    [InlineData("perplexity", "perplexity", "\n \n")]
    [InlineData("perplexity", "unnormalizedPerplexity", "x y z\n")]
    [InlineData("completion", "accuracy", "")]
    [InlineData("completion", "accuracy", "1\ts\ta\tleft\tright\tx\ty\tz\n")]
    public void Evaluations_without_a_figure_say_null_and_end_in_4(string verb, string figure, string table)
    {
        string model = In("model"), path = Write("table", table);
        if (verb is "perplexity" or "completion")
            CliProcess.Run("train", Corpus(words: 5_000), "--out", model, "--dim", "4", "--epochs", "1", "--threads", "1", "--quiet", "--model", "lbl", "--vocabulary", "open").Expect(0);
        else
            Write("model", "6 2\nc00w00 1 2\nc00w01 2 1\nc01w00 1 1\nc01w01 0 1\nc02w00 1 0\nc02w01 3 1\n");
        CliResult result = CliProcess.Run("eval", verb, model, path, "--json").Expect(4);
        Assert.Equal(JsonValueKind.Null, result.Json.GetProperty(figure).ValueKind);
        Assert.Contains(result.Json.GetProperty("reason").GetString()!, result.Err);

        CliResult text = CliProcess.Run("eval", verb, model, path).Expect(4);
        Assert.Equal("", text.Out);
        Assert.DoesNotContain("NaN", text.Err);
    }

    [Theory]
    [InlineData("--valid", "x y\n", false)]
    [InlineData("--valid", "\n", true)]
    [InlineData("--valid", "x y\n", true)]
    [InlineData("--probe-table", "x\ty\t3\ny\tz\t2\nz\tx\t1\n", false)]
    [InlineData("--probe-table", "c00w00\tc00w01\t9\n", true)]
    public void Inputs_of_probes_are_checked_before_the_training(string option, string content, bool language)
    {
        string[] train = language ? ["--model", "lbl", "--vocabulary", "open"] : [];
        CliResult result = CliProcess.Run(["train", Corpus(words: 5_000), "--out", In("out"), "--dim", "4", "--threads", "1", option, Write("measured", content), .. train]).Expect(4);
        Assert.DoesNotContain("epoch 1", result.Err);
        Assert.False(File.Exists(In("out")));
    }

    [Theory]
    [InlineData("c00w00\nc00w01\nc00w00\n", "two kept words in one line", "--subsample", "0", "--min-count", "1")]
    [InlineData("a b a b a b\n", "Raise the threshold", "--subsample", "1e-12", "--min-count", "1")]
    [InlineData("a b a b a b\n", "0 are in the vocabulary of 1", "--vocab-in", "V")]
    [InlineData("a b a b a b\n", "0 are in the vocabulary of 2", "--vocab-in", "V", "--model", "lbl", "--vocabulary", "open", "--k", "2")]
    public void A_training_that_predicted_nothing_writes_nothing(string text, string reason, params string[] options)
    {
        Write("V", "other 3\n");
        string[] given = [.. options.Select(o => o == "V" ? In("V") : o)];
        string[] extra = options.Contains("lbl") ? [] : ["--vocab-out", In("vocab")];
        CliResult result = CliProcess.Run(["train", Write("text", text), "--out", In("out"), "--dim", "4", "--threads", "1", "--json", .. extra, .. given]).Expect(4, reason);
        Assert.Equal(["kind", "code", "message"], result.Json.EnumerateObject().Select(p => p.Name).Take(3)); // an error, and no figures
        Assert.Equal("emptyVocabulary", result.Json.GetProperty("kind").GetString());
        Assert.False(result.Json.TryGetProperty("loss", out _));
        Assert.False(File.Exists(In("out")));
        Assert.False(File.Exists(In("vocab")));
    }

    [Fact]
    public void A_text_without_lines_has_no_scores_and_a_line_without_a_known_word_has_none()
    {
        CliProcess.Run("train", Corpus(words: 5_000), "--out", In("m"), "--model", "lbl", "--vocabulary", "open", "--dim", "4", "--epochs", "1", "--threads", "1", "--quiet").Expect(0);
        Assert.Equal("", CliProcess.Run("score", In("m"), Write("none", "")).Expect(0).Out);
        string[] lines = CliProcess.Run("score", In("m"), Write("two", "x y\nc00w00 c00w01\n")).Expect(0).Out.Split('\n');
        Assert.Equal("NaN", lines[0]);
        Assert.StartsWith("-", lines[1]);
    }

    [Fact]
    public void Doubtful_vectors_are_a_warning_on_standard_error()
    {
        byte[] file = [.. "2 2\na"u8, 1, (byte)' ', .. new byte[8], .. "b "u8, .. new byte[8]];
        CliProcess.Run("export", Write("v", file), "--out", In("o")).Expect(0, "may be read wrongly: its rows do not end in line feeds");
    }
}
