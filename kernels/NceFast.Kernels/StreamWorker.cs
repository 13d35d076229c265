using ILGPU.Runtime;
using NceFast.Backends;
using NceFast.Corpus;
using NceFast.Numerics;

namespace NceFast.Kernels;

/// <summary>Represents one stream of work on a device. It sends blocks and receives their totals through pinned memory, and handles failures of the device.</summary>
internal abstract class StreamWorker : IBlockWorker, IDisposable
{
    // What remains of a training that failed on a device.
    private const string WhatIsKept = "The host keeps the parameters from before this epoch, or from the last checkpoint in it.";

    private bool _disposed;

    /// <param name="accelerator">The device.</param>
    /// <param name="staging">Number of integers of the longest block as it is sent.</param>
    /// <param name="gate">Held while launches are queued, because only one worker at a time may queue launches on a device.</param>
    protected StreamWorker(Accelerator accelerator, long staging, Lock gate)
    {
        (Accelerator, Gate) = (accelerator, gate);
        Stream = accelerator.CreateStream();
        Staging = accelerator.AllocatePageLocked1D<int>(staging);
        Totals = accelerator.AllocatePageLocked1D<int>(4);
    }

    /// <summary>Gets a value indicating whether the device failed in a block or the training diverged. The parameters on the device must then not be used.</summary>
    internal bool HasFailed { get; private set; }

    /// <summary>Gets a value indicating whether the device failed in a block. Its memory can then no longer be used.</summary>
    internal bool IsLost { get; private set; }

    /// <summary>Gets the function that reports whether a loss that is not a number is accepted, because the trainer goes back to earlier parameters.</summary>
    internal Func<bool> ToleratesDivergence { get; init; } = () => false;

    protected Accelerator Accelerator { get; }

    protected Lock Gate { get; }

    protected AcceleratorStream Stream { get; }

    protected PageLockedArray1D<int> Staging { get; }

    /// <summary>Gets the totals of a block. Index 2 holds the bits of the loss, and the kernels define the rest.</summary>
    protected PageLockedArray1D<int> Totals { get; }

    protected double Loss => BitConverter.Int32BitsToSingle(Totals.Span[2]);

    private string Device => $"the {Accelerator.AcceleratorType} device '{Accelerator.Name}'";

    public BlockResult Process(TokenBlock block, in BlockStep step)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        BlockResult result = Run(block, step);
        if (double.IsFinite(result.Loss) || ToleratesDivergence())
            return result;
        HasFailed = true;
        Throw.Usage($"The loss of epoch {step.Epoch + 1}, block {block.Number} on {Device} is {result.Loss}: {NotFinite()}. The training diverged; lower {Rates(step)}. {WhatIsKept}");
        return default;
    }

    /// <summary>Records that the device has the host's parameters again.</summary>
    internal void Trust() => HasFailed = false;

    /// <summary>Does the same as <see cref="Process"/>, but accepts a loss that is not a number.</summary>
    internal abstract BlockResult Run(TokenBlock block, in BlockStep step);

    public void Flush()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        lock (Gate)
            Stream.Synchronize();
    }

    public virtual void Dispose()
    {
        _disposed = true;
        DeviceResource.Release(Staging);
        DeviceResource.Release(Totals);
        DeviceResource.Release(Stream);
    }

    /// <summary>Gets the stream of the kernels that change the parameters; by default the worker's own stream.</summary>
    protected virtual AcceleratorStream TrainStream => Stream;

    /// <summary>Queues what can be done before the parameters are needed, on <see cref="Stream"/>. The caller holds <see cref="Gate"/>.</summary>
    protected virtual void Prepare(TokenBlock block, in BlockStep step)
    {
    }

    /// <summary>Queues the kernels of a block on <see cref="TrainStream"/>. The caller holds <see cref="Gate"/>.</summary>
    protected abstract void Queue(TokenBlock block, in BlockStep step);

    /// <summary>Names the rows on the device that are not finite.</summary>
    protected abstract string NotFinite();

    /// <summary>Names the options to lower when the training diverges, with their values.</summary>
    protected abstract FormattableString Rates(in BlockStep step);

    /// <summary>Queues a block and waits for its totals.</summary>
    protected void QueueAndWait(TokenBlock block, in BlockStep step)
    {
        try
        {
            lock (Gate)
                Prepare(block, step);
            if (TrainStream != Stream)
                Stream.Synchronize();
            lock (Gate)
                Queue(block, step);
            TrainStream.Synchronize();
        }
        catch (Exception e) when (e is not NceFastException)
        {
            HasFailed = IsLost = true;
            Throw.Device($"The training failed on {Device} in epoch {step.Epoch + 1}, block {block.Number}: {DriverError.Describe(e)}. {WhatIsKept}", e);
        }
    }
}
