using NceFast.Models;
using NceFast.Numerics;
using NceFast.Objectives;

namespace NceFast.Backends.Host.LanguageModels;

/// <summary>Objectives with a loss per word: noise words have weight k / draws, the observed word has weight 1.</summary>
internal sealed unsafe class BinaryTerms<TObjective> : NoiseTerms
    where TObjective : struct, IBinaryObjective
{
    private readonly AlignedMatrix _weights, _setWeights;
    private readonly int _draws;
    private readonly float _weight;
    private int _weighed = -1;

    public BinaryTerms(LanguageModelSpec spec, HostKernels kernels)
        : base(spec, kernels)
    {
        (_draws, _weight) = (spec.NoiseSetSize, (float)spec.K / spec.NoiseSetSize);
        (_weights, _setWeights) = (new AlignedMatrix(1, Room), new AlignedMatrix(1, SetRoom(spec)));
        _weights.Row(0)[.._draws].Fill(_weight);
        _weights.Row(0)[spec.NoiseSetSize] = 1;
    }

    // The loss is symmetric: an observed word of logit D is a noise word of logit -D, and one pass serves all words.
    public override double Run(float* scores, float* shifts, int count, ref float observed)
    {
        scores[count] = -observed;
        shifts[count] = 0;
        double loss = Kernels.StepLogits<TObjective>(scores, shifts, _weights.Pointer, 0, count + 1, 1);
        observed = -scores[count];
        return loss;
    }

    // Terms are independent: one pass over the tile suffices.
    public override double RunSet(float* scores, float* shifts, int predictions, int outputs)
    {
        int quads = (predictions + 3) / 4, noise = 4 * quads * outputs;
        if (predictions != _weighed)
            Weigh(predictions, outputs);
        float* observed = scores + noise;
        for (int i = 0; i < 4 * quads; i++)
            observed[i] = -observed[i];
        double loss = Kernels.StepLogits<TObjective>(scores, shifts, _setWeights.Pointer, 0, noise + (4 * quads), 1);
        for (int i = 0; i < 4 * quads; i++)
            observed[i] = -observed[i];
        return loss;
    }

    public override void Dispose()
    {
        _weights.Dispose();
        _setWeights.Dispose();
        base.Dispose();
    }

    private void Weigh(int predictions, int outputs)
    {
        _setWeights.Row(0).Clear();
        float* weights = _setWeights.Pointer;
        for (int i = 0; i < predictions; i++)
        {
            for (int m = 0; m < _draws; m++)
                weights[(((i / 4 * outputs) + m) * 4) + (i % 4)] = _weight;
            weights[((predictions + 3) / 4 * 4 * outputs) + i] = 1;
        }

        _weighed = predictions;
    }
}
