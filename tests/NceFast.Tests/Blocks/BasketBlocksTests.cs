using System.Text;
using NceFast.Blocks;
using NceFast.Corpus;
using NceFast.Models;
using NceFast.Numerics;
using NceFast.Tests.Backends;
using NceFast.Tests.Corpus;
using NceFast.Training;
using NceFast.Vocab;
using Xunit;

namespace NceFast.Tests.Blocks;

/// <summary>The words of a basket come in a random order, which differs in each epoch and depends on nothing else.</summary>
public sealed class BasketBlocksTests : IDisposable
{
    private readonly TextFiles _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public void The_order_equals_a_plain_reading_of_its_random_stream()
    {
        using TokenBlock block = TestSpecs.Block(1000, [9, 1, 2, 300, 77], seed: 12);
        int[] expected = block.Ids.ToArray(), ends = block.SentenceEnds.ToArray();
        PhiloxStream stream = PhiloxStream.For(5, DrawPurpose.Basket, 4, block.Number);
        for (int s = 0, start = 0; s < ends.Length; start = ends[s++])
        {
            for (int i = ends[s] - 1; i > start; i--)
            {
                int other = start + (int)(((ulong)Philox4x32.Draw(stream, (uint)i) * (ulong)(i - start + 1)) >> 32);
                (expected[i], expected[other]) = (expected[other], expected[i]);
            }
        }

        new BasketShuffle(5, 4).Run(block);
        Assert.Equal(expected, block.Ids);
        Assert.Equal(ends, block.SentenceEnds);
        Assert.Equal((12ul, 389L), (block.Number, block.Words));
    }

    [Fact]
    public void Readers_and_cache_change_nothing_and_epochs_differ()
    {
        string path = _files.Write("t.txt", Text(100_000));
        string[] first = Read(path, CacheMode.Never, 0, 1), second = Read(path, CacheMode.Never, 1, 1);
        Assert.True(first.Length > 20);
        Assert.NotEqual(first, second);
        foreach (CacheMode cache in new[] { CacheMode.Never, CacheMode.Always })
        {
            Assert.Equal(first, Read(path, cache, 0, 3));
            Assert.Equal(second, Read(path, cache, 1, 2));
        }

        Assert.NotEqual(first, Read(path, CacheMode.Never, 0, 1, seed: 8));
        Assert.Equal(first.Select(Sorted), second.Select(Sorted));

        static string Sorted(string block) => string.Join('\n', block.Split('\n').Select(line => string.Join(' ', line.Split(' ').Order(StringComparer.Ordinal))));
    }

    [Fact]
    public void A_window_as_wide_as_the_basket_pairs_every_word_with_all_others()
    {
        using TokenBlock block = Basket(6, 0);
        new BasketShuffle(1, 0).Run(block);
        long[,] seen = new long[6, 6];
        Count(block, 5, 0, seen);
        for (int a = 0; a < 6; a++)
        {
            for (int b = 0; b < 6; b++)
                Assert.Equal(a == b ? 0 : 1, seen[a, b]);
        }
    }

    [Fact]
    public void A_narrow_window_pairs_words_at_any_distance_equally_often()
    {
        const int Words = 12, Blocks = 4000;
        long[,] seen = new long[Words, Words];
        var shuffle = new BasketShuffle(3, 2);
        for (int number = 0; number < Blocks; number++)
        {
            using TokenBlock block = Basket(Words, number);
            shuffle.Run(block);
            Count(block, 2, 2, seen);
        }

        // Of the 132 ordered pairs, 22 + 20 are at most two places apart.
        double mean = Blocks * 42.0 / 132, deviation = Math.Sqrt(mean);
        for (int a = 0; a < Words; a++)
        {
            for (int b = 0; b < a; b++)
            {
                Assert.Equal(seen[a, b], seen[b, a]);
                Assert.InRange(seen[a, b], mean - (5 * deviation), mean + (5 * deviation));
            }
        }
    }

    [Fact]
    public void Shuffling_allocates_nothing_once_its_array_is_large_enough()
    {
        using TokenBlock block = TestSpecs.Block(500, [.. Enumerable.Repeat(100, 50)]);
        var shuffle = new BasketShuffle(1, 1);
        shuffle.Run(block);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 20; i++)
            shuffle.Run(block);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static TokenBlock Basket(int words, int number)
    {
        var block = new TokenBlock { Number = (ulong)number };
        for (int w = 0; w < words; w++)
            block.Add(w);
        block.EndSentence();
        return block;
    }

    private static void Count(TokenBlock block, int window, int epoch, long[,] seen)
    {
        WordVectorSpec spec = new WordVectorOptions { Window = window, Baskets = true, Subsample = 0 }.SpecFor(block.Count);
        using var plan = new WordVectorPlan(spec);
        plan.Prepare(block, epoch);
        for (int i = 0; i < plan.Count; i++)
        {
            for (int j = plan.Low[i]; j < plan.High[i]; j++)
                seen[plan.Kept[i], plan.Kept[j]] += i == j ? 0 : 1;
        }
    }

    private static string Text(int words)
    {
        var random = new Random(1);
        var text = new StringBuilder();
        for (int i = 0; i < words; i++)
            text.Append('w').Append(random.Next(300)).Append(random.Next(9) == 0 ? '\n' : ' ');
        return text.ToString();
    }

    private static string[] Read(string path, CacheMode cache, int epoch, int readers, ulong seed = 7)
    {
        CorpusSource source = CorpusSource.FromPaths(path);
        source.ShardBytes = 16_000;
        using PreparedCorpus corpus = PreparedCorpus.Prepare(source, new CorpusOptions { Cache = cache, Vocabulary = new VocabularyOptions { MinCount = 1 } }, 3, 2);
        var blocks = new SortedDictionary<ulong, string>();
        foreach (IBlockReader reader in new BasketBlocks(corpus.Blocks, seed).Open(epoch, readers))
        {
            using (reader)
            {
                using var block = new TokenBlock();
                while (reader.TryRead(block))
                    blocks.Add(block.Number, Show(block));
            }
        }

        return [.. blocks.Values];
    }

    private static string Show(TokenBlock block)
    {
        var text = new StringBuilder();
        for (int s = 0, start = 0; s < block.SentenceCount; start = block.SentenceEnds[s++])
            text.AppendJoin(' ', block.Ids[start..block.SentenceEnds[s]].ToArray()).Append('\n');
        return text.ToString();
    }
}
