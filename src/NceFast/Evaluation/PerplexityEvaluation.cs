using System.Diagnostics;
using Microsoft.Extensions.Logging;
using NceFast.Backends.Host;
using NceFast.Backends.Host.LanguageModels;
using NceFast.Blocks;
using NceFast.Evaluation.Internals;
using NceFast.Models;
using NceFast.Objectives;
using NceFast.Store;
using NceFast.Vocab;

namespace NceFast.Evaluation;

/// <summary>How well a language model predicts a text.</summary>
/// <param name="Perplexity">exp of the mean of -log p(w | c), exactly normalised over the vocabulary.</param>
/// <param name="UnnormalizedPerplexity">exp of the mean of -(s(w, c) - log Z(c)) with log Z as the model has it: 0, or what it learned.</param>
/// <param name="LogZMean">Mean of |log Z| of contexts, Z being what the model's scores really sum to, nats.</param>
/// <param name="LogZStd">Standard deviation of |log Z|.</param>
/// <param name="LogZMax">Largest |log Z|.</param>
/// <param name="LogZSignedMean">Mean of log Z.</param>
/// <param name="Tokens">Predictions: words and, where the model predicts them, ends of sentences.</param>
/// <param name="Words">Words of text.</param>
/// <param name="OovRate">Part of the words that the vocabulary lacks: predicted as &lt;unk&gt;, or left out in an open vocabulary. A literal &lt;unk&gt; is a word it has.</param>
/// <param name="PredictsEnd">Whether ends of sentences are predicted and counted.</param>
/// <param name="ClosedVocabulary">Whether unknown words are predicted as &lt;unk&gt;.</param>
/// <param name="Seconds">Time it took.</param>
public sealed record PerplexityResult(
    double Perplexity,
    double UnnormalizedPerplexity,
    double LogZMean,
    double LogZStd,
    double LogZMax,
    double LogZSignedMean,
    long Tokens,
    long Words,
    double OovRate,
    bool PredictsEnd,
    bool ClosedVocabulary,
    double Seconds);

/// <summary>Perplexity of a language model, streaming over the text on all cores.</summary>
public static class PerplexityEvaluation
{
    /// <summary>Predictions normalised at a time.</summary>
    internal const int Batch = 240;

    private const int ChunkTokens = 8192;

    /// <summary>Measures a text.</summary>
    /// <param name="model">The model.</param>
    /// <param name="path">Text or gzip; "-" for standard input.</param>
    /// <param name="threads">Workers; 0 for all cores.</param>
    /// <param name="cancellation">Stops at the next batch.</param>
    /// <param name="logger">Takes warnings of the text; may be null.</param>
    /// <exception cref="NceFastException">The text cannot be read (<see cref="ErrorKind.Input"/>), has nothing to predict, or the model's scores are not finite (<see cref="ErrorKind.EmptyVocabulary"/>).</exception>
    public static PerplexityResult Run(LanguageModel model, string path, int threads = 0, CancellationToken cancellation = default, ILogger? logger = null)
    {
        PerplexityResult result = Measure(model, path, threads, cancellation, logger);
        return double.IsFinite(result.Perplexity) ? result : throw Nothing.Measured(
            $"The scores that the model gives to {path} are no finite numbers or beyond a double, so that there is no perplexity; is it the model of a training that diverged?",
            ("tokens", result.Tokens), ("words", result.Words));
    }

    /// <summary>Measures a text; the perplexity of a model whose scores are not finite is NaN or infinite.</summary>
    internal static PerplexityResult Measure(LanguageModel model, string path, int threads = 0, CancellationToken cancellation = default, ILogger? logger = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        using LanguageModelParameters.Hold held = model.Parameters.Use();
        using SentenceReader reader = SentenceReader.Open(path, model.Vocabulary, model.Shape.Unknown, logger, cancellation);
        var watch = Stopwatch.StartNew();
        var totals = new Totals();
        HostKernels kernels = HostKernelCatalog.Create(null);
        var failures = new List<Exception>();
        Thread[] workers = [.. Enumerable.Range(0, threads > 0 ? threads : Environment.ProcessorCount).Select(_ => new Thread(Work) { IsBackground = true })];
        foreach (Thread worker in workers)
            worker.Start();
        foreach (Thread worker in workers)
            worker.Join();
        if (failures.Count > 0)
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(NceFastException.MostTelling(new AggregateException(failures)));
        reader.Warn(logger);
        if (totals.Count == 0)
            throw NoPrediction(path, reader);
        return totals.Result(model.Shape, reader, watch.Elapsed.TotalSeconds);

        void Work()
        {
            try
            {
                Measure(model, kernels, reader, totals, cancellation);
            }
            catch (Exception e)
            {
                lock (failures)
                    failures.Add(e);
            }
        }
    }

