using NceFast.Blocks;
using NceFast.Evaluation.Internals;
using NceFast.Models;
using NceFast.Numerics;
using NceFast.Objectives;
using NceFast.Vocab;

namespace NceFast.Evaluation;

/// <summary>What word vectors predict of a text they were not trained on.</summary>
/// <param name="Loss">Mean loss of the objective a prediction, its noise term exact over the whole vocabulary, nats.</param>
/// <param name="Perplexity">exp of the mean of -log p(w | c), exactly normalised over the vocabulary.</param>
/// <param name="LogZMean">Mean over contexts of |log Z - the model's own log Z|, Z being what its scores really sum to, nats.</param>
/// <param name="LogZStd">Standard deviation of log Z - the model's own log Z.</param>
/// <param name="LogZSignedMean">Mean of log Z - the model's own log Z.</param>
/// <param name="Contexts">Contexts evaluated.</param>
/// <param name="Predictions">Predictions evaluated.</param>
public sealed record HeldOutResult(double Loss, double Perplexity, double LogZMean, double LogZStd, double LogZSignedMean, int Contexts, long Predictions);

/// <summary>
/// Evaluates skip-gram and CBOW models on held-out text, at places spread evenly over it. Each pair counts by the
/// probability that training would make it: that both words survive the removal of frequent words, and that the drawn window
/// reaches from one to the other. All sums are in double and in a fixed order: no number of threads changes a bit.
/// </summary>
public sealed class HeldOutEvaluation
{
    /// <summary>Contexts evaluated; each takes words x dim multiplications.</summary>
    public const int MaxContexts = 128;

    private const int MaxWords = 2_000_000;
    private readonly WordVectorSpec _spec;
    private readonly ObjectiveTraits _objective;
    private readonly IReadOnlyList<Context> _contexts;

    private HeldOutEvaluation(WordVectorSpec spec, IReadOnlyList<Context> contexts) => (_spec, _objective, _contexts) = (spec, spec.Objective.Traits(), contexts);

    /// <summary>Reads a text, at most its first two million words.</summary>
    /// <param name="spec">Model, window, noise.</param>
    /// <param name="vocabulary">The words of the model.</param>
    /// <param name="path">The text.</param>
    /// <exception cref="NceFastException">It cannot be read (<see cref="ErrorKind.Input"/>), or holds no two known words in a sentence (<see cref="ErrorKind.EmptyVocabulary"/>).</exception>
    public static HeldOutEvaluation Read(WordVectorSpec spec, Vocabulary vocabulary, string path)
    {
        ArgumentNullException.ThrowIfNull(spec);
        var sentences = new List<int[]>();
        using SentenceReader reader = SentenceReader.Open(path, vocabulary, -1);
        var sentence = new List<int>();
        while (reader.Words < MaxWords && reader.TryRead(sentence))
        {
            if (sentence.Count > 1)
                sentences.Add([.. sentence]);
        }

        int positions = sentences.Sum(s => s.Length);
        if (positions == 0)
            throw Nothing.Measured($"{path} holds no sentence with two words of the vocabulary ({reader.Words:N0} words read, {reader.UnknownWords:N0} of them unknown); name another validation text.", ("words", reader.Words));
        return new HeldOutEvaluation(spec, [.. Places(sentences, positions).Select(p => Context.At(spec, sentences[p.Sentence], p.Word))]);
    }

