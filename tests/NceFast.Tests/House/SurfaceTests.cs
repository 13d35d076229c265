using Xunit;

namespace NceFast.Tests.House;

/// <summary>The public surface is what a program names that uses the library; parts of the engine are internal.</summary>
public sealed class SurfaceTests
{
    [Fact]
    public void Public_types_are_those_of_the_list()
    {
        string[] listed = [.. File.ReadAllLines(ListPath()).Where(l => l.Length > 0 && l[0] != '#')];
        Assert.Equal(listed, typeof(NceFastException).Assembly.GetExportedTypes().Select(t => t.FullName!).Order(StringComparer.Ordinal));
    }

    internal static string ListPath() => Path.Combine(LayerTests.Library(), "..", "..", "tests", "NceFast.Tests", "House", "PublicTypes.txt");
}
