using NceFast.Merging;
using NceFast.Models;
using NceFast.Objectives;
using NceFast.Sampling;

namespace NceFast.Training;

/// <summary>
/// The learning rate and the sharing of noise sets that keep the steps of word vectors bounded. A row is stepped by scores
/// that were computed before the step. When one set of scores moves a row beyond its optimum, the row swings around it, and
/// each swing is larger than the one before. The bounds hold the expected step; they leave the default settings as they are.
/// AdaGrad's rates are held like those of the linear schedule to which they come for frequent rows.
/// The limits are defined in <see cref="PullLimits"/>; their evidence is in DESIGN.md beside this file.
/// </summary>
/// <param name="Rate">Learning rate at the start.</param>
/// <param name="Sharing">Positions that share one set of noise words.</param>
internal readonly record struct WordVectorStepBound(double Rate, int Sharing)
{
    /// <summary>Positions whose observed words are scored before any of them is stepped; the backends take so many at a time.</summary>
    private const int ObservedPositions = 8;

    /// <summary>Finds the bounds for a text.</summary>
    /// <param name="options">What is asked for.</param>
    /// <param name="counts">Occurrences of each word: <c>[words]</c>.</param>
    /// <param name="noise">The noise distribution.</param>
    public static WordVectorStepBound Of(WordVectorOptions options, ReadOnlySpan<long> counts, NoiseDistribution noise)
    {
        double pairs = options.Model == ModelKind.SkipGram ? options.WindowWords : 1; // per position, on average over the windows
        ObjectiveTraits objective = options.Objective.Traits();
        double position = objective.CancelsNormalizer ? PullLimits.RankingPosition : PullLimits.WordVectorPosition;
        double most = Math.Min(position, PullLimits.Noise(objective) / options.K) / pairs;
        double part = options.Schedule == RateSchedule.AdaGrad ? WordVectorSpec.AdaptedPart : 1, asked = part * (float)options.StartRate, usual = part * options.DefaultRate;
        double rate = Hold(asked, usual, most);
        double ofText = KeptRepetition(counts, options.Subsample), ofNoise = Repetition.Of(noise.Probabilities);

        int sharing = Math.Clamp((int)(PullLimits.WordVectorRepeats / Math.Max(ofText, ofNoise)), 1, options.NoiseSharing);
        while (sharing > 1 && sharing * rate * pairs * Weight(sharing) > PullLimits.WordVectorSet)
            sharing--;

        // Own noise of skip-gram is stepped pair after pair, that of CBOW position after position.
        most = Math.Min(most, sharing == 1 ? PullLimits.WordVectorSet / (options.K * ofNoise) : PullLimits.WordVectorObserved / (ObservedPositions * pairs * ofText));
        rate = Hold(asked, usual, most);
        return new WordVectorStepBound(rate / part, sharing);

        // The weight of a noise word of a set, or of several equal ones together.
        double Weight(int positions) => objective.CancelsNormalizer
            ? Math.Max(ofNoise, PullLimits.RankingShare)
            : options.K * Math.Max(ofNoise, 1.0 / WordVectorSpec.SharedSetSize(options.Objective, options.K, options.NoiseSetSize, positions));
    }

    /// <summary>
    /// Lowers a learning rate to the largest stable one. A user who asks for more than twice the default gets more than the stable rate,
    /// by the same factor by which the request exceeds twice the default. If the training then diverges, it ends with an error.
    /// </summary>
    /// <param name="asked">The rate that the user asks for.</param>
    /// <param name="usual">The default.</param>
    /// <param name="most">The largest stable rate.</param>
    public static double Hold(double asked, double usual, double most)
    {
        double ordinary = Math.Min(asked, 2 * usual);
        return Math.Min(ordinary, most) * (asked / ordinary);
    }

    private static double KeptRepetition(ReadOnlySpan<long> counts, double threshold)
    {
        double total = 0;
        foreach (long count in counts)
            total += count;
        var kept = new double[counts.Length];
        for (int w = 0; w < counts.Length; w++)
            kept[w] = counts[w] / total * Subsampling.KeepProbability(counts[w] / total, threshold);
        return Repetition.Of(kept);
    }
}
