using System.Text.RegularExpressions;
using Xunit;

namespace NceFast.Tests.House;

/// <summary>The library speaks of its own members: no message and no documentation of it names an option of the program.</summary>
public partial class VoiceTests
{
    public static TheoryData<string> Projects() => [LayerTests.Library(), Path.Combine(LayerTests.Library(), "..", "..", "kernels", "NceFast.Kernels")];

    [Theory]
    [MemberData(nameof(Projects))]
    public void No_text_names_an_option_of_the_program(string folder)
    {
        List<string> wrong = [];
        foreach (string file in Sources(folder))
        {
            string[] lines = File.ReadAllLines(file);
            for (int i = 0; i < lines.Length; i++)
            {
                if (Texts().Matches(lines[i]).Any(text => Flag().IsMatch(text.Value)))
                    wrong.Add($"{Path.GetRelativePath(folder, file)}, line {i + 1}: {lines[i].Trim()}");
            }
        }

        Assert.Empty(wrong);
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void Every_member_in_a_text_is_named_by_type_and_member(string folder)
    {
        List<string> wrong = [];
        foreach (string file in Sources(folder).Where(f => Path.GetFileName(f) is not ("Member.cs" or "Throw.cs")))
            wrong.AddRange(Named().Matches(File.ReadAllText(file)).Select(m => m.Value).Where(m => !Qualified().IsMatch(m)).Select(m => $"{Path.GetRelativePath(folder, file)}: {m}"));
        Assert.Empty(wrong);
    }

    [Fact]
    public void The_scan_finds_an_option()
    {
        foreach (string line in new[] { "Throw.Usage($\"lower --dim to {x}.\");", "/// <summary>As <c>--dim</c>.</summary>", "// see --dim", "\"--dim\"" })
            Assert.Contains(Texts().Matches(line), text => Flag().IsMatch(text.Value));
        foreach (string line in new[] { "order[--large] = i;", "while (--left > 0) a = \"b - c\"; // i--, -1 and -- alone" })
            Assert.DoesNotContain(Texts().Matches(line), text => Flag().IsMatch(text.Value));
    }

    private static IEnumerable<string> Sources(string folder) => Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories)
        .Where(f => !f.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}") && !f.Contains($"{Path.DirectorySeparatorChar}bin{Path.DirectorySeparatorChar}"));

    // A string literal within a line, or a comment up to its end.
    [GeneratedRegex("""
        "(?:[^"\\]|\\.)*"|//.*
        """, RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex Texts();

    [GeneratedRegex(@"(?<![\w-])--[a-z]")]
    private static partial Regex Flag();

    [GeneratedRegex(@"(?:Member\.Of|Throw\.UnlessInRange)\([^,)]*")]
    private static partial Regex Named();

    // InputChecks names the class of a model that only the caller knows.
    [GeneratedRegex(@"\(nameof\(\w+\.\w+|\(nameof\([a-z]\w*|\(\$""\{model\.GetType")]
    private static partial Regex Qualified();
}
