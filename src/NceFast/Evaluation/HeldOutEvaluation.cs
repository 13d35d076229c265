using NceFast.Blocks;
using NceFast.Corpus;
using NceFast.Evaluation.Internals;
using NceFast.Models;
using NceFast.Numerics;
using NceFast.Objectives;
using NceFast.Vocab;

namespace NceFast.Evaluation;

/// <summary>Represents how well word vectors predict a text that they were not trained on.</summary>
/// <param name="Loss">The mean loss of the objective per prediction, nats. Its noise term is summed exactly over the whole vocabulary; for ranking NCE it is the logarithm of the expected sum.</param>
/// <param name="Perplexity">exp of the mean of -log p(w | c), normalised exactly over the vocabulary.</param>
/// <param name="LogZMean">The mean over contexts of |log Z - log Z of the model|, nats, where Z is the exact sum over the vocabulary.</param>
/// <param name="LogZStd">The standard deviation of log Z - log Z of the model, nats.</param>
/// <param name="LogZSignedMean">The mean of log Z - log Z of the model, nats.</param>
/// <param name="Contexts">The number of contexts evaluated.</param>
/// <param name="Predictions">The number of predictions evaluated.</param>
public sealed record HeldOutResult(double Loss, double Perplexity, double LogZMean, double LogZStd, double LogZSignedMean, int Contexts, long Predictions);

/// <summary>
/// Evaluates skip-gram and CBOW models on held-out text, at positions spread evenly over it. The weight of each pair is the
/// probability that training would use it: subsampling keeps both words, and the window reaches from one word to the other.
/// All sums have double precision and a fixed order, so the result does not depend on the number of threads.
/// </summary>
/// <remarks>Several threads can use an instance at the same time.</remarks>
public sealed class HeldOutEvaluation
{
    /// <summary>The maximum number of contexts evaluated. Each takes words x dim multiplications.</summary>
    public const int MaxContexts = 128;

    private const int MaxWords = 2_000_000;
    private readonly WordVectorSpec _spec;
    private readonly ObjectiveTraits _objective;
    private readonly IReadOnlyList<Context> _contexts;

    private HeldOutEvaluation(WordVectorSpec spec, IReadOnlyList<Context> contexts) => (_spec, _objective, _contexts) = (spec, spec.Objective.Traits(), contexts);

    /// <summary>Reads at most the first two million words of a text.</summary>
    /// <param name="spec">The model kind, window and noise distribution.</param>
    /// <param name="vocabulary">The words of the model.</param>
    /// <param name="path">The path of the text.</param>
    /// <param name="text">Where the text is in its file, and how its words are written; null for plain text.</param>
    /// <exception cref="NceFastException">The text cannot be read (<see cref="ErrorKind.Input"/>), or no sentence has two known words (<see cref="ErrorKind.EmptyVocabulary"/>).</exception>
    public static HeldOutEvaluation Read(WordVectorSpec spec, Vocabulary vocabulary, string path, TextOptions? text = null)
    {
        ArgumentNullException.ThrowIfNull(spec);
        var sentences = new List<int[]>();
        using SentenceReader reader = SentenceReader.Open(path, vocabulary, -1, text: text);
        var sentence = new List<int>();
        while (reader.Words < MaxWords && reader.TryRead(sentence))
        {
            if (sentence.Count > 1)
                sentences.Add([.. sentence]);
        }

        int positions = sentences.Sum(s => s.Length);
        if (positions == 0)
            throw NoMeasurement.Because($"{path} has no sentence with two words of the vocabulary ({reader.Words:N0} words read, {reader.UnknownWords:N0} of them unknown); use another validation text.", ("words", reader.Words));
        return new HeldOutEvaluation(spec, [.. SpreadPositions(sentences, positions).Select(p => Context.At(spec, sentences[p.Sentence], p.Word))]);
    }

    /// <summary>Evaluates the model with its current parameters.</summary>
    /// <param name="parameters">The parameters. They must not change during the evaluation.</param>
    /// <param name="cancellation">A token that stops the evaluation.</param>
    /// <exception cref="OperationCanceledException">The evaluation was cancelled.</exception>
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

