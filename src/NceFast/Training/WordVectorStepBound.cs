using NceFast.Models;
using NceFast.Objectives;
using NceFast.Sampling;

namespace NceFast.Training;

/// <summary>
/// The learning rate and the sharing of noise sets that keep the steps of word vectors bounded. A row is stepped by scores
/// that were computed before the step. When one set of scores moves a row beyond its optimum, the row swings around it, and
/// each swing is larger than the one before. The bounds hold the expected step; they leave the default settings as they are.
/// Their evidence is in DESIGN.md beside this file.
/// </summary>
/// <param name="Rate">Learning rate at the start.</param>
/// <param name="Sharing">Positions that share one set of noise words.</param>
internal readonly record struct WordVectorStepBound(double Rate, int Sharing)
{
    /// <summary>Largest sum of rate times weight over the positions of a set, for one noise row. Negative sampling has 0.72 by default, NCE 0.80.</summary>
    public const double SetPull = 0.81;

    /// <summary>Largest sum of rate times predictions, for the row of one position. The defaults have 0.24 (NCE) and 0.36.</summary>
    private const double PositionPull = 1;

    /// <summary>
    /// Largest sum of rate times noise words over the predictions of one position. At first each noise word of negative sampling
    /// pulls with half a gradient. NCE begins at log(k p_n), where all k together pull as one word does.
    /// </summary>
    private const double NoisePull = 6, NoisePullOfNce = 100;

    /// <summary>Largest expected number of occurrences of one word among the positions or the noise words that are stepped together.</summary>
    private const double Repeats = 0.2;

    /// <summary>Positions whose observed words are scored before any of them is stepped; the backends take so many at a time.</summary>
    private const int ObservedPositions = 8;

    /// <summary>Largest sum of rates with which those positions step one observed word's row, on average over the text.</summary>
    private const double ObservedPull = 0.2;

    /// <summary>Finds the bounds for a text.</summary>
    /// <param name="options">What is asked for.</param>
    /// <param name="counts">Occurrences of each word: <c>[words]</c>.</param>
    /// <param name="noise">The noise distribution.</param>
    public static WordVectorStepBound Of(WordVectorOptions options, ReadOnlySpan<long> counts, NoiseDistribution noise)
    {
        double pairs = options.Model == ModelKind.SkipGram ? options.Window + 1 : 1; // per position, on average over the drawn windows
        double most = Math.Min(PositionPull, NoisePullOf(options.Objective.Traits()) / options.K) / pairs;
        double rate = Hold((float)options.StartRate, options.DefaultRate, most);
        double ofText = KeptRepetition(counts, options.Subsample), ofNoise = Repetition.Of(noise.Probabilities);

        int sharing = Math.Clamp((int)(Repeats / Math.Max(ofText, ofNoise)), 1, options.NoiseSharing);
        while (sharing > 1 && sharing * rate * pairs * options.K * Math.Max(ofNoise, 1.0 / WordVectorSpec.SetSize(options.Objective, options.K, options.NoiseSetSize, sharing)) > SetPull)
            sharing--;

        // Own noise of skip-gram is stepped pair after pair, that of CBOW position after position.
        most = Math.Min(most, sharing == 1 ? SetPull / (options.K * ofNoise) : ObservedPull / (ObservedPositions * pairs * ofText));
        rate = Hold((float)options.StartRate, options.DefaultRate, most);
        return new WordVectorStepBound(rate, sharing);
    }

    /// <summary>
    /// Holds a learning rate to what is stable. What is asked for beyond twice the default is not taken back: the rate is then
    /// higher than what is stable by the same factor, and a divergence is reported.
    /// </summary>
    /// <param name="asked">The rate asked for.</param>
    /// <param name="usual">The default.</param>
    /// <param name="most">The largest stable rate.</param>
    public static double Hold(double asked, double usual, double most)
    {
        double ordinary = Math.Min(asked, 2 * usual);
        return Math.Min(ordinary, most) * (asked / ordinary);
    }

    /// <summary>Largest product of rate and k.</summary>
    public static double NoisePullOf(ObjectiveTraits objective) => objective.SubtractsNoise ? NoisePullOfNce : NoisePull;

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
