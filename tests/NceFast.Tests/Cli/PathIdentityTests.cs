using Xunit;

namespace NceFast.Tests.Cli;

/// <summary>No verb overwrites a file that it reads, or writes two outputs to one file, under any spelling of the paths.</summary>
public sealed class PathIdentityTests : CliTestBase
{
    private static readonly string[] Small = ["--epochs", "1", "--dim", "4", "--min-count", "1", "--threads", "1"];

    public static TheoryData<string, string> Cases()
    {
        var cases = new TheoryData<string, string>();
        foreach (string verb in (string[])
        [
            "train TEXT --out FILE", "train TEXT --valid FILE --out FILE", "train TEXT --vocab-in FILE --out FILE", "train TEXT --probe-table FILE --out FILE",
            "train TEXT --from FILE --out FILE", "train TEXT --out x --vocab-out FILE", "train TEXT --valid FILE --out x --vocab-out FILE", "train TEXT --out FILE --vocab-out FILE",
            "train TEXT --valid FILE --run run --out run/run.json", "train TEXT --model lbl --out FILE", "train TEXT --model lbl --valid FILE --out FILE", "train TEXT --model lbl --noise FILE --out FILE", "train TEXT --model lbl --noise bigram --bigram-counts FILE --out FILE",
            "train TEXT --model lbl --vocab-in FILE --out FILE", "train FOLDER --out FILE", "vocab TEXT --out FILE", "export FILE --out FILE", "export FILE --out FILE --format npy",
            "report RUN --out FILE", "report RUN --vectors FILE --out FILE",
        ])
        {
            foreach (string way in (string[])["spelling", "symbolic link", "hard link"])
                cases.Add(verb, way);
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void No_output_replaces_an_input(string verb, string way)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "links need a privilege there");
        Directory.CreateDirectory(In("texts"));
        string file = Write("texts/file", "2 1\nw1 1\nw2 5\n"), other = In("other");
        if (verb.StartsWith("report RUN --out", StringComparison.Ordinal))
            file = RunFile();
        else if (verb.Contains("--vectors"))
            RunFile();
        switch (way)
        {
            case "spelling":
                other = Path.Combine(Path.GetDirectoryName(file)!, ".", "..", Path.GetFileName(Path.GetDirectoryName(file)!), Path.GetFileName(file));
                break;
            case "symbolic link":
                File.CreateSymbolicLink(other, file);
                break;
            default:
                CliProcess.Shell($"ln '{file}' '{other}'").Expect(0);
                break;
        }

        byte[] before = File.ReadAllBytes(file);
        bool first = true;
        var args = new List<string>();
        string text = verb.Split(' ').Count(p => p == "FILE") == 1 ? file : Corpus();
        foreach (string part in verb.Split(' '))
        {
            args.Add(part switch
            {
                "TEXT" => text,
                "FOLDER" => In("texts"),
                "RUN" => In("run"),
                "FILE" => first && verb.Split(' ').Count(p => p == "FILE") > 1 ? file : other,
                "run" or "x" => In(part),
                "run/run.json" => In("run/./run.json"),
                _ => part,
            });
            first &= part != "FILE";
        }

        CliProcess.Run([.. args]).Expect(2, "are the same file");
        Assert.Equal(before, File.ReadAllBytes(file));
    }

    [Theory]
    [InlineData("score MODEL TEXT")]
    [InlineData("eval perplexity MODEL TEXT")]
    [InlineData("generate MODEL")]
    [InlineData("neighbours TEXT w1")]
    [InlineData("train TEXT --out x")]
    [InlineData("vocab TEXT --out x")]
    public void Standard_output_is_no_input(string verb)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "bash is needed");
        string text = Corpus(), model = verb.Contains("generate") ? text : Write("model", "");
        string command = verb.Replace("TEXT", $"'{text}'").Replace("MODEL", $"'{model}'").Replace(" x", $" '{In("x")}'");
        CliProcess.Shell($"'{CliProcess.Dotnet}' '{CliProcess.Dll}' {command} >> '{text}'").Expect(2, "standard output and");
        Assert.Equal(Text(), File.ReadAllBytes(text));
    }

    [Fact]
    public void Standard_input_from_a_file_is_an_input()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "bash is needed");
        string text = Corpus();
        CliProcess.Shell($"'{CliProcess.Dotnet}' '{CliProcess.Dll}' train - --out '{text}' < '{text}'").Expect(2, "standard input are the same file");
        Assert.Equal(Text(), File.ReadAllBytes(text));
    }

    [Fact]
    public void An_output_among_the_inputs_is_a_warning_and_checkpoints_are_refused()
    {
        Corpus("texts/a.txt");
        CliProcess.Run(["train", In("texts"), "--out", In("texts/v"), .. Small]).Expect(0, "lies where the text is read from");
        File.Delete(In("texts/v"));
        CliProcess.Run(["train", In("texts") + "/*.txt", "--out", In("texts/v"), .. Small]).Expect(0);
        CliProcess.Run(["train", In("texts"), "--out", In("w"), "--checkpoint", In("texts/run"), .. Small]).Expect(2, "name a folder elsewhere");
        Assert.False(Directory.Exists(In("texts/run")));
    }

    [Fact]
    public void Two_runs_cannot_write_the_same_output()
    {
        string text = Corpus();
        using CliProcess.Running first = CliProcess.Start("train", "-", "--out", In("v"), "--verbose");
        first.Await("cache of token ids"); // from now on it waits for its input
        CliProcess.Run(["train", text, "--out", In("./v"), .. Small]).Expect(5, $"is being written by another process ({first.Process.Id} on {Environment.MachineName})");
        CliProcess.Run(["vocab", text, "--out", In("v")]).Expect(5, "is being written by another process");
        first.Process.Kill();
        first.Process.WaitForExit();
        CliProcess.Run(["train", text, "--out", In("v"), .. Small]).Expect(0);
        Assert.Equal(["corpus.txt", "v"], Directory.GetFiles(Folder).Select(Path.GetFileName).Order());
    }

    private string RunFile()
    {
        return Write("run/run.json", "{}");
    }
}
