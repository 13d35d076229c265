using System.Text.RegularExpressions;
using NceFast.Merging;
using NceFast.Tests.House;
using Xunit;

namespace NceFast.Tests.Merging;

/// <summary>The constants of merging are defined once, so that an error of stability is fixed once.</summary>
public partial class ConstantsTests
{
    private static readonly string Sources = Path.GetFullPath(Path.Combine(LayerTests.Library(), "..", ".."));

    // Files that held constants of curvature or pull before there was a place for them, with the expressions that would bring them back.
    [Theory]
    [InlineData("src/NceFast/Backends/Host/HotTable.cs")]
    [InlineData("src/NceFast/Backends/Host/HotTables.cs")]
    [InlineData("src/NceFast/Backends/Host/WordVectors/HostTables.cs")]
    [InlineData("src/NceFast/Backends/Host/LanguageModels/TargetTables.cs")]
    [InlineData("kernels/NceFast.Kernels/LanguageModels/StepLaunchers.cs")]
    [InlineData("src/NceFast/Merging/CommonPull.cs")]
    [InlineData("src/NceFast/Merging/MergeWeight.cs")]
    [InlineData("src/NceFast/Merging/RowPull.cs")]
    [InlineData("src/NceFast/Merging/RowRanking.cs")]
    public void No_number_multiplies_a_rate_where_merging_is_used(string file) =>
        Assert.Empty(Factor().Matches(Code(Path.Combine(Sources, file))).Select(m => m.Value));

    [Fact]
    public void No_constant_of_curvature_or_pull_stands_outside_its_place()
    {
        IEnumerable<string> wrong = from folder in new[] { "src", "kernels" }
                                    from file in Directory.EnumerateFiles(Path.Combine(Sources, folder), "*.cs", SearchOption.AllDirectories)
                                    where !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}")
                                        && Path.GetFileName(file) is not ("Curvature.cs" or "PullLimits.cs")
                                    from match in NamedConstant().Matches(Code(file)).Concat(FactorOfRate().Matches(Code(file)))
                                    select $"{Path.GetRelativePath(Sources, file)}: {match.Value}";
        Assert.Empty(wrong);
    }

    [Fact]
    public void Every_constant_stands_in_the_table_of_evidence()
    {
        string design = File.ReadAllText(Path.Combine(LayerTests.Library(), "Merging", "DESIGN.md"));
        IEnumerable<string> names = new[] { typeof(Curvature), typeof(PullLimits) }
            .SelectMany(type => type.GetFields().Where(f => f.IsLiteral).Select(f => $"`{type.Name}.{f.Name}`"));
        Assert.All(names, name => Assert.Contains(name, design, StringComparison.Ordinal));
    }

    private static string Code(string file) => Comment().Replace(File.ReadAllText(file), "");

    [GeneratedRegex(@"//.*")]
    private static partial Regex Comment();

    [GeneratedRegex(@"\bconst \w+ \w*(Pull|Curvature|Bend|Overshoot|Damp)\w* = [^;]*;", RegexOptions.IgnoreCase)]
    private static partial Regex NamedConstant();

    // The default rate times a number is not a pull: it bounds what users may ask for.
    [GeneratedRegex(@"\b\d[\d._]*f? [*/] \(?(?![\w.]*DefaultRate)[\w.]*rate\b|(?<!Default)rate\)? [*/] \(?\d", RegexOptions.IgnoreCase)]
    private static partial Regex FactorOfRate();

    // A number other than 0 and 1 beside a multiplication or division; sizes of memory are not meant.
    [GeneratedRegex(@"\b(?!(?:0|1)f?\b)\d[\d._]*f? [*/] (?!sizeof)\w+|\w+\)? [*/] (?!(?:0|1)f?\b)\d[\d._]*f?\b")]
    private static partial Regex Factor();
}
