using NceFast.Models;
using NceFast.Objectives;

namespace NceFast.Kernels.LanguageModels;

/// <summary>Working memory of the groups that know the objective: how many run at once, and what each needs.</summary>
internal readonly record struct WorkSize(int Groups, long Rows, long Floats, long Ints)
{
    public long Bytes => Groups * ((16 * Rows) + (4 * (Floats + Ints)));

    /// <summary>What the objective of a model needs; shared noise works in waves instead.</summary>
    public static WorkSize Of(LanguageModelSpec spec, LanguageModelLaunch shape)
    {
        if (spec.Objective.Traits().StepsEveryRow)
        {
            int columns = LanguageModelBuffers.Columns(spec.Shape), width = 4 * shape.Side, groups = Math.Min(shape.StepGroups, (spec.Shape.Words + width - 1) / width);
            return new WorkSize(groups, SoftmaxKernels.RowsSize(spec.Batch, shape.Side, columns), SoftmaxKernels.FloatsSize(spec.Batch, shape.Side), 1);
        }

        return spec.Sharing == 1
            ? new WorkSize(Math.Min(shape.StepGroups, spec.Batch), 1, OwnNoiseKernel.FloatsSize(spec.NoiseSetSize), OwnNoiseKernel.IntsSize(spec.NoiseSetSize))
            : new WorkSize(1, 1, 1, 1);
    }
}

/// <summary>Sizes of a wave of sets of shared noise.</summary>
/// <param name="Sets">Sets of a full wave; 0 where noise is not shared.</param>
/// <param name="Predictions">Predictions of a full wave.</param>
/// <param name="Words">Noise words of a full wave.</param>
/// <param name="Tiles">Tiles of the scores of a full set.</param>
internal readonly record struct WaveSize(int Sets, int Predictions, int Words, int Tiles)
{
    // Links between equal words are looked for word by word, so that their cost grows with the square.
    private const int MostWords = 4096;

    /// <summary>The wave for a model on a device.</summary>
    public static WaveSize Of(LanguageModelSpec spec, LanguageModelLaunch shape)
    {
        if (spec.Sharing == 1 || !spec.Objective.Traits().DrawsNoise)
            return default;
        int sharing = Math.Min(spec.Sharing, spec.Batch), all = (spec.Batch + sharing - 1) / sharing, width = 4 * shape.Side;
        int sets = Math.Clamp(Math.Min(shape.WavePredictions / sharing, MostWords / spec.NoiseSetSize), 1, all);
        return new WaveSize(sets, Math.Min(spec.Batch, sets * sharing), sets * spec.NoiseSetSize, (sharing + width - 1) / width * ((spec.NoiseSetSize + width - 1) / width));
    }
}
