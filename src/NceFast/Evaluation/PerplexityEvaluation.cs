using System.Diagnostics;
using Microsoft.Extensions.Logging;
using NceFast.Backends.Host;
using NceFast.Backends.Host.LanguageModels;
using NceFast.Blocks;
using NceFast.Corpus;
using NceFast.Evaluation.Internals;
using NceFast.Models;
using NceFast.Objectives;
using NceFast.Store;
using NceFast.Vocab;

namespace NceFast.Evaluation;

/// <summary>Represents how well a language model predicts a text.</summary>
/// <param name="Perplexity">exp of the mean of -log p(w | c), normalised exactly over the vocabulary.</param>
/// <param name="UnnormalizedPerplexity">exp of the mean of -(s(w, c) - log Z(c)), where log Z is that of the model: 0 or a learned value.</param>
/// <param name="LogZMean">The mean of |log Z - log Z of the model| over predictions, nats, where Z is the exact sum over the vocabulary.</param>
/// <param name="LogZStd">The standard deviation of |log Z - log Z of the model|, nats.</param>
/// <param name="LogZMax">The largest |log Z - log Z of the model|, nats.</param>
/// <param name="LogZSignedMean">The mean of log Z - log Z of the model, nats.</param>
/// <param name="Tokens">The number of predictions: words and, if the model predicts them, ends of sentences.</param>
/// <param name="Words">The number of words in the text.</param>
/// <param name="OovRate">The fraction of words that are not in the vocabulary. A closed vocabulary predicts them as &lt;unk&gt;, an open vocabulary omits them. A literal &lt;unk&gt; in the text counts as known.</param>
/// <param name="PredictsEnd">Whether ends of sentences are predicted and counted.</param>
/// <param name="ClosedVocabulary">Whether unknown words are predicted as &lt;unk&gt;.</param>
/// <param name="Seconds">The time that the evaluation took, seconds.</param>
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
    double Seconds)
{
    /// <summary>
    /// Gets the perplexity over the predictions of known words and ends of sentences. It is that of a closed vocabulary without the
    /// predictions of &lt;unk&gt;, and the same as <see cref="Perplexity"/> for an open one; NaN if only &lt;unk&gt; was predicted.
    /// </summary>
    public double KnownPerplexity { get; init; } = double.NaN;
}

/// <summary>
/// Computes the perplexity of a language model. Reads the text as a stream and uses all cores. All sums have double precision and
/// the order of the text, so the result does not depend on the number of threads.
/// </summary>
public static class PerplexityEvaluation
{
    /// <summary>The number of predictions that are normalised together.</summary>
    internal const int Batch = 240;

    private const int ChunkTokens = 8192;

    /// <summary>Computes the perplexity of a text.</summary>
    /// <param name="model">The model.</param>
    /// <param name="path">The path of a text, plain or compressed; "-" for standard input.</param>
    /// <param name="threads">The number of workers; 0 for all cores.</param>
    /// <param name="cancellation">A token that stops the evaluation at the next batch.</param>
    /// <param name="logger">Receives warnings about the text; may be null.</param>
    /// <param name="text">Where the text is in its file, and how its words are written; null for plain text.</param>
    /// <exception cref="NceFastException">The text cannot be read (<see cref="ErrorKind.Input"/>), the text has nothing to predict, or the scores of the model are not finite (<see cref="ErrorKind.EmptyVocabulary"/>).</exception>
    public static PerplexityResult Run(LanguageModel model, string path, int threads = 0, CancellationToken cancellation = default, ILogger? logger = null, TextOptions? text = null)
    {
        PerplexityResult result = Measure(model, path, threads, cancellation, logger, text);
        return double.IsFinite(result.Perplexity) ? result : throw NoMeasurement.Because(
            $"The scores of the model for {path} are not finite or too large for a double, so there is no perplexity; check whether the training of the model diverged.",
            ("tokens", result.Tokens), ("words", result.Words));
    }