    /// <summary>Ends when a text holds nothing that a model of these words could predict.</summary>
    /// <param name="path">The text; "-" is not looked at.</param>
    /// <param name="vocabulary">The words.</param>
    /// <param name="unknown">Id of words outside it; -1 where they are left out.</param>
    /// <exception cref="NceFastException">The text cannot be read (<see cref="ErrorKind.Input"/>), or there is nothing (<see cref="ErrorKind.EmptyVocabulary"/>).</exception>
    internal static void EnsureMeasurable(string path, Vocabulary vocabulary, int unknown)
    {
        if (path == "-")
            return;
        using SentenceReader reader = SentenceReader.Open(path, vocabulary, unknown);
        var sentence = new List<int>();
        while (reader.TryRead(sentence))
        {
            if (sentence.Count > 0)
                return;
        }

        throw NoPrediction(path, reader);
    }

    private static NceFastException NoPrediction(string path, SentenceReader reader) => Nothing.Measured(
        $"{path} has {reader.Words:N0} words, {reader.UnknownWords:N0} of them unknown to the model, and none to predict; a perplexity needs at least one sentence with a known word.",
        ("tokens", 0), ("words", reader.Words));

    private static void Measure(LanguageModel model, HostKernels kernels, SentenceReader reader, Totals totals, CancellationToken cancellation)
    {
        using var batch = new PredictionBatch(kernels, model.Parameters, Batch);
        using var softmax = new VocabularySoftmax(kernels, model.Parameters, Batch);
        var plan = new LanguageModelPlan(model.Shape);
        var sentence = new List<int>();
        var own = new Totals();
        while (Fill(reader, plan, sentence))
        {
            for (int first = 0; first < plan.Targets.Length; first += Batch)
            {
                cancellation.ThrowIfCancellationRequested();
                batch.Load(plan.Stream, plan.Targets.Slice(first, Math.Min(Batch, plan.Targets.Length - first)));
                softmax.Normalize(batch);
                own.Add(model.Parameters, kernels, batch, softmax.LogZ);
            }
        }

        totals.Add(own);
    }

    // The reader is one for all workers; what is slow comes after it.
    private static bool Fill(SentenceReader reader, LanguageModelPlan plan, List<int> sentence)
    {
        plan.Clear();
        lock (reader)
        {
            while (plan.Targets.Length < ChunkTokens)
            {
                if (!reader.TryRead(sentence))
                    return plan.Targets.Length > 0;
                if (sentence.Count > 0)
                    plan.Add(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(sentence));
            }
        }

        return true;
    }

    private sealed class Totals
    {
        private double _logP, _score, _absolute, _square, _signed, _max;

        public long Count { get; private set; }

        public unsafe void Add(LanguageModelParameters parameters, HostKernels kernels, PredictionBatch batch, double[] logZ)
        {
            for (int b = 0; b < batch.Count; b++)
            {
                int target = batch.Targets[b];
                double learned = parameters.LogZ[batch.Bucket(b)];
                double score = kernels.Dot(batch.Hidden.RowPointer(b), parameters.Target.RowPointer(target), batch.Hidden.Stride) + (double)parameters.Bias[target];
                double left = logZ[b] - learned, size = Math.Abs(left);
                _logP += Logit.Shift(score, logZ[b]);
                _score += score - learned;
                _signed += left;
                _absolute += size;
                _square += size * size;
                _max = Math.Max(_max, size);
            }

            Count += batch.Count;
        }

        public void Add(Totals other)
        {
            lock (this)
            {
                _logP += other._logP;
                _score += other._score;
                _signed += other._signed;
                _absolute += other._absolute;
                _square += other._square;
                _max = Math.Max(_max, other._max);
                Count += other.Count;
            }
        }

        public PerplexityResult Result(LanguageModelShape shape, SentenceReader reader, double seconds)
        {
            double mean = _absolute / Count;
            return new PerplexityResult(
                Math.Exp(-_logP / Count),
                Math.Exp(-_score / Count),
                mean,
                Math.Sqrt(Math.Max(0, (_square / Count) - (mean * mean))),
                _max,
                _signed / Count,
                Count,
                reader.Words,
                reader.Words == 0 ? double.NaN : reader.UnknownWords / (double)reader.Words,
                shape.PredictsEnd,
                shape.Unknown >= 0,
                seconds);
        }
    }
}
