using NceFast.Blocks;
using NceFast.Corpus;
using NceFast.Tests.Exports;
using NceFast.Training;
using NceFast.Vocab;
using Xunit;

namespace NceFast.Tests.Training;

/// <summary>Tests trainings that run on a thread of their own.</summary>
public sealed class TrainAsyncTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private static readonly CorpusOptions AllWords = new() { Vocabulary = new VocabularyOptions { MinCount = 1 } };

    private static readonly WordVectorOptions Small = new() { Dim = 8, Epochs = 1, Threads = 1, Corpus = AllWords };

    [Fact]
    public async Task The_result_is_that_of_train()
    {
        using var folder = new TempFolder();
        string text = Write(folder, 20_000);
        using TrainedVectors expected = new WordVectorTrainer(Small).Train(CorpusSource.FromPaths(text));
        using TrainedVectors actual = await new WordVectorTrainer(Small).TrainAsync(CorpusSource.FromPaths(text)).WaitAsync(Patience);
        Assert.Equal(expected.Parameters.Input.Row(3).ToArray(), actual.Parameters.Input.Row(3).ToArray());
        var options = new LanguageModelOptions { Dim = 8, Epochs = 1, Threads = 1, Corpus = AllWords };
        using TrainedLanguageModel expectedModel = new LanguageModelTrainer(options).Train(CorpusSource.FromPaths(text));
        using TrainedLanguageModel actualModel = await new LanguageModelTrainer(options).TrainAsync(CorpusSource.FromPaths(text)).WaitAsync(Patience);
        Assert.Equal(expectedModel.Model.Parameters.Target.Row(3).ToArray(), actualModel.Model.Parameters.Target.Row(3).ToArray());
    }

    [Fact]
    public async Task The_call_returns_before_the_training_ends_and_uses_no_thread_of_the_pool()
    {
        using var folder = new TempFolder();
        using var begun = new ManualResetEventSlim();
        bool pooled = true;
        var trainer = new WordVectorTrainer(Small)
        {
            Counted = _ =>
            {
                pooled = Thread.CurrentThread.IsThreadPoolThread;
                begun.Wait(Patience);
            },
        };
        Task<TrainedVectors> training = trainer.TrainAsync(CorpusSource.FromPaths(Write(folder, 5000)));
        Assert.False(training.IsCompleted);
        begun.Set();
        using TrainedVectors vectors = await training.WaitAsync(Patience);
        Assert.False(pooled);
    }

    [Fact]
    public async Task A_cancelled_training_cancels_the_task_and_leaves_nothing()
    {
        using var folder = new TempFolder();
        using var stop = new CancellationTokenSource();
        var trainer = new WordVectorTrainer(Small with { Epochs = 1000 }) { Counted = _ => stop.Cancel() };
        Task<TrainedVectors> training = trainer.TrainAsync(CorpusSource.FromPaths(Write(folder, 50_000)), cancellation: stop.Token);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => training.WaitAsync(Patience));
        Assert.True(training.IsCanceled);
        Assert.Equal(["text"], folder.Files);
    }

    [Fact]
    public async Task A_cancelled_training_with_checkpoints_is_saved_and_continues()
    {
        using var folder = new TempFolder();
        using var stop = new CancellationTokenSource();
        CorpusSource source = CorpusSource.FromPaths(Write(folder, 50_000));
        var checkpoints = new CheckpointOptions { Folder = folder["saved"] };
        var trainer = new WordVectorTrainer(Small with { Epochs = 3 });
        var stopper = new Stopper(stop);
        var stopped = await Assert.ThrowsAsync<TrainingStoppedException>(() => trainer.TrainAsync(source, stopper, stop.Token, checkpoints).WaitAsync(Patience));
        Assert.Equal(folder["saved"], stopped.Folder);
        using TrainedVectors continued = await trainer.TrainAsync(source, checkpoints: checkpoints with { Resume = true }).WaitAsync(Patience);
        using TrainedVectors whole = trainer.Train(source);
        Assert.Equal(whole.Parameters.Input.Row(3).ToArray(), continued.Parameters.Input.Row(3).ToArray());
    }

    [Fact]
    public async Task An_error_of_the_training_is_that_of_the_task()
    {
        using var folder = new TempFolder();
        var error = await Assert.ThrowsAsync<NceFastException>(() => new WordVectorTrainer(Small).TrainAsync(CorpusSource.FromPaths(folder.Write("text", ""))));
        Assert.Equal(ErrorKind.EmptyVocabulary, error.Kind);
        Assert.Throws<ArgumentNullException>(() => { _ = new WordVectorTrainer(Small).TrainAsync(null!); });
    }

    private static string Write(TempFolder folder, long words)
    {
        using (FileStream file = File.Create(folder["text"]))
            new SyntheticCorpus(5, 20, words).OpenText().CopyTo(file);
        return folder["text"];
    }

    /// <summary>Stops the training at its first progress.</summary>
    private sealed class Stopper(CancellationTokenSource stop) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            if (value.Phase == TrainingPhase.Training)
                stop.Cancel();
        }
    }
}
