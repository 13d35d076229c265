using System.Diagnostics;
using NceFast.Backends;
using NceFast.Blocks;
using NceFast.Corpus;
using NceFast.Distribution;
using NceFast.Models;
using NceFast.Numerics;
using NceFast.Store;
using NceFast.Vocab;

namespace NceFast.Training;

/// <summary>Measures the speed of a training on its own text and device, and adds up what it takes.</summary>
internal static class Forecaster
{
    // The first part is not measured, because code is compiled and pages are touched for the first time.
    private static readonly TimeSpan Warmup = TimeSpan.FromSeconds(1), Measured = TimeSpan.FromSeconds(2);

    /// <summary>Refuses to forecast a training of several processes.</summary>
    public static void EnsureOneProcess(ICommunicator ranks)
    {
        if (ranks.Size > 1)
            Throw.Usage($"A forecast is that of one process, and {ranks.Size} processes run together; start one alone.");
    }

    /// <summary>Gets options that do not write to the disk, unless the text can be read only once.</summary>
    public static CorpusOptions WithoutCache(CorpusOptions options, CorpusSource source) => source.CanReadAgain ? options with { Cache = CacheMode.Never } : options;

    /// <summary>Gets the memory in use by this process that is not code, in bytes.</summary>
    public static long MemoryInUse()
    {
        long managed = GC.GetTotalMemory(forceFullCollection: true); // first, because it frees matrices that were not disposed
        return managed + AlignedMemory.InUse;
    }

    /// <summary>Forecasts a training.</summary>
    /// <param name="loop">The training; its parameters are changed.</param>
    /// <param name="text">The text.</param>
    /// <param name="source">The source of the text.</param>
    /// <param name="corpus">Vocabulary and cache, as the training will have them.</param>
    /// <param name="best">The copy of the tables that did best; empty without validation.</param>
    /// <param name="noiseBytes">The bytes of the tables of the noise, beside those of single words.</param>
    /// <param name="inUse"><see cref="MemoryInUse"/> before the backends were created; what is added later belongs to the workers.</param>
    /// <param name="cancellation">Stops the forecast.</param>
    public static TrainingForecast Run(TrainingLoop loop, TrainingText text, CorpusSource source, CorpusOptions corpus, IReadOnlyList<ParameterTable> best, long noiseBytes, long inUse, CancellationToken cancellation)
    {
        CorpusState state = text.State;
        IReadOnlyList<ParameterTable> tables = loop.Replicas.Tables[0];
        var coordinator = new Coordinator(loop.Replicas.Backends);
        if (source.CanReadAgain || state.IsCached)
            Train(loop, coordinator, Warmup, cancellation);
        var watch = Stopwatch.StartNew();
        PassState pass = Train(loop, coordinator, Measured, cancellation);
        double seconds = watch.Elapsed.TotalSeconds;
        long words = text.Blocks.Words;
        var epoch = new EpochReport(0, pass.Words, pass.Tokens, pass.Predictions, double.NaN, seconds);
        if (words >= 0 && pass.Words >= words && loop.IsHopeless(epoch))
            Throw.EmptyVocabulary(loop.WithoutPrediction(epoch));
        int readings = loop.Epochs + (corpus.VocabularyIn is null ? 1 : 0);
        bool caches = readings > 1 && corpus.Cache != CacheMode.Never;
        return new TrainingForecast(
            string.Join(" + ", loop.Replicas.Backends.Select(b => b.Description)),
            text.Vocabulary.Count,
            text.Statistics,
            loop.Epochs,
            words,
            state.Blocks?.Count ?? -1,
            words < 0 ? -1 : pass.Predictions / (double)Math.Max(1, pass.Words) * words * loop.Epochs,
            [.. Parts(loop, tables, best, MemoryInUse() - inUse, text.Vocabulary, noiseBytes)],
            Process.GetCurrentProcess().PeakWorkingSet64,
            caches ? CachePlan.Forecast(source) : 0,
            corpus.CacheDirectory ?? Path.GetTempPath(),
            CheckpointContent.EstimateBytes([.. tables, .. best], state),
            CheckpointContent.EstimateBytes([.. tables.Where(t => !t.IsState)], state with { Blocks = null }),
            text.CountingSeconds,
            pass.Words / seconds);
    }

    private static PassState Train(TrainingLoop loop, Coordinator coordinator, TimeSpan time, CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        stop.CancelAfter(time);
        try
        {
            return coordinator.RunPass(loop.Blocks, 0, _ => loop.Rate(0), null, stop.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return coordinator.Totals;
        }
    }

    private static IEnumerable<MemoryPart> Parts(TrainingLoop loop, IReadOnlyList<ParameterTable> tables, IReadOnlyList<ParameterTable> best, long grown, Vocabulary vocabulary, long noiseBytes)
    {
        foreach (ParameterTable table in tables.Where(t => t.Rows > 0))
            yield return new MemoryPart(table.Name, "host", Bytes(table));
        long all = tables.Sum(Bytes);
        int replicas = loop.Replicas.Backends.Count;
        if (replicas > 1)
            yield return new MemoryPart("copies of all tables for the other replicas, and one in common", "host", all * replicas);
        if (best.Count > 0)
            yield return new MemoryPart("copy of the tables that did best on the validation text", "host", best.Sum(Bytes));
        yield return new MemoryPart("working memory of the workers", "host", Math.Max(0, grown - (all * (replicas - 1))));
        foreach (IBackend backend in loop.Replicas.Backends.Where(b => b.DeviceBytes > 0))
            yield return new MemoryPart("all tables, blocks and batches", backend.Description, backend.DeviceBytes);
        yield return new MemoryPart("vocabulary", "host", VocabularyCodec.Bytes(vocabulary) + (2L * vocabulary.Count * 40)); // words, counts, a table of 40 bytes a slot
        yield return new MemoryPart("noise and subsampling", "host", vocabulary.Count * 24L);
        if (noiseBytes > 0)
            yield return new MemoryPart("bigrams of the noise", "host", noiseBytes);
    }

    private static long Bytes(ParameterTable table) => table.Rows * table.Stride * sizeof(float);
}
