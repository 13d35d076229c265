using System.Globalization;
using NceFast.Blocks;
using NceFast.Corpus;
using NceFast.Distribution;
using NceFast.Sampling;
using NceFast.Tests.Corpus;
using NceFast.Tests.Training.Checkpointing;
using NceFast.Training;
using NceFast.Vocab;
using Xunit;

namespace NceFast.Tests.Distribution;

/// <summary>Trainings that continue with another number of ranks.</summary>
public sealed class ElasticResumeTests : IDisposable
{
    private const int Words = 90_000, Epochs = 3;

    private static readonly WordVectorOptions Vectors = new()
    {
        Dim = 9,
        Epochs = Epochs,
        Threads = 1,
        Sync = new SyncOptions { Period = 10_000, Rows = 32, Overlap = false },
        Corpus = new CorpusOptions { Vocabulary = new VocabularyOptions { MinCount = 1 } },
    };

    private static readonly LanguageModelOptions Language = new()
    {
        Dim = 8,
        K = 5,
        Epochs = Epochs,
        Threads = 1,
        Schedule = RateSchedule.Halving,
        Sync = Vectors.Sync,
        Corpus = Vectors.Corpus,
    };

    private readonly TextFiles _files = new();

    private string Folder => Path.Combine(_files.Folder, "run");

    public void Dispose() => _files.Dispose();

    /// <summary>Numbers of ranks that differ.</summary>
    public static TheoryData<int, int> Pairs => new(from before in Enumerable.Range(1, 4) from after in Enumerable.Range(1, 4) where before != after select (before, after));

    // Files and cache alternate, so that each combination meets fewer and more ranks.
    [Theory]
    [MemberData(nameof(Pairs))]
    public void Vectors_continue_with_another_number(int before, int after)
    {
        WordVectorOptions options = Vectors with { Corpus = Vectors.Corpus with { Cache = (before + after) % 2 == 0 ? CacheMode.Never : CacheMode.Always, CacheDirectory = _files.Folder } };
        EnsureGoesOn(before, after, packs: before % 2 == 0, (ranks, source, checkpoints) => Train(options, ranks, source, checkpoints));
    }

    // The blocks of a cache are shuffled.
    [Theory]
    [MemberData(nameof(Pairs))]
    public void Language_models_continue_with_another_number(int before, int after)
    {
        LanguageModelOptions options = Language with
        {
            Schedule = after == 2 ? RateSchedule.AdaGrad : RateSchedule.Halving,
            Noise = after == 3 ? NoiseKind.Bigram : NoiseKind.Unigram,
            Corpus = Language.Corpus with { Cache = (before + after) % 2 == 0 ? CacheMode.Never : CacheMode.Always, CacheDirectory = _files.Folder },
        };
        EnsureGoesOn(before, after, packs: before % 2 == 1, (ranks, source, checkpoints) => Train(options, ranks, source, checkpoints));
    }

    // Before the first block, in every epoch, at the end of an epoch, and after the training.
    [Theory]
    [InlineData(2, 3)]
    [InlineData(3, 1)]
    public void Every_checkpoint_of_a_training_can_be_continued(int before, int after)
    {
        string text = Text("text", packs: true);
        string[] saved = Save(before, text, (ranks, source, checkpoints) => Train(Vectors, ranks, source, checkpoints));
        foreach (string checkpoint in saved)
        {
            Outcome[] continued = Continue(checkpoint, after, text, (ranks, source, checkpoints) => Train(Vectors, ranks, source, checkpoints));
            Assert.True(continued.All(rank => rank.EpochWords.SequenceEqual(Enumerable.Repeat((long)Words, Epochs))), $"{Path.GetFileName(checkpoint)}: {string.Join(", ", continued[0].EpochWords)}");
            Assert.All(continued, rank => Assert.Equal(Words, rank.Seen));
        }
    }

    // The words were given, so that the first epoch finds the blocks and fills the cache.
    [Theory]
    [InlineData(2, 3, CacheMode.Always)]
    [InlineData(4, 2, CacheMode.Never)]
    [InlineData(1, 2, CacheMode.Always)]
    public void A_text_whose_words_are_given_is_continued(int before, int after, CacheMode cache)
    {
        string text = Text("text", packs: true);
        using PreparedCorpus counted = PreparedCorpus.Prepare(Source(text), Vectors.Corpus with { Cache = CacheMode.Never }, 1);
        WordVectorOptions options = Vectors with { Corpus = Vectors.Corpus with { VocabularyIn = counted.Vocabulary, Cache = cache, CacheDirectory = _files.Folder } };
        string[] saved = Save(before, text, (ranks, source, checkpoints) => Train(options, ranks, source, checkpoints));
        foreach (string checkpoint in saved)
        {
            Outcome[] continued = Continue(checkpoint, after, text, (ranks, source, checkpoints) => Train(options, ranks, source, checkpoints));
            Assert.True(continued.All(rank => rank.EpochWords.SequenceEqual(Enumerable.Repeat((long)Words, Epochs))), $"{Path.GetFileName(checkpoint)}: {string.Join(", ", continued[0].EpochWords)}");
            Assert.All(continued, rank => Assert.Equal((Words, Words), (rank.Seen, rank.Known)));
        }
    }

