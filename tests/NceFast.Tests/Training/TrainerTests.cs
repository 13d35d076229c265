using System.Text;
using NceFast.Backends;
using NceFast.Backends.Host;
using NceFast.Backends.Host.WordVectors;
using NceFast.Blocks;
using NceFast.Corpus;
using NceFast.Models;
using NceFast.Objectives;
using NceFast.Training;
using NceFast.Vocab;
using Xunit;

namespace NceFast.Tests.Training;

public class TrainerTests
{
    private static readonly WordVectorOptions Small = new()
    {
        Dim = 17,
        Epochs = 2,
        Threads = 1,
        Subsample = 0,
        Corpus = new CorpusOptions { Vocabulary = new VocabularyOptions { MinCount = 1 } },
    };

    [Theory]
    [InlineData(ModelKind.SkipGram, ObjectiveKind.Nce, NormalizerKind.Learned, 16)]
    [InlineData(ModelKind.SkipGram, ObjectiveKind.Neg, NormalizerKind.Fixed, 1)]
    [InlineData(ModelKind.Cbow, ObjectiveKind.Nce, NormalizerKind.PerContext, 16)]
    [InlineData(ModelKind.Cbow, ObjectiveKind.Neg, NormalizerKind.Fixed, 1)]
    public void One_thread_trains_the_same_bits_and_the_loss_falls(ModelKind model, ObjectiveKind objective, NormalizerKind normalizer, int sharing)
    {
        WordVectorOptions options = Small with { Model = model, Objective = objective, Normalizer = normalizer, NoiseSharing = sharing, Epochs = 3 };
        using TrainedVectors first = new WordVectorTrainer(options).Train(Text());
        using TrainedVectors second = new WordVectorTrainer(options).Train(Text());
        for (int w = 0; w < first.Vocabulary.Count; w++)
        {
            Assert.Equal(first.Parameters.Input.Row(w).ToArray(), second.Parameters.Input.Row(w).ToArray());
            Assert.Equal(first.Parameters.Output.Row(w).ToArray(), second.Parameters.Output.Row(w).ToArray());
        }

        Assert.Equal(first.Parameters.Offset, second.Parameters.Offset);
        Assert.True(first.Report.Epochs[^1].Loss < 0.9 * first.Report.Epochs[0].Loss, $"loss {first.Report.Epochs[0].Loss} then {first.Report.Epochs[^1].Loss}");
    }

    [Fact]
    public void Another_seed_gives_other_vectors()
    {
        using TrainedVectors a = new WordVectorTrainer(Small).Train(Text()), b = new WordVectorTrainer(Small with { Seed = 2 }).Train(Text());
        Assert.NotEqual(a.Parameters.Input.Row(0).ToArray(), b.Parameters.Input.Row(0).ToArray());
    }

    [Theory]
    [InlineData("vector128")]
    [InlineData("vector256")]
    [InlineData("vector512")]
    public void Every_width_follows_the_scalar_loss_curve(string width)
    {
        Assert.SkipUnless(HostKernelCatalog.Usable.Contains(width), $"this processor cannot run {width}; it can run {string.Join(", ", HostKernelCatalog.Usable)}");
        using TrainedVectors scalar = new WordVectorTrainer(Small with { HostKernels = "scalar" }).Train(Text()), vector = new WordVectorTrainer(Small with { HostKernels = width }).Train(Text());
        foreach ((EpochReport s, EpochReport v) in scalar.Report.Epochs.Zip(vector.Report.Epochs))
        {
            Assert.Equal(s.Predictions, v.Predictions);
            Assert.Equal(s.Loss, v.Loss, 1e-3 * s.Loss);
        }
    }

    [Fact]
    public void Threads_and_cache_change_neither_what_is_read_nor_how_much_is_predicted()
    {
        using TrainedVectors one = new WordVectorTrainer(Small).Train(Text(200_000));
        foreach ((int threads, CacheMode cache) in new[] { (4, CacheMode.Always), (3, CacheMode.Auto) })
        {
            using TrainedVectors many = new WordVectorTrainer(Small with { Threads = threads, Corpus = Small.Corpus with { Cache = cache } }).Train(Text(200_000));
            Assert.Equal(one.Report.Epochs.Select(e => (e.Words, e.Tokens, e.Predictions)), many.Report.Epochs.Select(e => (e.Words, e.Tokens, e.Predictions)));
            Assert.Equal(one.Report.Loss, many.Report.Loss, 0.05 * one.Report.Loss);
        }
    }

    [Fact]
    public void Words_from_an_async_sequence_train_like_the_same_text()
    {
        string[][] sentences = [.. Words(3000).Chunk(20)];
        using TrainedVectors text = new WordVectorTrainer(Small).Train(CorpusSource.FromStream(new MemoryStream(Encoding.UTF8.GetBytes(string.Join('\n', sentences.Select(s => string.Join(' ', s)))))));
        using TrainedVectors words = new WordVectorTrainer(Small).Train(CorpusSource.FromSentences(Async(sentences)));
        Assert.Equal(text.Parameters.Input.Row(0).ToArray(), words.Parameters.Input.Row(0).ToArray());

        static async IAsyncEnumerable<IReadOnlyList<string>> Async(string[][] sentences)
        {
            foreach (string[] sentence in sentences)
            {
                await Task.Yield();
                yield return sentence;
            }
        }
    }

