using NceFast.Backends;
using NceFast.Corpus;
using NceFast.Kernels;
using NceFast.Models;
using NceFast.Tests.Training.Checkpointing;
using NceFast.Training;
using NceFast.Vocab;
using Xunit;

namespace NceFast.Tests.Backends.Kernels;

/// <summary>A training on the simulator goes on bit for bit, where one group of threads takes all positions in turn.</summary>
[Collection("accelerators")]
public sealed class SimulatorResumeTests
{
    [Theory]
    [InlineData(ModelKind.SkipGram, ObjectiveKind.Nce)]
    [InlineData(ModelKind.Cbow, ObjectiveKind.Neg)]
    public void AStoppedTrainingGoesOnAsIfNothingHadBeen(ModelKind model, ObjectiveKind objective)
    {
        using var harness = new ResumeHarness(1200);
        var catalog = new BackendCatalog();
        catalog.Register(new InOrder());
        var options = new TrainingOptions
        {
            Model = model, Objective = objective, Dim = 4, Epochs = 2, Threads = 1, Device = "in-order",
            Corpus = new CorpusOptions { Vocabulary = new VocabularyOptions { MinCount = 2 } },
        };
        harness.AssertSameAfterStops(
            checkpoints =>
            {
                CorpusSource source = harness.Source();
                source.ShardBytes = 500;
                return ExactResumeTests.Train(options, source, checkpoints, catalog);
            },
            stops: 2);
    }

    private sealed class InOrder : IBackendProvider
    {
        private readonly AcceleratorProvider _simulator = AcceleratorProvider.All().Cast<AcceleratorProvider>().First(p => p.Kind == "ilgpu-cpu");

        public IEnumerable<DeviceInfo> Devices() => _simulator.Devices().Select(d => d with { Id = "in-order" });

        public IBackend Create(DeviceInfo device, BackendRequest request) => _simulator.Create(device with { Id = "ilgpu-cpu" }, request, inOrder: true);

        public IBackend Create(DeviceInfo device, LogBilinearRequest request) => throw new NotSupportedException();
    }
}
