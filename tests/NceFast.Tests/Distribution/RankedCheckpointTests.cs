using NceFast.Blocks;
using NceFast.Corpus;
using NceFast.Distribution;
using NceFast.Store;
using NceFast.Tests.Corpus;
using NceFast.Tests.Training.Checkpointing;
using NceFast.Training;
using NceFast.Vocab;
using Xunit;

namespace NceFast.Tests.Distribution;

/// <summary>Checkpoints of several ranks: rank 0 keeps the folder, and all ranks resume from it.</summary>
public sealed class RankedCheckpointTests : IDisposable
{
    private const int Ranks = 2, Words = 200_000;

    // Merges that overlap the training come at random times. Without them, and with one thread per rank, the text decides everything.
    private static readonly WordVectorOptions Small = new()
    {
        Dim = 9,
        Epochs = 3,
        Threads = 1,
        Sync = new SyncOptions { Period = 20_000, Rows = 32, Overlap = false },
        Corpus = new CorpusOptions { Vocabulary = new VocabularyOptions { MinCount = 1 } },
    };

    private readonly TextFiles _files = new();

    private string Folder => Path.Combine(_files.Folder, "run");

    public void Dispose() => _files.Dispose();

    [Theory]
    [InlineData(ShardMode.Rank)]
    [InlineData(ShardMode.Own)]
    public void Resumed_ranks_end_in_the_same_bytes(ShardMode shards)
    {
        string[] texts = shards == ShardMode.Own ? [Text("large", Words), Text("small", Words / 5)] : [Text("text", Words), Text("text", Words)];
        WordVectorOptions options = Small with { Sync = Small.Sync with { Shards = shards } };
        AssertSameAfterStops(resume => RankThreads.Run(Ranks, ranks =>
        {
            using TrainedVectors model = new WordVectorTrainer(options, ranks: ranks).Train(Source(texts[ranks.Rank]), checkpoints: Checkpoints(ranks, resume));
            return ResumeHarness.Fingerprint(model.Parameters.Tables, model.Report.Epochs.Select(e => $"{e.Words} {e.Predictions} {e.Loss:R}").Append($"{model.Report.Corpus.Words}"));
        }));
    }

    // The text is read in each epoch. One of the files is divided between the ranks, and the others belong to one rank each.
    [Fact]
    public void Resumed_ranks_that_are_dealt_files_end_in_the_same_bytes()
    {
        for (int i = 0; i < 5; i++)
            _files.Write($"texts/{i}.gz", TextFiles.Gzip(File.ReadAllBytes(Text("text", Words >> (i + 1)))));
        CorpusSource source = Source(Path.Combine(_files.Folder, "texts"));
        FileDeal deal = source.TakePart(0, Ranks).Deal;
        Assert.Equal(1, Enumerable.Range(0, 5).Count(i => !deal.IsWhole(i)));
        WordVectorOptions options = Small with { Corpus = Small.Corpus with { Cache = CacheMode.Never } };
        AssertSameAfterStops(resume => RankThreads.Run(Ranks, ranks =>
        {
            using TrainedVectors model = new WordVectorTrainer(options, ranks: ranks).Train(Source(Path.Combine(_files.Folder, "texts")), checkpoints: Checkpoints(ranks, resume));
            return ResumeHarness.Fingerprint(model.Parameters.Tables, model.Report.Epochs.Select(e => $"{e.Words} {e.Predictions} {e.Loss:R}").Append($"{model.Report.Corpus.Words}"));
        }));
    }

    [Fact]
    public void Resumed_ranks_of_a_language_model_end_in_the_same_bytes()
    {
        string text = Text("text", Words), valid = Text("valid", 5_000);
        var options = new LanguageModelOptions { Dim = 8, K = 5, Epochs = 3, Threads = 1, Schedule = RateSchedule.Halving, Sync = Small.Sync, Corpus = Small.Corpus };
        AssertSameAfterStops(resume => RankThreads.Run(Ranks, ranks =>
        {
            using TrainedLanguageModel trained = new LanguageModelTrainer(options, ranks: ranks).Train(Source(text), valid, checkpoints: Checkpoints(ranks, resume));
            (LanguageModel model, TrainingReport report) = (trained.Model, trained.Report);
            using (model)
                return ResumeHarness.Fingerprint(model.Parameters.Tables, report.Epochs.Select(e => $"{e.Words} {e.Loss:R} {e.Validation!.Perplexity:R}").Append($"best {report.BestEpoch}"));
        }));
    }

