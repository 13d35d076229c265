using NceFast.Backends;
using NceFast.Backends.Host.LanguageModels;
using NceFast.Corpus;
using NceFast.Distribution;
using NceFast.Merging;
using NceFast.Models;
using NceFast.Objectives;
using NceFast.Sampling;
using NceFast.Tests.Backends;
using Xunit;

namespace NceFast.Tests.Distribution;

/// <summary>
/// Maximum likelihood with one batch a block computes all gradients before any update, so that the order of updates cannot
/// matter: replicas that train on parts of a batch and add up their changes after each step equal one training on the whole batch.
/// </summary>
public sealed class ExactnessTests
{
    private const int Words = 30, Steps = 6;

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public void Replicas_merged_after_each_step_equal_one_training_on_the_joined_batches(int replicas)
    {
        LanguageModelSpec spec = Spec();
        LanguageModelParameters[] parameters = [.. Enumerable.Range(0, replicas + 1).Select(_ => Parameters(spec))];
        IBackend[] backends = [.. parameters.Select(p => new LanguageModelBackend(spec, p, 1))];
        using (var merger = new ReplicaMerger([.. parameters.Take(replicas).Select(p => p.Tables)], RowRanking.Create(TestSpecs.Counts(Words), new float[Words + 1]), new SyncSchedule(new SyncOptions(), Words + 1, 1).Ruler, MergeRule.Sum, replicas))
        {
            for (int step = 0; step < Steps; step++)
            {
                TokenBlock[] parts = [.. Enumerable.Range(0, replicas).Select(r => TestSpecs.Block(Words, [9, 4, 7], (100 * step) + r + 1))];
                for (int r = 0; r < replicas; r++)
                    backends[r].Workers[0].Process(parts[r], new BlockStep(0, 0.02f));
                merger.Begin(new long[replicas], 1, 0.02);
                merger.MergeHere(1);
                backends[replicas].Workers[0].Process(Join(parts), new BlockStep(0, 0.02f));
            }
        }

        LanguageModelParameters whole = parameters[replicas], first = Parameters(spec);
        foreach ((ParameterTable table, ParameterTable expected, ParameterTable start) in parameters[0].Tables.Zip(whole.Tables, first.Tables))
        {
            double moved = 0;
            for (long row = 0; row < table.Rows; row++)
            {
                for (int c = 0; c < table.Columns; c++)
                {
                    Assert.Equal(expected.Row(row)[c], table.Row(row)[c], 2e-6);
                    moved = Math.Max(moved, Math.Abs(expected.Row(row)[c] - start.Row(row)[c]));
                }
            }

            Assert.True(moved > 1e-3 || table.Rows == 0 || table.Name == "log-z", $"{table.Name} moved by {moved} only: nothing was compared.");
        }
    }

    private static LanguageModelSpec Spec() => new()
    {
        Shape = new LanguageModelShape(Words, 12, 2, 0, PlaceWeightKind.Full, false, Words - 1, -1),
        Objective = ObjectiveKind.MaximumLikelihood,
        K = 1,
        NoiseSetSize = 1,
        Sharing = 1,
        Noise = NoiseDistribution.Create(NoiseKind.Unigram, TestSpecs.Counts(Words), 1),
        Batch = 1000,
        PlaceRate = 1,
        Seed = 1,
    };

    private static LanguageModelParameters Parameters(LanguageModelSpec spec)
    {
        var parameters = new LanguageModelParameters(spec.Shape);
        parameters.Initialize(1, TestSpecs.Counts(Words), 0.3f);
        return parameters;
    }

    private static TokenBlock Join(TokenBlock[] parts)
    {
        var joined = new TokenBlock();
        foreach (TokenBlock part in parts)
        {
            int start = 0;
            foreach (int end in part.SentenceEnds)
            {
                foreach (int id in part.Ids[start..end])
                    joined.Add(id);
                joined.EndSentence();
                start = end;
            }
        }

        return joined;
    }
}
