using NceFast.Objectives;

namespace NceFast.Merging;

/// <summary>
/// Defines the largest pull that stays stable where several changes of a row are computed from the same values of it: by the positions
/// that share a noise set, by the predictions of a batch, by the groups of a device, or by workers between two merges.
/// Beyond it the row swings around its optimum, and each swing is larger than the one before. DESIGN.md beside this file
/// lists the measurements behind each limit.
/// </summary>
internal static class PullLimits
{
    /// <summary>
    /// Merges: sum of all workers' changes along the common direction, in means of their changes, where each worker by itself reaches
    /// the optimum. At 2 what is missing to the optimum changes its sign at each merge and never shrinks. At 1 there is no swing, but vectors are
    /// a little worse.
    /// </summary>
    public const float AlongMean = 1.7f;

    /// <summary>
    /// Devices, word vectors: sum of the changes of all groups in flight along the common direction, in means of their changes, where
    /// each group by itself reaches the optimum. Input and output rows move along it at once, so that both together come to twice as much.
    /// </summary>
    public const double AlongMeanInFlight = 1;

    /// <summary>
    /// Devices, word vectors: sets of positions trained on so far per set in flight. What the sets in flight do not see of each other is
    /// then a hundredth of the training so far.
    /// </summary>
    public const int SetsInFlight = 100;

    /// <summary>
    /// Devices, language models: predictions trained on so far per prediction in flight. A prediction does not see what the others in
    /// flight change, which is then a thousandth of the training so far.
    /// </summary>
    public const int PredictionsInFlight = 1000;

    /// <summary>Word vectors: rate times weight, summed over the positions of a set, for one noise row. Negative sampling has 0.72 by default, NCE 0.80.</summary>
    public const double WordVectorSet = 0.81;

    /// <summary>Word vectors: rate times predictions, for the row of one position. The defaults have 0.24 (NCE) and 0.36.</summary>
    public const double WordVectorPosition = 1;

    /// <summary>
    /// Word vectors, ranking NCE: the same. Its gradients by observed words are larger than those of NCE, because they compete with all noise words
    /// of the set. The defaults have 0.18.
    /// </summary>
    public const double RankingPosition = 0.36;

    /// <summary>
    /// Word vectors, ranking NCE: the part of one noise word in the sum over its set that <see cref="WordVectorSet"/> reckons with. Frequent words and
    /// those of a context's topic have more than the mean, however large the set is.
    /// </summary>
    public const double RankingShare = 0.28;

    /// <summary>Word vectors: sum of the rates with which the positions that are scored together step the row of one observed word, on average over the text.</summary>
    public const double WordVectorObserved = 0.2;

    /// <summary>Word vectors: expected number of occurrences of one word among the positions or the noise words that are stepped together.</summary>
    public const double WordVectorRepeats = 0.2;

    /// <summary>Language models: rate times lever. A step of a context row moves the context vector once for each place where the row stands.</summary>
    public const double LanguageModelPlace = 0.6;

    /// <summary>Language models: lever of full position matrices per place, where diagonal ones have 1. Position matrices begin at 1 / sqrt(places).</summary>
    public const double FullMatrixLever = 1.5;

    /// <summary>Language models: rate times lever times predictions of a batch times the probability that two places hold the same row.</summary>
    public const double LanguageModelBatch = 3.5;

    /// <summary>
    /// Language models: divisor of the probability that two places beyond the bounds of a sentence hold the same row. They always
    /// do, but what that row moves is alike in all contexts and soon at its optimum.
    /// </summary>
    public const double BeyondSentence = 3;

    /// <summary>
    /// Language models: rate times weight, summed over the predictions of a set, for one noise row and a context of two places. Context
    /// vectors grow with the places, and those of neighbouring predictions are alike.
    /// </summary>
    public const double LanguageModelSet = 0.5;

    /// <summary>
    /// Language models: weight of an observed word in multiples of a noise word's. The observed words of a set are stepped by scores
    /// from before the set, and a frequent word is much more often among them than on average.
    /// </summary>
    public const double LanguageModelObserved = 5;

    /// <summary>Maximum likelihood: rate times batch, because a batch steps every target row at once. The default has 1.44.</summary>
    public const double ExactBatch = 3;

    /// <summary>Maximum likelihood: rate times batch times threads times the probability that two words are the same.</summary>
    public const double ExactThreads = 1;

    private const double NoiseOfNegativeSampling = 6, NoiseOfNce = 100;

    /// <summary>
    /// Rate times noise words per prediction, summed over the predictions of one position. At first each noise word of negative
    /// sampling pulls with half a gradient. NCE begins at log(k p_n), where all k together pull as one word does.
    /// </summary>
    public static double Noise(ObjectiveTraits objective) => objective.SubtractsNoise ? NoiseOfNce : NoiseOfNegativeSampling;
}
