using NceFast.Blocks;
using NceFast.Corpus;
using NceFast.Objectives;
using NceFast.Store;
using NceFast.Tests.Corpus;
using NceFast.Training;
using NceFast.Vocab;
using Xunit;

namespace NceFast.Tests.Training.Checkpointing;

/// <summary>Continues a training with a new text and a larger vocabulary.</summary>
public sealed class ContinuedTrainingTests : IDisposable
{
    private const float NoStep = 1e-8f; // a rate at which rows do not change
    private readonly TextFiles _files = new();

    private static readonly WordVectorOptions Small = new() { Dim = 8, Epochs = 1, Threads = 1, Subsample = 0, Corpus = new CorpusOptions { Vocabulary = new VocabularyOptions { MinCount = 3 } } };

    public void Dispose() => _files.Dispose();

    [Theory]
    [InlineData(CacheMode.Always, ObjectiveKind.Nce)]
    [InlineData(CacheMode.Never, ObjectiveKind.Nce)]
    [InlineData(CacheMode.Always, ObjectiveKind.RankingNce)]
    public void Old_words_keep_rows_biases_and_counts_and_new_words_are_added(CacheMode cache, ObjectiveKind objective)
    {
        using TrainedVectors first = new WordVectorTrainer(Small with { Objective = objective }).Train(First(), checkpoints: Checkpoints());
        WordVectorOptions onward = Small with { Objective = objective, From = Path.Combine(_files.Folder, "run"), LearningRate = NoStep, Epochs = 2, Corpus = Small.Corpus with { Cache = cache } };
        using TrainedVectors second = new WordVectorTrainer(onward).Train(Second());
        Assert.Equal(["a", "b", "c", "new"], Names(second.Vocabulary).Order());
        (int a, int c) = (second.Vocabulary.Find("a"), second.Vocabulary.Find("c"));
        Assert.Equal(300 + 500, second.Vocabulary.Counts[a]);
        Assert.Equal(100, second.Vocabulary.Counts[c]); // not in the new text at all
        Assert.Equal(3 * 500 + 1, second.Report.Epochs[0].Words); // one rare word
        Assert.Equal(3 * 500, second.Report.Epochs[0].Tokens);
        for (int old = 0; old < first.Vocabulary.Count; old++)
        {
            int id = second.Vocabulary.Find(first.Vocabulary.Words[old]);
            for (int i = 0; i < Small.Dim; i++)
            {
                Assert.Equal(first.Parameters.Input.Row(old)[i], second.Parameters.Input.Row(id)[i], 1e-5);
                Assert.Equal(first.Parameters.Output.Row(old)[i], second.Parameters.Output.Row(id)[i], 1e-5);
            }

            Assert.Equal(first.Parameters.Bias(old), second.Parameters.Bias(id), 1e-3); // although its noise probability changed
        }

        int added = second.Vocabulary.Find("new");
        Assert.NotEqual(0, second.Parameters.Input.Row(added)[0]);
        Assert.Equal(Math.Log(500.0 / second.Vocabulary.TotalWords), second.Parameters.Bias(added), 1e-3);
    }

    [Fact]
    public void Old_words_keep_the_sums_of_AdaGrad()
    {
        WordVectorOptions options = Small with { Schedule = RateSchedule.AdaGrad };
        using TrainedVectors first = new WordVectorTrainer(options).Train(First(), checkpoints: Checkpoints());
        using TrainedVectors second = new WordVectorTrainer(options with { From = Path.Combine(_files.Folder, "run") }).Train(Second());
        int c = second.Vocabulary.Find("c"); // not in the new text at all, so that its input row is not stepped
        Assert.True(first.Parameters.InputSums[first.Vocabulary.Find("c")] > options.Objective.Traits().AdaGradStart);
        Assert.Equal(first.Parameters.InputSums[first.Vocabulary.Find("c")], second.Parameters.InputSums[c]);
    }

    [Fact]
    public void Limits_hold_for_new_words_only()
    {
        using (new WordVectorTrainer(Small).Train(First(), checkpoints: Checkpoints()))
        {
        }

        CorpusOptions corpus = Small.Corpus with { Vocabulary = new VocabularyOptions { MinCount = 1, MaxVocab = 4 } };
        using TrainedVectors second = new WordVectorTrainer(Small with { From = Path.Combine(_files.Folder, "run"), Corpus = corpus }).Train(Second());
        Assert.Equal(["a", "b", "c", "new"], Names(second.Vocabulary).Order());
    }

