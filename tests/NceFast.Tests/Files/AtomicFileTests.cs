using NceFast.Exports;
using NceFast.Files;
using NceFast.Store;
using NceFast.Tests.Exports;
using Xunit;

namespace NceFast.Tests.Files;

public class AtomicFileTests
{
    [Fact]
    public void The_old_file_stays_until_the_commit()
    {
        using var folder = new TempFolder();
        string path = folder.Write("out", "old");
        using (AtomicFile file = AtomicFile.Create(path))
        {
            file.Stream.Write("new"u8);
            file.Stream.Flush();
            Assert.Equal("old", File.ReadAllText(path));
            file.Commit();
            Assert.Equal("new", File.ReadAllText(path));
        }

        Assert.Equal(["out"], folder.Files);
    }

    [Fact]
    public void An_exception_leaves_the_old_file_and_no_temporary_file()
    {
        using var folder = new TempFolder();
        string path = folder.Write("out", "old");
        Assert.Throws<InvalidOperationException>(() => AtomicFile.Write(path, 0, stream =>
        {
            stream.Write("new"u8);
            throw new InvalidOperationException();
        }));
        Assert.Equal("old", File.ReadAllText(path));
        Assert.Equal(["out"], folder.Files);
    }

    [Theory]
    [InlineData(VectorFormat.Word2Vec)]
    [InlineData(VectorFormat.Word2VecBinary)]
    [InlineData(VectorFormat.Npy)]
    [InlineData(VectorFormat.Safetensors)]
    public void A_cancelled_export_leaves_the_old_file_and_no_temporary_file(VectorFormat format)
    {
        using var folder = new TempFolder();
        string path = folder.Write("out", "old");
        using WordVectors vectors = TestVectors.Random(30_000, 20, 1);
        Assert.ThrowsAny<OperationCanceledException>(() => VectorFile.Write(path, vectors, format, new CancellationToken(canceled: true)));
        Assert.Equal("old", File.ReadAllText(path));
        Assert.Equal(["out"], folder.Files);
    }

