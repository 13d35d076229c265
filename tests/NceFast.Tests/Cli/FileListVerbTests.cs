using System.Text;
using NceFast.Cli;
using NceFast.Training;
using Xunit;

namespace NceFast.Tests.Cli;

/// <summary>Lists of files on the command line, and their resume.</summary>
public sealed class FileListVerbTests : CliTestBase
{
    [Fact]
    public void A_list_stands_alone_beside_inputs_or_on_standard_input()
    {
        string a = Corpus("a.txt", 5000), b = Corpus("b.txt", 6000), list = Write("list", $"# files\n{a}\n{b}\n");
        Assert.Equal(11_000, Words(null, "--files-from", list));
        Assert.Equal(17_000, Words(null, b, "--files-from", list));
        Assert.Equal(11_000, Words($"{a}\n{b}", "--files-from", "-"));
        CliProcess.RunWithInput(Encoding.UTF8.GetBytes(a), "vocab", "-", "--files-from", "-", "--out", In("v")).Expect(2, "can be only one of them");
        CliProcess.Run("vocab", "--out", In("v")).Expect(2, "No corpus is given");
        CliProcess.Run("vocab", "--files-from", Write("bad", $"{a}\n{In("none")}\n"), "--out", In("v")).Expect(3, "bad, line 2 names");
        CliProcess.Run("vocab", "--files-from", list, "--out", list).Expect(2, "are the same file");
    }

    [Fact]
    public void A_resume_needs_neither_the_list_nor_standard_input()
    {
        string a = Corpus("a.txt", 5000), b = Corpus("folder/b.txt", 6000);
        string[] train = ["--dim", "8", "--threads", "1", "--epochs", "2", "--quiet"];
        byte[] list = Encoding.UTF8.GetBytes($"{a}\n{In("folder")}\n");
        CliProcess.RunWithInput(list, ["train", "--files-from", "-", "--out", In("v"), "--checkpoint", In("run"), .. train]).Expect(0);
        byte[] expected = File.ReadAllBytes(In("v"));
        File.Delete(In("run/checkpoint-00000002.ncf"));
        File.Delete(In("v"));
        CliProcess.Run("resume", In("run")).Expect(0);
        Assert.Equal(expected, File.ReadAllBytes(In("v")));

        // The entry is a folder, so that a resume looks into it again.
        File.Move(b, In("b.moved"));
        Corpus("folder/c.txt", 7000);
        CliProcess.Run("resume", In("run")).Expect(2, $"{b} is not read any more");
        File.Delete(In("folder/c.txt"));
        File.Move(In("b.moved"), b);
        File.AppendAllText(b, "more\n");
        CliProcess.Run("resume", In("run")).Expect(2, $"{b} had");
        File.Delete(a);
        CliProcess.Run("resume", In("run")).Expect(3, $"{a} does not exist");
    }

    [Fact]
    public void Progress_says_which_of_several_files_is_read()
    {
        var progress = new TrainingProgress(TrainingPhase.Training, 0, 1, 0.5, 10, 1e6, 2, 0.1f, TimeSpan.FromSeconds(1)) { File = 12, Files = 1024 };
        Assert.Contains(", file 12 of 1,024", ProgressText.Of(progress));
        Assert.Equal((12, 1024), (NceFast.Cli.Samples.Of(progress).File, NceFast.Cli.Samples.Of(progress).Files));
        Assert.DoesNotContain("file", ProgressText.Of(progress with { File = 0, Files = 0 }));
        Assert.Null(NceFast.Cli.Samples.Of(progress with { File = 0, Files = 0 }).Files);
        string a = Corpus("a.txt", 5000), b = Corpus("b.txt", 6000);
        Assert.Contains("\"file\":2,\"files\":2", CliProcess.Run("train", a, b, "--out", In("v"), "--dim", "8", "--epochs", "1", "--threads", "1", "--log", "json").Expect(0).Err);
        Assert.DoesNotContain("\"files\"", CliProcess.Run("train", a, "--out", In("v"), "--dim", "8", "--epochs", "1", "--threads", "1", "--log", "json").Expect(0).Err);
    }

    private long Words(string? input, params string[] args) => CliProcess.RunWithInput(input is null ? null : Encoding.UTF8.GetBytes(input), ["vocab", .. args, "--out", In("v"), "--json", "--quiet"])
        .Expect(0).Json.GetProperty("corpus").GetProperty("words").GetInt64();
}
