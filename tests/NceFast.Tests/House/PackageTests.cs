using System.Text.Json;
using System.Text.RegularExpressions;
using NceFast.Tests.Cli;
using Xunit;

namespace NceFast.Tests.House;

/// <summary>Tests what a company reads before it installs a package.</summary>
public sealed partial class PackageTests
{
    private static readonly string Docs = Path.Combine(Path.GetDirectoryName(LayerTests.Library())!, "docs");

    [Fact]
    public void Every_package_that_the_program_contains_is_in_the_notices()
    {
        string notices = File.ReadAllText(Path.Combine(Docs, "THIRD-PARTY-NOTICES.md"));
        string[] rows = [.. notices.Split('\n').Where(line => line.StartsWith("| ", StringComparison.Ordinal)).Select(line => line.Split('|')[1].Trim())];
        using JsonDocument program = JsonDocument.Parse(File.ReadAllText(Path.ChangeExtension(CliProcess.Dll, ".deps.json")));
        string[] contained = [.. program.RootElement.GetProperty("libraries").EnumerateObject().Where(library => library.Value.GetProperty("type").GetString() == "package").Select(library => library.Name.Split('/')[0])];
        Assert.NotEmpty(contained);
        Assert.All(contained, package => Assert.Contains(rows, row => row == package || (row.EndsWith('*') && package.StartsWith(row[..^1], StringComparison.Ordinal))));
    }

    [Fact]
    public void The_changelog_begins_with_the_version_of_the_packages()
    {
        string version = Version().Match(File.ReadAllText(Path.Combine(Docs, "../../Directory.Build.props"))).Groups[1].Value;
        string newest = File.ReadAllLines(Path.Combine(Docs, "CHANGELOG.md")).First(line => line.StartsWith("## ", StringComparison.Ordinal));
        Assert.StartsWith($"## {version}", newest, StringComparison.Ordinal);
    }

    [GeneratedRegex("<Version>([^<]+)</Version>")]
    private static partial Regex Version();
}
