using System.CommandLine;
using System.Text.Json;
using NceFast.Cli;
using Xunit;

namespace NceFast.Tests.Cli;

/// <summary>The program helps with mistyped command lines, in words and in JSON, and its help fits a terminal.</summary>
public sealed class HelpfulnessTests : CliTestBase
{
    [Theory]
    [InlineData("trian", "train", "train", "vocab", "eval")]
    [InlineData("--dims", "--dim", "--dim", "--vocab-in", "--lr")]
    [InlineData("ncee", "nce", "nce", "neg", "ml")]
    [InlineData("cbwo", "cbow", "skipgram", "cbow", "lbl")]
    [InlineData("--Dim", "--dim", "--dim", "--lr")]
    [InlineData("--sync", "--sync-rows, --sync-rule", "--dim", "--sync-rows", "--sync-rule")]
    [InlineData("zebra", "", "train", "vocab", "eval")]
    [InlineData("-", "", "--dim")]
    public void The_nearest_names_are_found(string given, string expected, params string[] names) =>
        Assert.Equal(expected, string.Join(", ", Nearest.Of(given, names)));

    [Theory]
    [InlineData("'ncefast' has no verb 'trian'; allowed are train, ", "Did you mean train?", "trian")]
    [InlineData("'ncefast eval' has no verb 'simlarity'; allowed are similarity, ", "Did you mean similarity?", "eval", "simlarity")]
    [InlineData("'ncefast' needs a verb; allowed are train, ", "ncefast --help")]
    [InlineData("There is no option '--dims'. Did you mean --dim?", "train --help", "train", "x", "--dims", "100", "--out", "y")]
    [InlineData("There is no option '--dims=100'. Did you mean --dim?", "devices --help", "devices", "--dims=100")]
    [InlineData("There is no option '--vectorsize'. Did you mean --vector-size?", "", "train", "x", "--vectorsize", "100", "--out", "y")]
    [InlineData("--objective is 'ncee'; allowed are nce, neg, ml, is, rank, infonce.", "Did you mean nce?", "train", "x", "--out", "y", "--objective", "ncee")]
    [InlineData("'extra' is one argument too many", "takes no argument", "devices", "extra")]
    [InlineData("'ncefast' has no verb 'trian'", "Did you mean train?", "help", "trian")]
    [InlineData("SHELL is 'fihs'; allowed are bash, zsh, fish, pwsh.", "Did you mean fish?", "completion", "fihs")]
    public void A_mistyped_command_line_is_explained(string message, string further, params string[] args)
    {
        CliResult result = CliProcess.Run(args).Expect(2, message);
        Assert.Contains(further, result.Err);
        Assert.Equal("", result.Out);
    }

    [Fact]
    public void Names_of_other_programs_are_accepted()
    {
        JsonElement json = CliProcess.Run("train", Corpus(), "--out", In("v"), "--size", "8", "--negative", "3", "--iter", "1", "--sample", "0", "--alpha", "0.02", "--workers", "1", "--json", "--quiet").Expect(0).Json;
        Assert.Equal((8, 3, 1, 0.02), (json.GetProperty("dim").GetInt32(), json.GetProperty("k").GetInt32(), json.GetProperty("threads").GetInt32(), json.GetProperty("learningRate").GetDouble()));
        Assert.Equal(1, json.GetProperty("epochs").GetArrayLength());
        CliProcess.Run("neighbors", In("v"), "c00w00").Expect(0);
        Assert.Equal(CliProcess.Run("--version").Expect(0).Out, CliProcess.Run("version").Expect(0).Out);
        string help = CliProcess.Run("train", "--help").Expect(0).Out;
        Assert.Equal(help, CliProcess.Run("help", "train").Expect(0).Out);
        Assert.Contains("--vector-size and --size for --dim", help.ReplaceLineEndings(" "));
    }

