using NceFast.Files;
using NceFast.Reporting;
using NceFast.Tests.Exports;
using Xunit;

namespace NceFast.Tests.Files;

public class FilesInUseTests
{
    [Theory]
    [InlineData("a", "a")]
    [InlineData("a", "./a")]
    [InlineData("a", "sub/../a")]
    [InlineData("a", "symbolic")]
    [InlineData("symbolic", "a")]
    [InlineData("a", "hard")]
    [InlineData("sub/b", "folder-link/b")]
    [InlineData("folder-link/b", "sub/b")]
    public void An_input_cannot_be_an_output_under_any_spelling(string input, string output)
    {
        using TempFolder folder = WithLinks();
        using var inputFirst = new FilesInUse();
        inputFirst.AddInput("--valid", folder[input]);
        var error = Assert.Throws<NceFastException>(() => inputFirst.AddOutput("--out", folder[output]));
        Assert.Equal(ErrorKind.Usage, error.Kind);
        Assert.Contains($"--out {folder[output]} and --valid {folder[input]} are the same file", error.Message, StringComparison.Ordinal);
        using var outputFirst = new FilesInUse();
        outputFirst.AddOutput("--out", folder[output]);
        Assert.Throws<NceFastException>(() => outputFirst.AddInput("--valid", folder[input]));
    }

    [Theory]
    [InlineData("new", "new")]
    [InlineData("new", "./new")]
    [InlineData("sub/new", "folder-link/new")]
    [InlineData("hard", "a")]
    public void Two_outputs_cannot_be_the_same_file_even_before_they_exist(string first, string second)
    {
        using TempFolder folder = WithLinks();
        using var files = new FilesInUse();
        files.AddOutput("--out", folder[first]);
        var error = Assert.Throws<NceFastException>(() => files.AddOutput("--vocab-out", folder[second]));
        Assert.Contains("must not replace another output", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Different_files_are_accepted()
    {
        using TempFolder folder = WithLinks();
        using var files = new FilesInUse();
        files.AddInput("the text", folder["a"]);
        files.AddInput("the text", folder["sub/b"]);
        files.AddInput("the text", folder["absent"]); // an absent file cannot be lost
        files.AddOutput("--out", folder["absent"]);
        files.AddOutput("--vocab-out", folder["sub/absent"]);
        files.AddOutput("--run", folder["sub/a"]);
        files.Hold();
    }

    [Fact]
    public void Names_that_a_folder_reserves_are_refused()
    {
        using TempFolder folder = WithLinks();
        using var files = new FilesInUse();
        files.AddOutputs("--checkpoint", folder["sub"], "checkpoint-*.ncf");
        files.AddOutput("--out", folder["sub/checkpoint.ncf"]);
        Assert.Throws<NceFastException>(() => files.AddOutput("--out", folder["folder-link/checkpoint-1.ncf"]));
        using var other = new FilesInUse();
        other.AddOutput("--out", folder["sub/checkpoint-1.ncf"]);
        Assert.Throws<NceFastException>(() => other.AddOutputs("--checkpoint", folder["folder-link"], "checkpoint-*.ncf"));
    }

    [Fact]
    public void Devices_are_shared_by_all()
    {
        using var files = new FilesInUse();
        foreach (string device in (string[])["/dev/null", "/dev/full"])
        {
            files.AddInput("--valid", device);
            files.AddOutput("--out", device);
            files.AddOutput("--vocab-out", device);
        }

        files.Hold();
    }

    [Fact]
    public void An_output_is_locked_by_one_run_and_the_lock_is_removed()
    {
        using var folder = new TempFolder();
        using (var first = new FilesInUse())
        {
            first.AddOutput("--out", folder["v"]);
            first.Hold();
            using var second = new FilesInUse();
            second.AddOutput("--vocab-out", folder["./v"]);
            var error = Assert.Throws<NceFastException>(second.Hold);
            Assert.Equal(ErrorKind.Output, error.Kind);
            Assert.Contains($"is being written by another process ({Environment.ProcessId} on {Environment.MachineName})", error.Message, StringComparison.Ordinal);
        }

        Assert.Empty(folder.Files);
        using var third = new FilesInUse();
        third.AddOutput("--out", folder["v"]);
        third.Hold();
    }

    [Fact]
    public void A_lock_that_nobody_holds_is_taken_over()
    {
        using var folder = new TempFolder();
        File.WriteAllText(OutputLock.PathOf(folder["v"]), "1 elsewhere 0");
        using (var files = new FilesInUse())
        {
            files.AddOutput("--out", folder["v"]);
            files.Hold();
        }

        Assert.Empty(folder.Files);
    }

    [Fact]
    public void A_report_does_not_replace_its_run()
    {
        using var folder = new TempFolder();
        RunFolder run = RunFolder.Create(folder["run"]);
        run.Write(new RunRecord { Version = "0", Title = "t", Started = DateTimeOffset.UnixEpoch, Options = [], Inputs = [], Machine = [] });
        byte[] record = File.ReadAllBytes(run.In(RunFolder.RecordFile));
        var error = Assert.Throws<NceFastException>(() => RunReport.Write(run, run.In(RunFolder.RecordFile)));
        Assert.Equal(ErrorKind.Usage, error.Kind);
        Assert.Equal(record, File.ReadAllBytes(run.In(RunFolder.RecordFile)));
    }

    private static TempFolder WithLinks()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "links need a privilege there");
        var folder = new TempFolder();
        folder.Write("a", "text");
        Directory.CreateDirectory(folder["sub"]);
        File.WriteAllText(folder["sub/b"], "text");
        File.CreateSymbolicLink(folder["symbolic"], folder["a"]);
        Directory.CreateSymbolicLink(folder["folder-link"], folder["sub"]);
        Assert.Equal(0, Link(folder["a"], folder["hard"]));
        return folder;
    }

    [System.Runtime.InteropServices.DllImport("libc", EntryPoint = "link")]
    private static extern int Link(string old, string name);
}
