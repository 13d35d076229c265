
namespace NceFast.Objectives;

/// <summary>
/// Represents what the rest of the program must know of an objective: one row per objective in one table. A new objective is
/// its struct and its row here; one whose loss has a new form also has a step per family and device.
/// </summary>
internal abstract class ObjectiveTraits
{
    // In the order of the enumeration.
    private static readonly ObjectiveTraits[] Table =
    [
        new Binary<NoiseContrastive>
        {
            Kind = ObjectiveKind.Nce,
            Families = ModelFamilies.Both,
            NoiseSet = 24, // the bias takes up what all contexts have in common
            SkipGramRate = 0.04,
            AdaGradStart = 10, // ten points more of semantic analogies than with 64, where negative sampling diverges
        },
        new Binary<NegativeSampling>
        {
            Kind = ObjectiveKind.Neg,
            Families = ModelFamilies.Both,
            DropsObserved = ModelFamilies.WordVectors, // as word2vec does
            NoiseSet = 40,
            SkipGramRate = 0.06,
        },
        new Exact
        {
            Kind = ObjectiveKind.MaximumLikelihood,
            Families = ModelFamilies.LanguageModels,
            LanguageRate = 0.03, // every prediction of a batch steps every target row
        },
        new Sampled<ImportanceSampling>
        {
            Kind = ObjectiveKind.ImportanceSampling,
            Families = ModelFamilies.LanguageModels,
            CountsDraws = true,
        },
        new Sampled<RankingNce>
        {
            Kind = ObjectiveKind.RankingNce,
            Families = ModelFamilies.Both,
            CountsDraws = true,
            NoiseSet = 24,
            SkipGramRate = 0.03,
        },
    ];

    /// <summary>Gets the objective.</summary>
    public required ObjectiveKind Kind { get; init; }

    /// <summary>Gets the families of models that can be trained with the objective.</summary>
    public required ModelFamilies Families { get; init; }

    /// <summary>Gets a value indicating whether noise words are drawn.</summary>
    public bool DrawsNoise => !StepsEveryRow;

    /// <summary>Gets a value indicating whether each batch steps the target rows of all words.</summary>
    public bool StepsEveryRow { get; private init; }

    /// <summary>Gets a value indicating whether each word has a loss of its own, so that Z is never computed.</summary>
    public bool IsBinary { get; private init; }

    /// <summary>Gets a value indicating whether word vectors have a bias per word.</summary>
    public bool HasBiases { get; private init; }

    /// <summary>Gets a value indicating whether log Z may be learned.</summary>
    public bool LearnsNormalizer { get; private init; }

    /// <summary>Gets a value indicating whether the logit of a noise word holds log(n p_n(w)).</summary>
    public bool SubtractsNoise => Offset(0, 1) != 0;

    /// <summary>Gets a value indicating whether the loss is a softmax over the observed word and its noise words in which log Z cancels.</summary>
    public bool CancelsNormalizer { get; private init; }

    /// <summary>Gets a value indicating whether the logits of noise words and of the observed word both hold log(n p_n(w)), so that the noise may depend on the context.</summary>
    public bool CorrectsNoise => SubtractsNoise && (IsBinary || CancelsNormalizer);

    /// <summary>Gets a value indicating whether n in log(n p_n(w)) is the size of the noise set instead of k.</summary>
    public bool CountsDraws { get; private init; }

    /// <summary>Gets the families that leave out a noise word that equals the observed word.</summary>
    public ModelFamilies DropsObserved { get; private init; }

    /// <summary>Gets the default size of a set of noise words that 16 positions of word vectors share, at k = 5.</summary>
    public int NoiseSet { get; private init; }

    /// <summary>Gets the default learning rate of skip-gram.</summary>
    public double SkipGramRate { get; private init; }

    /// <summary>
    /// Gets AdaGrad's sum of mean squared gradients of each row of word vectors at the start. From 0, the first step of a row would have
    /// the length of the rate in each element, however small its gradient is, and rows would be thrown along the few rows that they met first.
    /// </summary>
    public float AdaGradStart { get; private init; } = 64;

    /// <summary>Gets the default learning rate of language models.</summary>
    public double LanguageRate { get; private init; } = 0.05;