    [Fact]
    public void A_different_number_of_ranks_is_refused()
    {
        string text = Text("text", 40_000);
        Assert.All(RankThreads.Run(Ranks, ranks => Train(text, ranks, resume: false, Small with { Epochs = 1 })), r => Assert.Null(r.Error));
        Assert.All(RankThreads.Run(3, ranks => Train(text, ranks, resume: true, Small with { Epochs = 1 })), r => Assert.Contains("saved by 2 processes and cannot continue with 3 processes", r.Error!.Message));
        NceFastException alone = Assert.Throws<NceFastException>(() => Train(text, new SoloCommunicator(), resume: true, Small with { Epochs = 1 }));
        Assert.Contains("saved by 2 processes and cannot continue with 1 process", alone.Message);
        Assert.Contains("CheckpointOptions.Folder differs", RankThreads.Run(Ranks, ranks => new WordVectorTrainer(Small, ranks: ranks).Train(Source(text), checkpoints: ranks.Rank == 0 ? Checkpoints(ranks, true) : null))[1].Error!.Message);
    }

    [Fact]
    public void A_stop_saves_all_ranks_even_if_one_has_no_text_left()
    {
        string[] texts = [Text("large", Words), _files.Write("little", "c00w01 c00w02 c01w03\n"u8.ToArray())];
        WordVectorOptions options = Small with { Epochs = 2, Sync = Small.Sync with { Shards = ShardMode.Own } };
        using var stop = new CancellationTokenSource();
        var stopped = RankThreads.Run(Ranks, ranks =>
            new WordVectorTrainer(options with { Epochs = 2 }, ranks: ranks).Train(Source(texts[ranks.Rank]), ranks.Rank == 0 ? new Sink(_ => true, stop.Cancel) : null, ranks.Rank == 0 ? stop.Token : default, Checkpoints(ranks, false)));
        Assert.All(stopped, r => Assert.IsType<TrainingStoppedException>(r.Error));
        var resumed = RankThreads.Run(Ranks, ranks => Train(texts[ranks.Rank], ranks, resume: true, options));
        Assert.All(resumed, r => Assert.Null(r.Error));
        Assert.All(resumed, r => Assert.Equal([Words + 3, Words + 3], r.Result!));
    }

