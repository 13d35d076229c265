using NceFast.Tests.Corpus;
using Xunit;

namespace NceFast.Tests.Cli;

/// <summary>Every way to name a text, and the help of the program.</summary>
public sealed class InputFormTests : CliTestBase
{
    [Fact]
    public void All_ways_to_name_a_text_count_the_same_words()
    {
        byte[] text = Text();
        Write("texts/a.txt", text);
        Write("texts/b.txt.gz", TextFiles.Gzip(text));
        string expected = Vocabulary(null, In("texts/a.txt"), In("texts/b.txt.gz"));
        Assert.Equal(expected, Vocabulary(null, In("texts")));
        Assert.Equal(expected, Vocabulary(null, In("texts/*.t*")));
        Assert.Equal(expected, Vocabulary(text, In("texts/a.txt"), "-"));
        Assert.Equal(expected, Vocabulary(TextFiles.Gzip(text), "-", In("texts/a.txt")));
    }

    [Fact]
    public void Standard_input_is_used_for_several_epochs()
    {
        CliResult result = CliProcess.RunWithInput(Text(), "train", "-", "--out", In("v"), "--dim", "8", "--epochs", "3", "--json", "--quiet").Expect(0);
        Assert.Equal("", result.Err);
        Assert.Equal([20_000, 20_000, 20_000], result.Json.GetProperty("epochs").EnumerateArray().Select(e => e.GetProperty("words").GetInt64()));
    }

    [Fact]
    public void Help_groups_options_and_names_defaults_and_exit_codes()
    {
        CliResult help = CliProcess.Run("train", "--help").Expect(0);
        foreach (string part in (string[])["Model:\n", "Objective:\n", "Output:\n", "--dim N", "[100]", "--k, --negatives N", "[0.75]", "[skipgram]", "130  interrupted"])
            Assert.Contains(part, help.Out);
        CliProcess.Run().Expect(2, "--help");
        CliProcess.Run("train", "x").Expect(2, "'--out' is required");
    }

    [Theory]
    [InlineData("--sync-overlap", "on")]
    [InlineData("--sync-overlap", "off")]
    [InlineData("--shuffle", "on", "--model", "lbl")]
    [InlineData("--shuffle", "off", "--model", "lbl")]
    [InlineData("--vocabulary", "open", "--model", "lbl")]
    [InlineData("--vocabulary", "closed", "--model", "lbl")]
    public void Options_with_two_names_accept_both(params string[] options)
    {
        CliProcess.Run(["train", In("missing"), "--out", In("v"), .. options]).Expect(3, "missing");
        options[1] = "perhaps";
        CliProcess.Run(["train", In("missing"), "--out", In("v"), .. options]).Expect(2, $"{options[0]} is 'perhaps'");
    }

    [Fact]
    public void Devices_are_listed()
    {
        Assert.Matches("^host .* GiB, score [0-9]+, kernels ", CliProcess.Run("devices").Expect(0).Out);
        Assert.Equal("host", CliProcess.Run("devices", "--json").Expect(0).Json.GetProperty("devices")[0].GetProperty("id").GetString());
    }

    private string Vocabulary(byte[]? input, params string[] inputs)
    {
        CliProcess.RunWithInput(input, ["vocab", .. inputs, "--out", In("vocab.txt"), "--quiet"]).Expect(0);
        return File.ReadAllText(In("vocab.txt"));
    }
}
