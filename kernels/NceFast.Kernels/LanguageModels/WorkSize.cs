using NceFast.Models;
using NceFast.Objectives;

namespace NceFast.Kernels.LanguageModels;

/// <summary>Represents the working memory of the kernels of the objective: the number of groups that run at once, and what each needs.</summary>
internal readonly record struct WorkSize(int Groups, long Rows, long Floats, long Ints)
{
    public long Bytes => Groups * ((16 * Rows) + (4 * (Floats + Ints)));

    /// <summary>Computes the sizes for the objective of a model. Shared noise works in waves instead.</summary>
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

/// <summary>Represents the sizes of a wave of sets of shared noise words.</summary>
/// <param name="Sets">Sets of a full wave; 0 when noise words are not shared.</param>
/// <param name="Predictions">Predictions of a full wave.</param>
/// <param name="Words">Noise words of a full wave.</param>
/// <param name="Tiles">Tiles of the scores of a full set.</param>
internal readonly record struct WaveSize(int Sets, int Predictions, int Words, int Tiles)
{
    // Links between equal words are searched word by word, so that their cost grows with the square of this number.
    private const int MostWords = 4096;

    /// <summary>Computes the number of predictions of a shorter wave: whole sets of at most a number of predictions, at least one set.</summary>
    public int Within(int predictions, int sharing) => Math.Min(Predictions, Math.Max(1, predictions / sharing) * sharing);

    /// <summary>Computes the sizes of a wave for a model on a device.</summary>
    public static WaveSize Of(LanguageModelSpec spec, LanguageModelLaunch shape)
    {
        if (spec.Sharing == 1 || !spec.Objective.Traits().DrawsNoise)
            return default;
        int sharing = Math.Min(spec.Sharing, spec.Batch), all = (spec.Batch + sharing - 1) / sharing, width = 4 * shape.Side;
        int sets = Math.Clamp(Math.Min(shape.WavePredictions / sharing, MostWords / spec.NoiseSetSize), 1, all), predictions = Math.Min(spec.Batch, sets * sharing);
        if (spec.Bigrams is not null)
            sets = Math.Clamp(Math.Min(shape.WavePredictions, MostWords / spec.NoiseSetSize), 1, predictions); // most sets have few predictions
        return new WaveSize(sets, predictions, sets * spec.NoiseSetSize, (sharing + width - 1) / width * ((spec.NoiseSetSize + width - 1) / width));
    }
}
