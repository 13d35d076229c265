using NceFast.Corpus;
using NceFast.Kernels;
using NceFast.Models;
using NceFast.Objectives;
using Xunit;

namespace NceFast.Tests.Backends.Kernels;

/// <summary>
/// Counts the rows that the kernels load, store and add for a block of text from the trip counts of their loops: the
/// register kernels move at most a quarter of what the plain ones move.
/// </summary>
public sealed class TrafficTests(ITestOutputHelper output)
{
    private const int Tile = TileMath.Tile, Batch = TileMath.Batch, Passes = Tile / Batch;

    [Theory]
    [InlineData(ModelKind.SkipGram, ObjectiveKind.Nce)]
    [InlineData(ModelKind.SkipGram, ObjectiveKind.Neg)]
    [InlineData(ModelKind.Cbow, ObjectiveKind.Nce)]
    [InlineData(ModelKind.Cbow, ObjectiveKind.Neg)]
    public void Register_kernels_move_at_most_a_quarter_of_the_bytes(ModelKind model, ObjectiveKind objective)
    {
        WordVectorSpec spec = TestSpecs.Create(30_000, 128, model, objective);
        using TokenBlock block = TestSpecs.Block(30_000, [.. Enumerable.Repeat(25, 400)]);
        using var plan = new WordVectorPlan(spec);
        plan.Prepare(block, 0);
        long plain = 0, registers = 0;
        for (int set = 0; set < plan.SetCount; set++)
        {
            int first = set * spec.Sharing, end = Math.Min(plan.Count, first + spec.Sharing);
            plain += model == ModelKind.SkipGram ? PlainSkipGram(spec, plan, first, end) : PlainCbow(spec, plan, first, end);
            registers += Registers(spec, plan, set, first, end);
        }

        output.WriteLine($"{model} {objective}: {(double)plain / plan.Count:F1} rows per word plain, {(double)registers / plan.Count:F1} in registers, {100.0 * registers / plain:F1} %");
        Assert.InRange(registers, 1, plain / 4);
    }

    private static long PlainSkipGram(WordVectorSpec spec, WordVectorPlan plan, int first, int end)
    {
        int inputs = Distinct(plan, first, end), set = spec.NoiseSetSize;
        long pairs = Enumerable.Range(first, end - first).Sum(i => Pairs(plan, i)), positions = Enumerable.Range(first, end - first).Count(i => Pairs(plan, i) > 0);
        return Noise(inputs, set) + (2 * pairs) + (2 * pairs) + (2 * positions);
    }

    private static long PlainCbow(WordVectorSpec spec, WordVectorPlan plan, int first, int end)
    {
        long pairs = Enumerable.Range(first, end - first).Sum(i => Pairs(plan, i));
        int means = Enumerable.Range(first, end - first).Count(i => Pairs(plan, i) > 0);
        return pairs + (2 * means) + Noise(means, spec.NoiseSetSize) + (6 * means) + (2 * means) + (2 * pairs);
    }

    // Two rows per score; the update processes inputs in fours.
    private static long Noise(int inputs, int set) => (2L * inputs * set) + ((inputs + 3) / 4 * (8 + (2L * set)));

    // Each pass loads its outputs once and adds to them once. It takes the words of one batch and half of the noise words.
    private static long Registers(WordVectorSpec spec, WordVectorPlan plan, int set, int first, int end)
    {
        bool skipGram = spec.Model == ModelKind.SkipGram;
        int half = spec.NoiseSetSize / Passes;
        long rows = 0;
        for (int pass = 0; pass < Passes; pass++)
        {
            rows += 2 * plan.Noise.Slice((set * spec.NoiseSetSize) + (pass * half), half).ToArray().Distinct().Count();
            int batch = first + (pass * Batch), stop = Math.Min(end, batch + Batch);
            if (batch < end)
                rows += 2 * (skipGram ? Distinct(plan, Low(plan, batch, stop), High(plan, batch, stop)) : Distinct(plan, batch, stop));
        }

        // Skip-gram loads its inputs once and adds to them in each pass. CBOW loads its words once, adds to them once, and keeps the means.
        return rows + (skipGram
            ? (1 + Passes) * Distinct(plan, first, end)
            : (2 * Distinct(plan, Low(plan, first, end), High(plan, first, end))) + (2 * Tile));
    }

    private static int Pairs(WordVectorPlan plan, int i) => plan.High[i] - plan.Low[i] - 1;

    private static int Low(WordVectorPlan plan, int first, int end) => Enumerable.Range(first, end - first).Min(i => plan.Low[i]);

    private static int High(WordVectorPlan plan, int first, int end) => Enumerable.Range(first, end - first).Max(i => plan.High[i]);

    private static int Distinct(WordVectorPlan plan, int first, int end) => plan.Kept[first..end].ToArray().Distinct().Count();
}
