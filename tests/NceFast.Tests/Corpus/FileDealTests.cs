using System.Diagnostics;
using FsCheck;
using FsCheck.Fluent;
using NceFast.Corpus;
using Xunit;

namespace NceFast.Tests.Corpus;

public sealed class FileDealTests
{
    [Fact]
    public void Every_shard_of_any_list_has_one_owner_that_reads_its_text()
    {
        Gen<(long[], int)> cases = Gen.SelectMany(Sizes(-1, 5_000_000), sizes => Gen.Select(Gen.Choose(1, 40), parts => (sizes, parts)));
        Prop.ForAll(cases.ToArbitrary(), c => HasOwners(c.Item1, c.Item2)).Check(Config.QuickThrowOnFailure.WithMaxTest(300));
    }

    [Fact]
    public void Parts_have_the_same_number_of_bytes_and_read_at_most_two_files_in_part()
    {
        Gen<(long[], int)> cases = Gen.SelectMany(Sizes(1, int.MaxValue), sizes => Gen.Select(Gen.Choose(1, 40), parts => (sizes, parts)));
        Prop.ForAll(cases.ToArbitrary(), c => IsBalanced(c.Item1, c.Item2)).Check(Config.QuickThrowOnFailure.WithMaxTest(300));
    }

    [Theory]
    [InlineData(128, 8)]
    [InlineData(100_000, 8)]
    [InlineData(100_000, 100)]
    public void Many_files_of_one_size_are_never_divided(int files, int parts)
    {
        var deal = new FileDeal(Enumerable.Repeat(300_000_000L, files).ToArray(), parts);
        int[] loads = new int[parts];
        for (int i = 0; i < files; i++)
        {
            Assert.Single(Enumerable.Range(0, parts), part => deal.Reads(i, part));
            loads[deal.OwnerOf(i, 0)]++;
        }

        Assert.InRange(loads.Max() - loads.Min(), 0, Math.Max(1, files / parts / 50));
    }

    [Fact]
    public void Each_part_has_files_from_everywhere_in_the_list()
    {
        var deal = new FileDeal(Enumerable.Repeat(1000L, 40).ToArray(), 4);
        Assert.Equal(Enumerable.Range(0, 40).Select(i => i % 4), Enumerable.Range(0, 40).Select(i => deal.OwnerOf(i, 7)));
    }

    [Fact]
    public void The_shards_of_a_divided_file_follow_the_sizes_of_its_pieces()
    {
        var deal = new FileDeal([3_000_000], 3);
        Assert.Equal(1.0 / 3, deal.ShareOf(0, 1), 6);
        foreach (int shards in (int[])[3, 10, 100, 3000])
        {
            int[] loads = new int[3];
            for (int s = 0; s < shards; s++)
                loads[deal.OwnerOf(0, s)]++;
            Assert.All(loads, load => Assert.InRange(load, (shards / 3) - 3, (shards / 3) + 3));
        }
    }

    [Fact]
    public void Plain_files_and_texts_of_unknown_length_are_dealt_in_turn()
    {
        var deal = new FileDeal([FileDeal.InTurn, 5, FileDeal.InTurn], 3);
        Assert.Equal([0, 1, 2, 0], Enumerable.Range(0, 4).Select(shard => deal.OwnerOf(0, shard)));
        Assert.Equal([2, 0, 1, 2], Enumerable.Range(0, 4).Select(shard => deal.OwnerOf(2, shard)));
        Assert.All(Enumerable.Range(0, 3), part => Assert.True(deal.Reads(0, part)));
        Assert.Equal(0, deal.CounterOf(2));
    }

    [Fact]
    public void A_million_files_are_dealt_to_a_thousand_parts_in_seconds()
    {
        var random = new Random(1);
        long[] sizes = [.. Enumerable.Range(0, 1_000_000).Select(_ => (long)Math.Pow(10, 3 + (8 * random.NextDouble())))];
        var watch = Stopwatch.StartNew();
        Assert.True(IsBalanced(sizes, 1024));
        Assert.InRange(watch.Elapsed.TotalSeconds, 0, 30);
    }

    // Sizes of one order or of many, as in corpora of equal parts and of books.
    private static Gen<long[]> Sizes(int smallest, int largest) => Gen.OneOf(
        Gen.Choose(smallest, largest).Select(n => (long)n).NonEmptyListOf(),
        Gen.Choose(0, 10).Select(n => (long)Math.Pow(10, n)).NonEmptyListOf(),
        Gen.SelectMany(Gen.Choose(1, 300), count => Gen.Select(Gen.Choose(1, largest), size => Enumerable.Repeat((long)size, count).ToList()))).Select(list => list.ToArray());

    private static bool HasOwners(long[] sizes, int parts)
    {
        var deal = new FileDeal(sizes, parts);
        var again = new FileDeal(sizes, parts);
        for (int item = 0; item < sizes.Length; item++)
        {
            for (long shard = 0; shard < 50; shard++)
            {
                int owner = deal.OwnerOf(item, shard);
                Assert.InRange(owner, 0, parts - 1);
                Assert.True(deal.Reads(item, owner));
                Assert.Equal(owner, again.OwnerOf(item, shard));
            }

            Assert.True(deal.Reads(item, deal.CounterOf(item)));
            Assert.Equal(1, Enumerable.Range(0, parts).Sum(part => deal.ShareOf(item, part)), 6);
        }

        return true;
    }

    private static bool IsBalanced(long[] sizes, int parts)
    {
        var deal = new FileDeal(sizes, parts);
        double[] loads = new double[parts];
        int[] divided = new int[parts];
        double mean = sizes.Sum() / (double)parts;
        for (int item = 0; item < sizes.Length; item++)
        {
            for (int part = deal.CounterOf(item); part < parts && deal.Reads(item, part); part++)
            {
                double share = deal.ShareOf(item, part);
                loads[part] += share * sizes[item];
                divided[part] += share < 1 ? 1 : 0;
            }
        }

        Assert.InRange(loads.Max() - loads.Min(), 0, (0.02 * mean) + 4);
        Assert.InRange(divided.Max(), 0, 2);
        return true;
    }
}
