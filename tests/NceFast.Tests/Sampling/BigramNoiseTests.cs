using NceFast.Numerics;
using NceFast.Sampling;
using Xunit;

namespace NceFast.Tests.Sampling;

public class BigramNoiseTests
{
    private const int Words = 60;

    [Theory]
    [InlineData(1)]
    [InlineData(0.7)]
    [InlineData(0)]
    public void Probabilities_equal_the_definition_and_add_up_to_one(double weight)
    {
        long[,] text = Text();
        NoiseDistribution unigram = Unigram();
        BigramNoise noise = Noise(text, unigram, weight);
        for (int u = 0; u <= Words; u++)
        {
            double occurrences = 0, repeated = 0, sum = 0;
            for (int w = 0; w < Words; w++)
            {
                occurrences += text[u, w];
                repeated += Math.Max(0, text[u, w] - 1);
            }

            double lambda = occurrences == 0 ? 0 : weight * repeated / occurrences;
            Assert.Equal(Math.Min(lambda, 65535 / 65536.0), noise.Weight(u), 0.6 / BigramNoise.WeightUnits);
            for (int w = 0; w < Words; w++)
            {
                double bigram = repeated == 0 ? 0 : Math.Max(0, text[u, w] - 1) / repeated;
                double expected = (noise.Weight(u) * bigram) + ((1 - noise.Weight(u)) * unigram.Probabilities[w]);
                Assert.Equal(expected, noise.Probability(u, w), 1e-7 * expected);
                sum += noise.Probability(u, w);
            }

            Assert.Equal(1, sum, 1e-6);
        }
    }

    [Fact]
    public void Draws_follow_the_distribution_by_a_chi_square_test()
    {
        const int Draws = 400_000;
        BigramNoise noise = Noise(Text(), Unigram(), 0.8);
        var random = new uint[2 * Draws];
        foreach (int u in (int[])[0, 7, 30, Words])
        {
            Philox4x32.Fill(PhiloxStream.For(3, DrawPurpose.Noise, u, 0), random);
            var counts = new int[Words];
            for (int i = 0; i < Draws; i++)
            {
                int word = noise.Draw(u, random[2 * i], random[(2 * i) + 1], out double p);
                Assert.Equal(noise.Probability(u, word), p);
                counts[word]++;
            }

            double chi = counts.Select((c, w) => Math.Pow(c - (Draws * noise.Probability(u, w)), 2) / (Draws * noise.Probability(u, w))).Sum();

            // 59 degrees of freedom: mean 59, standard deviation 11.
            Assert.InRange(chi, 20, 120);
        }
    }

    [Fact]
    public void Repetition_is_the_mean_of_the_squares()
    {
        long[,] text = Text();
        BigramNoise noise = Noise(text, Unigram(), 1);
        double sum = 0, all = 0;
        for (int u = 0; u <= Words; u++)
        {
            double n = Enumerable.Range(0, Words).Sum(w => text[u, w]);
            all += n;
            sum += n * Enumerable.Range(0, Words).Sum(w => noise.Probability(u, w) * noise.Probability(u, w));
        }

        Assert.Equal(sum / all, noise.Repetition, 1e-6);
    }

    [Fact]
    public void Draws_at_the_edges_stay_in_range()
    {
        BigramNoise noise = Noise(Text(), Unigram(), 1);
        for (int u = 0; u <= Words; u++)
        {
            foreach ((uint high, uint low) in new (uint, uint)[] { (0, 0), (uint.MaxValue, uint.MaxValue), (uint.MaxValue, 0), (uint.MaxValue, 0xFFFF0000), (0, 0xFFFF) })
            {
                Assert.InRange(noise.Draw(u, high, low, out double p), 0, Words - 1);
                Assert.InRange(p, 1e-9, 1);
            }
        }
    }

