using NceFast.Blocks;
using NceFast.Corpus;
using NceFast.Distribution;
using NceFast.Tests.Distribution;
using NceFast.Tests.Exports;
using NceFast.Training;
using NceFast.Vocab;
using Xunit;

namespace NceFast.Tests.Training;

/// <summary>A training without a prediction ends in an error, and inputs that cannot be measured are found before it begins.</summary>
public sealed class NothingToPredictTests : IDisposable
{
    private readonly TempFolder _texts = new();

    private static readonly CorpusOptions AnyWord = new() { Vocabulary = new VocabularyOptions { MinCount = 1 } };

    public static TheoryData<string, string> Reasons() => new()
    {
        { "no common word", "0 are in the vocabulary of 2" },
        { "one word per line", "two kept words in one line" },
        { "all words removed", "Raise the threshold of subsampling" },
    };

    [Theory]
    [MemberData(nameof(Reasons))]
    public void Word_vectors_without_a_prediction_are_an_error(string text, string reason)
    {
        foreach (string device in (string[])["host", "host,host"])
        {
            var error = Assert.Throws<NceFastException>(() => Vectors(text, device));
            Assert.Equal(ErrorKind.EmptyVocabulary, error.Kind);
            Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_language_model_without_a_prediction_is_an_error()
    {
        var options = new LanguageModelOptions { Dim = 8, Epochs = 2, Threads = 1, ClosedVocabulary = false, Corpus = AnyWord with { VocabularyIn = Known("x", "y") } };
        var error = Assert.Throws<NceFastException>(() => new LanguageModelTrainer(options).Train(Words("a b\nb a c"), null));
        Assert.Equal(ErrorKind.EmptyVocabulary, error.Kind);
        Assert.Contains("of 5 words of text, 0 are in the vocabulary", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void No_finished_checkpoint_is_left()
    {
        using var folder = new TempFolder();
        var options = new WordVectorOptions { Dim = 8, Epochs = 2, Threads = 1, Subsample = 0, Corpus = AnyWord };
        var checkpoints = new CheckpointOptions { Folder = folder["run"] };
        Assert.Throws<NceFastException>(() => new WordVectorTrainer(options).Train(Words("a\nb\na\n"), checkpoints: checkpoints));
        Assert.Equal(ErrorKind.EmptyVocabulary, Assert.Throws<NceFastException>(() => new WordVectorTrainer(options).Train(Words("a\nb\na\n"), checkpoints: checkpoints with { Resume = true })).Kind);
    }

    // Subsampling keeps a pair of words of two short sentences in some epochs only.
    [Fact]
    public void An_epoch_without_a_prediction_among_others_has_no_loss()
    {
        var log = new Messages();
        var options = new WordVectorOptions { Dim = 4, Epochs = 60, Threads = 1, Subsample = 0.01, Corpus = AnyWord };
        using TrainedVectors model = new WordVectorTrainer(options, logger: log).Train(Words("a b\nb a\n"));
        Assert.Contains(model.Report.Epochs, e => e.Predictions == 0);
        Assert.Contains(model.Report.Epochs, e => e.Predictions > 0);
        Assert.All(model.Report.Epochs, e => Assert.Equal(e.Predictions == 0, double.IsNaN(e.Loss)));
        Assert.Single(log.Warnings, w => w.Contains("epochs have no loss", StringComparison.Ordinal));
    }

    [Fact]
    public void A_rank_without_a_prediction_is_fine_as_long_as_another_makes_some()
    {
        var options = new WordVectorOptions { Dim = 4, Epochs = 2, Threads = 1, Subsample = 0, Sync = new SyncOptions { Shards = ShardMode.Own }, Corpus = AnyWord };
        (TrainedVectors? Result, Exception? Error)[] some = RankThreads.Run(2, ranks => new WordVectorTrainer(options, ranks: ranks).Train(Words(ranks.Rank == 0 ? "a\nb\n" : "a b a b\nb a\n")));
        Assert.All(some, r => Assert.True(r.Result?.Report.Loss > 0, r.Error?.ToString()));
        Array.ForEach(some, r => r.Result!.Dispose());
        (TrainedVectors? Result, Exception? Error)[] none = RankThreads.Run(2, ranks => new WordVectorTrainer(options, ranks: ranks).Train(Words("a\nb\n")));
        Assert.All(none, r => Assert.Equal(ErrorKind.EmptyVocabulary, Assert.IsType<NceFastException>(r.Error).Kind));
    }

    [Theory]
    [InlineData(" \n\n", null)]
    [InlineData("zz yy\nxx zz\n", null)]
    [InlineData(null, "")]
    [InlineData(null, "a\tb\t3\nb\tc\t2\n")]
    [InlineData(null, "x\ty\t3\ny\tz\t2\nz\tx\t1\n")]
    [InlineData(null, "a\tb\t3\nb\tc\t3\nc\ta\t3\n")]
    public void Inputs_that_cannot_be_measured_are_found_before_an_epoch(string? heldOut, string? table)
    {
        using var folder = new TempFolder();
        string? text = heldOut is null ? null : folder.Write("text", heldOut);
        var seen = new List<TrainingProgress>();
        var probes = new ProbeOptions { HeldOut = text, Similarity = table is null ? null : folder.Write("table", table) };
        const string Corpus = "a b c a b\nc b a\n";
        var vectors = new WordVectorOptions { Dim = 4, Epochs = 1, Threads = 1, Subsample = 0, Corpus = AnyWord, Probes = probes };
        Assert.Equal(ErrorKind.EmptyVocabulary, Assert.Throws<NceFastException>(() => new WordVectorTrainer(vectors).Train(Words(Corpus), new Recorder(seen))).Kind);
        var language = new LanguageModelOptions { Dim = 4, Epochs = 1, Threads = 1, ClosedVocabulary = false, Corpus = AnyWord, Probes = probes with { HeldOut = null } };
        Assert.Equal(ErrorKind.EmptyVocabulary, Assert.Throws<NceFastException>(() => new LanguageModelTrainer(language).Train(Words(Corpus), text, new Recorder(seen))).Kind);
        Assert.DoesNotContain(seen, p => p.Phase == TrainingPhase.Training);
    }

    [Fact]
    public void Probes_and_checkpoints_have_a_time_of_their_own()
    {
        using var folder = new TempFolder();
        string table = folder.Write("table", "c00w00\tc00w01\t9\nc00w00\tc01w01\t2\nc02w00\tc02w05\t8\n"), text = folder["held"];
        Synthetic(text, 9);
        var options = new WordVectorOptions { Dim = 16, Epochs = 2, Threads = 1, Probes = new ProbeOptions { HeldOut = text, Similarity = table } };
        using TrainedVectors model = new WordVectorTrainer(options).Train(Synthetic(folder["corpus"], 1), checkpoints: new CheckpointOptions { Folder = folder["run"] });
        Assert.True(model.Report.ProbeSeconds > 0);
        Assert.True(model.Report.CheckpointSeconds > 0);
        Assert.Equal(0, model.Report.EarlierSeconds);
        using TrainedVectors again = new WordVectorTrainer(options).Train(CorpusSource.FromPaths(folder["corpus"]), checkpoints: new CheckpointOptions { Folder = folder["run"], Resume = true });
        Assert.True(again.Report.ProbeSeconds > 0); // the time of the process before
        Assert.InRange(again.Report.EarlierSeconds, again.Report.ProbeSeconds + again.Report.TrainingSeconds - 0.05, double.MaxValue);
    }

    public void Dispose() => _texts.Dispose();

    private void Vectors(string text, string device)
    {
        var options = new WordVectorOptions { Dim = 4, Epochs = 2, Threads = 2, Device = device, Corpus = AnyWord };
        (options, CorpusSource source) = text switch
        {
            "no common word" => (options with { Corpus = AnyWord with { VocabularyIn = Known("x", "y") } }, Words("a b\nb a c")),
            "one word per line" => (options with { Subsample = 0 }, Words("a\nb\na\n")),
            _ => (options with { Subsample = 1e-12 }, Words("a b\nb a c")),
        };
        new WordVectorTrainer(options).Train(source).Dispose();
    }

    private CorpusSource Words(string text) => CorpusSource.FromPaths(_texts.Write($"text{text.Length}", text));

    private static CorpusSource Synthetic(string path, ulong seed)
    {
        using (FileStream file = File.Create(path))
            new SyntheticCorpus(5, 20, 40_000, seed).OpenText().CopyTo(file);
        return CorpusSource.FromPaths(path);
    }

    private static Vocabulary Known(params string[] words)
    {
        var list = new WordList.Builder();
        foreach (string word in words)
            list.Add(word);
        return new Vocabulary(list.Build(), [.. words.Select(_ => 5L)]);
    }

    private sealed class Recorder(List<TrainingProgress> seen) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => seen.Add(value);
    }

    private sealed class Messages : Microsoft.Extensions.Logging.ILogger
    {
        public List<string> Warnings { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(Microsoft.Extensions.Logging.LogLevel logLevel) => true;

        public void Log<TState>(Microsoft.Extensions.Logging.LogLevel logLevel, Microsoft.Extensions.Logging.EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (logLevel == Microsoft.Extensions.Logging.LogLevel.Warning)
                Warnings.Add(formatter(state, exception));
        }
    }
}
