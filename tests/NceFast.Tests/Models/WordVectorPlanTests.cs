using NceFast.Corpus;
using NceFast.Models;
using NceFast.Numerics;
using NceFast.Sampling;
using NceFast.Tests.Backends;
using Xunit;

namespace NceFast.Tests.Models;

public class WordVectorPlanTests
{
    [Fact]
    public void A_plan_equals_a_plain_reading_of_its_random_streams()
    {
        WordVectorSpec spec = TestSpecs.Create(words: 50, dim: 8, subsample: 0.01);
        using TokenBlock block = TestSpecs.Block(50, [40, 1, 7, 300, 2]);
        using var plan = new WordVectorPlan(spec);
        plan.Prepare(block, 3);

        var kept = new List<int>();
        var bounds = new List<(int Low, int High)>();
        PhiloxStream keep = PhiloxStream.For(spec.Seed, DrawPurpose.Subsample, 3, block.Number), window = PhiloxStream.For(spec.Seed, DrawPurpose.Window, 3, block.Number);
        int token = 0;
        long pairs = 0;
        foreach (int end in block.SentenceEnds)
        {
            int start = kept.Count;
            for (; token < end; token++)
            {
                if (Philox4x32.Draw(keep, (uint)token) <= spec.KeepLimits[block.Ids[token]])
                    kept.Add(block.Ids[token]);
            }

            for (int i = start; i < kept.Count; i++)
            {
                int reach = 1 + (int)(((ulong)Philox4x32.Draw(window, (uint)i) * (ulong)spec.Window) >> 32);
                bounds.Add((Math.Max(start, i - reach), Math.Min(kept.Count, i + reach + 1)));
                pairs += bounds[i].High - bounds[i].Low - 1;
            }
        }

        Assert.True(kept.Count < block.Count, "the test needs tokens that subsampling drops");
        Assert.Equal(kept, plan.Kept.ToArray());
        Assert.Equal(bounds, plan.Low.ToArray().Zip(plan.High.ToArray()));
        Assert.Equal(pairs, plan.Predictions);
        PhiloxStream noise = PhiloxStream.For(spec.Seed, DrawPurpose.Noise, 3, block.Number);
        Assert.Equal((kept.Count + 15) / 16 * spec.NoiseSetSize, plan.Noise.Length);
        for (uint n = 0; n < plan.Noise.Length; n++)
            Assert.Equal(AliasTable.Draw(spec.Noise.Table.Cells, Philox4x32.Draw(noise, 2 * n), Philox4x32.Draw(noise, (2 * n) + 1)), plan.Noise[(int)n]);
    }

    [Fact]
    public void Fixed_windows_hold_all_words_in_reach_within_the_sentence()
    {
        WordVectorSpec spec = TestSpecs.Create(words: 50, dim: 8, windowDraw: WindowDrawKind.Fixed);
        using TokenBlock block = TestSpecs.Block(50, [40, 1, 6, 3]);
        using var plan = new WordVectorPlan(spec);
        plan.Prepare(block, 1);
        for (int s = 0, start = 0; s < block.SentenceCount; start = block.SentenceEnds[s++])
        {
            for (int i = start; i < block.SentenceEnds[s]; i++)
                Assert.Equal((Math.Max(start, i - 5), Math.Min(block.SentenceEnds[s], i + 6)), (plan.Low[i], plan.High[i]));
        }

        Assert.Equal((40 * 10) - 30 + (6 * 5) + (3 * 2), plan.Predictions);
    }

    [Fact]
    public void Prepare_allocates_nothing_once_its_arrays_are_large_enough()
    {
        WordVectorSpec spec = TestSpecs.Create(words: 500, dim: 8);
        using TokenBlock block = TestSpecs.Block(500, [.. Enumerable.Repeat(100, 50)]);
        using var plan = new WordVectorPlan(spec);
        plan.Prepare(block, 0);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int epoch = 1; epoch < 20; epoch++)
            plan.Prepare(block, epoch);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void An_empty_block_gives_an_empty_plan()
    {
        using TokenBlock block = TestSpecs.Block(5, []);
        using var plan = new WordVectorPlan(TestSpecs.Create(words: 5, dim: 4));
        plan.Prepare(block, 0);
        Assert.Equal((0, 0L, 0, 0), (plan.Count, plan.Predictions, plan.SetCount, plan.Noise.Length));
    }
}
