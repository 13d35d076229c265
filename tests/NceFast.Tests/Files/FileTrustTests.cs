using NceFast.Files;
using Xunit;

namespace NceFast.Tests.Files;

/// <summary>Which run folders are trusted with the paths of this user's outputs.</summary>
public sealed class FileTrustTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ncefast-trust-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(1000, "700", 1000, "644", null)]
    [InlineData(1000, "755", 1000, "644", null)]
    [InlineData(1000, "700", 1000, "664", null)] // no other user can reach the file
    [InlineData(1001, "700", 1000, "644", "another user")]
    [InlineData(0, "755", 1000, "644", "another user")]
    [InlineData(1000, "755", 1001, "644", "checkpoint of another user")]
    [InlineData(1000, "777", 1000, "644", "may be written")]
    [InlineData(1000, "775", 1000, "644", "may be written")]
    [InlineData(1000, "755", 1000, "664", "other users may write")]
    [InlineData(-1, "700", -1, "644", null)] // a system that does not report owners
    [InlineData(-1, "702", -1, "644", "may be written")]
    public void Folders_and_checkpoints_that_others_could_have_made_are_not_trusted(int folderOwner, string folderMode, int fileOwner, string fileMode, string? doubt)
    {
        string? found = FileTrust.Doubt(Rights(folderOwner, folderMode), Rights(fileOwner, fileMode), 1000);
        if (doubt is null)
            Assert.Null(found);
        else
            Assert.Contains(doubt, found, StringComparison.Ordinal);
    }

    [Fact]
    public void Owner_and_permissions_are_read_from_the_disk()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "owners are asked for on Linux");
        if (!OperatingSystem.IsLinux())
            return;
        string file = Path.Combine(_folder, "f");
        File.WriteAllText(file, "");
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        Assert.Null(FileTrust.Doubt(_folder, file));
        File.SetUnixFileMode(_folder, File.GetUnixFileMode(_folder) | UnixFileMode.OtherWrite);
        Assert.Contains("may be written", FileTrust.Doubt(_folder, file), StringComparison.Ordinal);
    }

    private static FileRights Rights(int owner, string mode) => new(owner < 0 ? null : (uint)owner, (UnixFileMode)Convert.ToInt32(mode, 8));
}
