using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
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

    [Fact]
    public void The_symbols_name_no_folder_of_the_machine_that_built_them()
    {
        string library = typeof(NceFastException).Assembly.Location;
        Assert.SkipWhen(library.Contains("Debug", StringComparison.Ordinal), "Debug builds name the folders of the sources.");
        using var image = new PEReader(File.OpenRead(library));
        Assert.Contains(image.ReadDebugDirectory(), entry => entry.Type == DebugDirectoryEntryType.Reproducible);
        using var symbols = MetadataReaderProvider.FromPortablePdbStream(File.OpenRead(Path.ChangeExtension(library, ".pdb")));
        MetadataReader reader = symbols.GetMetadataReader();
        string[] documents = [.. reader.Documents.Select(document => reader.GetString(reader.GetDocument(document).Name))];
        Assert.NotEmpty(documents);
        Assert.All(documents, document => Assert.StartsWith("/_/", document, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_library_that_becomes_a_package_declares_its_public_api()
    {
        string root = Path.GetFullPath(Path.Combine(Docs, "../.."));
        string[] libraries = [.. new[] { "src", "kernels" }.SelectMany(folder => Directory.GetFiles(Path.Combine(root, folder), "NceFast*.csproj", SearchOption.AllDirectories))
            .Where(project => !File.ReadAllText(project).Contains("<PackAsTool>", StringComparison.Ordinal))];
        Assert.True(libraries.Length >= 5);
        foreach (string library in libraries)
        {
            string folder = Path.GetDirectoryName(library)!;
            string[] declared = [.. new[] { "Shipped", "Unshipped" }.SelectMany(state => File.ReadLines(Path.Combine(folder, $"PublicAPI.{state}.txt")))];
            Assert.Equal(2, declared.Count(line => line == "#nullable enable"));
            Assert.Contains(declared, line => line.Contains(Path.GetFileNameWithoutExtension(library), StringComparison.Ordinal));
        }
    }

    [GeneratedRegex("<Version>([^<]+)</Version>")]
    private static partial Regex Version();
}
