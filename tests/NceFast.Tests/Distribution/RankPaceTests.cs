using NceFast.Distribution;
using Xunit;

namespace NceFast.Tests.Distribution;

/// <summary>Comparisons of ranks by made-up times.</summary>
public sealed class RankPaceTests
{
    private readonly List<SlowRank> _slow = [];

    [Fact]
    public void A_slow_rank_is_reported_once_per_epoch_with_its_factor()
    {
        RankPace pace = Create(4);
        for (int merge = 0; merge < 12; merge++)
            Merge(pace, epoch: merge / 6, [5, 5.2, 4.8, 10]);
        Assert.Equal([3, 3], _slow.Select(s => s.Rank));
        Assert.All(_slow, s => Assert.Equal(2, s.Factor, 1e-9));
        Assert.All(_slow, s => Assert.Equal(30, s.Seconds, 1e-9)); // three merges of 10 s
        Assert.Equal([60, 62.4, 57.6, 120], pace.Totals.Select(t => Math.Round(t.Seconds, 6)));
    }

    [Fact]
    public void A_rank_within_the_limit_is_not_reported()
    {
        RankPace pace = Create(3);
        for (int merge = 0; merge < 20; merge++)
            Merge(pace, 0, [10, 10, 14.9]);
        Assert.Empty(_slow);
        for (int merge = 0; merge < 6; merge++)
            Merge(pace, 1, [10, 10, 15.1]);
        Assert.Equal(2, Assert.Single(_slow).Rank);
    }

    [Fact]
    public void A_moment_is_too_short_for_a_report()
    {
        RankPace pace = Create(2);
        for (int merge = 0; merge < 29; merge++)
            Merge(pace, 0, [0.1, 1]);
        Assert.Empty(_slow); // 29 s
        Merge(pace, 0, [0.1, 1]);
        Assert.Equal(1, Assert.Single(_slow).Rank);
    }

    [Fact]
    public void One_long_merge_is_too_few_for_a_report()
    {
        RankPace pace = Create(2);
        Merge(pace, 0, [1, 100]);
        for (int merge = 0; merge < 9; merge++)
            pace.Add(rank => Time(1, 1000), isAll: false, 0); // merges of some rows do not count
        Merge(pace, 0, [60, 1]);
        Assert.Empty(_slow);
        Merge(pace, 0, [1, 1]);
        Assert.Equal(1, Assert.Single(_slow).Rank);
    }

    [Fact]
    public void A_rank_is_compared_by_the_same_number_of_words()
    {
        RankPace pace = Create(3);
        for (int merge = 0; merge < 3; merge++)
            pace.Add(rank => Time(rank == 2 ? 30 : 10, rank == 2 ? 3000 : 1000), isAll: true, 0);
        Assert.Empty(_slow);
        for (int merge = 0; merge < 3; merge++)
            pace.Add(rank => Time(10, rank == 2 ? 500 : 1000), isAll: true, 0);
        Assert.Equal((2, 2.0), (Assert.Single(_slow).Rank, _slow[0].Factor));
    }

    [Fact]
    public void Ranks_without_text_are_left_out()
    {
        RankPace pace = Create(3);
        for (int merge = 0; merge < 9; merge++)
            pace.Add(rank => rank == 0 ? Time(20, 1000) : default, isAll: true, 0);
        Assert.Empty(_slow); // nobody to compare with
        for (int merge = 0; merge < 3; merge++)
            pace.Add(rank => rank == 1 ? default : Time(rank == 0 ? 20 : 5, 1000), isAll: true, 1);
        Assert.Equal((0, 4.0), (Assert.Single(_slow).Rank, _slow[0].Factor));
    }

    private static WorkTime Time(double seconds, long words) => new((long)(seconds * 1e6), words);

    private static void Merge(RankPace pace, int epoch, double[] seconds) => pace.Add(rank => Time(seconds[rank], 1000), isAll: true, epoch);

    private RankPace Create(int ranks) => new([.. Enumerable.Range(0, ranks).Select(r => $"host{r}")], 30, _slow.Add);
}
