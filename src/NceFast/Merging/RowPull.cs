using NceFast.Models;

namespace NceFast.Merging;

/// <summary>
/// Computes how far the rows of a model are pulled. Updates are estimated from word frequencies, so that nothing has to be counted
/// or sent; "steps" are updates times learning rate.
/// </summary>
internal static class RowPull
{
    /// <summary>Pull of a row of word vectors.</summary>
    /// <param name="steps">Updates of the row times learning rate.</param>
    public static double Of(double steps) => Curvature.Update * steps;

    /// <summary>
    /// Pull of a row of word vectors along a mean of length 1 of the rows that it meets: all k noise words of a prediction pull it
    /// the same way.
    /// </summary>
    /// <param name="steps">Updates of the row times learning rate.</param>
    /// <param name="k">Noise words per prediction.</param>
    public static double AlongMean(double steps, int k) => Curvature.Logistic * steps * k;

    /// <summary>Pull of a target row of a language model.</summary>
    /// <param name="steps">Predictions times learning rate.</param>
    /// <param name="probability">Probability of the word as noise.</param>
    public static double OfTarget(double steps, double probability) => Curvature.TargetPrediction * steps * probability;

    /// <summary>Expected updates of the rows of a word of word vectors per kept word of the text.</summary>
    /// <param name="spec">The model.</param>
    /// <param name="probability">Probability of the word as noise.</param>
    public static double UpdatesPerWord(WordVectorSpec spec, double probability) => probability * (spec.Model == ModelKind.SkipGram ? spec.WindowWords : 1);
}
