using System.Diagnostics;
using Microsoft.Extensions.Logging;
using NceFast.Blocks;
using NceFast.Corpus;
using NceFast.Distribution;
using NceFast.Vocab;

namespace NceFast.Training;

/// <summary>Represents the text of a training and the position in it: counted now, or as an earlier process left it.</summary>
internal sealed class TrainingText : IDisposable
{
    private readonly PreparedCorpus _corpus;

    private TrainingText(PreparedCorpus corpus, int files, LoopState start, double countingSeconds)
    {
        (_corpus, Start, CountingSeconds) = (corpus, start, countingSeconds);
        Blocks = new TrackedBlocks(corpus.Blocks, corpus.Finished) { Files = files > 1 ? files : 0 };
    }

    /// <summary>Gets the words.</summary>
    public Vocabulary Vocabulary => _corpus.Vocabulary;

    /// <summary>Gets the blocks.</summary>
    public TrackedBlocks Blocks { get; }

    /// <summary>Gets the statistics of the text.</summary>
    public CorpusStatistics Statistics => _corpus.Statistics;

    /// <summary>Gets what a later process needs.</summary>
    public CorpusState State => _corpus.State;

    /// <summary>Gets the blocks of the first epoch that another number of processes finished. Rank 0 saves them; null on other ranks and if there are none.</summary>
    public EarlierBlocks? Earlier { get; private init; }

    /// <summary>Gets the state in which the training begins.</summary>
    public LoopState Start { get; }

    /// <summary>Gets the time spent on counting words, in seconds.</summary>
    public double CountingSeconds { get; private set; }

    /// <summary>Gets the time that earlier processes of the same training took, with the counting, in seconds; 0 unless it was resumed.</summary>
    public double EarlierSeconds => Start == LoopState.Begin ? 0 : CountingSeconds + Start.Seconds + Start.Paused.Sum;

    /// <summary>Counts the words, or reads them from a checkpoint.</summary>
    /// <param name="source">The text.</param>
    /// <param name="options">Vocabulary and cache.</param>
    /// <param name="sync">Whether several processes divide the text, and how often replicas are merged.</param>
    /// <param name="replicas">Replicas of this process.</param>
    /// <param name="ranks">The processes; each must call it.</param>
    /// <param name="threads">Workers.</param>
    /// <param name="epochs">Epochs of the whole training.</param>
    /// <param name="furtherReadings">Readings of the text before training, beside the counting of words.</param>
    /// <param name="saved">The checkpoint; null to begin.</param>
    /// <param name="progress">Receives the progress a few times per second; may be null.</param>
    /// <param name="logger">Receives warnings and forecasts.</param>
    /// <param name="cancellation">Stops the counting, and later the readers.</param>
    public static TrainingText Prepare(
        CorpusSource source, CorpusOptions options, SyncOptions sync, int replicas, ICommunicator ranks, int threads, int epochs, int furtherReadings, SavedTraining? saved, IProgress<TrainingProgress>? progress, ILogger logger, CancellationToken cancellation)
    {
        if (saved is null)
        {
            var watch = Stopwatch.StartNew();
            PreparedCorpus counted = RankedCorpus.Prepare(source.WithBlocks(SyncPlan.BlockWords(sync, source.Bytes, replicas, ranks)), options, sync.Shards, threads, epochs + furtherReadings, Counting(progress, watch), logger, ranks, cancellation);
            return new TrainingText(counted, FilesInOrder(source, options, counted), LoopState.Begin, watch.Elapsed.TotalSeconds);
        }

        LoopState start = saved.Loop!;
        int left = start.IsOver ? 0 : Math.Max(0, epochs - start.Pass.Epoch);
        SavedText known = saved.ReadText();
        PreparedCorpus corpus = RankedCorpus.Restore(source, options, known, sync.Shards, threads, left == 0 ? 0 : left + furtherReadings, logger, ranks, cancellation);
        corpus.Finished = known.Finished;
        CheckpointLog.Resumed(logger, saved.Path, Math.Min(start.Pass.Epoch + 1, epochs), epochs, start.Epochs.Sum(e => e.Words) + ranks.Gather(start.Pass.Words).Sum());
        if (saved.IsChanged && left > 0)
            CheckpointLog.Changed(logger, SavedTraining.CountOf(saved.SavedRanks), SavedTraining.CountOf(ranks.Size), corpus.State.BlockWords);
        return new TrainingText(corpus, FilesInOrder(source, options, corpus), start, saved.CountingSeconds) { Earlier = ranks.Rank == 0 ? known.Earlier : null };
    }

    /// <summary>Counts what the noise needs beside the words, unless the training is over.</summary>
    /// <param name="recipe">The model.</param>
    /// <param name="workers">Readers.</param>
    /// <param name="ranks">The processes; each must call it.</param>
    /// <param name="logger">Receives results and warnings.</param>
    /// <param name="cancellation">Stops the counting.</param>
    public void CountNoise(ModelRecipe recipe, int workers, ICommunicator ranks, ILogger logger, CancellationToken cancellation)
    {
        if (Start.IsOver)
            return;
        var watch = Stopwatch.StartNew();
        recipe.CountNoise(Vocabulary, _corpus.Blocks, workers, ranks, logger, cancellation);
        CountingSeconds += Start == LoopState.Begin ? watch.Elapsed.TotalSeconds : 0;
    }

    /// <inheritdoc/>
    public void Dispose() => _corpus.Dispose();

    // A shuffled cache is not read file by file.
    private static int FilesInOrder(CorpusSource source, CorpusOptions options, PreparedCorpus corpus) => options.ShuffleSeed is not null && corpus.IsCached ? 0 : source.Items.Count;

    private static Progress? Counting(IProgress<TrainingProgress>? progress, Stopwatch watch) =>
        progress is null ? null : new Progress(counted => progress.Report(TrainingProgress.OfCounting(counted, watch.Elapsed)));

    // Unlike System.Progress, this reports on the calling thread and in order.
    private sealed class Progress(Action<CorpusProgress> report) : IProgress<CorpusProgress>
    {
        public void Report(CorpusProgress value) => report(value);
    }
}
