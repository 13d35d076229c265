using System.Text.RegularExpressions;
using Xunit;

namespace NceFast.Tests.House;

/// <summary>Tests that comments, messages and documents do not contain idioms that a first reader misunderstands.</summary>
public sealed class PlainEnglishTests
{
    /// <summary>The files and folders that are scanned, relative to the repository. Folders include their subfolders.</summary>
    private static readonly string[] Rooms =
    [
        "README.md",
        ".ci",
        ".github",
        ".gitignore",
        "Directory.Build.props",
        "Directory.Build.targets",
        "Directory.Packages.props",
        "Directory.Solution.props",
        "bench",
        "kernels",
        "src",
        "tests",
    ];

    private static readonly string[] Extensions = [".cs", ".md", ".html", ".js", ".css", ".csproj", ".props", ".targets"];
    private static readonly string Root = Path.GetFullPath(Path.Combine(LayerTests.Library(), "..", ".."));

    [Fact]
    public void Texts_of_all_rooms_contain_no_idiom()
    {
        string[] violations = [.. Rooms.SelectMany(Files).SelectMany(Violations)];
        Assert.True(violations.Length == 0, $"{violations.Length} idioms were found. Replace each by its plain form:\n{string.Join('\n', violations)}");
    }

    [Fact]
    public void Rooms_all_have_files() => Assert.All(Rooms, room => Assert.NotEmpty(Files(room)));

    [Fact]
    public void Idioms_match_their_example_and_not_their_counterexample()
    {
        Assert.All(Idiom.All, idiom => Assert.Matches(idiom.Expression, idiom.Example));
        Assert.All(Idiom.All, idiom => Assert.DoesNotMatch(idiom.Expression, idiom.Counterexample));
    }

    [Fact]
    public void Idioms_are_found_across_the_lines_of_a_comment() =>
        Assert.Contains(Idiom.All, idiom => idiom.Expression.IsMatch("    /// words parted\n    /// by blanks"));

    private static IEnumerable<string> Files(string room)
    {
        string path = Path.Combine(Root, room);
        if (File.Exists(path))
            return [path];
        return Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories)
            .Where(file => Extensions.Contains(Path.GetExtension(file)) || Path.GetFileName(file) == "run")
            .Where(file => !Path.GetRelativePath(Root, file).Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj"))
            .Where(file => Path.GetFileName(file) is not ("Idiom.cs" or "PlainEnglishTests.cs")) // They contain the idioms as examples.
            .Order(StringComparer.Ordinal);
    }

    private static IEnumerable<string> Violations(string file)
    {
        string text = File.ReadAllText(file);
        return Idiom.All
            .SelectMany(idiom => idiom.Expression.Matches(text).Select(match => (match.Index, Line: Describe(file, text, match, idiom))))
            .OrderBy(found => found.Index)
            .Select(found => found.Line);
    }

    private static string Describe(string file, string text, Match match, Idiom idiom)
    {
        int line = text.AsSpan(0, match.Index).Count('\n') + 1;
        return $"{Path.GetRelativePath(Root, file)}, line {line}: '{string.Join(' ', match.Value.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))}'; write: {idiom.Plain}";
    }
}
