using NceFast.Merging;
using NceFast.Models;
using NceFast.Tests.Backends;
using Xunit;

namespace NceFast.Tests.Merging;

/// <summary>The order of rows, and how often each is updated.</summary>
public class RowRankingTests
{
    [Fact]
    public void Special_rows_and_unordered_words_are_ranked_by_frequency()
    {
        // Two words of the text, </s> appended, and the row of <s> that no count names.
        Assert.Equal([3, 2, 0, 1], RowRanking.Create([50, 7, 90], new float[4]).Rows);
        Assert.Equal([1, 0, 2], RowRanking.Create([5, 9, 5], new float[3]).Rows);
    }

    [Fact]
    public void Rows_of_word_vectors_are_updated_by_all_words_of_their_window()
    {
        WordVectorSpec spec = TestSpecs.Create(20, dim: 4, subsample: 1e-2);
        float[] updates = RowRanking.Of(spec, TestSpecs.Counts(20)).Updates;
        double kept = spec.KeepLimits.Zip(TestSpecs.Counts(20), (limit, count) => limit / (double)uint.MaxValue * count).Sum() / TestSpecs.Counts(20).Sum();
        Assert.Equal(kept * (spec.Window + 1), updates.Sum(u => (double)u), 1e-4);
    }
}
