using NceFast.Backends;
using NceFast.Corpus;

namespace NceFast.Tests.Simulation;

/// <summary>A block that a rank trained on.</summary>
internal readonly record struct TrainedBlock(int Rank, int Epoch, ulong Number);

/// <summary>The processor, which passes the turn before each block and remembers each block that was trained on.</summary>
internal sealed class RecordingProvider(SimulatedRank rank, List<TrainedBlock> trained) : IBackendProvider
{
    private readonly HostProvider _host = new();

    public string Kind => _host.Kind;

    public IEnumerable<DeviceInfo> Devices() => _host.Devices();

    public IBackend Create(DeviceInfo device, BackendRequest request) => new Backend(_host.Create(device, request), rank, trained);

    private sealed class Backend(IBackend inner, SimulatedRank rank, List<TrainedBlock> trained) : IBackend
    {
        public string Description => inner.Description;

        public IReadOnlyList<IBlockWorker> Workers { get; } = [.. inner.Workers.Select(worker => new Worker(worker, rank, trained))];

        public void Synchronize() => inner.Synchronize();

        public void Reload() => inner.Reload();

        public void Dispose() => inner.Dispose();
    }

    private sealed class Worker(IBlockWorker inner, SimulatedRank rank, List<TrainedBlock> trained) : IBlockWorker
    {
        public BlockResult Process(TokenBlock block, in BlockStep step)
        {
            rank.Point("block");
            BlockResult result = inner.Process(block, step);
            trained.Add(new TrainedBlock(rank.Rank, step.Epoch, block.Number));
            return result;
        }

        public void Flush() => inner.Flush();
    }
}
