using NceFast.Backends;
using NceFast.Backends.Host.WordVectors;
using NceFast.Corpus;
using NceFast.Models;
using NceFast.Objectives;
using Xunit;

namespace NceFast.Tests.Backends.Host.WordVectors;

/// <summary>
/// Compares the update of one group with the objective: at a small rate, parameters must move by -rate times the
/// derivative of the loss, which is computed by finite differences of a loss in double precision.
/// </summary>
public class WordVectorWorkerTests
{
    private const float Rate = 1e-3f;

    // Each with noise words that are shared, and noise words of each prediction.
    public static TheoryData<ModelKind, ObjectiveKind, NormalizerKind, bool, int> Models()
    {
        var data = new TheoryData<ModelKind, ObjectiveKind, NormalizerKind, bool, int>();
        foreach (ModelKind model in Enum.GetValues<ModelKind>())
        {
            data.Add(model, ObjectiveKind.Neg, NormalizerKind.Fixed, false, 16);
            data.Add(model, ObjectiveKind.Neg, NormalizerKind.Fixed, true, 16);
            data.Add(model, ObjectiveKind.Nce, NormalizerKind.Fixed, false, 16);
            data.Add(model, ObjectiveKind.Nce, NormalizerKind.PerContext, false, 16);
            data.Add(model, ObjectiveKind.RankingNce, NormalizerKind.Fixed, false, 16);
            data.Add(model, ObjectiveKind.RankingNce, NormalizerKind.Fixed, false, 1);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Update_is_minus_rate_times_the_derivative(ModelKind model, ObjectiveKind objective, NormalizerKind normalizer, bool dropTargets, int sharing)
    {
        WordVectorSpec spec = TestSpecs.Create(40, 6, model, objective, normalizer, dropTargets: dropTargets, logZ: 0.3, sharing: sharing);
        using TokenBlock block = TestSpecs.Block(40, [5, 4]); // one group, and repeated words
        using WordVectorParameters before = Parameters(spec), after = Parameters(spec);
        using var plan = new WordVectorPlan(spec);
        plan.Prepare(block, 0);
        BlockResult result;
        using (var backend = new WordVectorBackend(spec, after, 1, Rate, "scalar"))
        {
            result = backend.Workers[0].Process(block, new BlockStep(0, Rate));
            backend.Synchronize();
        }

        Assert.Equal(plan.Predictions, result.Predictions);
        Assert.Equal(ReferenceLoss.Of(spec, plan, before), result.Loss, 2e-3 * result.Loss);
        foreach ((float[] oldValues, float[] newValues, Func<WordVectorParameters, Memory<float>> of) in Tables(before, after))
        {
            for (int i = 0; i < oldValues.Length; i++)
            {
                double derivative = ReferenceLoss.Derivative(spec, plan, before, p => of(p).Span, i);
                double moved = (newValues[i] - oldValues[i]) / Rate;
                Assert.True(Math.Abs(moved + derivative) < 0.02 * Math.Max(1, Math.Abs(derivative)), $"value {i}: moved {moved}, derivative {derivative}");
            }
        }
    }

    private static WordVectorParameters Parameters(WordVectorSpec spec)
    {
        var parameters = new WordVectorParameters(spec);
        var random = new Random(5);
        for (int w = 0; w < spec.Words; w++)
        {
            foreach (ref float x in parameters.Input.Row(w))
                x = random.NextSingle() - 0.5f;
            foreach (ref float x in parameters.Output.Row(w))
                x = random.NextSingle() - 0.5f;
        }

        for (int w = 0; w < parameters.Offset.Length; w++)
            parameters.SetBias(w, (random.NextSingle() * 2) - 4);
        return parameters;
    }

    private static IEnumerable<(float[] Old, float[] New, Func<WordVectorParameters, Memory<float>> Of)> Tables(WordVectorParameters before, WordVectorParameters after)
    {
        for (int w = 0; w < before.Input.Rows; w++)
        {
            int row = w;
            yield return (before.Input.Row(w).ToArray(), after.Input.Row(w).ToArray(), p => RowMemory.Of(p.Input, row));
            yield return (before.Output.Row(w).ToArray(), after.Output.Row(w).ToArray(), p => RowMemory.Of(p.Output, row));
        }

        yield return (before.Offset, after.Offset, p => p.Offset);
        if (before.LogZ.Length == before.Input.Rows)
            yield return (before.LogZ, after.LogZ, p => p.LogZ);
    }
}
