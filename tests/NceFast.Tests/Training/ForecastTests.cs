using NceFast.Backends;
using NceFast.Blocks;
using NceFast.Corpus;
using NceFast.Models;
using NceFast.Tests.Corpus;
using NceFast.Training;
using NceFast.Vocab;
using Xunit;

namespace NceFast.Tests.Training;

/// <summary>Compares forecasts with the memory and the files of a training. Runs alone, because it measures the memory of the whole process.</summary>
[Collection(nameof(Fuzz.Alone))]
public sealed class ForecastTests : IDisposable
{
    private const int Padded = 16; // floats of a row of up to 16
    private readonly TextFiles _files = new();

    private static readonly CorpusOptions Words = new() { Vocabulary = new VocabularyOptions { MinCount = 1 } };

    private static readonly LanguageModelOptions Language = new() { Dim = 8, K = 4, Threads = 1, Batch = 32, PlaceWeights = PlaceWeightKind.Full, Corpus = Words };

    public void Dispose() => _files.Dispose();

    [Fact]
    public void Workers_and_replicas_are_counted()
    {
        var options = new WordVectorOptions { Dim = 8, Epochs = 1, Threads = 2, Device = "host,host", Corpus = Words };
        GC.Collect(); // memory that earlier tests left would be freed during the measurement
        GC.WaitForPendingFinalizers();
        TrainingForecast forecast = new WordVectorTrainer(options).Forecast(Source());
        Assert.Equal(3 * Padded * sizeof(float), Part(forecast, "input"));
        Assert.Equal(2 * Tables(forecast), Part(forecast, "copies of all tables"));
        Assert.InRange(Part(forecast, "working memory"), 0, long.MaxValue); // measured for the process, in which other tests have run
    }

    [Fact]
    public void Validation_takes_a_copy_of_the_model_in_memory_and_in_a_checkpoint_but_not_in_the_models_file()
    {
        var trainer = new LanguageModelTrainer(Language);
        string valid = _files.Write("valid.txt", "a b c\n");
        TrainingForecast with = trainer.Forecast(Source(), valid), without = trainer.Forecast(Source());
        long copy = Part(with, "copy of the tables");
        Assert.Equal(Tables(without), copy);
        Assert.DoesNotContain(without.Memory, p => p.Name.StartsWith("copy", StringComparison.Ordinal));
        Assert.InRange(with.CheckpointBytes - without.CheckpointBytes, copy / 2, copy); // rows are saved without their padding
        Assert.Equal(with.ModelBytes, without.ModelBytes);
        Assert.Contains("validation text", Assert.Throws<NceFastException>(() => new LanguageModelTrainer(Language with { Schedule = RateSchedule.Halving }).Forecast(Source())).Message);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_memory_of_a_device_is_reported(bool language)
    {
        var catalog = new BackendCatalog();
        catalog.Register(new Elsewhere());
        TrainingForecast forecast = language
            ? new LanguageModelTrainer(Language with { Device = "elsewhere" }, catalog).Forecast(Source())
            : new WordVectorTrainer(new WordVectorOptions { Dim = 8, Epochs = 1, Threads = 1, Device = "elsewhere", Corpus = Words }, catalog).Forecast(Source());
        MemoryPart part = Assert.Single(forecast.Memory, p => p.Place != "host");
        Assert.Equal(("elsewhere", 12_345), (part.Place, part.Bytes));
    }

    private static long Tables(TrainingForecast forecast) =>
        forecast.Memory.Where(p => p.Name is "input" or "output" or "offset" or "context" or "target" or "position" or "bias" or "log-z").Sum(p => p.Bytes);

    private static long Part(TrainingForecast forecast, string name) => Assert.Single(forecast.Memory, p => p.Name.StartsWith(name, StringComparison.Ordinal)).Bytes;

    private CorpusSource Source() => CorpusSource.FromPaths(_files.Write("text", string.Concat(Enumerable.Repeat("a b a b a c\n", 400))));

    /// <summary>The host under another name, with memory of its own.</summary>
    private sealed class Elsewhere : IBackendProvider
    {
        public IEnumerable<DeviceInfo> Devices() => new BackendCatalog().Devices().Where(d => d.Id == "host").Select(d => d with { Id = "elsewhere" });

        public IBackend Create(DeviceInfo device, BackendRequest request) => new Device(new BackendCatalog().Create("host", request));
    }

    private sealed class Device(IBackend host) : IBackend
    {
        public string Description => "elsewhere";

        public long DeviceBytes => 12_345;

        public IReadOnlyList<IBlockWorker> Workers => host.Workers;

        public void Synchronize() => host.Synchronize();

        public void Reload() => host.Reload();

        public void Dispose() => host.Dispose();
    }
}
