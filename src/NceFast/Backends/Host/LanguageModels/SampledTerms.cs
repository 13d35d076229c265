using NceFast.Models;
using NceFast.Objectives;

namespace NceFast.Backends.Host.LanguageModels;

/// <summary>Objectives whose loss is a softmax over the observed word and its noise words.</summary>
internal sealed unsafe class SampledTerms(LanguageModelSpec spec, HostKernels kernels) : NoiseTerms(spec, kernels)
{
    private readonly double _penalty = spec.SelfNormalization;

    public override double Run(float* scores, float* shifts, int count, ref float observed)
    {
        (scores[count], shifts[count]) = (observed, 0);
        for (int i = count + 1; i < Room; i++)
            (scores[i], shifts[i]) = (Logit.Dropped, 0);
        float max = Kernels.AddAndMax(scores, shifts, Room);
        double sum = Kernels.ExpSum(scores, Room, max, 1), logZ = Softmax.LogZ(max, sum);
        var scale = (float)(Softmax.Scale(logZ, _penalty) / sum);
        for (int i = 0; i <= count; i++)
            scores[i] *= scale;
        double loss = Softmax.Loss(logZ, observed, _penalty);
        observed = Softmax.ObservedGradient(scores[count]);
        return loss;
    }
}