    [Fact]
    public void A_symbolic_link_is_never_followed()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "links need a privilege there");
        using var folder = new TempFolder();
        folder.Write("real", "old");
        File.CreateSymbolicLink(folder["link"], folder["real"]);
        File.CreateSymbolicLink(folder["dangling"], folder["absent"]);
        Refuses(folder["link"], "is a symbolic link to " + folder["real"]);
        Refuses(folder["dangling"], "is a symbolic link");
        Assert.Equal(["dangling", "link", "real"], folder.Files);
        Assert.Equal("old", File.ReadAllText(folder["real"]));
    }

    [Fact]
    public void A_link_made_during_the_writing_is_not_followed()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "links need a privilege there");
        using var folder = new TempFolder();
        folder.Write("real", "old");
        Assert.Throws<NceFastException>(() => AtomicFile.Write(folder["out"], 0, stream => File.CreateSymbolicLink(folder["out"], folder["real"])));
        Assert.Equal(["out", "real"], folder.Files);
        Assert.Equal("old", File.ReadAllText(folder["real"]));
    }

    [Fact]
    public void The_temporary_file_is_private_and_the_output_has_the_usual_permissions()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Unix permissions");
        if (OperatingSystem.IsWindows())
            return;
        using var folder = new TempFolder();
        using (AtomicFile.Create(folder["out"]))
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(folder[folder.Files.Single()]));
        AtomicFile.Write(folder["out"], 0, _ => { });
        Assert.Equal(File.GetUnixFileMode(folder.Write("plain", "")), File.GetUnixFileMode(folder["out"]));
    }

    [Theory]
    [InlineData(VectorFormat.Word2Vec)]
    [InlineData(VectorFormat.Word2VecBinary)]
    [InlineData(VectorFormat.Safetensors)]
    public void A_full_disk_is_reported_with_the_sizes(VectorFormat format)
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "needs /dev/full, the device that is always full");
        using WordVectors vectors = TestVectors.Random(30_000, 20, 1);
        var error = Assert.Throws<NceFastException>(() => VectorFile.Write("/dev/full", vectors, format));
        Assert.Equal(ErrorKind.Output, error.Kind);
        Assert.Contains("/dev/full could not be written", error.Message, StringComparison.Ordinal);
        Assert.Contains("were written", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_output_larger_than_the_disk_is_refused_before_it_is_begun()
    {
        using var folder = new TempFolder();
        var error = Assert.Throws<NceFastException>(() => AtomicFile.Create(folder["out"], long.MaxValue));
        Assert.Equal(ErrorKind.Output, error.Kind);
        Assert.Contains("needs 9,223,372,036,854,775,807 bytes", error.Message, StringComparison.Ordinal);
        Assert.Empty(folder.Files);
    }

    [Fact]
    public void Ensure_writable_leaves_no_trace()
    {
        using var folder = new TempFolder();
        VectorFile.EnsureWritable(folder["out"]);
        Assert.Empty(folder.Files);
        string old = folder.Write("old", "content");
        DateTime time = File.GetLastWriteTimeUtc(old);
        VectorFile.EnsureWritable(old);
        Assert.Equal("content", File.ReadAllText(old));
        Assert.Equal(time, File.GetLastWriteTimeUtc(old));
    }

    [Fact]
    public void Ensure_writable_reports_what_is_wrong()
    {
        using var folder = new TempFolder();
        Refuses("", "is empty");
        Refuses(folder["."], "is a folder");
        Refuses(folder["sub"] + "/", "is a folder");
        Refuses(folder["sub/out"], "does not exist");
        Refuses(folder.Write("file", "") + "/out", "does not exist");
        string old = folder.Write("old", "");
        new FileInfo(old).IsReadOnly = true;
        Refuses(old, "is read-only");
        new FileInfo(old).IsReadOnly = false;
    }

    [Fact]
    public void A_folder_that_accepts_no_files_is_reported()
    {
        Assert.SkipUnless(Directory.Exists("/proc/self"), "needs /proc, a folder that takes files from nobody");
        Refuses("/proc/self/out", "could not be written");
    }

    [Fact]
    public void The_permissions_of_the_old_file_stay()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Unix permissions");
        if (OperatingSystem.IsWindows())
            return;
        using var folder = new TempFolder();
        string path = folder.Write("out", "old");
        const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        File.SetUnixFileMode(path, Mode);
        AtomicFile.Write(path, 0, stream => stream.Write("new"u8));
        Assert.Equal(Mode, File.GetUnixFileMode(path));
    }

    [Fact]
    public void A_folder_is_flushed_where_it_can_be()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() || OperatingSystem.IsMacOS(), "folders are flushed on Linux and macOS");
        using var folder = new TempFolder();
        Assert.True(DurableFolder.Flush(folder["."]));
        Assert.False(DurableFolder.Flush(folder["absent"]));
    }

    [Fact]
    public void An_output_in_a_folder_that_may_not_be_listed_is_written()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Unix permissions");
        if (OperatingSystem.IsWindows())
            return;
        using var folder = new TempFolder();
        string drop = Directory.CreateDirectory(folder["drop"]).FullName;
        File.SetUnixFileMode(drop, UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        AtomicFile.Write(Path.Combine(drop, "out"), 0, stream => stream.Write("new"u8));
        File.SetUnixFileMode(drop, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Assert.Equal(["out"], Directory.GetFiles(drop).Select(Path.GetFileName));
    }

    [Fact]
    public void Only_the_files_of_a_killed_process_are_removed()
    {
        using var folder = new TempFolder();
        string stale = folder.Write("out.ncefast-0123abcd.tmp", "part");
        string[] others =
        [
            folder.Write("out.0123abcd.tmp", ""), folder.Write("out.ncefast-0123abcd.tmp.txt", ""), folder.Write("out.ncefast-0123abcg.tmp", ""),
            folder.Write("out.ncefast-0123abc.tmp", ""), folder.Write("about.ncefast-0123abcd.tmp", ""), folder.Write("out2.ncefast-0123abcd.tmp", ""),
        ];
        string held = folder.Write("out.ncefast-aaaaaaaa.tmp", "part"), young = folder.Write("out.ncefast-bbbbbbbb.tmp", "part");
        foreach (string path in (string[])[stale, held, .. others])
            File.SetLastWriteTimeUtc(path, DateTime.UtcNow.AddHours(-1));
        File.SetLastWriteTimeUtc(young, DateTime.UtcNow.AddHours(1));
        using (new FileStream(held, FileMode.Open, FileAccess.Write, FileShare.Read))
            VectorFile.EnsureWritable(folder["out"]);
        Assert.False(File.Exists(stale));
        Assert.All([.. others, held, young], path => Assert.True(File.Exists(path), path));
    }

    [Fact]
    public void A_temporary_file_is_recognised_and_locked_while_it_is_written()
    {
        using var folder = new TempFolder();
        using AtomicFile file = AtomicFile.Create(folder["out"]);
        string temporary = folder[Assert.Single(folder.Files)];
        File.SetLastWriteTimeUtc(temporary, DateTime.UtcNow.AddHours(-1));
        VectorFile.EnsureWritable(folder["out"]);
        Assert.True(File.Exists(temporary));
        file.Dispose();
        Assert.Empty(folder.Files);
    }

    private static void Refuses(string path, string message)
    {
        var error = Assert.Throws<NceFastException>(() => VectorFile.EnsureWritable(path));
        Assert.Equal(ErrorKind.Output, error.Kind);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }
}
