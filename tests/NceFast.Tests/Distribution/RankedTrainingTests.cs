using NceFast.Blocks;
using NceFast.Corpus;
using NceFast.Distribution;
using NceFast.Evaluation;
using NceFast.Models;
using NceFast.Objectives;
using NceFast.Tests.Corpus;
using NceFast.Training;
using NceFast.Vocab;
using Xunit;

namespace NceFast.Tests.Distribution;

/// <summary>Complete trainings of several replicas, in one process and with threads as ranks.</summary>
public sealed class RankedTrainingTests : IDisposable
{
    private static readonly WordVectorOptions Small = new()
    {
        Dim = 16,
        Epochs = 3,
        Threads = 2,
        Subsample = 0,
        Sync = new SyncOptions { Period = 20_000, Rows = 64 },
        Corpus = new CorpusOptions { Vocabulary = new VocabularyOptions { MinCount = 1 } },
    };

    private readonly TextFiles _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public void Replicas_in_one_process_train_as_well_as_one_on_the_same_words()
    {
        string text = Text("text", 300_000);
        using TrainedVectors one = new WordVectorTrainer(Small).Train(CorpusSource.FromPaths(text)), two = new WordVectorTrainer(Small with { Device = "host,host" }).Train(CorpusSource.FromPaths(text));
        Assert.Equal(one.Report.Epochs.Select(e => e.Words), two.Report.Epochs.Select(e => e.Words));
        Assert.Equal(one.Report.Loss, two.Report.Loss, 0.03 * one.Report.Loss);
        Assert.Contains(" + host", two.Report.Device);
    }

    // A sample within an epoch once counted the words of rank 0 only.
    [Fact]
    public void Progress_counts_the_words_of_all_ranks()
    {
        string text = Text("text", 300_000);
        var words = new List<(long Words, double Fraction)>();
        var results = RankThreads.Run(2, ranks => new WordVectorTrainer(Small with { Threads = 1, Epochs = 2 }, ranks: ranks)
            .Train(Source(text), ranks.Rank == 0 ? new Listener(p => words.Add((p.Words, p.Fraction))) : null));
        Assert.All(results, r => Assert.Null(r.Error));
        (long Words, double Fraction)[] inside = [.. words.Where(w => w.Fraction is > 0.1 and < 1)];
        Assert.NotEmpty(inside);
        Assert.All(inside, w => Assert.Equal(600_000 * w.Fraction, w.Words, 150_000.0));
        Array.ForEach(results, r => r.Result!.Dispose());
    }

    private sealed class Listener(Action<TrainingProgress> heard) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            if (value.Phase == TrainingPhase.Training)
                heard(value);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Ranks_share_the_text_and_the_counting_and_end_with_one_model(bool overlap)
    {
        string text = Text("text", 300_000);
        using TrainedVectors one = new WordVectorTrainer(Small).Train(Source(text));
        var results = RankThreads.Run(3, ranks => new WordVectorTrainer(Small with { Threads = 1, Sync = Small.Sync with { Overlap = overlap } }, ranks: ranks).Train(Source(text)));
        foreach ((TrainedVectors? model, Exception? error) in results)
        {
            Assert.Null(error);
            Assert.Equal(one.Vocabulary.Counts.ToArray(), model!.Vocabulary.Counts.ToArray());
            Assert.Equal(one.Report.Corpus with { CountingBudgetBytes = 0, CountingPeakBytes = 0 }, model.Report.Corpus with { CountingBudgetBytes = 0, CountingPeakBytes = 0 }); // ranks divide the memory
            Assert.Equal(one.Report.Epochs.Select(e => (e.Words, e.Predictions)), model.Report.Epochs.Select(e => (e.Words, e.Predictions)));
            Assert.Equal(one.Report.Loss, model.Report.Loss, 0.05 * one.Report.Loss);
            for (int w = 0; w < one.Vocabulary.Count; w++)
            {
                Assert.Equal(one.Vocabulary.Words.GetString(w), model.Vocabulary.Words.GetString(w));
                Assert.Equal(results[0].Result!.Parameters.Input.Row(w).ToArray(), model.Parameters.Input.Row(w).ToArray());
            }
        }

        Assert.NotEqual(one.Parameters.Input.Row(0).ToArray(), results[0].Result!.Parameters.Input.Row(0).ToArray());
        Array.ForEach(results, r => r.Result!.Dispose());
    }

    [Fact]
    public void Ranks_with_texts_of_different_length_end_together()
    {
        string[] texts = [Text("large", 200_000), _files.Write("little", "c00w01 c00w02 c01w03\n"u8.ToArray())];
        var results = RankThreads.Run(2, ranks => new WordVectorTrainer(Small with { Threads = 1, Sync = Small.Sync with { Shards = ShardMode.Own } }, ranks: ranks).Train(CorpusSource.FromPaths(texts[ranks.Rank])));
        Assert.All(results, r => Assert.Null(r.Error));
        Assert.All(results, r => Assert.Equal(200_003, r.Result!.Report.Corpus.Words));
        Assert.All(results, r => Assert.Equal(200_003, r.Result!.Report.Epochs[2].Words));
        Array.ForEach(results, r => r.Result!.Dispose());
    }

    [Fact]
    public void A_cancelled_rank_stops_all_ranks_together()
    {
        string text = Text("text", 300_000);
        using var stop = new CancellationTokenSource();
        var results = RankThreads.Run(2, ranks => new WordVectorTrainer(Small with { Threads = 1, Epochs = 10_000 }, ranks: ranks)
            .Train(Source(text), new Sink(p => { if (p.Phase == TrainingPhase.Training && p.Epoch == 2) stop.Cancel(); }), ranks.Rank == 0 ? stop.Token : default));
        Assert.All(results, r => Assert.IsType<StoppedTogetherException>(r.Error));
    }

