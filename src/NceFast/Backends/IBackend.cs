using NceFast.Corpus;

namespace NceFast.Backends;

/// <summary>
/// Represents a device that holds a model. The coordinator gives token blocks to each worker. All workers read and change the
/// parameters without locks (Hogwild: Recht et al. 2011). After <see cref="Synchronize"/>, host memory holds all changes.
/// A backend and its workers throw <see cref="ObjectDisposedException"/> once the backend is disposed. Dispose the backend
/// before the parameters that it changes, and only when no worker is running.
/// </summary>
public interface IBackend : IDisposable
{
    /// <summary>Gets a description of the device for the user, such as "host vector512, 2 threads".</summary>
    string Description { get; }

    /// <summary>Gets the workers. Only one thread at a time may use a worker.</summary>
    IReadOnlyList<IBlockWorker> Workers { get; }

    /// <summary>
    /// Gets the bytes of device memory that the model's tables and the blocks and batches of all workers take; 0 when the model
    /// stays in host memory.
    /// </summary>
    long DeviceBytes => 0;

    /// <summary>Brings all parameters up to date in host memory. No worker may be running.</summary>
    void Synchronize();

    /// <summary>Reads all parameters from host memory again, after others changed them there. No worker may be running.</summary>
    void Reload();
}

/// <summary>Represents one stream of work on a backend. It is not thread-safe.</summary>
public interface IBlockWorker
{
    /// <summary>Trains on a block.</summary>
    /// <param name="block">The block. The caller may reuse it when the method has returned.</param>
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

/// <summary>Represents the result of training on a block.</summary>
/// <param name="Loss">Loss of the objective before the updates, summed over predictions, in nats.</param>
/// <param name="Predictions">Word pairs (skip-gram) or positions (CBOW).</param>
public readonly record struct BlockResult(double Loss, long Predictions);
