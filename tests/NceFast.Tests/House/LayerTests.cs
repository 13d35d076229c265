using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Xunit;

namespace NceFast.Tests.House;

/// <summary>Tests that the layers import in one direction: no folder of the library uses a namespace to its right.</summary>
public partial class LayerTests
{
    // Evaluation and Exports are in the same layer and do not use each other.
    private static readonly string[][] Layers =
    [
        ["Numerics"], ["Files"], ["Corpus"], ["Vocab"], ["Blocks"], ["NGrams"], ["Sampling"], ["Objectives"], ["Models"], ["Merging"], ["Backends"], ["Distribution"], ["Store"],
        ["Evaluation", "Exports"], ["Reporting"], ["Training"], ["Estimation"],
    ];

    [Fact]
    public void No_layer_imports_from_its_right()
    {
        var wrong = new List<string>();
        foreach (string file in Directory.EnumerateFiles(Library(), "*.cs", SearchOption.AllDirectories))
        {
            string relative = Path.GetRelativePath(Library(), file);
            string folder = relative.Split(Path.DirectorySeparatorChar)[0];
            int own = Array.FindIndex(Layers, layer => layer.Contains(folder));
            if (own < 0)
                continue;
            foreach (Match match in Import().Matches(File.ReadAllText(file)))
            {
                int other = Array.FindIndex(Layers, layer => layer.Contains(match.Groups[1].Value));
                if (other > own || (other == own && match.Groups[1].Value != folder))
                    wrong.Add($"{relative} names {match.Value}");
            }
        }

        Assert.Empty(wrong);
    }

    [Fact]
    public void Every_folder_of_the_library_is_a_layer()
    {
        IEnumerable<string> folders = Directory.EnumerateDirectories(Library()).Select(Path.GetFileName).Where(n => n is not ("bin" or "obj") && Directory.EnumerateFiles(Path.Combine(Library(), n!), "*.cs", SearchOption.AllDirectories).Any())!;
        Assert.Empty(folders.Except(Layers.SelectMany(l => l)));
    }

    [Fact]
    public void Only_the_kernels_project_names_ilgpu()
    {
        string source = Path.Combine(Library(), "..");
        IEnumerable<string> naming = Directory.EnumerateFiles(source, "*.cs", SearchOption.AllDirectories)
            .Where(f => !f.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}") && UsesIlgpu().IsMatch(File.ReadAllText(f)));
        Assert.Empty(naming);
    }

    internal static string Library([CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "..", "src", "NceFast"));

    [GeneratedRegex(@"\bNceFast\.(Numerics|Files|Corpus|Vocab|Blocks|NGrams|Sampling|Objectives|Models|Merging|Backends|Distribution|Store|Evaluation|Exports|Reporting|Training|Estimation)\b")]
    private static partial Regex Import();

    [GeneratedRegex(@"\busing ILGPU\b|\bILGPU\.")]
    private static partial Regex UsesIlgpu();
}