    [Fact]
    public void Cancellation_ends_the_training()
    {
        using var stop = new CancellationTokenSource();
        var seen = new List<TrainingPhase>();
        var progress = new Sink(p =>
        {
            seen.Add(p.Phase);
            if (p.Phase == TrainingPhase.Training)
                stop.Cancel();
        });
        Assert.ThrowsAny<OperationCanceledException>(() => new WordVectorTrainer(Small with { Epochs = 10_000 }).Train(Text(100_000), progress, stop.Token));
        Assert.Contains(TrainingPhase.Training, seen);
    }

    [Theory]
    [InlineData(0, 5, "TrainingOptions.Dim is 0; allowed is 1 to 65536.")]
    [InlineData(100, 0, "TrainingOptions.K is 0; allowed is 1 to 10000.")]
    public void Options_outside_their_range_are_named(int dim, int k, string message)
    {
        var error = Assert.Throws<NceFastException>(() => new WordVectorTrainer(new WordVectorOptions { Dim = dim, K = k }));
        Assert.Equal((ErrorKind.Usage, message), (error.Kind, error.Message));
    }

    [Theory]
    [InlineData(1000, 10_000, 1)]
    [InlineData(5, 10_000, 16)]
    public void More_noise_than_a_block_can_hold_is_refused(int window, int k, int sharing)
    {
        var error = Assert.Throws<NceFastException>(() => new WordVectorTrainer(new WordVectorOptions { Window = window, K = k, NoiseSharing = sharing }));
        Assert.Equal(ErrorKind.Usage, error.Kind);
        Assert.Contains("TrainingOptions.NoiseSharing", error.Message);
    }

    [Fact]
    public void An_unknown_device_is_an_error_before_the_text_is_read()
    {
        var error = Assert.Throws<NceFastException>(() => new WordVectorTrainer(Small with { Device = "quantum:0" }).Train(CorpusSource.FromStream(new Unreadable())));
        Assert.Equal(ErrorKind.Device, error.Kind);
        Assert.Contains("quantum:0", error.Message);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(10)]
    [InlineData(30)]
    [InlineData(100)]
    public void A_text_of_very_few_words_trains_without_diverging(int words)
    {
        string text = string.Join(' ', Enumerable.Range(0, 50_000).Select(i => $"w{i * i % 7919 % words}"));
        foreach (ObjectiveKind objective in ObjectiveTraits.KindsOf(ModelFamilies.WordVectors))
        {
            using TrainedVectors model = new WordVectorTrainer(Small with { Objective = objective, Threads = 2, Epochs = 3 }).Train(CorpusSource.FromStream(new MemoryStream(Encoding.ASCII.GetBytes(text))));
            Assert.InRange(model.Report.Loss, 0, 6);
        }
    }

    [Fact]
    public void A_learning_rate_that_diverges_is_an_error()
    {
        var error = Assert.Throws<NceFastException>(() => new WordVectorTrainer(Small with { LearningRate = 10, Epochs = 20 }).Train(Text()).Dispose());
        Assert.Contains("diverged", error.Message);
    }

    [Theory]
    [InlineData(ModelKind.SkipGram)]
    [InlineData(ModelKind.Cbow)]
    public void Training_on_blocks_allocates_nothing_in_steady_state(ModelKind model)
    {
        WordVectorSpec spec = (Small with { Model = model }).ToSpec(Backends.TestSpecs.Counts(500));
        using TokenBlock block = Backends.TestSpecs.Block(500, [.. Enumerable.Repeat(30, 20)]);
        using var parameters = new WordVectorParameters(spec);
        parameters.Initialize(1, Backends.TestSpecs.Counts(500));
        using var backend = new WordVectorBackend(spec, parameters, 2, 0.025f);
        IBlockWorker worker = backend.Workers[0];
        for (int epoch = 0; epoch < 50; epoch++)
            worker.Process(block, new BlockStep(epoch, 0.025f));
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int epoch = 50; epoch < 150; epoch++)
            worker.Process(block, new BlockStep(epoch, 0.025f));
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Mean_is_halfway_between_input_and_output()
    {
        using TrainedVectors model = new WordVectorTrainer(Small).Train(Text());
        using var mean = model.GetVectors(VectorKind.Mean);
        Assert.Equal((model.Parameters.Input.Row(3)[5] + model.Parameters.Output.Row(3)[5]) / 2, mean.Matrix.Row(3)[5]);
        Assert.Equal(model.Vocabulary.Count, mean.Count);
    }

    private static CorpusSource Text(int words = 20_000) =>
        CorpusSource.FromStream(new MemoryStream(Encoding.ASCII.GetBytes(string.Join(' ', Words(words)))));

    // Words come in sequences of one topic, so that there is something to learn.
    private static IEnumerable<string> Words(int count)
    {
        var random = new Random(7);
        for (int i = 0; i < count; i++)
            yield return $"t{i / 50 % 7}w{(int)(20 * random.NextDouble() * random.NextDouble())}";
    }

    private sealed class Sink(Action<TrainingProgress> report) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => report(value);
    }

    private sealed class Unreadable : MemoryStream
    {
        public override int Read(Span<byte> buffer) => throw new InvalidOperationException("the text was read");
    }
}