    // The number changes twice in one epoch. In between, the second number continues in the same bytes.
    [Fact]
    public void The_number_can_change_again()
    {
        string text = Text("text", packs: true);
        WordVectorOptions options = Vectors with { Epochs = 2, Sync = Vectors.Sync with { Period = 4096 } };
        string first = Save(2, text, Run)[2];
        Outcome[] whole = Continue(first, 4, text, Run, every: Words / 10);
        string[] second = Kept();
        Assert.InRange(second.Length, 4, 50);
        Assert.True(second.Skip(1).Any(checkpoint => WordsOf(checkpoint) is > 0 and < Words), "No checkpoint is within the rest of the epoch.");
        foreach (string checkpoint in second)
        {
            Outcome[] same = Continue(checkpoint, 4, text, Run, every: Words / 10);
            Assert.True(whole[0].Bytes == same[0].Bytes, $"{Path.GetFileName(checkpoint)}:\n{whole[0].Bytes}\n{same[0].Bytes}");
            Outcome[] third = Continue(checkpoint, 3, text, Run);
            Assert.All(third, rank => Assert.Equal([Words, Words], rank.EpochWords));
            Assert.InRange(third[0].Loss, 0.9 * whole[0].Loss, 1.1 * whole[0].Loss);
        }

        Outcome Run(ICommunicator ranks, CorpusSource source, CheckpointOptions checkpoints) => Train(options, ranks, source, checkpoints);
    }

    [Fact]
    public void Files_of_their_own_need_the_same_number()
    {
        string text = Text("text", packs: false);
        WordVectorOptions options = Vectors with { Sync = Vectors.Sync with { Shards = ShardMode.Own } };
        string[] saved = Save(2, text, (ranks, source, checkpoints) => Train(options, ranks, source, checkpoints));
        Place(saved[^1]);
        Assert.All(RankThreads.Run(3, ranks => Train(options, ranks, Source(text), Checkpoints(ranks, true))), r =>
        {
            NceFastException error = Assert.IsType<NceFastException>(r.Error);
            Assert.Equal(ErrorKind.Usage, error.Kind);
            Assert.Contains("saved by 2 processes with ShardMode.Own and cannot continue with 3 processes", error.Message);
            Assert.Contains("start 2 (mpirun -np 2)", error.Message);
        });
        Assert.Contains("cannot continue with 1 process", Assert.Throws<NceFastException>(() => CheckpointInfo.Newest(Folder)).Message);
    }

    // A rank that no earlier one had its number takes what rank 0 stored.
    [Fact]
    public void Ranks_that_are_new_take_the_application_of_rank_0()
    {
        string text = Text("text", packs: false);
        string[] saved = Save(2, text, (ranks, source, checkpoints) => Train(Vectors, ranks, source, checkpoints with { Application = $"of {ranks.Rank}" }));
        Place(saved[2]);
        string[] found = [.. RankThreads.Run(4, ranks => CheckpointInfo.Newest(Folder, default, ranks).Application).Select(r => r.Result!)];
        Assert.Equal(["of 0", "of 1", "of 0", "of 0"], found);
    }

    // The words of the first epoch, or 0 in a later one.
    private static long WordsOf(string checkpoint)
    {
        using var saved = SavedTraining.Open(checkpoint, CancellationToken.None);
        return saved.Loop!.Pass.Epoch == 0 ? saved.Loop.Pass.Words : 0;
    }

    private delegate Outcome Training(ICommunicator ranks, CorpusSource source, CheckpointOptions checkpoints);

    private sealed record Outcome(string Bytes, long[] EpochWords, double Loss, double LastRate, long Seen, long Known);

    private void EnsureGoesOn(int before, int after, bool packs, Training train)
    {
        string text = Text("text", packs);
        string[] saved = Save(before, text, train);
        Outcome undisturbed = Alike(RankThreads.Run(after, ranks => train(ranks, Source(text), Checkpoints(ranks, false, "other"))));
        foreach (string checkpoint in (string[])[saved[2], saved[saved.Length / 2]])
        {
            Outcome outcome = Continue(checkpoint, after, text, train)[0];
            Assert.Equal(Enumerable.Repeat((long)Words, Epochs), outcome.EpochWords);
            Assert.Equal(Words, outcome.Seen);
            Assert.InRange(outcome.Loss, 0.93 * undisturbed.Loss, 1.07 * undisturbed.Loss);
            Assert.InRange(outcome.LastRate, 0.3 * undisturbed.LastRate, 3 * undisturbed.LastRate);
        }
    }