    [Fact]
    public void Different_options_or_files_are_refused()
    {
        string text = Text("text", 20_000), other = Text("other", 10_000);
        var options = RankThreads.Run(2, ranks => new WordVectorTrainer(Small with { Dim = 8 + ranks.Rank }, ranks: ranks).Train(CorpusSource.FromPaths(text)));
        Assert.All(options, r => Assert.Contains("Dim = 9", r.Error!.Message));
        var files = RankThreads.Run(2, ranks => new WordVectorTrainer(Small, ranks: ranks).Train(CorpusSource.FromPaths(ranks.Rank == 0 ? text : other)));
        Assert.All(files, r => Assert.Contains("ShardMode.Own", r.Error!.Message));
        var once = RankThreads.Run(2, ranks => new WordVectorTrainer(Small, ranks: ranks).Train(CorpusSource.FromStream(File.OpenRead(text))));
        Assert.All(once, r => Assert.Contains("read only once", r.Error!.Message));
    }

    [Fact]
    public void Every_block_of_shards_and_of_gzip_belongs_to_one_rank()
    {
        byte[] bytes = File.ReadAllBytes(Text("text", 400_000));
        string[] paths = [_files.Write("plain", bytes), _files.Write("packed.gz", Gzip(bytes))];
        foreach (string path in paths)
        {
            List<ulong> whole = Blocks(Source(path));
            List<ulong>[] parts = [.. Enumerable.Range(0, 3).Select(r => Blocks(Source(path).TakePart(r, 3)))];
            Assert.All(parts, p => Assert.NotEmpty(p));
            Assert.Equal(whole.Order(), parts.SelectMany(p => p).Order());
        }
    }

    [Theory]
    [InlineData(RateSchedule.Halving)]
    [InlineData(RateSchedule.AdaGrad)]
    public void Language_models_of_several_ranks_come_near_that_of_one_and_all_ranks_decide_alike(RateSchedule schedule)
    {
        string text = Text("text", 120_000), valid = Text("valid", 10_000);
        var options = new LanguageModelOptions
        {
            Dim = 8,
            K = 5,
            Epochs = 3,
            Threads = 1,
            Schedule = schedule,
            LearningRate = 0.05,
            Normalizer = NormalizerKind.Learned,
            PlaceWeights = PlaceWeightKind.Diagonal,
            Sync = Small.Sync,
            Corpus = Small.Corpus,
        };
        using TrainedLanguageModel trained = new LanguageModelTrainer(options).Train(CorpusSource.FromPaths(text), valid);
        TrainingReport expected = trained.Report;
        var results = RankThreads.Run(2, ranks => new LanguageModelTrainer(options, ranks: ranks).Train(Source(text), valid));
        Assert.All(results, r => Assert.Null(r.Error));
        double[] perplexities = [.. results.Select(r => PerplexityEvaluation.Run(r.Result!.Model, valid).Perplexity)];
        Assert.Equal(perplexities[0], perplexities[1], 1e-9 * perplexities[0]);
        Assert.InRange(perplexities[0], 0, 1.1 * expected.Epochs.Min(e => e.Validation!.Perplexity));
        Array.ForEach(results, r => r.Result!.Dispose());
    }

    [Fact]
    public void Ranks_merge_the_sums_of_AdaGrad()
    {
        string text = Text("text", 120_000);
        WordVectorOptions options = Small with { Schedule = RateSchedule.AdaGrad };
        using TrainedVectors one = new WordVectorTrainer(options).Train(CorpusSource.FromPaths(text));
        var results = RankThreads.Run(2, ranks => new WordVectorTrainer(options, ranks: ranks).Train(Source(text)));
        Assert.All(results, r => Assert.Null(r.Error));
        WordVectorParameters first = results[0].Result!.Parameters, second = results[1].Result!.Parameters;
        Assert.Equal(first.InputSums, second.InputSums);
        Assert.Equal(first.OutputSums, second.OutputSums);
        float start = options.Objective.Traits().AdaGradStart;
        Assert.All(first.OutputSums, sum => Assert.True(sum >= start, $"a sum fell to {sum}"));
        double grown = first.OutputSums.Sum(s => s - start), alone = one.Parameters.OutputSums.Sum(s => s - start);
        Assert.InRange(grown / alone, 0.3, 1.2); // a merge of two changes of a frequent row comes near their mean, of rows and sums alike
        Array.ForEach(results, r => r.Result!.Dispose());
    }

    private static CorpusSource Source(string path)
    {
        CorpusSource source = CorpusSource.FromPaths(path);
        source.ShardBytes = 64 << 10;
        return source;
    }

    private static List<ulong> Blocks(CorpusSource source)
    {
        using PreparedCorpus corpus = PreparedCorpus.Prepare(source, Small.Corpus with { VocabularyIn = null }, 1);
        using IBlockReader reader = corpus.Blocks.Open(0, 1)[0];
        using var block = new TokenBlock();
        var numbers = new List<ulong>();
        while (reader.TryRead(block))
            numbers.Add(block.Number);
        return numbers;
    }

    private static byte[] Gzip(byte[] bytes)
    {
        using var packed = new MemoryStream();
        using (var gzip = new System.IO.Compression.GZipStream(packed, System.IO.Compression.CompressionLevel.Fastest))
            gzip.Write(bytes);
        return packed.ToArray();
    }

    private string Text(string name, int words)
    {
        using var copy = new MemoryStream();
        new SyntheticCorpus(classes: 10, wordsPerClass: 20, words: words).OpenText().CopyTo(copy);
        return _files.Write(name, copy.ToArray());
    }

    private sealed class Sink(Action<TrainingProgress> report) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => report(value);
    }
}