    /// <summary>Computes the perplexity of a text; it is NaN or infinite if the scores of the model are not finite.</summary>
    internal static PerplexityResult Measure(LanguageModel model, string path, int threads = 0, CancellationToken cancellation = default, ILogger? logger = null, TextOptions? text = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        using LanguageModelParameters.Hold held = model.Parameters.Use();
        using SentenceReader reader = SentenceReader.Open(path, model.Vocabulary, model.Shape.Unknown, logger, cancellation, text);
        var watch = Stopwatch.StartNew();
        var totals = new OrderedTotals();
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
        if (totals.Sum.Count == 0)
            throw NoPrediction(path, reader);
        return totals.Sum.Result(model.Shape, reader, watch.Elapsed.TotalSeconds);

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

    /// <summary>Throws if a text contains nothing that a model with this vocabulary can predict.</summary>
    /// <param name="path">The path of the text; "-" (standard input) is not checked.</param>
    /// <param name="vocabulary">The vocabulary of the model.</param>
    /// <param name="unknown">The id of words outside the vocabulary, or -1 if they are omitted.</param>
    /// <param name="text">Where the text is in its file.</param>
    /// <exception cref="NceFastException">The text cannot be read (<see cref="ErrorKind.Input"/>), or it has nothing to predict (<see cref="ErrorKind.EmptyVocabulary"/>).</exception>
    internal static void EnsureMeasurable(string path, Vocabulary vocabulary, int unknown, TextOptions text)
    {
        if (path == "-")
            return;
        using SentenceReader reader = SentenceReader.Open(path, vocabulary, unknown, text: text);
        var sentence = new List<int>();
        while (reader.TryRead(sentence))
        {
            if (sentence.Count > 0)
                return;
        }

        throw NoPrediction(path, reader);
    }

    private static NceFastException NoPrediction(string path, SentenceReader reader) => NoMeasurement.Because(
        $"{path} has {reader.Words:N0} words, of which {reader.UnknownWords:N0} are unknown to the model, and none can be predicted; use a text with at least one sentence that has a known word.",
        ("tokens", 0), ("words", reader.Words));

    private static void Measure(LanguageModel model, HostKernels kernels, SentenceReader reader, OrderedTotals totals, CancellationToken cancellation)
    {
        using var batch = new PredictionBatch(kernels, model.Parameters, Batch);
        using var softmax = new VocabularySoftmax(kernels, model.Parameters, Batch);
        var plan = new LanguageModelPlan(model.Shape);
        var sentence = new List<int>();
        while (Fill(reader, totals, plan, sentence) is var chunk and >= 0)
        {
            var own = new Totals { Unknown = model.Shape.Unknown };
            for (int first = 0; first < plan.Targets.Length; first += Batch)
            {
                cancellation.ThrowIfCancellationRequested();
                batch.Load(plan.Stream, plan.Targets.Slice(first, Math.Min(Batch, plan.Targets.Length - first)));
                softmax.Normalize(batch);
                own.Add(model.Parameters, kernels, batch, softmax.LogZ);
            }

            totals.Add(chunk, own);
        }
    }

    // All workers share the reader. Reading is fast compared with the work that follows. Returns the number of the chunk, or -1 at the end of the text.
    private static long Fill(SentenceReader reader, OrderedTotals totals, LanguageModelPlan plan, List<int> sentence)
    {
        plan.Clear();
        lock (reader)
        {
            while (plan.Targets.Length < ChunkTokens && reader.TryRead(sentence))
            {
                if (sentence.Count > 0)
                    plan.Add(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(sentence));
            }

            return plan.Targets.Length > 0 ? totals.NextChunk() : -1;
        }
    }

    /// <summary>Adds up the totals of chunks in the order of the text.</summary>
    private sealed class OrderedTotals
    {
        private readonly Dictionary<long, Totals> _waiting = [];
        private long _chunks, _added;

        public Totals Sum { get; } = new();

        public long NextChunk() => _chunks++;

        public void Add(long chunk, Totals own)
        {
            lock (_waiting)
            {
                _waiting.Add(chunk, own);
                for (; _waiting.Remove(_added, out Totals? next); _added++)
                    Sum.Add(next);
            }
        }
    }

    private sealed class Totals
    {
        private double _logP, _unknownLogP, _score, _absolute, _square, _signed, _max;
        private long _unknowns;

        public long Count { get; private set; }

        /// <summary>Gets the id of &lt;unk&gt;, or -1 if there is none.</summary>
        public int Unknown { get; init; } = -1;

        public unsafe void Add(LanguageModelParameters parameters, HostKernels kernels, PredictionBatch batch, double[] logZ)
        {
            for (int b = 0; b < batch.Count; b++)
            {
                int target = batch.Targets[b];
                double learned = parameters.LogZ[batch.Bucket(b)];
                double score = kernels.Dot(batch.Hidden.RowPointer(b), parameters.Target.RowPointer(target), batch.Hidden.Stride) + (double)parameters.Bias[target];
                double left = logZ[b] - learned, size = Math.Abs(left);
                double logP = Logit.Shift(score, logZ[b]);
                _logP += logP;
                if (target == Unknown)
                {
                    _unknownLogP += logP;
                    _unknowns++;
                }

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
            _logP += other._logP;
            _unknownLogP += other._unknownLogP;
            _unknowns += other._unknowns;
            _score += other._score;
            _signed += other._signed;
            _absolute += other._absolute;
            _square += other._square;
            _max = Math.Max(_max, other._max);
            Count += other.Count;
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
                seconds)
            {
                KnownPerplexity = Count > _unknowns ? Math.Exp((_unknownLogP - _logP) / (Count - _unknowns)) : double.NaN,
            };
        }
    }
}
