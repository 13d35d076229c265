using NceFast.Merging;
using Xunit;

namespace NceFast.Tests.Merging;

/// <summary>Which rows each merge takes.</summary>
public class MergeRulerTests
{
    [Fact]
    public void Prefixes_follow_the_marks_of_a_ruler()
    {
        var ruler = new MergeRuler(16, 100);
        Assert.Equal([16L, 32, 16, 64, 16, 32, 16, 100, 16], Enumerable.Range(1, 9).Select(s => ruler.Band(ruler.BandsOf(s) - 1).To));
        Assert.Equal([16L, 32, 16, 64, 16, 32, 16, 100, 16], Enumerable.Range(1, 9).Select(s => ruler.RowsOf(s)));
        Assert.Equal([(0L, 16L), (16, 32), (32, 64), (64, 100)], Enumerable.Range(0, ruler.Bands).Select(ruler.Band));
    }

    [Theory]
    [InlineData(10, 1)]
    [InlineData(16, 1)]
    [InlineData(17, 2)]
    [InlineData(32, 2)]
    [InlineData(33, 3)]
    public void Bands_cover_all_rows(int rows, int bands)
    {
        var ruler = new MergeRuler(16, rows);
        Assert.Equal((bands, rows), (ruler.Bands, ruler.Band(bands - 1).To));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(15)]
    [InlineData(16)]
    [InlineData(31)]
    [InlineData(32)]
    [InlineData(99)]
    public void A_row_is_taken_once_in_its_merges(int row)
    {
        var ruler = new MergeRuler(16, 100);
        long every = ruler.MergesOf(row);
        for (int merge = 1; merge <= 64; merge++)
            Assert.Equal(merge % every == 0, ruler.RowsOf(merge) > row);
    }
}
