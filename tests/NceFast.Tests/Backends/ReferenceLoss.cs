using System.Buffers;
using NceFast.Models;
using NceFast.Numerics;
using NceFast.Objectives;

namespace NceFast.Tests.Backends;

/// <summary>The loss of a planned block in double precision, written from the formulas alone.</summary>
internal static class ReferenceLoss
{
    public delegate Span<float> Selector(WordVectorParameters parameters);

    public static double Of(WordVectorSpec spec, WordVectorPlan plan, WordVectorParameters p)
    {
        double loss = 0;
        double unit = (double)spec.K / spec.NoiseSetSize;
        for (int i = 0; i < plan.Count; i++)
        {
            int[] window = [.. Enumerable.Range(plan.Low[i], plan.High[i] - plan.Low[i]).Where(t => t != i)];
            int[] noise = plan.Noise.Slice(i / spec.Sharing * spec.NoiseSetSize, spec.NoiseSetSize).ToArray();
            bool own = spec.Sharing == 1 && spec.Model == ModelKind.SkipGram;
            if (spec.Model == ModelKind.SkipGram)
            {
                double[] h = [.. p.Input.Row(plan.Kept[i]).ToArray().Select(x => (double)x)];
                for (int pair = 0; pair < window.Length; pair++)
                    loss += Prediction(spec, p, h, plan.Kept[window[pair]], own ? noise[(pair * spec.K)..((pair + 1) * spec.K)] : noise, own ? 1 : unit, LogZ(spec, p, plan.Kept[i]));
            }
            else if (window.Length > 0)
            {
                var h = new double[spec.Dim];
                foreach (int t in window)
                {
                    for (int c = 0; c < h.Length; c++)
                        h[c] += p.Input.Row(plan.Kept[t])[c] / (double)window.Length;
                }

                // The table of CBOW starts with one value everywhere, so any row will do.
                loss += Prediction(spec, p, h, plan.Kept[i], noise, unit, LogZ(spec, p, 0));
            }
        }

        return loss;
    }

    public static double Derivative(WordVectorSpec spec, WordVectorPlan plan, WordVectorParameters p, Selector select, int index)
    {
        const float Step = 1f / 64;
        ref float value = ref select(p)[index];
        float old = value;
        value = old + Step;
        double up = Of(spec, plan, p);
        value = old - Step;
        double down = Of(spec, plan, p);
        value = old;
        return (up - down) / (2 * Step);
    }

    private static double Prediction(WordVectorSpec spec, WordVectorParameters p, double[] h, int target, int[] noise, double unit, double logZ)
    {
        if (spec.Objective == ObjectiveKind.RankingNce)
            return Math.Log(noise.Append(target).Sum(word => Math.Exp(Logit(spec, p, h, word, 0)))) - Logit(spec, p, h, target, 0);
        double loss = Softplus(-Logit(spec, p, h, target, logZ));
        foreach (int word in noise)
        {
            if (!spec.DropTargetNoise || word != target)
                loss += unit * Softplus(Logit(spec, p, h, word, logZ));
        }

        return loss;
    }

    private static double Logit(WordVectorSpec spec, WordVectorParameters p, double[] h, int word, double logZ)
    {
        double s = 0;
        for (int c = 0; c < h.Length; c++)
            s += h[c] * p.Output.Row(word)[c];
        return spec.Objective == ObjectiveKind.Neg ? s : s + p.Bias(word) - logZ - Math.Log(spec.K * spec.Noise.Probabilities[word]);
    }

    private static double LogZ(WordVectorSpec spec, WordVectorParameters p, int context) =>
        p.LogZ.Length == 0 ? 0 : p.LogZ[p.LogZ.Length == spec.Words ? context : 0];

    private static double Softplus(double x) => Math.Max(x, 0) + Math.Log(1 + Math.Exp(-Math.Abs(x)));
}

/// <summary>A row of a native matrix as memory, so that a selector can return it.</summary>
internal sealed class RowMemory(AlignedMatrix matrix, long row) : MemoryManager<float>
{
    public static Memory<float> Of(AlignedMatrix matrix, long row) => new RowMemory(matrix, row).Memory;

    public override Span<float> GetSpan() => matrix.Row(row);

    public override MemoryHandle Pin(int elementIndex = 0) => throw new NotSupportedException();

    public override void Unpin()
    {
    }

    protected override void Dispose(bool disposing)
    {
    }
}