    // Trains with checkpoints, and moves them away.
    private string[] Save(int count, string text, Training train)
    {
        Alike(RankThreads.Run(count, ranks => train(ranks, Source(text), Checkpoints(ranks, false))));
        return Kept();
    }

    // Moves the checkpoints to a folder of their own.
    private string[] Kept()
    {
        string kept = Path.Combine(_files.Folder, $"kept-{Directory.GetDirectories(_files.Folder).Length}");
        Directory.Move(Folder, kept);
        string[] saved = [.. Directory.GetFiles(kept, "checkpoint-*").Order(StringComparer.Ordinal)];
        Assert.InRange(saved.Length, 4, 60);
        return saved;
    }

    private void Place(string checkpoint)
    {
        if (Directory.Exists(Folder))
            Directory.Delete(Folder, recursive: true);
        Directory.CreateDirectory(Folder);
        File.Copy(checkpoint, Path.Combine(Folder, Path.GetFileName(checkpoint)));
    }

    private Outcome[] Continue(string checkpoint, int count, string text, Training train, long every = Words / 2)
    {
        Place(checkpoint);
        var results = RankThreads.Run(count, ranks => train(ranks, Source(text), Checkpoints(ranks, true) with { Words = every }));
        Alike(results);
        string newest = Directory.GetFiles(Folder, "checkpoint-*").Order(StringComparer.Ordinal).Last();
        using var saved = SavedTraining.Open(newest, CancellationToken.None);
        if (Path.GetFileName(newest) != Path.GetFileName(checkpoint))
            Assert.Equal(count, saved.Header.Ranks);
        return [.. results.Select(r => r.Result!)];
    }

    private static Outcome Alike((Outcome? Result, Exception? Error)[] ranks)
    {
        Assert.All(ranks, r => Assert.Null(r.Error));
        Assert.All(ranks, r => Assert.Equal(ranks[0].Result!.Bytes, r.Result!.Bytes));
        return ranks[0].Result!;
    }

    // Only rank 0 sees the folder.
    private CheckpointOptions Checkpoints(ICommunicator ranks, bool resume, string folder = "run") =>
        new() { Folder = Path.Combine(_files.Folder, ranks.Rank == 0 ? folder : "elsewhere"), Words = Words / 4, Keep = 1000, Resume = resume };

    private static Outcome Train(WordVectorOptions options, ICommunicator ranks, CorpusSource source, CheckpointOptions checkpoints)
    {
        using TrainedVectors model = new WordVectorTrainer(options, ranks: ranks).Train(source, checkpoints: checkpoints);
        return Describe(ResumeHarness.Fingerprint(model.Parameters.Tables, Figures(model.Report)), model.Report);
    }

    private Outcome Train(LanguageModelOptions options, ICommunicator ranks, CorpusSource source, CheckpointOptions checkpoints)
    {
        using TrainedLanguageModel trained = new LanguageModelTrainer(options, ranks: ranks).Train(source, Path.Combine(_files.Folder, "valid"), checkpoints: checkpoints);
        using (trained.Model)
            return Describe(ResumeHarness.Fingerprint(trained.Model.Parameters.Tables, Figures(trained.Report)), trained.Report);
    }

    private static Outcome Describe(string bytes, TrainingReport report) =>
        new(bytes, [.. report.Epochs.Select(e => e.Words)], report.Epochs[^1].Loss, report.Epochs[^1].LearningRate, report.Corpus.Words, report.Corpus.KnownWords);

    private static IEnumerable<string> Figures(TrainingReport report) =>
        report.Epochs.Select(e => string.Create(CultureInfo.InvariantCulture, $"{e.Words} {e.Predictions} {e.Loss:F4}")).Append($"{report.Corpus.Words}");

    private static CorpusSource Source(string path)
    {
        CorpusSource source = CorpusSource.FromPaths(path);
        source.ShardBytes = 16 << 10;
        return source;
    }

    // A folder with one plain file, or with seven compressed ones of different sizes.
    private string Text(string name, bool packs)
    {
        _files.Write("valid", Synthetic(4000));
        byte[] all = Synthetic(Words);
        string folder = Path.Combine(_files.Folder, name);
        if (!packs)
        {
            _files.Write($"{name}/all.txt", all);
            return folder;
        }

        for (int i = 0, from = 0; i < 7; i++)
        {
            int to = i == 6 ? all.Length : Array.IndexOf(all, (byte)'\n', from + (all.Length / (8 + i))) + 1;
            _files.Write($"{name}/{i}.gz", TextFiles.Gzip(all[from..to]));
            from = to;
        }

        return folder;
    }

    private static byte[] Synthetic(int words)
    {
        using var copy = new MemoryStream();
        new SyntheticCorpus(classes: 10, wordsPerClass: 20, words: words).OpenText().CopyTo(copy);
        return copy.ToArray();
    }
}
