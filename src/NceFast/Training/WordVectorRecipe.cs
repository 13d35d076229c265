using NceFast.Blocks;
using NceFast.Corpus;
using NceFast.Distribution;
using NceFast.Merging;
using NceFast.Models;

namespace NceFast.Training;

/// <summary>Represents a training of word vectors.</summary>
/// <param name="options">The options.</param>
internal sealed class WordVectorRecipe(WordVectorOptions options) : ModelRecipe(options, null)
{
    private WordVectorSpec? _spec;
    private WordVectorParameters? _parameters;

    public override string Kind => CheckpointHeader.Vectors;

    public override (string Model, string Objective) Names => (options.Model.ToString().ToLowerInvariant(), options.Objective.ToString().ToLowerInvariant());

    public override bool EpochsDiffer => options.Subsample > 0;

    public override WordVectorSpec Spec => _spec!;

    public override WordVectorParameters Parameters => _parameters!;

    public override (int NoiseSetSize, int Batch) Sizes => (Spec.NoiseSetSize, 0);

    public override float[]? LogKNoise => Spec.LogKNoise;

    public override double UntrainedLoss => Training.UntrainedLoss.Of(Spec, Vocabulary.Counts);

    public override FormattableString DivergenceAdvice =>
        $"Lower {Member.Of(nameof(TrainingOptions.LearningRate))} (now {Spec.StartRate}); up to {2 * options.DefaultRate} it is stable with every other setting.";

    public override void Allocate(ICommunicator ranks) => _parameters = Spec.CreateParameters();

    public override void Discard() => _parameters?.Dispose();

    public override IBlockSource Arrange(IBlockSource blocks) => options.Baskets ? new BasketBlocks(blocks, Spec.Seed) : blocks;

    public override RowRanking Rank() => RowRanking.Of(Spec, Vocabulary.Counts);

    public override Measure? CreateMeasure(ICommunicator ranks) => Probe.Of(options.Probes, Spec, Vocabulary, Parameters, Text);

    public override string WithoutPrediction(EpochReport epoch)
    {
        double total = 0, kept = 0;
        for (int w = 0; w < Vocabulary.Count; w++)
        {
            total += Vocabulary.Counts[w];
            kept += Vocabulary.Counts[w] * ((Spec.KeepLimits[w] + 1.0) / 4294967296.0);
        }

        kept *= epoch.Tokens / total;
        string advice = epoch.Tokens == 0 ? Unrelated
            : kept < 2 ? FormattableString.Invariant($"Raise the threshold of subsampling, now {options.Subsample}; 0 keeps all words.")
            : "A prediction needs two kept words in one line; put more words into a line.";
        return WithoutPrediction(epoch, options.Subsample > 0 ? FormattableString.Invariant($", and subsampling keeps about {kept:N1} of those") : "", advice);
    }

    private protected override void CreateSpec(int rank) => _spec = options.ToSpec(Vocabulary.Counts, rank);
}
