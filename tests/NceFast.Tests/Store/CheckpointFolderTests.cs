using NceFast.Store;
using NceFast.Tests.Exports;
using Xunit;

namespace NceFast.Tests.Store;

public sealed class CheckpointFolderTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Two_runs_cannot_use_the_same_folder()
    {
        using (CheckpointFolder.Create(_folder["run"]))
        {
            NceFastException error = Assert.Throws<NceFastException>(() => CheckpointFolder.Create(_folder["run"]));
            Assert.Equal(ErrorKind.Output, error.Kind);
            Assert.Contains("used by another training", error.Message);
        }

        CheckpointFolder.Create(_folder["run"]).Dispose();
    }

    [Fact]
    public void Checkpoints_are_numbered_and_only_the_newest_are_kept()
    {
        using (CheckpointFolder run = CheckpointFolder.Create(_folder["run"]))
        {
            for (int i = 0; i < 5; i++)
                Assert.Equal(i, Save(run));
            run.Retain(2);
            Assert.Equal([4L, 3], run.Checkpoints.Select(c => c.Number));
        }

        foreach (string name in (string[])["checkpoint-00000005.ncf.1a2b3c4d.tmp", "checkpoint-x.ncf", "notes.txt"])
            File.WriteAllText(Path.Combine(_folder["run"], name), "");
        using CheckpointFolder again = CheckpointFolder.Create(_folder["run"]);
        Assert.Equal(["checkpoint-00000003.ncf", "checkpoint-00000004.ncf", "checkpoint-x.ncf", "lock", "notes.txt"], Names());
        Assert.Equal(5, Save(again));
    }

    [Fact]
    public void A_failed_saving_leaves_no_file_and_uses_no_number()
    {
        using CheckpointFolder run = CheckpointFolder.Create(_folder["run"]);
        Save(run);
        Assert.Throws<InvalidOperationException>(() => run.Save(0, _ => throw new InvalidOperationException()));
        Assert.Contains("needs", Assert.Throws<NceFastException>(() => run.Save(long.MaxValue, _ => { })).Message);
        Assert.Equal(["checkpoint-00000000.ncf", "lock"], Names());
        Assert.Equal(1, Save(run));
    }

    [Fact]
    public void Links_in_the_folder_are_not_followed()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "links need a privilege there");
        Directory.CreateDirectory(_folder["run"]);
        string victim = _folder.Write("victim", "mine");
        File.CreateSymbolicLink(Path.Combine(_folder["run"], "lock"), victim);
        Assert.Contains("symbolic link", Assert.Throws<NceFastException>(() => CheckpointFolder.Create(_folder["run"])).Message);
        File.Delete(Path.Combine(_folder["run"], "lock"));
        File.CreateSymbolicLink(Path.Combine(_folder["run"], "checkpoint-00000000.ncf"), victim);
        using CheckpointFolder run = CheckpointFolder.Create(_folder["run"]);
        Assert.Equal(1, Save(run));
        run.Retain(1);
        Assert.Equal("mine", File.ReadAllText(victim));
    }

    [Fact]
    public void The_folder_is_private()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Unix permissions");
        if (OperatingSystem.IsWindows())
            return;
        CheckpointFolder.Create(_folder["run"]).Dispose();
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(_folder["run"]));
    }

    [Fact]
    public void A_folder_that_cannot_be_made_is_reported()
    {
        _folder.Write("file", "");
        Assert.Equal(ErrorKind.Output, Assert.Throws<NceFastException>(() => CheckpointFolder.Create(_folder["file"])).Kind);
        Assert.Equal(ErrorKind.Output, Assert.Throws<NceFastException>(() => CheckpointFolder.Create(_folder["file/run"])).Kind);
        Assert.Equal(ErrorKind.Input, Assert.Throws<NceFastException>(() => CheckpointFolder.Open(_folder["absent"])).Kind);
    }

    private static long Save(CheckpointFolder run) => run.Save(0, writer => writer.Section("run", "x"u8)).Number;

    private string[] Names() => [.. Directory.GetFiles(_folder["run"]).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal)];
}
