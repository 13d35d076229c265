using NceFast.Files;
using NceFast.Tests.Exports;
using Xunit;

namespace NceFast.Tests.Files;

public sealed class PrivateFileTests
{
    [Fact]
    public void Only_the_owner_may_read_the_file()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Unix permissions");
        if (OperatingSystem.IsWindows())
            return;
        using var folder = new TempFolder();
        PrivateFile.Create(folder["file"]).Dispose();
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(folder["file"]));
    }

    [Fact]
    public void An_existing_file_is_not_changed()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "links need a privilege there");
        using var folder = new TempFolder();
        string victim = folder.Write("victim", "mine");
        File.CreateSymbolicLink(folder["link"], victim);
        File.CreateSymbolicLink(folder["dangling"], folder["absent"]);
        Assert.All([victim, folder["link"], folder["dangling"]], path => Assert.Throws<IOException>(() => PrivateFile.Create(path).Dispose()));
        Assert.Equal("mine", File.ReadAllText(victim));
        Assert.False(File.Exists(folder["absent"]));
    }
}
