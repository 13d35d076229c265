using System.Text;
using NceFast.Tests.Corpus;
using Xunit;

namespace NceFast.Tests.Cli;

/// <summary>Each bad input has its exit code and message, and readable parts are read.</summary>
public sealed class BadInputTests : CliTestBase
{
    [Fact]
    public void A_missing_file_is_an_input_error() =>
        CliProcess.Run("train", In("absent.txt"), "--out", In("v")).Expect(3, "absent.txt does not exist");

    [Fact]
    public void An_empty_corpus_has_its_own_code() =>
        CliProcess.Run("train", Write("empty.txt", ""), "--out", In("v")).Expect(4, "ncefast: ");

    [Fact]
    public void A_vocabulary_that_is_empty_after_min_count_has_its_own_code() =>
        CliProcess.Run("train", Write("rare.txt", "a b c\n"), "--out", In("v")).Expect(4, "--min-count is 5");

    [Fact]
    public void Gzip_that_is_cut_short_is_an_input_error()
    {
        byte[] gzip = TextFiles.Gzip(Text());
        CliProcess.Run("train", Write("cut.gz", gzip[..(gzip.Length / 2)]), "--out", In("v")).Expect(3, "cut.gz");
        Assert.False(File.Exists(In("v")));
    }

    [Fact]
    public void Bytes_that_are_not_utf8_are_kept_and_reported()
    {
        byte[] odd = [.. "bad"u8, 0xFF, 0xFE, (byte)' '];
        string path = Write("odd.txt", [.. Text(), .. Enumerable.Repeat(odd, 7).SelectMany(b => b)]);
        CliResult result = CliProcess.Run("vocab", path, "--out", In("vocab.txt"), "--json").Expect(0, "not valid UTF-8; they are kept");
        Assert.Equal(7, result.Json.GetProperty("corpus").GetProperty("invalidUtf8Words").GetInt64());
        byte[] entry = [(byte)'\n', .. odd, (byte)'7', (byte)'\n'];
        Assert.True(File.ReadAllBytes(In("vocab.txt")).AsSpan().IndexOf(entry) >= 0);
    }

    [Fact]
    public void Nul_bytes_are_reported()
    {
        string path = Write("nul.txt", [.. Text(), 0, 0, 0]);
        CliResult result = CliProcess.Run("vocab", path, "--out", In("vocab.txt"), "--json").Expect(0, "3 NUL bytes");
        Assert.Equal(3, result.Json.GetProperty("corpus").GetProperty("nulBytes").GetInt64());
    }

    [Fact]
    public void A_word_of_ten_megabytes_is_left_out_and_its_place_is_reported()
    {
        string path = Write("long.txt", [.. "one "u8, .. Enumerable.Repeat((byte)'x', 10 << 20), (byte)'\n', .. Text()]);
        CliResult result = CliProcess.Run("vocab", path, "--out", In("vocab.txt"), "--json").Expect(0, "long.txt, byte 4");
        Assert.Equal(1, result.Json.GetProperty("corpus").GetProperty("overlongWords").GetInt64());
    }

    [Fact]
    public void A_line_without_end_is_split_and_no_word_is_lost()
    {
        byte[] text = Text(300_000);
        text.AsSpan().Replace((byte)'\n', (byte)' ');
        CliResult result = CliProcess.Run("vocab", Write("line.txt", text), "--out", In("vocab.txt"), "--json").Expect(0);
        Assert.Equal(300_000, result.Json.GetProperty("corpus").GetProperty("words").GetInt64());
        Assert.True(result.Json.GetProperty("corpus").GetProperty("splitSentences").GetInt64() >= 290);
    }

    [Theory]
    [InlineData("--dim", "0")]
    [InlineData("--dim", "100000")]
    [InlineData("--k", "0")]
    [InlineData("--negatives", "99999999")]
    [InlineData("--dim", "many")]
    [InlineData("--objective", "best")]
    [InlineData("--vocab-memory", "4X")]
    [InlineData("--sync-timeout", "0")]
    [InlineData("--sync-timeout", "10 min")]
    [InlineData("--unknown", "1")]
    [InlineData("--host-kernels", "vector1024")]
    public void A_wrong_option_is_a_usage_error(string option, string value)
    {
        CliResult result = CliProcess.Run("train", "-", "--out", In("v"), option, value).Expect(2, "ncefast: ");
        Assert.Contains(option is "--negatives" ? "--k" : option, result.Err);
    }

    [Theory]
    [InlineData("--window-draw uniform is combined with --baskets, whose words have no distance; allowed is --window-draw fixed", "--baskets", "--window-draw", "uniform")]
    [InlineData("--baskets cannot be given with --model lbl", "--baskets", "--model", "lbl")]
    [InlineData("--window-draw cannot be given with --model lbl", "--window-draw", "fixed", "--model", "lbl")]
    [InlineData("--window-draw is 'random'; allowed are uniform, fixed", "--window-draw", "random")]
    public void Baskets_and_windows_that_do_not_fit_are_usage_errors(string message, params string[] options) =>
        CliProcess.Run(["train", Corpus(), "--out", In("v"), .. options]).Expect(2, message);

    [Theory]
    [InlineData("skipgram", "per-context")]
    [InlineData("lbl", "learned")]
    public void A_normaliser_that_cancels_cannot_be_learned(string model, string normalizer) =>
        CliProcess.Run("train", Corpus(), "--out", In("v"), "--model", model, "--objective", "infonce", "--normalizer", normalizer).Expect(2, $"--normalizer {normalizer} is given with --objective rank, in which log Z cancels, so that it cannot be learned; allowed is --normalizer fixed. Leave out --normalizer, or choose --objective nce.");

    [Fact]
    public void An_unknown_device_is_a_device_error() =>
        CliProcess.Run("train", Corpus(), "--out", In("v"), "--device", "abacus").Expect(7, "There is no device 'abacus'");

    [Fact]
    public void A_model_larger_than_memory_is_forecast_before_allocation()
    {
        var vocabulary = new StringBuilder();
        for (int i = 0; i < 1_000_000; i++)
            vocabulary.Append('w').Append(i).Append(" 5\n");
        string given = Write("vocab.txt", vocabulary.ToString());
        CliProcess.Run("train", Corpus(), "--vocab-in", given, "--dim", "65536", "--out", In("v")).Expect(6, "A model of 1,000,000 words at dim 65536 needs 524,296,000,000 bytes");
    }

    [Fact]
    public void Damaged_vectors_and_vocabularies_are_input_errors()
    {
        CliProcess.Run("neighbours", Write("v.txt", "2 3\na 1 2 3\nb 1 2\n"), "a").Expect(3, "v.txt");
        CliProcess.Run("train", Corpus(), "--vocab-in", Write("vocab.txt", "word\n"), "--out", In("v")).Expect(3, "line 1");
    }
}
