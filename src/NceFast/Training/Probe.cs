using NceFast.Backends;
using NceFast.Blocks;
using NceFast.Corpus;
using NceFast.Distribution;
using NceFast.Evaluation;
using NceFast.Evaluation.Internals;
using NceFast.Models;
using NceFast.Store;
using NceFast.Vocab;

namespace NceFast.Training;

/// <summary>Measures a model as it is.</summary>
/// <param name="cancellation">Stops the measuring.</param>
/// <returns>Figures by name.</returns>
internal delegate IReadOnlyDictionary<string, double> Measure(CancellationToken cancellation);

/// <summary>Measures a model at intervals of words and at the ends of epochs, while no worker runs.</summary>
/// <param name="backends">Bring the parameters up to date first.</param>
/// <param name="every">Words between two measurements; 0 for the ends of epochs only.</param>
/// <param name="endsEpochs">Whether the ends of epochs are measured too; false when a validation does that.</param>
/// <param name="measure">Measures the model; figures by name.</param>
internal sealed class Probe(IReadOnlyList<IBackend> backends, long every, bool endsEpochs, Measure measure)
{
    /// <summary>Creates the measurements as work of a pass.</summary>
    /// <param name="start">Where the training begins or continues.</param>
    /// <param name="ranks">Number of processes. Each knows its own words only, and assumes that the others are as fast.</param>
    /// <param name="untimed">Runs a measurement outside the time of training.</param>
    /// <param name="report">Receives what was measured.</param>
    /// <param name="cancellation">Stops a measurement.</param>
    public IPauseWork ToWork(PassState start, int ranks, Func<Func<IReadOnlyDictionary<string, double>>, IReadOnlyDictionary<string, double>> untimed, Action<PassState, IReadOnlyDictionary<string, double>> report, CancellationToken cancellation) =>
        new Work(backends, start, ranks, every, endsEpochs, () => untimed(() => measure(cancellation)), report);

    /// <summary>Creates the measurement of word vectors; null when nothing is to be measured.</summary>
    public static Measure? Of(ProbeOptions options, WordVectorSpec spec, Vocabulary vocabulary, WordVectorParameters parameters, TextOptions text)
    {
        EnsureTable(options);
        HeldOutEvaluation? heldOut = options.HeldOut is null ? null : HeldOutEvaluation.Read(spec, vocabulary, options.HeldOut, text);
        if (heldOut is null && options.Similarity is null)
            return null;
        var vectors = new WordVectors(vocabulary.Words, parameters.Input);
        if (options.Similarity is not null)
            SimilarityEvaluation.EnsureMeasurable(vectors, options.Similarity);
        return cancellation =>
        {
            var figures = new Dictionary<string, double>(StringComparer.Ordinal);
            if (heldOut?.Run(parameters, cancellation) is { } result)
            {
                figures["heldOutLoss"] = result.Loss;
                figures["perplexity"] = result.Perplexity;
                figures["logZMean"] = result.LogZSignedMean;
                figures["logZStd"] = result.LogZStd;
            }

            if (options.Similarity is not null)
                figures["similarity"] = Similarity(vectors, options.Similarity, cancellation);
            return figures;
        };
    }

    /// <summary>Creates the measurement of a language model; null when nothing is to be measured.</summary>
    public static Measure? Of(ProbeOptions options, LanguageModel model, string? validation, TextOptions text)
    {
        if (validation is null && options.Similarity is null)
            return null;
        EnsureTable(options);
        return cancellation => Figures(options, model, validation is null ? null : PerplexityEvaluation.Measure(model, validation, 0, cancellation, null, text), cancellation);
    }

    private static void EnsureTable(ProbeOptions options)
    {
        if (options.Similarity is not null)
            SentenceReader.EnsureReadable(options.Similarity, "The table of word pairs", CancellationToken.None);
    }