    /// <summary>Evaluates the model as it is.</summary>
    /// <param name="parameters">Its parameters; nothing may change them meanwhile.</param>
    /// <param name="cancellation">Stops the evaluation.</param>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public HeldOutResult Run(WordVectorParameters parameters, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        using WordVectorParameters.Hold held = parameters.Use();
        var scored = new Scored[_contexts.Count];
        Failures.Unwrap(() => Parallel.For(0, scored.Length, new ParallelOptions { CancellationToken = cancellation }, i => scored[i] = Score(parameters, _contexts[i])));
        double weight = scored.Sum(s => s.Weight), signed = scored.Average(s => s.LogZ);
        return new HeldOutResult(
            scored.Sum(s => s.Loss) / weight,
            Math.Exp(-scored.Sum(s => s.LogP) / weight),
            scored.Average(s => Math.Abs(s.LogZ)),
            Math.Sqrt(scored.Average(s => (s.LogZ - signed) * (s.LogZ - signed))),
            signed,
            scored.Length,
            _contexts.Sum(c => (long)c.Targets.Length));
    }

    private static IEnumerable<(int Sentence, int Word)> Places(List<int[]> sentences, int positions)
    {
        int count = Math.Min(MaxContexts, positions), sentence = 0, before = 0;
        for (int i = 0; i < count; i++)
        {
            int position = (int)(((2L * i) + 1) * positions / (2 * count));
            while (position - before >= sentences[sentence].Length)
                before += sentences[sentence++].Length;
            yield return (sentence, position - before);
        }
    }

    private Scored Score(WordVectorParameters parameters, Context context)
    {
        double[] scores = Scores(parameters, context);
        double logZ = Softmax.LogZ(scores);
        double own = OwnLogZ(parameters, context), weight = 0, loss = 0, logP = 0;
        double noise = 0;
        for (int w = 0; w < scores.Length; w++)
            noise += NoiseLoss(scores, w, own);
        for (int i = 0; i < context.Targets.Length; i++)
        {
            int target = context.Targets[i];
            double others = _spec.DropTargetNoise ? noise - NoiseLoss(scores, target, own) : noise;
            weight += context.Weights[i];
            loss += context.Weights[i] * (_objective.Loss(LogitOf(scores, target, own), 1) + others);
            logP += context.Weights[i] * Logit.Shift(scores[target], logZ);
        }

        return new Scored(weight, loss, logP, logZ - own);
    }

    private static double[] Scores(WordVectorParameters parameters, Context context)
    {
        int dim = parameters.Input.Columns;
        Span<float> hidden = new float[dim];
        foreach (int word in context.Inputs)
        {
            Span<float> row = parameters.Input.Row(word);
            for (int c = 0; c < dim; c++)
                hidden[c] += row[c] / context.Inputs.Length;
        }

        var scores = new double[parameters.Output.Rows];
        for (int w = 0; w < scores.Length; w++)
            scores[w] = CosineSearch.Dot(hidden, parameters.Output.Row(w)) + parameters.Bias(w);
        return scores;
    }

    // A table of hashed contexts is left at its mean: which entry a context had is the trainer's affair.
    private double OwnLogZ(WordVectorParameters parameters, Context context) => (_spec.NormalizerRows, _spec.Model) switch
    {
        (0, _) => 0,
        (1, _) => parameters.LogZ[0],
        (_, ModelKind.SkipGram) => parameters.LogZ[context.Inputs[0]],
        _ => parameters.LogZ.Average(z => (double)z),
    };

    // k p_n(w) softplus(D): the noise term of equation 8 of Mnih and Teh 2012, in expectation.
    private double NoiseLoss(double[] scores, int word, double logZ) => _spec.K * _spec.Noise.Probabilities[word] * _objective.Loss(LogitOf(scores, word, logZ), 0);

    // Scores hold the biases.
    private double LogitOf(double[] scores, int word, double logZ) => _objective.Offset(Logit.Shift(scores[word], logZ), _spec.LogKNoise[word]);

    private readonly record struct Scored(double Weight, double Loss, double LogP, double LogZ);

    /// <summary>Words a prediction is made from, and those predicted with their weights.</summary>
    private sealed record Context(int[] Inputs, int[] Targets, double[] Weights)
    {
        public static Context At(WordVectorSpec spec, int[] sentence, int place) =>
            spec.Model == ModelKind.SkipGram ? SkipGram(spec, sentence, place) : Cbow(spec, sentence, place);

        private static Context SkipGram(WordVectorSpec spec, int[] sentence, int place)
        {
            int[] around = [.. Around(sentence, place, spec.Window)];
            double[] weights = [.. around.Select(at => Kept(spec, sentence[place]) * Kept(spec, sentence[at]) * (spec.Window - Math.Abs(at - place) + 1) / spec.Window)];
            return new Context([sentence[place]], [.. around.Select(at => sentence[at])], weights);
        }

        // The mean of a window of middling reach.
        private static Context Cbow(WordVectorSpec spec, int[] sentence, int place) =>
            new([.. Around(sentence, place, (spec.Window + 1) / 2).Select(at => sentence[at])], [sentence[place]], [Kept(spec, sentence[place])]);

        private static IEnumerable<int> Around(int[] sentence, int place, int reach) =>
            Enumerable.Range(Math.Max(0, place - reach), Math.Min(sentence.Length - 1, place + reach) - Math.Max(0, place - reach) + 1).Where(at => at != place);

        private static double Kept(WordVectorSpec spec, int word) => (spec.KeepLimits[word] + 1.0) / 4294967296.0;
    }
}