    [Fact]
    public void A_checkpoint_that_fails_does_not_end_a_rank()
    {
        string text = Text("text", Words);
        var results = RankThreads.Run(Ranks, ranks =>
        {
            var gone = new Sink(p => p.Ended is not null, () => Directory.Move(Folder, Folder + "-gone"));
            using TrainedVectors model = new WordVectorTrainer(Small, ranks: ranks).Train(Source(text), ranks.Rank == 0 ? gone : null, checkpoints: Checkpoints(ranks, false));
            return model.Report.Epochs.Count;
        });
        Assert.All(results, r => Assert.Null(r.Error));
        Assert.All(results, r => Assert.Equal(3, r.Result));
        Assert.False(Directory.Exists(Folder));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_rank_that_loses_its_text_saves_what_all_ranks_trained(bool overlap)
    {
        string[] texts = [Text("a/text", Words), Text("b/text", Words)];
        WordVectorOptions options = Small with { Epochs = 1000, Sync = Small.Sync with { Overlap = overlap }, Corpus = Small.Corpus with { Cache = CacheMode.Never } };
        var results = RankThreads.Run(Ranks, ranks =>
        {
            var gone = new Sink(p => p.Epoch > 1 && p.Ended is null, () => File.Move(texts[1], texts[1] + "-gone"));
            return new WordVectorTrainer(options, ranks: ranks).Train(Source(texts[ranks.Rank]), ranks.Rank == 1 ? gone : null, checkpoints: Checkpoints(ranks, false) with { Words = long.MaxValue });
        });
        RankFailedException[] errors = [.. results.Select(r => Assert.IsType<RankFailedException>(r.Error))];
        Assert.All(errors, e => Assert.Equal((1, ErrorKind.Input), (e.Rank, e.Kind)));
        Assert.Null(errors[0].InnerException);
        Assert.Equal(ErrorKind.Input, Assert.IsType<NceFastException>(errors[1].InnerException).Kind);
        Assert.Contains($"Rank 1 on {Environment.MachineName} failed: {errors[1].InnerException!.Message}", errors[0].Message);
        Assert.Contains($"the training is saved in {Folder}", errors[0].Message);
        Assert.Equal(3, Directory.GetFiles(Folder, "checkpoint-*").Length); // before the training, the first blocks, the end

        // No word is trained twice or never.
        int epoch;
        using (SavedTraining saved = SavedTraining.Newest(Folder, _ => { }, default)!)
            epoch = saved.Loop!.Pass.Epoch;
        Assert.InRange(epoch, 1, 998);
        File.Move(texts[1] + "-gone", texts[1]);
        var resumed = RankThreads.Run(Ranks, ranks =>
        {
            using TrainedVectors model = new WordVectorTrainer(options with { Epochs = epoch + 2 }, ranks: ranks).Train(Source(texts[ranks.Rank]), checkpoints: Checkpoints(ranks, true) with { Words = long.MaxValue, Insist = true });
            return model.Report;
        });
        Assert.All(resumed, r => Assert.Null(r.Error));
        Assert.All(resumed, r => Assert.Equal(Enumerable.Repeat((long)Words, epoch + 2), r.Result!.Epochs.Select(e => e.Words)));
        Assert.All(resumed, r => Assert.Equal(3, r.Result!.Checkpoints));
        Assert.All(resumed, r => Assert.Equal([0, 1], r.Result!.Ranks.Select(rank => rank.Rank)));
        Assert.All(resumed, r => Assert.All(r.Result!.Ranks, rank => Assert.True(rank is { WorkSeconds: > 0, MergeSeconds: > 0 } && rank.Host == Environment.MachineName)));
    }

    [Fact]
    public void Without_checkpoints_a_rank_that_loses_its_text_is_named_by_the_others()
    {
        string[] texts = [Text("a/text", Words), Text("b/text", Words)];
        var options = new LanguageModelOptions { Dim = 8, K = 5, Epochs = 1000, Threads = 1, Shuffle = false, Sync = Small.Sync, Corpus = Small.Corpus with { Cache = CacheMode.Never } };
        var results = RankThreads.Run(Ranks, ranks => new LanguageModelTrainer(options, ranks: ranks)
            .Train(Source(texts[ranks.Rank]), progress: ranks.Rank == 1 ? new Sink(p => p.Ended is not null, () => File.Delete(texts[1])) : null));
        Assert.All(results, r => Assert.Contains("All ranks ended together, and nothing was saved.", Assert.IsType<RankFailedException>(r.Error).Message));
        Assert.All(results, r => Assert.Contains(texts[1], r.Error!.Message));
    }

    [Fact]
    public void Ranks_that_resume_begin_where_nothing_is_saved()
    {
        string text = Text("text", 40_000);
        for (int time = 0; time < 2; time++)
        {
            var results = RankThreads.Run(Ranks, ranks => Train(text, ranks, resume: true, Small with { Epochs = 1 }));
            Assert.All(results, r => Assert.Null(r.Error));
            Assert.All(results, r => Assert.Equal([40_000], r.Result!));
            Assert.True(Directory.GetFiles(Folder, "checkpoint-*").Length > 2);
        }
    }

    private long[] Train(string text, ICommunicator ranks, bool resume, WordVectorOptions options)
    {
        using TrainedVectors model = new WordVectorTrainer(options, ranks: ranks).Train(Source(text), checkpoints: Checkpoints(ranks, resume));
        return [.. model.Report.Epochs.Select(e => e.Words)];
    }

    // Only rank 0 sees the folder, as on hosts that each have their own disk.
    private CheckpointOptions Checkpoints(ICommunicator ranks, bool resume) =>
        new() { Folder = ranks.Rank == 0 ? Folder : Path.Combine(_files.Folder, "elsewhere"), Words = Words / 3, Keep = 1000, Resume = resume };

    private void AssertSameAfterStops(Func<bool, (string? Result, Exception? Error)[]> train)
    {
        string whole = Same(train(false));
        string all = Folder + "-all";
        Directory.Move(Folder, all);
        string[] saved = [.. Directory.GetFiles(all, "checkpoint-*").Order(StringComparer.Ordinal)];
        Assert.InRange(saved.Length, 6, 50);
        foreach (int last in (int[])[1, saved.Length / 2, saved.Length - 2])
        {
            Directory.CreateDirectory(Folder);
            File.Copy(saved[last], Path.Combine(Folder, Path.GetFileName(saved[last])));
            string resumed = Same(train(true));
            Assert.True(whole == resumed, $"resumed at {Path.GetFileName(saved[last])} of {saved.Length}:\n{whole}\n{resumed}");
            Directory.Delete(Folder, recursive: true);
        }

        Assert.False(Directory.Exists(Path.Combine(_files.Folder, "elsewhere")));
    }

    private static string Same((string? Result, Exception? Error)[] ranks)
    {
        Assert.All(ranks, r => Assert.Null(r.Error));
        Assert.All(ranks, r => Assert.Equal(ranks[0].Result, r.Result));
        return ranks[0].Result!;
    }

    private static CorpusSource Source(string path)
    {
        CorpusSource source = CorpusSource.FromPaths(path);
        source.ShardBytes = 64 << 10;
        return source;
    }

    private string Text(string name, int words)
    {
        using var copy = new MemoryStream();
        new SyntheticCorpus(classes: 10, wordsPerClass: 20, words: words).OpenText().CopyTo(copy);
        return _files.Write(name, copy.ToArray());
    }

    // Acts once, at the first report that matches.
    private sealed class Sink(Func<TrainingProgress, bool> when, Action act) : IProgress<TrainingProgress>
    {
        private int _done;

        public void Report(TrainingProgress value)
        {
            if (value.Phase == TrainingPhase.Training && when(value) && Interlocked.Exchange(ref _done, 1) == 0)
                act();
        }
    }
}