    /// <summary>Gets the row of an objective.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such objective.</exception>
    public static ObjectiveTraits Of(ObjectiveKind kind) => (uint)kind < (uint)Table.Length
        ? Table[(int)kind]
        : throw new ArgumentOutOfRangeException(nameof(kind), kind, $"There is no objective {kind}; allowed are {string.Join(", ", Table.Select(row => row.Kind))}.");

    /// <summary>Lists the objectives of a family, in the order of the table.</summary>
    public static IEnumerable<ObjectiveKind> KindsOf(ModelFamilies family) => Table.Where(row => row.Supports(family)).Select(row => row.Kind);

    /// <summary>Gets a value indicating whether models of a family can be trained with the objective.</summary>
    public bool Supports(ModelFamilies family) => (Families & family) == family;

    /// <summary>Calls the method of a visitor for the form of the objective, with the objective as a type.</summary>
    public abstract TResult Accept<TResult>(IObjectiveVisitor<TResult> visitor);

    /// <inheritdoc cref="IObjective.Offset"/>
    public abstract double Offset(double bias, double logNoise);

    /// <summary>
    /// Computes the loss of one word, nats. See <see cref="IBinaryObjective.Loss"/>. Where log Z cancels, only observed words have a loss, and the
    /// logarithm of the sum over the noise words replaces log Z. See <see cref="SummedNoise{TObjective}"/>.
    /// </summary>
    /// <exception cref="NotSupportedException">Words have no loss of their own.</exception>
    public virtual double Loss(double logit, double label) => throw new NotSupportedException($"{Kind} has no loss per word.");

    /// <summary>Creates the exception of a backend that lacks a step for the objective.</summary>
    public ArgumentOutOfRangeException NotOf(ModelFamilies family) =>
        new("spec", Kind, $"{Kind} does not train {family}; allowed are {string.Join(", ", KindsOf(family))}.");

    private sealed class Binary<TObjective> : ObjectiveTraits
        where TObjective : struct, IBinaryObjective
    {
        public Binary() => (IsBinary, HasBiases, LearnsNormalizer) = (true, TObjective.HasBiases, TObjective.LearnsNormalizer);

        public override TResult Accept<TResult>(IObjectiveVisitor<TResult> visitor) => visitor.Binary<TObjective>();

        public override double Offset(double bias, double logNoise) => TObjective.Offset(bias, logNoise);

        public override double Loss(double logit, double label) => TObjective.Loss(logit, label);
    }

    private sealed class Sampled<TObjective> : ObjectiveTraits
        where TObjective : struct, ISampledObjective
    {
        public Sampled() => (HasBiases, LearnsNormalizer, CancelsNormalizer, DropsObserved) =
            (TObjective.HasBiases, TObjective.LearnsNormalizer, TObjective.ObservedOffset(0.0, 1) == TObjective.Offset(0.0, 1), TObjective.DropsObserved ? ModelFamilies.Both : ModelFamilies.None);

        public override TResult Accept<TResult>(IObjectiveVisitor<TResult> visitor) => visitor.Sampled<TObjective>();

        public override double Offset(double bias, double logNoise) => TObjective.Offset(bias, logNoise);

        public override double Loss(double logit, double label) => CancelsNormalizer ? SummedNoise<TObjective>.Loss(logit, label) : base.Loss(logit, label);
    }

    private sealed class Exact : ObjectiveTraits
    {
        public Exact() => (StepsEveryRow, HasBiases) = (true, true);

        public override TResult Accept<TResult>(IObjectiveVisitor<TResult> visitor) => visitor.Exact();

        public override double Offset(double bias, double logNoise) => bias;
    }
}

/// <summary>Represents the one place of a backend where an objective becomes a type.</summary>
internal interface IObjectiveVisitor<TResult>
{
    /// <summary>Serves an objective with a loss per word.</summary>
    TResult Binary<TObjective>()
        where TObjective : struct, IBinaryObjective;

    /// <summary>Serves a softmax over the observed word and noise words.</summary>
    TResult Sampled<TObjective>()
        where TObjective : struct, ISampledObjective;

    /// <summary>Serves the softmax over the vocabulary.</summary>
    TResult Exact();
}

/// <summary>Extends objectives with their traits.</summary>
internal static class ObjectiveKinds
{
    /// <summary>Gets the row of the objective in the table of traits.</summary>
    public static ObjectiveTraits Traits(this ObjectiveKind kind) => ObjectiveTraits.Of(kind);
}
