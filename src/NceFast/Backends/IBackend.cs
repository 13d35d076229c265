using NceFast.Corpus;

namespace NceFast.Backends;

/// <summary>
/// A device with a model on it. The coordinator gives each worker token blocks of its own; parameters are read and
/// changed by all workers without locks (Hogwild: Recht et al. 2011) and are whole on the host after <see cref="Synchronize"/>.
/// A backend and its workers throw <see cref="ObjectDisposedException"/> once the backend is disposed; dispose it before the
/// parameters that it changes, and only when no worker is running.
/// </summary>
public interface IBackend : IDisposable
{
    /// <summary>What the device is, for people: "host vector512, 2 threads".</summary>
    string Description { get; }

    /// <summary>Workers, each to be driven by one thread at a time.</summary>
    IReadOnlyList<IBlockWorker> Workers { get; }

    /// <summary>Memory taken on a device of its own, bytes: the model's tables, blocks and batches of all workers; 0 where the model stays in host memory.</summary>
    long DeviceBytes => 0;

    /// <summary>Brings all parameters up to date in host memory; no worker may be running.</summary>
    void Synchronize();

    /// <summary>Takes all parameters from host memory, where they were changed by others; no worker may be running.</summary>
    void Reload();
}

/// <summary>One stream of work on a backend; not thread-safe.</summary>
public interface IBlockWorker
{
    /// <summary>Trains on a block.</summary>
    /// <param name="block">The block; free for reuse on return.</param>
    /// <param name="step">Epoch and learning rate.</param>
    /// <returns>Loss and number of predictions.</returns>
    BlockResult Process(TokenBlock block, in BlockStep step);

    /// <summary>Makes this worker's changes visible to the others and to the host.</summary>
    void Flush();
}

/// <summary>Represents the state of the training that a worker needs in addition to the block.</summary>
/// <param name="Epoch">Epoch, from 0.</param>
/// <param name="LearningRate">Learning rate for the whole block.</param>
public readonly record struct BlockStep(int Epoch, float LearningRate);

/// <summary>What training on a block amounted to.</summary>
/// <param name="Loss">Sum over predictions of the objective's loss before the updates, nats.</param>
/// <param name="Predictions">Word pairs (skip-gram) or positions (CBOW).</param>
public readonly record struct BlockResult(double Loss, long Predictions);
