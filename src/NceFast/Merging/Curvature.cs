using NceFast.Objectives;

namespace NceFast.Merging;

/// <summary>
/// Defines how strongly the loss is curved along a row, per update of the row. Curvature times learning rate times updates is the row's
/// pull: how far the row goes towards its optimum while the others do not see its changes.
/// The constants of this class and of <see cref="PullLimits"/> are defined nowhere else. DESIGN.md beside this file lists the
/// measurements behind them.
/// </summary>
internal static class Curvature
{
    /// <summary>
    /// Of one update of a row of word vectors. With 0.03 four replicas diverge; with 0.3 they lose a point of analogies,
    /// and two threads lose half a point.
    /// </summary>
    public const double Update = 0.1;

    /// <summary>
    /// Of one update of a row of word vectors by a thread group of a device, while other groups are in flight. With <see cref="Update"/>
    /// negative sampling without subsampling diverges.
    /// </summary>
    public const double InFlight = 0.3;

    /// <summary>
    /// Of one update of a row of a language model, in multiples of <see cref="Update"/>. With 1, four processes that merge
    /// beside the training diverged; with 7 the perplexity is level.
    /// </summary>
    public const float LanguageModelUpdates = 3;

    /// <summary>
    /// Of one term of a target row of a language model, observed or noise: an update of the row. 1,584 groups in flight diverge with
    /// a third of it.
    /// </summary>
    public const double LanguageModelTerm = Update * LanguageModelUpdates;

    /// <summary>
    /// The same for negative sampling, whose noise terms all pull a row the same way along the mean of the context vectors. With the
    /// constant of the other objectives 1,584 groups in flight diverge.
    /// </summary>
    public const double NegativeSamplingTerm = 3;

    /// <summary>
    /// Of a prediction of a language model for the target row of a word, divided by the word's probability under unigram
    /// noise: a prediction counts once because the word is observed and once because it is noise. Derived, not measured.
    /// </summary>
    public const double TargetPrediction = 2;

    /// <summary>The largest curvature of the logistic loss by its score.</summary>
    public const double Logistic = 1.0 / 4;

    /// <summary>Updates of a row of a whole-model table (position matrices, log Z) per word: every word pulls it, so that its pull counts as infinite.</summary>
    public const float WholeModelUpdates = 1e30f;

    /// <summary>Gets the curvature of one term of a target row of a language model.</summary>
    public static double Term(ObjectiveTraits objective) => objective.SubtractsNoise ? LanguageModelTerm : NegativeSamplingTerm;
}
