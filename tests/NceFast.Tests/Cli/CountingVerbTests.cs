using System.Text;
using System.Text.Json;
using NceFast.Tests.Corpus;
using Xunit;

namespace NceFast.Tests.Cli;

public sealed class CountingVerbTests : CliTestBase
{
    [Theory]
    [InlineData("")]
    [InlineData("--model lbl --context 2")]
    public void Training_reports_how_many_words_a_given_vocabulary_has(string model)
    {
        string[] words = Encoding.UTF8.GetString(Text()).Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
        var known = words.Distinct().Order(StringComparer.Ordinal).Where((_, i) => i % 3 == 0).ToHashSet();
        int seen = words.Count(known.Contains);
        string vocabulary = Write("v.txt", string.Concat(known.Select(word => $"{word} 5\n")));
        CliResult run = CliProcess.Run(["train", Corpus(), "--vocab-in", vocabulary, "--out", In("o"), "--dim", "8", "--epochs", "1", "--json", .. model.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);
        run.Expect(0, $"warning: The vocabulary has {seen:N0} of the {words.Length:N0} words of the text");
        Assert.Contains($"the vocabulary has {seen:N0} of the words", run.Err);
        JsonElement corpus = run.Json.GetProperty("corpus");
        Assert.Equal((seen, seen / (double)words.Length), (corpus.GetProperty("knownWords").GetInt32(), corpus.GetProperty("knownShare").GetDouble()));
    }

    [Theory]
    [InlineData("a 9223372036854775807\nb 9223372036854775807\n", "--vocab-in")]
    [InlineData("a 9223372036854775807\nb 9223372036854775807\n", "--noise")]
    [InlineData("a 9223372036854775807\n", "--vocab-in")]
    [InlineData("a 9223372036854775807\n", "--noise")]
    public void Huge_counts_are_errors_of_the_file(string counts, string option)
    {
        string file = Write("v.txt", counts), text = Write("t.txt", "a b a b\n");
        CliProcess.Run("train", text, "--model", "lbl", option, file, "--min-count", "1", "--out", In("o")).Expect(3, $"{file}, line 1 ");
        Assert.False(File.Exists(In("o")));
    }

    [Fact]
    public void Dry_run_shows_the_memory_for_counting()
    {
        string text = Corpus();
        CliResult run = CliProcess.Run("train", text, "--out", In("o"), "--dim", "8", "--vocab-memory", "64M", "--dry-run");
        run.Expect(0);
        Assert.Contains("of the 64.0 MiB of memory for counting were used; no word was dropped", run.Out);
        JsonElement json = CliProcess.Run("train", text, "--out", In("o"), "--dim", "8", "--vocab-memory", "64M", "--dry-run", "--json").Json;
        Assert.Equal(64L << 20, json.GetProperty("countingBudgetBytes").GetInt64());
        Assert.InRange(json.GetProperty("countingPeakBytes").GetInt64(), 1, 64L << 20);
    }

    [Fact]
    public void Learning_rate_of_a_stream_follows_its_own_length_or_the_stated_one()
    {
        byte[] words = Text(40_000);
        string vocabulary = Write("v.txt", VocabularyOf(words));
        string[] options = ["--vocab-in", vocabulary, "--dim", "8", "--epochs", "2", "--threads", "1", "--quiet"];
        CliProcess.RunWithInput(words, ["train", "-", "--out", In("stream"), .. options]).Expect(0);
        CliProcess.RunWithInput(TextFiles.Gzip(words), ["train", "-", "--out", In("gzip"), .. options]).Expect(0);
        Assert.Equal(File.ReadAllBytes(In("stream")), File.ReadAllBytes(In("gzip")));

        CliResult once = CliProcess.RunWithInput(words, ["train", "-", "--cache", "never", "--out", In("once"), .. options.Select(o => o == "2" ? "1" : o), "--json"]);
        once.Expect(0, "warning: The text is longer than the ");
        Assert.True(once.Json.GetProperty("corpus").GetProperty("unplannedWords").GetInt64() > 0);
        CliResult stated = CliProcess.RunWithInput(words, ["train", "-", "--cache", "never", "--stream-words", "40000", "--out", In("stated"), .. options.Select(o => o == "2" ? "1" : o)]);
        stated.Expect(0);
        Assert.DoesNotContain("warning", stated.Err);
    }

    // The words of the text with the counts of a much smaller one.
    private static string VocabularyOf(byte[] text) =>
        string.Concat(Encoding.UTF8.GetString(text).Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries).Distinct().Select(w => $"{w} 2\n"));
}