    [Theory]
    [InlineData(ObjectiveKind.Nce)]
    [InlineData(ObjectiveKind.RankingNce)]
    public void A_language_model_continues_from_its_file(ObjectiveKind objective)
    {
        var options = new LanguageModelOptions { Objective = objective, Dim = 6, K = 3, Epochs = 1, Threads = 1, Batch = 32, Corpus = Small.Corpus };
        using TrainedLanguageModel began = new LanguageModelTrainer(options).Train(First(), null);
        LanguageModel first = began.Model;
        string path = Path.Combine(_files.Folder, "m.lm");
        first.Save(path);
        using TrainedLanguageModel ended = new LanguageModelTrainer(options with { From = path, LearningRate = NoStep, WeightDecay = 0 }).Train(Second(), null);
        LanguageModel second = ended.Model;
        Assert.True(second.Vocabulary.Find("new") >= 0);
        Assert.Equal(100 + 501, second.Vocabulary.Counts[second.Vocabulary.Find("</s>")]);
        foreach (string word in (string[])["a", "c", "</s>", "<unk>"])
        {
            (int then, int now) = (first.Vocabulary.Find(word), second.Vocabulary.Find(word));
            Assert.Equal(first.Parameters.Target.Row(then)[2], second.Parameters.Target.Row(now)[2], 1e-5);
            Assert.Equal(first.Parameters.Bias[then], second.Parameters.Bias[now], 1e-5);
        }

        Assert.Equal(first.Parameters.Context.Row(first.Vocabulary.Count)[1], second.Parameters.Context.Row(second.Vocabulary.Count)[1], 1e-5); // the row of <s>
        Assert.Equal(first.Parameters.PlaceWeights.Row(3)[3], second.Parameters.PlaceWeights.Row(3)[3], 1e-5);
    }

    [Fact]
    public void A_model_that_does_not_fit_is_reported()
    {
        using (new WordVectorTrainer(Small).Train(First(), checkpoints: Checkpoints()))
        {
        }

        string run = Path.Combine(_files.Folder, "run");
        Refuses(Small with { From = run, Dim = 9 }, "TrainingOptions.Dim");
        Refuses(Small with { From = Path.Combine(_files.Folder, "absent") }, "cannot be read");
        Refuses(Small with { From = _files.Folder }, "holds no checkpoint");
        var language = new LanguageModelOptions { Dim = 8, Threads = 1, From = run, Corpus = Small.Corpus };
        Assert.Contains("cannot start from it", Assert.Throws<NceFastException>(() => new LanguageModelTrainer(language).Train(Second(), null)).Message);

        void Refuses(WordVectorOptions options, string message) =>
            Assert.Contains(message, Assert.Throws<NceFastException>(() => new WordVectorTrainer(options).Train(Second()).Dispose()).Message);
    }

    [Fact]
    public void A_forecast_counts_the_grown_vocabulary_and_makes_the_checks_of_the_training()
    {
        using (new WordVectorTrainer(Small).Train(First(), checkpoints: Checkpoints()))
        {
        }

        string run = Path.Combine(_files.Folder, "run");
        TrainingForecast forecast = new WordVectorTrainer(Small with { From = run }).Forecast(Second());
        Assert.Equal(4, forecast.VocabularyWords); // a, b, c and new
        Assert.Equal(1501, forecast.Words);
        Assert.Contains("TrainingOptions.Dim", Assert.Throws<NceFastException>(() => new WordVectorTrainer(Small with { From = run, Dim = 9 }).Forecast(Second())).Message);
        var language = new LanguageModelOptions { Dim = 8, Threads = 1, From = run, Corpus = Small.Corpus };
        Assert.Contains("cannot start from it", Assert.Throws<NceFastException>(() => new LanguageModelTrainer(language).Forecast(Second())).Message);
    }

    private CheckpointOptions Checkpoints() => new() { Folder = Path.Combine(_files.Folder, "run") };

    private CorpusSource First() => CorpusSource.FromPaths(_files.Write("first", string.Concat(Enumerable.Repeat("a b a b a c\n", 100))));

    private CorpusSource Second() => CorpusSource.FromPaths(_files.Write("second", string.Concat(Enumerable.Repeat("a b new\n", 500)) + "rare\n"));

    private static IEnumerable<string> Names(Vocabulary vocabulary) => Enumerable.Range(0, vocabulary.Count).Select(vocabulary.Words.GetString);
}