    [Fact]
    public void The_rarest_bigrams_are_dropped_and_counted()
    {
        var selection = new BigramSelection(4, most: 5);
        long[] counts = [9, 1, 2, 7, 3, 2, 8, 3, 2, 5];
        for (int i = 0; i < counts.Length; i++)
            selection.Add(i % 3, i, counts[i]);
        BigramCounts kept = selection.ToCounts();
        Assert.Equal(4, selection.Least); // with 3 there would be six
        Assert.Equal([9, 7, 8, 5], kept.Counts);
        Assert.Equal([0, 3, 6, 9], kept.Words);
        Assert.Equal([0, 4, 4, 4, 4], kept.Starts);
        Assert.Equal([29, 7, 6, 0], kept.Occurrences);
        Assert.Equal(5, kept.Dropped);
        Assert.Equal(12 / 42.0, kept.DroppedPart, 1e-12);
    }

    [Fact]
    public void What_is_kept_does_not_depend_on_the_order()
    {
        var random = new Random(4);
        (int U, int W, long Count)[] bigrams = [.. Enumerable.Range(0, 5000).Select(i => (i % 50, i / 50, (long)(1 / (random.NextDouble() + 1e-3))))];
        BigramCounts first = Keep(bigrams), second = Keep([.. bigrams.Reverse()]);
        Assert.Equal(first.Words, second.Words);
        Assert.Equal(first.Counts, second.Counts);
        Assert.InRange(first.Words.Length, 200, 400);

        static BigramCounts Keep((int U, int W, long Count)[] bigrams)
        {
            var selection = new BigramSelection(50, 400);
            foreach ((int u, int w, long count) in bigrams)
                selection.Add(u, w, count);
            return selection.ToCounts();
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void A_small_table_counts_exactly_in_several_passes_and_on_several_threads(int threads)
    {
        const int Distinct = 300_000, Times = 3;
        var selection = new BigramSelection(1000, long.MaxValue);
        int passes = 0;
        for (ulong low = 0; low < BigramTable.End; passes++)
        {
            using var table = new BigramTable(low, 1 << 20, most: threads * 1000);
            Parallel.For(0, threads, thread =>
            {
                for (int from = thread * 1000; from < Distinct * Times; from += threads * 1000)
                {
                    table.AddMany(to =>
                    {
                        for (int i = from; i < from + 1000; i++)
                            to.Add(i % Distinct % 1000, i % Distinct / 1000, 1);
                    });
                }
            });
            foreach ((int u, int w, long count) in table.Entries())
                selection.Add(u, w, count);
            low = table.High;
        }

        BigramCounts counts = selection.ToCounts();
        Assert.InRange(passes, 3, 64);
        Assert.Equal(Distinct, counts.Words.Length);
        Assert.All(counts.Counts, count => Assert.Equal(Times, count));
        Assert.All(counts.Occurrences, n => Assert.Equal(Times * 300, n));
    }

    /// <summary>The noise of a table of counts, previous words by words.</summary>
    internal static BigramNoise Noise(long[,] text, NoiseDistribution unigram, double weight)
    {
        var selection = new BigramSelection(text.GetLength(0), long.MaxValue);
        for (int u = 0; u < text.GetLength(0); u++)
        {
            for (int w = 0; w < text.GetLength(1); w++)
            {
                if (text[u, w] > 0)
                    selection.Add(u, w, text[u, w]);
            }
        }

        return new BigramNoise(selection.ToCounts(), unigram, weight);
    }

    private static NoiseDistribution Unigram() => NoiseDistribution.Create(NoiseKind.Unigram, [.. Enumerable.Range(1, Words).Select(i => 6000L / i)], 1);

    // Rows with many successors, with few, with single occurrences only, and with none.
    private static long[,] Text()
    {
        var random = new Random(2);
        var text = new long[Words + 1, Words];
        for (int u = 0; u <= Words; u++)
        {
            int occurrences = u == 30 ? 0 : u == Words ? 2000 : 3000 / (u + 1);
            for (int i = 0; i < occurrences; i++)
                text[u, (int)(Words * Math.Pow(random.NextDouble(), 1 + (u % 4)))]++;
        }

        for (int w = 0; w < 5; w++)
            text[31, w] = 1;
        return text;
    }
}
