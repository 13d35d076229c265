using NceFast.Corpus;
using NceFast.Evaluation.Internals;
using NceFast.Models;
using NceFast.Numerics;
using NceFast.Objectives;
using NceFast.Vocab;

namespace NceFast.Evaluation;

/// <summary>
/// Holds a skip-gram model trained with a window of 1 against a text whose conditional distribution is known:
/// cross-entropy -SUM_c P(c) SUM_w P(w | c) log p_model(w | c) with p_model(w | c) proportional to
/// exp(in_c · out_w + b_w), normalised by a sum over the whole vocabulary, and how far that sum is from the trained Z.
/// </summary>
public static class ConditionalEvaluation
{
    /// <summary>Evaluates a model; time is proportional to the square of the vocabulary.</summary>
    /// <param name="vocabulary">The words of the model.</param>
    /// <param name="parameters">The model; without biases they count as 0, without log Z that counts as 0.</param>
    /// <param name="truth">The text it was trained on.</param>
    /// <param name="cancellation">Stops the evaluation.</param>
    /// <returns>Cross-entropies and errors of log Z.</returns>
    /// <exception cref="NceFastException">A word of the text has no vector (<see cref="ErrorKind.Input"/>).</exception>
    /// <exception cref="OperationCanceledException">The evaluation was cancelled.</exception>
    public static ConditionalResult Run(Vocabulary vocabulary, WordVectorParameters parameters, SyntheticCorpus truth, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(vocabulary);
        ArgumentNullException.ThrowIfNull(parameters);
        ArgumentNullException.ThrowIfNull(truth);
        using WordVectorParameters.Hold held = parameters.Use();
        int[] ids = Match(vocabulary, truth);
        var contexts = new Context[ids.Length];
        Failures.Unwrap(() => Parallel.For(0, ids.Length, new ParallelOptions { CancellationToken = cancellation }, c => contexts[c] = Evaluate(parameters, truth, ids, c)));
        return Sum(contexts, truth);
    }

    private static int[] Match(Vocabulary vocabulary, SyntheticCorpus truth)
    {
        var ids = new int[truth.DistinctWords];
        for (int w = 0; w < ids.Length; w++)
        {
            ids[w] = vocabulary.Find(truth.TextOf(w));
            if (ids[w] < 0)
                Throw.Input($"The word '{truth.TextOf(w)}' of the synthetic corpus has no vector; train with a minimum count of 1 on more words of text.");
        }

        return ids;
    }

    private static Context Evaluate(WordVectorParameters parameters, SyntheticCorpus truth, int[] ids, int c)
    {
        Span<float> input = parameters.Input.Row(ids[c]);
        var scores = new double[parameters.Output.Rows];
        for (int w = 0; w < scores.Length; w++)
            scores[w] = CosineSearch.Dot(input, parameters.Output.Row(w)) + parameters.Bias(w);
        double expected = 0;
        for (int w = 0; w < ids.Length; w++)
            expected += Math.Exp(truth.LogProbability(w, c)) * scores[ids[w]];
        double trained = parameters.LogZ.Length switch { 0 => 0, 1 => parameters.LogZ[0], _ => parameters.LogZ[ids[c]] };
        return new Context(expected, Softmax.LogZ(scores), trained);
    }

    private static ConditionalResult Sum(Context[] contexts, SyntheticCorpus truth)
    {
        double exact = 0, unnormalized = 0, bias = 0, square = 0, largest = 0;
        for (int c = 0; c < contexts.Length; c++)
        {
            (double score, double logZ, double trained) = contexts[c];
            double p = truth.Probability(c), error = logZ - trained;
            exact += p * (logZ - score);
            unnormalized += p * (trained - score);
            bias += p * error;
            square += p * error * error;
            largest = Math.Max(largest, Math.Abs(error));
        }

        return new ConditionalResult(truth.ConditionalEntropy, exact, unnormalized, bias, Math.Sqrt(Math.Max(0, square - (bias * bias))), largest);
    }

    /// <param name="Score">Expected score of the words that follow.</param>
    /// <param name="LogZ">Exact log of the sum.</param>
    /// <param name="TrainedLogZ">What the model takes it for.</param>
    private readonly record struct Context(double Score, double LogZ, double TrainedLogZ);
}
