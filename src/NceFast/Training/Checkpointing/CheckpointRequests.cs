namespace NceFast.Training;

/// <summary>Requests a checkpoint from a training, on any thread, for example in a signal handler.</summary>
public sealed class CheckpointRequests
{
    private int _wanted, _busy;

    /// <summary>Gets whether a checkpoint is being written. A process that ends now loses it, but no earlier one.</summary>
    public bool IsSaving => Volatile.Read(ref _busy) > 0;

    /// <summary>Requests a checkpoint after the current blocks; the training continues after it.</summary>
    public void Save() => Volatile.Write(ref _wanted, 1);

    /// <summary>Gets whether the finished training is saved, so that its outputs can be written again without training.</summary>
    public bool HasFinished { get; private set; }

    internal bool IsWanted => Volatile.Read(ref _wanted) == 1;

    internal void Begin()
    {
        Volatile.Write(ref _busy, 1);
        Volatile.Write(ref _wanted, 0);
    }

    internal void Finish() => HasFinished = true;

    internal void End() => Volatile.Write(ref _busy, 0);
}