    [Theory]
    [InlineData(40)]
    [InlineData(60)]
    [InlineData(80)]
    [InlineData(110)]
    public void Help_fits_the_width_and_breaks_no_word(int width)
    {
        using var session = new Session();
        foreach (Command command in All(Application.Root(session)))
        {
            string text = HelpPrinter.TextOf(command, width);
            Assert.All(text.Split('\n'), line => Assert.True(line.TrimEnd('\r').Length <= width, line));
            string[] words = HelpPrinter.TextOf(command, 10_000).Split((char[])[' ', '\n', '\r', '|'], StringSplitOptions.RemoveEmptyEntries);
            Assert.Equal(words, text.Split((char[])[' ', '\n', '\r', '|'], StringSplitOptions.RemoveEmptyEntries));
        }
    }

    [Fact]
    public void Help_that_is_not_read_by_a_terminal_has_80_columns() =>
        Assert.All(CliProcess.Run("train", "--help").Expect(0).Out.Split('\n'), line => Assert.True(line.Length <= 80, line));

    [Theory]
    [InlineData("train --ob", "--objective")]
    [InlineData("train x --objective r", "rank")]
    [InlineData("eval sim", "similarity")]
    [InlineData("", "train")]
    public void The_directive_of_the_scripts_completes(string line, string expected) =>
        Assert.Contains(expected, CliProcess.Run($"[suggest:{line.Length}]", line).Expect(0).Out.ReplaceLineEndings("\n").Split('\n'));

    [Fact]
    public void The_script_for_bash_completes()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "bash");
        string folder = AppContext.BaseDirectory;
        CliResult result = CliProcess.Shell($"PATH='{folder}':$PATH; eval \"$(ncefast completion bash)\"; COMP_LINE='ncefast train --obj'; COMP_POINT=${{#COMP_LINE}}; _ncefast ncefast --obj train; echo \"${{COMPREPLY[*]}}\"");
        Assert.Equal("--objective\n", result.Expect(0).Out);
        foreach (string shell in (string[])["zsh", "fish", "pwsh"])
            Assert.Contains("[suggest:", CliProcess.Run("completion", shell).Expect(0).Out);
    }

    [Fact]
    public void The_executable_is_called_ncefast()
    {
        string name = OperatingSystem.IsWindows() ? "ncefast.exe" : "ncefast";
        Assert.True(File.Exists(Path.Combine(AppContext.BaseDirectory, name)), name);
    }

    [Fact]
    public void Errors_are_one_object_with_json()
    {
        JsonElement verb = CliProcess.Run("trian", "--json").Expect(2, "no verb").Json;
        Assert.Equal(("usage", 2, "trian", "train"), (verb.GetProperty("kind").GetString(), verb.GetProperty("code").GetInt32(), verb.GetProperty("found").GetString(), verb.GetProperty("nearest")[0].GetString()));
        Assert.Contains("vocab", verb.GetProperty("allowed").EnumerateArray().Select(a => a.GetString()));
        JsonElement value = CliProcess.Run("train", "x", "--out", In("v"), "--json", "--objective", "ncee").Expect(2).Json;
        Assert.Equal(("ncee", "--objective", "nce"), (value.GetProperty("found").GetString(), value.GetProperty("options")[0].GetString(), value.GetProperty("nearest")[0].GetString()));
        JsonElement range = CliProcess.Run("train", Corpus(), "--out", In("v"), "--json", "--dim", "0").Expect(2).Json;
        Assert.Equal("--dim", range.GetProperty("options")[0].GetString());
        CliResult missing = CliProcess.Run("train", In("absent"), "--out", In("v"), "--json").Expect(3, "absent does not exist");
        Assert.Equal("input", missing.Json.GetProperty("kind").GetString());
        Assert.Contains(missing.Json.GetProperty("message").GetString()!, missing.Err);
    }

    [Fact]
    public void Errors_have_the_same_parts_in_the_log()
    {
        CliResult result = CliProcess.Run("train", "x", "--out", In("v"), "--log", "json", "--objctive", "neg").Expect(2);
        JsonElement line = JsonDocument.Parse(result.Err.Split('\n')[0]).RootElement;
        Assert.Equal(("usage", 2, 2, "--objctive"), (line.GetProperty("kind").GetString(), line.GetProperty("code").GetInt32(), line.GetProperty("exitCode").GetInt32(), line.GetProperty("found").GetString()));
        Assert.Equal(line.GetProperty("text").GetString(), line.GetProperty("message").GetString());
    }

    private static IEnumerable<Command> All(Command command) => command.Subcommands.SelectMany(All).Prepend(command);
}
