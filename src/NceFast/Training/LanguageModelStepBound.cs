using NceFast.Merging;
using NceFast.Models;
using NceFast.Objectives;

namespace NceFast.Training;

/// <summary>
/// The learning rate, the sharing of noise sets and the batch that keep the steps of a language model bounded, as
/// <see cref="WordVectorStepBound"/> does for word vectors. AdaGrad bounds the steps of single rows by itself, but not what many places of
/// a context, or many predictions of a batch, add up to.
/// </summary>
/// <param name="Rate">Learning rate of rows at the start.</param>
/// <param name="Sharing">Predictions that share one set of noise words.</param>
/// <param name="Batch">Predictions computed together.</param>
internal readonly record struct LanguageModelStepBound(double Rate, int Sharing, int Batch)
{
    /// <summary>Finds the bounds for a text.</summary>
    /// <param name="options">What is asked for.</param>
    /// <param name="counts">Occurrences of each word, special ones included: <c>[words]</c>.</param>
    /// <param name="sentences">Sentences of the text, at least 1.</param>
    /// <param name="ofNoise">The probability that two noise words of one prediction are equal.</param>
    public static LanguageModelStepBound Of(LanguageModelOptions options, ReadOnlySpan<long> counts, long sentences, double ofNoise)
    {
        ObjectiveTraits objective = options.Objective.Traits();
        double places = options.Before + options.After;
        double lever = places * (options.PlaceWeights switch { PlaceWeightKind.None => places, PlaceWeightKind.Full => PullLimits.FullMatrixLever, _ => 1 });
        double ofText = Repetition.Of(counts), most = PullLimits.LanguageModelPlace / lever, setPull = PullLimits.LanguageModelSet * Math.Sqrt(2 / Math.Max(2, places));
        int sharing = 1;
        if (objective.DrawsNoise)
        {
            most = Math.Min(most, PullLimits.Noise(objective) / options.K);
            double observed = PullLimits.LanguageModelObserved * ofText;
            sharing = options.NoiseSharing;
            double rate = WordVectorStepBound.Hold(options.StartRate, options.DefaultRate, most);
            while (sharing > 1 && sharing * rate * Math.Max(Weight(sharing), observed) > setPull)
                sharing--;
            if (sharing == 1)
                most = Math.Min(most, setPull / Weight(1));

            // The weight of a noise word of a set, or of several equal ones together. The parts of a softmax may be almost all on one word.
            double Weight(int predictions) => !objective.IsBinary ? 1 : options.K * Math.Max(ofNoise, 1.0 / options.SetSizeOf(predictions));
        }

        double held = WordVectorStepBound.Hold(options.StartRate, options.DefaultRate, most);
        double batch = PullLimits.LanguageModelBatch / (held * lever * OfContexts(options, counts, sentences, ofText));
        if (objective.StepsEveryRow)
            batch = Math.Min(batch, Math.Min(PullLimits.ExactBatch, PullLimits.ExactThreads / (options.Threads * ofText)) / held);
        return new LanguageModelStepBound(held, sharing, (int)Math.Clamp(batch, 8, options.EffectiveBatch));
    }

    // The probability that two places of two contexts hold the same row. Places beyond the bounds of a sentence hold one row, which counts less.
    private static double OfContexts(LanguageModelOptions options, ReadOnlySpan<long> counts, long sentences, double ofText)
    {
        double words = 0;
        foreach (long count in counts)
            words += count;
        double length = Math.Max(1, words / sentences);
        double beyond = (Beyond(options.Before, length) + Beyond(options.After, length)) / (options.Before + options.After);
        return (beyond * beyond / PullLimits.BeyondSentence) + ((1 - beyond) * (1 - beyond) * ofText);
    }

    // Of the places on one side, how many lie beyond a sentence's bound, on average over its words.
    private static double Beyond(int places, double length) =>
        places <= length ? places * (places + 1) / (2 * length) : places - ((length - 1) / 2);
}