    /// <summary>Creates the figures of a language model from its validation.</summary>
    public static IReadOnlyDictionary<string, double> Figures(ProbeOptions options, LanguageModel model, PerplexityResult? validated, CancellationToken cancellation)
    {
        var figures = new Dictionary<string, double>(StringComparer.Ordinal);
        if (validated is not null)
        {
            figures["heldOutLoss"] = Math.Log(validated.Perplexity);
            figures["perplexity"] = validated.Perplexity;
            figures["logZMean"] = validated.LogZSignedMean;
            figures["logZStd"] = validated.LogZStd;
        }

        if (options.Similarity is not null)
            figures["similarity"] = Similarity(new WordVectors(model.Vocabulary.Words, model.Parameters.Context), options.Similarity, cancellation);
        return figures;
    }

    /// <summary>Throws, before the words are counted, when nothing could be measured with any vocabulary.</summary>
    /// <param name="options">What is to be measured.</param>
    /// <param name="validation">Text of a language model's validation; null for none.</param>
    /// <param name="form">Where the text is in its file.</param>
    /// <param name="ranks">The processes. Rank 0 measures, so that it alone reads.</param>
    /// <param name="cancellation">Stops the reading.</param>
    public static void EnsureMeasurable(ProbeOptions options, string? validation, TextOptions form, ICommunicator ranks, CancellationToken cancellation) => OnFirst(ranks, () =>
    {
        if (validation is not null)
            EnsureText(validation, "The validation text", form, cancellation);
        else if (options.HeldOut is { } text and not "-") // standard input can be read only once
            EnsureText(text, "The held-out text", form, cancellation);
        if (options.Similarity is not null)
            SimilarityEvaluation.EnsurePairs(options.Similarity);
    });

    private static void EnsureText(string path, string what, TextOptions form, CancellationToken cancellation)
    {
        if (!SentenceReader.HasWord(path, what, form, cancellation))
            throw NoMeasurement.Because($"{path} has no word, so nothing can be measured; use another text.");
    }

    /// <summary>Throws, before the training, when nothing can be measured of a language model.</summary>
    /// <param name="options">What is to be measured.</param>
    /// <param name="model">The model.</param>
    /// <param name="validation">Text of its validation; null for none.</param>
    /// <param name="text">Where the text is in its file.</param>
    /// <param name="ranks">The processes. Rank 0 measures, so that it alone reads.</param>
    public static void EnsureMeasurable(ProbeOptions options, LanguageModel model, string? validation, TextOptions text, ICommunicator ranks) => OnFirst(ranks, () =>
    {
        if (validation is not null)
            PerplexityEvaluation.EnsureMeasurable(validation, model.Vocabulary, model.Shape.Unknown, text);
        if (options.Similarity is not null)
            SimilarityEvaluation.EnsureMeasurable(new WordVectors(model.Vocabulary.Words, model.Parameters.Context), options.Similarity);
    });

    private static void OnFirst(ICommunicator ranks, Action look) => ranks.TogetherUnlessStopped(ranks.Rank == 0 ? look : () => { });

    // Equal cosines have no correlation, but that must not end a training.
    private static double Similarity(WordVectors vectors, string table, CancellationToken cancellation) =>
        SimilarityEvaluation.Measure(vectors, table, SimilarityEvaluation.DefaultRestrict, cancellation).Result.Spearman;

    private sealed class Work(
        IReadOnlyList<IBackend> backends,
        PassState start,
        int ranks,
        long every,
        bool endsEpochs,
        Func<IReadOnlyDictionary<string, double>> measure,
        Action<PassState, IReadOnlyDictionary<string, double>> report) : IPauseWork
    {
        private long _last = start.Words;
        private int _epoch = start.Epoch;

        // The count of words begins at 0 in each epoch. A measurement is due at each multiple of the interval, so that a training which
        // continues measures at the same words: replicas are merged for it, which changes their parameters.
        public bool IsDue(in PassState state)
        {
            if (state.Epoch != _epoch)
                (_epoch, _last) = (state.Epoch, 0);
            return every > 0 && state.Words * ranks / every > _last * ranks / every;
        }

        public void Run(in PassState state)
        {
            _last = state.Words;
            foreach (IBackend backend in backends)
                backend.Synchronize();
            report(state, measure());
        }

        public void EndEpoch(in PassState state)
        {
            if (endsEpochs)
                report(state, measure());
        }
    }
}
