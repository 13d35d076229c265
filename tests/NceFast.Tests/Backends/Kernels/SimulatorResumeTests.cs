using NceFast.Backends;
using NceFast.Blocks;
using NceFast.Corpus;
using NceFast.Kernels;
using NceFast.Models;
using NceFast.Objectives;
using NceFast.Tests.Training.Checkpointing;
using NceFast.Training;
using NceFast.Vocab;
using Xunit;

namespace NceFast.Tests.Backends.Kernels;

/// <summary>A training on the simulator resumes to the same bytes where one group of threads processes all positions in turn.</summary>
[Collection("accelerators")]
public sealed class SimulatorResumeTests : IDisposable
{
    private static readonly CorpusOptions Corpus = new() { Vocabulary = new VocabularyOptions { MinCount = 2 } };
    private readonly ResumeHarness _harness = new(1200);
    private readonly BackendCatalog _catalog = new();

    public SimulatorResumeTests() => _catalog.Register(new InOrder());

    public void Dispose() => _harness.Dispose();

    [Theory]
    [InlineData(ModelKind.SkipGram, ObjectiveKind.Nce, NormalizerKind.Fixed, 16)]
    [InlineData(ModelKind.SkipGram, ObjectiveKind.Nce, NormalizerKind.PerContext, 1)]
    [InlineData(ModelKind.SkipGram, ObjectiveKind.Neg, NormalizerKind.Fixed, 16)]
    [InlineData(ModelKind.Cbow, ObjectiveKind.Nce, NormalizerKind.Learned, 16)]
    [InlineData(ModelKind.Cbow, ObjectiveKind.Neg, NormalizerKind.Fixed, 16)]
    [InlineData(ModelKind.SkipGram, ObjectiveKind.RankingNce, NormalizerKind.Fixed, 16)]
    public void Word_vectors_resume_to_the_same_bytes(ModelKind model, ObjectiveKind objective, NormalizerKind normalizer, int sharing)
    {
        var options = new WordVectorOptions { Model = model, Objective = objective, Normalizer = normalizer, NoiseSharing = sharing, Dim = 4, Epochs = 2, Threads = 1, Device = "in-order", Corpus = Corpus };
        _harness.AssertSameAfterStops(checkpoints => ExactResumeTests.Train(options, Source(), checkpoints, _catalog), stops: 2);
    }

    [Theory]
    [InlineData(ObjectiveKind.Nce, 1, RateSchedule.AdaGrad, PlaceWeightKind.Full, NormalizerKind.PerContext, false)]
    [InlineData(ObjectiveKind.Nce, 8, RateSchedule.Halving, PlaceWeightKind.Diagonal, NormalizerKind.Learned, true)]
    [InlineData(ObjectiveKind.Neg, 8, RateSchedule.Linear, PlaceWeightKind.None, NormalizerKind.Fixed, false)]
    [InlineData(ObjectiveKind.MaximumLikelihood, 1, RateSchedule.Linear, PlaceWeightKind.Full, NormalizerKind.Fixed, true)]
    [InlineData(ObjectiveKind.ImportanceSampling, 1, RateSchedule.AdaGrad, PlaceWeightKind.Diagonal, NormalizerKind.Fixed, false)]
    [InlineData(ObjectiveKind.RankingNce, 8, RateSchedule.Linear, PlaceWeightKind.Full, NormalizerKind.Fixed, false)]
    public void Language_models_resume_to_the_same_bytes(ObjectiveKind objective, int sharing, RateSchedule schedule, PlaceWeightKind position, NormalizerKind normalizer, bool shared)
    {
        string? valid = schedule == RateSchedule.Halving ? _harness.Validation : null;
        var options = new LanguageModelOptions
        {
            Objective = objective,
            NoiseSharing = sharing,
            Schedule = schedule,
            PlaceWeights = position,
            Normalizer = normalizer,
            SharedRows = shared,
            Dim = 4,
            K = 4,
            Epochs = 2,
            Threads = 1,
            Batch = 256,
            Device = "in-order",
            Corpus = Corpus,
        };
        _harness.AssertSameAfterStops(checkpoints => ExactResumeTests.Train(options, Source(), valid, checkpoints, _catalog), stops: 2);
    }

    private CorpusSource Source()
    {
        CorpusSource source = _harness.Source();
        source.ShardBytes = 500;
        return source;
    }

    private sealed class InOrder : IBackendProvider
    {
        private readonly AcceleratorProvider _simulator = AcceleratorProvider.All().Cast<AcceleratorProvider>().First(p => p.Kind == "ilgpu-cpu");

        public IEnumerable<DeviceInfo> Devices() => _simulator.Devices().Select(d => d with { Id = "in-order" });

        // The plain kernel, because the register kernel has groups of 32 threads, each of which is a thread of the system here.
        public IBackend Create(DeviceInfo device, BackendRequest request) => _simulator.Create(device with { Id = "ilgpu-cpu" }, request, inOrder: true, plain: true);
    }
}
