using System.Text.RegularExpressions;
using Xunit;

namespace NceFast.Tests.House;

/// <summary>
/// Tests that files are changed, threads started and native memory allocated in one place each, because the tests of crashes and
/// failures observe only these places.
/// </summary>
public sealed partial class SeamTests
{
    private static readonly Dictionary<string, string> FileExceptions = new()
    {
        ["Files/FileActions.cs"] = "the place itself",
        ["Files/WritableFile.cs"] = "the place itself",
        ["Files/DurableFolder.cs"] = "flushes a folder for the place",
        ["../NceFast.Cli/KeptModel.cs"] = "sets the permissions of a complete file that no later run reads",
    };

    private static readonly Dictionary<string, string> ThreadExceptions = new()
    {
        ["Numerics/NamedThread.cs"] = "the place itself",
        ["../NceFast.Cli/LiveView.cs"] = "draws on a terminal and cannot see the types of the library",
    };

    private static readonly Dictionary<string, string> MemoryExceptions = new()
    {
        ["Numerics/AlignedMemory.cs"] = "the place itself",
    };

    [Fact]
    public void Files_are_changed_in_one_place() => OnlyIn(FileExceptions, ChangesFiles());

    [Fact]
    public void Threads_are_started_in_one_place() => OnlyIn(ThreadExceptions, StartsThread());

    [Fact]
    public void Native_memory_is_allocated_in_one_place() => OnlyIn(MemoryExceptions, Allocates());

    [Theory]
    [InlineData("File.Delete(path);")]
    [InlineData("File.WriteAllText(path, text);")]
    [InlineData("new FileStream(path, FileMode.Create)")]
    [InlineData("new FileStream(path, FileMode.Open, FileAccess.ReadWrite)")]
    [InlineData("Directory.CreateDirectory(path)")]
    [InlineData("RandomAccess.Write(handle, bytes, 0)")]
    [InlineData("new StreamWriter(path)")]
    public void A_change_is_recognised(string line) => Assert.Matches(ChangesFiles(), line);

    [Theory]
    [InlineData("File.Exists(path)")]
    [InlineData("FileActions.Delete(path)")]
    [InlineData("new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 0)")]
    [InlineData("new StreamWriter(stream)")]
    public void Reading_is_not_a_change(string line) => Assert.DoesNotMatch(ChangesFiles(), line);

    private static void OnlyIn(Dictionary<string, string> exceptions, Regex pattern)
    {
        string library = LayerTests.Library();
        List<string> found = [];
        foreach (string folder in (string[])[library, library + ".Cli", library + ".Parquet", Path.Combine(library, "..", "HostedTraining")])
        {
            foreach (string file in Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories))
            {
                string relative = Path.GetRelativePath(library, file).Replace('\\', '/');
                if (!relative.Contains("/obj/") && !relative.StartsWith("obj/", StringComparison.Ordinal) && File.ReadLines(file).Any(line => !line.TrimStart().StartsWith("//", StringComparison.Ordinal) && pattern.IsMatch(line)))
                    found.Add(relative);
            }
        }

        Assert.Equal(exceptions.Keys.Order(StringComparer.Ordinal), found.Order(StringComparer.Ordinal));
    }

    [GeneratedRegex(@"\bFile\.(Delete|Move|Copy|Replace|Write\w*|Append\w*|Create\w*|OpenWrite|Open|Set\w+)\(|\bDirectory\.(Create\w*|Delete|Move|Set\w+)\(|new FileStream\((?!new SafeFileHandle\(0)(?!.*FileAccess\.Read\b)|\bRandomAccess\.(Write|SetLength|FlushToDisk)\(|\bMemoryMappedFile\.Create|new StreamWriter\((?:path|file)\b")]
    private static partial Regex ChangesFiles();

    [GeneratedRegex(@"\bnew Thread\(")]
    private static partial Regex StartsThread();

    [GeneratedRegex(@"\bNativeMemory\.(Aligned)?(Re)?[Aa]lloc\w*\(|\bMarshal\.AllocHGlobal\(")]
    private static partial Regex Allocates();
}
