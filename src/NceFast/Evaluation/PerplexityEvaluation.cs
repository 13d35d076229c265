using System.Diagnostics;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using NceFast.Backends.Host;
using NceFast.Backends.Host.LanguageModels;
using NceFast.Blocks;
using NceFast.Corpus;
using NceFast.Evaluation.Internals;
using NceFast.Files;
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

    /// <summary>
    /// Gets the parts of the mixture with the perplexity of each alone; empty if nothing was mixed. <see cref="Perplexity"/> and
    /// <see cref="KnownPerplexity"/> are then those of the mixture, and the other figures those of the language model.
    /// </summary>
    public IReadOnlyList<MixturePart> Parts { get; init; } = [];
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
    public static PerplexityResult Run(LanguageModel model, string path, int threads = 0, CancellationToken cancellation = default, ILogger? logger = null, TextOptions? text = null) =>
        Observe(model, path, null, null, threads, cancellation, logger, text);

    /// <summary>Computes the perplexity of a text under a mixture, and writes the probability of each word.</summary>
    /// <param name="model">The model.</param>
    /// <param name="path">The path of a text, plain or compressed; "-" for standard input.</param>
    /// <param name="mixture">The mixture of this model with others; null for the model alone.</param>
    /// <param name="perWord">
    /// The path of a file that receives one line per prediction in the order of the text: the word, a tab, and the natural logarithm of its
    /// probability. A sentence ends with its prediction of &lt;/s&gt;, or with an empty line if the model does not predict it. An existing file
    /// is replaced when the new one is complete. Null for no file.
    /// </param>
    /// <param name="threads">The number of workers; 0 for all cores.</param>
    /// <param name="cancellation">A token that stops the evaluation at the next batch.</param>
    /// <param name="logger">Receives warnings about the text; may be null.</param>
    /// <param name="text">Where the text is in its file, and how its words are written; null for plain text.</param>
    /// <exception cref="ArgumentException">The mixture is that of another model.</exception>
    /// <exception cref="NceFastException">As for the other overload, or the file cannot be written (<see cref="ErrorKind.Output"/>).</exception>
    public static PerplexityResult Run(LanguageModel model, string path, ModelMixture? mixture, string? perWord, int threads = 0, CancellationToken cancellation = default, ILogger? logger = null, TextOptions? text = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        if (mixture is not null && mixture.Model != model)
            throw new ArgumentException("The mixture is that of another model.", nameof(mixture));
        if (perWord is null)
            return Observe(model, path, mixture, null, threads, cancellation, logger, text);
        using AtomicFile file = AtomicFile.Create(perWord);
        var writer = new PredictionWriter(file.Stream, model);
        PerplexityResult result = Observe(model, path, mixture, writer, threads, cancellation, logger, text);
        writer.Flush();
        file.Commit();
        return result;
    }

    /// <summary>Computes the perplexity of a text under a mixture, and passes on the predictions.</summary>
    internal static PerplexityResult Observe(LanguageModel model, string path, ModelMixture? mixture, IPredictionSink? sink, int threads = 0, CancellationToken cancellation = default, ILogger? logger = null, TextOptions? text = null)
    {
        PerplexityResult result = Measure(model, path, threads, cancellation, logger, text, mixture, sink);
        return double.IsFinite(result.Perplexity) ? result : throw NoMeasurement.Because(
            $"The scores of the model for {path} are not finite or too large for a double, so there is no perplexity; check whether the training of the model diverged.",
            ("tokens", result.Tokens), ("words", result.Words));
    }

    /// <summary>Computes the perplexity of a text; it is NaN or infinite if the scores of the model are not finite.</summary>
    internal static PerplexityResult Measure(LanguageModel model, string path, int threads = 0, CancellationToken cancellation = default, ILogger? logger = null, TextOptions? text = null, ModelMixture? mixture = null, IPredictionSink? sink = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        using LanguageModelParameters.Hold held = model.Parameters.Use();
        using SentenceReader reader = SentenceReader.Open(path, model.Vocabulary, model.Shape.Unknown, logger, cancellation, text);
        var watch = Stopwatch.StartNew();
        var totals = new OrderedTotals(sink, mixture);
        HostKernels kernels = HostKernelCatalog.Create(null);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        Workers.Run(threads > 0 ? threads : Environment.ProcessorCount, stop, _ => Measure(model, kernels, reader, totals, stop.Token));
        reader.Warn(logger);
        if (totals.Sum.Count == 0)
            throw NoPrediction(path, reader);
        return totals.Sum.Result(model.Shape, reader, watch.Elapsed.TotalSeconds);
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
        var chunk = new Chunk(model.Shape);
        MixtureCursor? cursor = totals.Mixture is null ? null : new MixtureCursor(totals.Mixture);
        while (Fill(reader, totals, chunk) is var number and >= 0)
        {
            cursor?.Start(chunk.Before);
            int[] ends = chunk.CopyEnds();
            var own = new Totals { Unknown = model.Shape.Unknown, Predictions = totals.Keeps ? new Kept(ends) : null, Cursor = cursor, Ends = ends };
            ReadOnlySpan<int> targets = chunk.Plan.Targets;
            for (int first = 0; first < targets.Length; first += Batch)
            {
                cancellation.ThrowIfCancellationRequested();
                batch.Load(chunk.Plan.Stream, targets.Slice(first, Math.Min(Batch, targets.Length - first)));
                softmax.Normalize(batch);
                own.Add(model.Parameters, kernels, batch, softmax.LogZ);
            }

            totals.Add(number, own);
        }
    }

    // All workers share the reader. Reading is fast compared with the work that follows. Returns the number of the chunk, or -1 at the end of the text.
    private static long Fill(SentenceReader reader, OrderedTotals totals, Chunk chunk)
    {
        lock (reader)
        {
            totals.Before.CopyTo(chunk.Clear(totals.Before.Length));
            while (chunk.Plan.Targets.Length < ChunkTokens && reader.TryRead(chunk.Sentence))
            {
                if (chunk.Sentence.Count > 0)
                    chunk.Add();
            }

            if (chunk.Plan.Targets.IsEmpty)
                return -1;
            totals.Remember(chunk.Plan);
            return totals.NextChunk();
        }
    }

    /// <summary>Represents consecutive sentences that one worker evaluates.</summary>
    private sealed class Chunk(LanguageModelShape shape)
    {
        private readonly List<int> _ends = [];
        private int[] _before = [];

        public LanguageModelPlan Plan { get; } = new(shape);

        public List<int> Sentence { get; } = [];

        /// <summary>Returns, for each sentence, the index after its last prediction.</summary>
        public int[] CopyEnds() => [.. _ends];

        /// <summary>Gets the last words before the chunk, as many as the cache holds.</summary>
        public ReadOnlySpan<int> Before => _before;

        /// <summary>Removes all sentences, and returns the memory for the words before the next ones.</summary>
        public Span<int> Clear(int before)
        {
            Plan.Clear();
            _ends.Clear();
            if (_before.Length != before)
                _before = new int[before];
            return _before;
        }

        public void Add()
        {
            Plan.Add(CollectionsMarshal.AsSpan(Sentence));
            _ends.Add(Plan.Targets.Length);
        }
    }

    /// <summary>Adds up the totals of chunks in the order of the text.</summary>
    private sealed class OrderedTotals(IPredictionSink? sink, ModelMixture? mixture)
    {
        private readonly Dictionary<long, Totals> _waiting = [];
        private readonly List<int> _before = [];
        private readonly int _most = mixture?.Cache is { Scope: CacheScope.Text } cache ? cache.Words : 0;
        private long _chunks, _added;

        public Totals Sum { get; } = new() { Mixture = mixture };

        public ModelMixture? Mixture => mixture;

        /// <summary>Gets whether each prediction is kept until its turn comes.</summary>
        public bool Keeps => sink is not null;

        /// <summary>Gets the last words of the text that has been read, as many as the cache holds.</summary>
        public ReadOnlySpan<int> Before => CollectionsMarshal.AsSpan(_before);

        public long NextChunk() => _chunks++;

        /// <summary>Appends the predicted words of a chunk to those that the cache may hold.</summary>
        public void Remember(LanguageModelPlan plan)
        {
            if (_most == 0)
                return;
            ReadOnlySpan<int> targets = plan.Targets[Math.Max(0, plan.Targets.Length - _most)..];
            _before.RemoveRange(0, Math.Max(0, _before.Count + targets.Length - _most));
            foreach (int at in targets)
                _before.Add(plan.Stream[at]);
        }

        public void Add(long chunk, Totals own)
        {
            lock (_waiting)
            {
                _waiting.Add(chunk, own);
                for (; _waiting.Remove(_added, out Totals? next); _added++)
                {
                    Sum.Add(next);
                    next.Predictions?.Send(sink!);
                }
            }
        }
    }

    /// <summary>Keeps the predictions of a chunk.</summary>
    private sealed class Kept(int[] ends)
    {
        private readonly List<int> _words = [];
        private readonly List<double> _logs = [], _parts = [];

        public void Add(int word, double log, ReadOnlySpan<double> parts)
        {
            _words.Add(word);
            _logs.Add(log);
            _parts.AddRange(parts);
        }

        public void Send(IPredictionSink sink) =>
            sink.Add(new ChunkPredictions(CollectionsMarshal.AsSpan(_words), CollectionsMarshal.AsSpan(_logs), CollectionsMarshal.AsSpan(_parts), ends));
    }

    private sealed class Totals
    {
        private double _logP, _unknownLogP, _score, _absolute, _square, _signed, _max;
        private double[] _parts = [];
        private long _unknowns;
        private int _sentence;

        public long Count { get; private set; }

        /// <summary>Gets the id of &lt;unk&gt;, or -1 if there is none.</summary>
        public int Unknown { get; init; } = -1;

        /// <summary>Gets where predictions are kept; null if they are not.</summary>
        public Kept? Predictions { get; init; }

        /// <summary>Gets what mixes the probabilities; null if nothing is mixed.</summary>
        public MixtureCursor? Cursor { get; init; }

        public ModelMixture? Mixture { get; init; }

        /// <summary>Gets, for each sentence, the index after its last prediction.</summary>
        public int[] Ends { get; init; } = [];

        public unsafe void Add(LanguageModelParameters parameters, HostKernels kernels, PredictionBatch batch, double[] logZ)
        {
            for (int b = 0; b < batch.Count; b++)
            {
                int target = batch.Targets[b];
                double learned = parameters.LogZ[batch.Bucket(b)];
                double score = kernels.Dot(batch.Hidden.RowPointer(b), parameters.Target.RowPointer(target), batch.Hidden.Stride) + (double)parameters.Bias[target];
                double left = logZ[b] - learned, size = Math.Abs(left);
                double logP = Mix(target, Logit.Shift(score, logZ[b]), Count + b);
                Predictions?.Add(target, logP, Cursor is null ? default : Cursor.LogParts);
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

        private double Mix(int target, double logP, long index)
        {
            if (Cursor is null)
                return logP;
            if (index == 0 || index == Ends[_sentence])
            {
                _sentence += index == 0 ? 0 : 1;
                Cursor.StartSentence();
            }

            double mixed = Cursor.Next(target, logP);
            AddParts(Cursor.LogParts);
            return mixed;
        }

        private void AddParts(double[] logs)
        {
            if (_parts.Length == 0)
                _parts = new double[logs.Length];
            for (int i = 0; i < logs.Length; i++)
                _parts[i] += logs[i];
        }

        public void Add(Totals other)
        {
            if (other._parts.Length > 0)
                AddParts(other._parts);
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
                Parts = Mixture is null ? [] : [.. Mixture.Parts.Select((part, i) => part with { Perplexity = Math.Exp(-_parts[i] / Count) })],
            };
        }
    }
}
