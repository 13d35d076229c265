using System.Globalization;
using System.Text.Json;
using NceFast.Tests.Corpus;
using Xunit;

namespace NceFast.Tests.Cli;

/// <summary>Texts that are pipes or devices, damaged or compressed.</summary>
public sealed class TextInputTests : CliTestBase
{
    private const int Interrupt = 2;

    [Fact]
    public void Plain_compressed_and_piped_text_train_to_the_same_bytes()
    {
        byte[] text = Text(words: 400_000); // more than two mebibytes
        string plain = Write("text.txt", text), gzip = Write("text.gz", TextFiles.Gzip(text));
        string expected = Train(null, plain);
        Assert.Equal(expected, Train(null, gzip));
        Assert.Equal(expected, Train(text, "-"));
        Assert.Equal(expected, Train(TextFiles.Gzip(text), "-"));
        Assert.Equal(400, CliProcess.Run("vocab", plain, "--out", In("w"), "--threads", "3", "--json", "--quiet").Expect(0).Json.GetProperty("corpus").GetProperty("sentences").GetInt32());

        string Train(byte[]? input, string name)
        {
            CliProcess.RunWithInput(input, "train", name, "--out", In("v"), "--dim", "8", "--epochs", "1", "--threads", "1", "--quiet").Expect(0);
            return Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(In("v"))));
        }
    }

    [Fact]
    public void Score_answers_every_line_and_refuses_damaged_text()
    {
        string model = Model();
        string[] lines = CliProcess.RunWithInput("a b\n\nunheard\na\n"u8.ToArray(), "score", model, "-").Expect(0).Out.Split('\n')[..^1];
        Assert.Equal(4, lines.Length);
        Assert.True(double.Parse(lines[1], CultureInfo.InvariantCulture) < 0); // </s> alone
        Assert.All(lines, line => Assert.True(double.IsFinite(double.Parse(line, CultureInfo.InvariantCulture))));

        JsonElement[] json = [.. CliProcess.RunWithInput("a b\n\nunheard\na"u8.ToArray(), "score", model, "-", "--json").Expect(0).Out.Split('\n')[..^1].Select(line => JsonDocument.Parse(line).RootElement)];
        Assert.Equal([1, 2, 3, 4], json.Select(line => line.GetProperty("line").GetInt32()));
        Assert.Equal([2, 0, 1, 1], json.Select(line => line.GetProperty("words").GetInt32()));
        Assert.Equal([0, 0, 1, 0], json.Select(line => line.GetProperty("unknownWords").GetInt32()));
        Assert.Equal(lines, json.Select(line => line.GetProperty("score").GetDouble().ToString("F5", CultureInfo.InvariantCulture)));

        byte[] gzip = TextFiles.Gzip(Text());
        string cut = Write("cut.gz", gzip[..(gzip.Length / 2)]);
        CliProcess.Run("eval", "perplexity", model, cut).Expect(3, "cut short");
        CliProcess.Run("score", model, cut).Expect(3, "cut short");
        CliProcess.Run("eval", "completion", model, cut).Expect(3, cut);
        CliProcess.Run("train", In("text"), "--model", "lbl", "--valid", cut, "--out", In("n"), "--dim", "4", "--quiet").Expect(3, "cut short");
        CliProcess.Run("train", In("text"), "--model", "lbl", "--valid", "-", "--out", In("n"), "--dim", "4", "--quiet").Expect(3);
        Assert.False(File.Exists(In("n")));
    }

    [Fact]
    public void An_open_vocabulary_has_no_score_for_a_line_of_unknown_words()
    {
        string model = Model("--vocabulary", "open");
        string[] lines = CliProcess.RunWithInput("a\nunheard\n\n"u8.ToArray(), "score", model, "-").Expect(0).Out.Split('\n')[..^1];
        Assert.Equal(3, lines.Length);
        Assert.Equal([false, true, false], lines.Select(line => line == "NaN"));
        Assert.Equal(JsonValueKind.Null, JsonDocument.Parse(CliProcess.RunWithInput("unheard"u8.ToArray(), "score", model, "-", "--json").Expect(0).Out).RootElement.GetProperty("score").ValueKind);
    }

    [Fact]
    public void Score_answers_a_line_before_the_next_is_written()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The test is a bash script.");
        string script = $"coproc P {{ '{CliProcess.Dotnet}' '{CliProcess.Dll}' score '{Model()}' -; }}; for l in a 'b c' ''; do echo \"$l\" >&${{P[1]}}; read -t 100 x <&${{P[0]}} || exit 9; echo got $x; done";
        Assert.Equal(3, CliProcess.Shell(script).Expect(0).Out.Split('\n').Count(line => line.StartsWith("got -", StringComparison.Ordinal)));
    }

    [Fact]
    public void Text_is_read_from_pipes_and_devices()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The test reads /proc and /dev as Linux has them.");
        string program = $"'{CliProcess.Dotnet}' '{CliProcess.Dll}'", model = Model();
        CliProcess.Shell($"{program} eval perplexity '{model}' <(cat '{In("text")}')").Expect(0);
        CliProcess.Shell($"{program} score '{model}' <(printf 'a\\n\\nb')").Expect(0);
        Assert.True(CliProcess.Run("vocab", "/proc/meminfo", "--out", In("w"), "--min-count", "1", "--json", "--quiet").Expect(0).Json.GetProperty("corpus").GetProperty("words").GetInt32() > 10);
        CliProcess.Run("vocab", "/dev/zero", "--out", In("w")).Expect(3, "NUL bytes");
        CliProcess.Run("score", model, "/dev/zero").Expect(3, "NUL bytes");
    }

    [Fact]
    public void Pipes_and_names_that_are_not_utf8_in_a_folder_are_left_out_with_a_warning()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux allows file names that are not UTF-8.");
        Write("texts/a.txt", "one two\n");
        CliProcess.Shell($"mkfifo '{In("texts/pipe")}' && echo three > '{In("texts")}'/$'odd\\xff.txt' && mkdir '{In("texts")}'/$'folder\\xff'").Expect(0);
        foreach (string input in new[] { In("texts"), In("texts/*") })
        {
            CliResult result = CliProcess.Run("vocab", input, "--out", In("w"), "--min-count", "1", "--quiet").Expect(0, "pipe is a pipe and was left out");
            Assert.Contains("odd\uFFFD.txt was left out: its name is not valid UTF-8", result.Err);
            Assert.Equal("one 1\ntwo 1\n", File.ReadAllText(In("w")));
        }

        string warnings = CliProcess.Run("vocab", In("texts"), "--out", In("w"), "--min-count", "1", "--quiet").Expect(0).Err;
        CliProcess.Shell($"rm -r '{In("texts")}'").Expect(0); // the runtime cannot delete such names
        Assert.Contains("folder\uFFFD was left out", warnings);
    }

    [Fact]
    public void Waiting_for_the_writer_of_a_pipe_is_announced_and_can_be_interrupted()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The test makes a named pipe and sends signals with Linux's numbers.");
        CliProcess.Shell($"mkfifo '{In("pipe")}'").Expect(0);
        using CliProcess.Running waiting = CliProcess.Start("vocab", In("pipe"), "--out", In("w"));
        waiting.Await($"Waiting for a program to open the pipe {In("pipe")}");
        waiting.Signal(Interrupt);
        waiting.Wait().Expect(130);
    }

    private string Model(params string[] options)
    {
        Write("text", string.Concat(Enumerable.Range(0, 200).Select(i => $"{(char)('a' + (i % 3))} b c {(char)('a' + (i % 5))}\n")));
        CliProcess.Run(["train", In("text"), "--model", "lbl", "--out", In("m.lm"), "--schedule", "linear", "--dim", "4", "--k", "3", "--epochs", "1", "--min-count", "1", "--threads", "1", "--quiet", .. options]).Expect(0);
        return In("m.lm");
    }
}