    private static IEnumerable<(int Sentence, int Word)> SpreadPositions(List<int[]> sentences, int positions)
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
        if (_objective.CancelsNormalizer)
            return ScoreRanking(context, scores, logZ);
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

    // The sum over the noise words is replaced by its expectation: exp(s - log(k p_n)) over n words drawn from p_n is n / k times Z.
    private Scored ScoreRanking(Context context, double[] scores, double logZ)
    {
        double logSum = logZ + Math.Log((double)_spec.NoisePerPrediction / _spec.K), weight = 0, loss = 0, logP = 0;
        for (int i = 0; i < context.Targets.Length; i++)
        {
            int target = context.Targets[i];
            weight += context.Weights[i];
            loss += context.Weights[i] * _objective.Loss(LogitOf(scores, target, logSum), 1);
            logP += context.Weights[i] * Logit.Shift(scores[target], logZ);
        }

        return new Scored(weight, loss, logP, logZ);
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

    // CBOW stores log Z in a hash table of contexts whose hash is known to training alone. Evaluation uses the mean.
    private double OwnLogZ(WordVectorParameters parameters, Context context) => (_spec.NormalizerRows, _spec.Model) switch
    {
        (0, _) => 0,
        (1, _) => parameters.LogZ[0],
        (_, ModelKind.SkipGram) => parameters.LogZ[context.Inputs[0]],
        _ => parameters.LogZ.Average(z => (double)z),
    };

    // The expected noise term k p_n(w) softplus(D) of equation 8 in Mnih and Teh 2012.
    private double NoiseLoss(double[] scores, int word, double logZ) => _spec.K * _spec.Noise.Probabilities[word] * _objective.Loss(LogitOf(scores, word, logZ), 0);

    // Scores hold the biases.
    private double LogitOf(double[] scores, int word, double logZ) => _objective.Offset(Logit.Shift(scores[word], logZ), _spec.LogKNoise[word]);

    private readonly record struct Scored(double Weight, double Loss, double LogP, double LogZ);

    /// <summary>Represents the words that predict, the words to predict, and the weight of each prediction.</summary>
    private sealed record Context(int[] Inputs, int[] Targets, double[] Weights)
    {
        public static Context At(WordVectorSpec spec, int[] sentence, int position) =>
            spec.Model == ModelKind.SkipGram ? SkipGram(spec, sentence, position) : Cbow(spec, sentence, position);

        private static Context SkipGram(WordVectorSpec spec, int[] sentence, int position)
        {
            int[] around = [.. Around(sentence, position, spec.Baskets ? sentence.Length : spec.Window)];
            double[] weights = [.. around.Select(at => Reached(spec, Kept(spec, sentence[position]) * Kept(spec, sentence[at]), Math.Abs(at - position), sentence.Length))];
            return new Context([sentence[position]], [.. around.Select(at => sentence[at])], weights);
        }

        // The mean over a window of average reach, or over a whole basket.
        private static Context Cbow(WordVectorSpec spec, int[] sentence, int position) =>
            new([.. Around(sentence, position, spec.Baskets ? sentence.Length : spec.WindowWords / 2).Select(at => sentence[at])], [sentence[position]], [Kept(spec, sentence[position])]);

        // The probability that two words are kept and that the window of one reaches the other.
        private static double Reached(WordVectorSpec spec, double kept, int distance, int words)
        {
            if (!spec.Baskets)
                return spec.WindowDraw == WindowDrawKind.Fixed ? kept : kept * (spec.Window - distance + 1) / spec.Window;
            double near = Enumerable.Range(1, Math.Min(spec.Window, words - 1)).Sum(d => 2.0 * (words - d)); // pairs at most a window apart, in any order of the words
            return kept * near / (words * (words - 1.0));
        }

        private static IEnumerable<int> Around(int[] sentence, int position, int reach) =>
            Enumerable.Range(Math.Max(0, position - reach), Math.Min(sentence.Length - 1, position + reach) - Math.Max(0, position - reach) + 1).Where(at => at != position);

        private static double Kept(WordVectorSpec spec, int word) => (spec.KeepLimits[word] + 1.0) / 4294967296.0;
    }
}
