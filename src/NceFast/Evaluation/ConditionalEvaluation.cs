using NceFast.Corpus;
using NceFast.Models;
using NceFast.Numerics;
using NceFast.Objectives;
using NceFast.Vocab;

namespace NceFast.Evaluation;

/// <summary>
/// Compares a skip-gram model that was trained with a window of 1 with the known conditional distribution of its text. Computes
/// the cross-entropy -SUM_c P(c) SUM_w P(w | c) log p_model(w | c), where p_model(w | c) is proportional to
/// exp(in_c · out_w + b_w) and is normalised by a sum over the whole vocabulary, and compares that sum with the trained Z.
/// </summary>
public static class ConditionalEvaluation
{
    /// <summary>Evaluates a model. The time is proportional to the square of the vocabulary size.</summary>
    /// <param name="vocabulary">The words of the model.</param>
    /// <param name="parameters">The parameters of the model. Biases or log Z that the model does not have count as 0.</param>
    /// <param name="truth">The text that the model was trained on.</param>
    /// <param name="cancellation">A token that stops the evaluation.</param>
    /// <returns>The cross-entropies and the errors of log Z.</returns>
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
                Throw.Input($"The word '{truth.TextOf(w)}' of the synthetic corpus has no vector; train with a minimum count of 1 on a longer text.");
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

    /// <param name="Score">The expected score of the word that follows the context.</param>
    /// <param name="LogZ">The exact log Z.</param>
    /// <param name="TrainedLogZ">The log Z that the model learned.</param>
    private readonly record struct Context(double Score, double LogZ, double TrainedLogZ);
}
