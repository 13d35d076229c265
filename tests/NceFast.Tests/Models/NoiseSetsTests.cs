using NceFast.Corpus;
using NceFast.Models;
using Xunit;

namespace NceFast.Tests.Models;

public class NoiseSetsTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(64)]
    public void Only_predictions_with_the_same_previous_word_share_a_set(int sharing)
    {
        var plan = new LanguageModelPlan(new LanguageModelShape(9, 4, 2, 0, PlaceWeightKind.None, false, 8, 7));
        using var block = new TokenBlock();
        var random = new Random(1);
        for (int i = 0; i < 200; i++)
        {
            block.Add(random.Next(6));
            if (random.Next(6) == 0)
                block.EndSentence();
        }

        block.EndSentence();
        plan.Prepare(block);
        int[] targets = plan.Targets[50..150].ToArray(), stream = plan.Stream.ToArray();
        var sets = new NoiseSets(sharing, 128);
        sets.Divide(stream, plan.Targets[..128]); // an earlier batch leaves no trace
        int[] order = sets.Divide(stream, targets).ToArray(), starts = sets.Starts.ToArray();
        Assert.Equal(targets, order.Order());
        Assert.Equal(sets.Count + 1, starts.Length);
        Assert.Equal((0, targets.Length), (starts[0], starts[^1]));
        int fewest = targets.GroupBy(t => stream[t - 1]).Sum(group => (group.Count() + sharing - 1) / sharing);
        Assert.Equal(fewest, sets.Count);
        for (int set = 0; set < sets.Count; set++)
        {
            Assert.InRange(starts[set + 1] - starts[set], 1, sharing);
            Assert.Single(order[starts[set]..starts[set + 1]].Select(t => stream[t - 1]).Distinct());
        }

        if (sharing == 1)
            Assert.Equal(targets, order);
    }
}
