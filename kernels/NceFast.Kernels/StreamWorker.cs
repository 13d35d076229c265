using ILGPU.Runtime;
using NceFast.Backends;
using NceFast.Corpus;
using NceFast.Numerics;

namespace NceFast.Kernels;

/// <summary>One stream of work on a device: pinned memory to send a block up and to bring its totals back, and what happens when the device fails.</summary>
internal abstract class StreamWorker : IBlockWorker, IDisposable
{
    // What is left of a training that failed on a device.
    private const string WhatIsKept = "The host keeps the parameters it had before this epoch, or at the last checkpoint in it.";

    private bool _disposed;

    /// <param name="accelerator">The device.</param>
    /// <param name="staging">Integers of the longest block as it is sent up.</param>
    /// <param name="gate">Held while launches are queued: those of one device come from one worker at a time.</param>
    protected StreamWorker(Accelerator accelerator, long staging, Lock gate)
    {
        (Accelerator, Gate) = (accelerator, gate);
        Stream = accelerator.CreateStream();
        Staging = accelerator.AllocatePageLocked1D<int>(staging);
        Totals = accelerator.AllocatePageLocked1D<int>(4);
    }

    /// <summary>Gets a value indicating whether the device failed in a block, or the training diverged; its memory is then not to be trusted.</summary>
    internal bool HasFailed { get; private set; }

    /// <summary>Gets a value indicating whether the device failed in a block; its memory cannot be used any more.</summary>
    internal bool IsLost { get; private set; }

    /// <summary>Gets a value indicating whether a loss that is no number passes, since the trainer will go back to earlier parameters.</summary>
    internal Func<bool> ToleratesDivergence { get; init; } = () => false;

    protected Accelerator Accelerator { get; }

    protected Lock Gate { get; }

    protected AcceleratorStream Stream { get; }

    protected PageLockedArray1D<int> Staging { get; }

    /// <summary>Bits of the loss at index 2; the rest is the kernels'.</summary>
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

    /// <summary>The device has the host's parameters again.</summary>
    internal void Trust() => HasFailed = false;

    /// <summary>As <see cref="Process"/>, but lets a loss that is no number pass.</summary>
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

    /// <summary>Queues a block's kernels, holding <see cref="Gate"/>.</summary>
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
                Queue(block, step);
            Stream.Synchronize();
        }
        catch (Exception e) when (e is not NceFastException)
        {
            HasFailed = IsLost = true;
            Throw.Device($"The training failed on {Device} in epoch {step.Epoch + 1}, block {block.Number}: {e.GetBaseException().Message.TrimEnd('.')}. {WhatIsKept}", e);
        }
    }
}
