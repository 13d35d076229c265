namespace NceFast.Training;

/// <summary>Asks a training for a checkpoint, from any thread; a signal handler holds one.</summary>
public sealed class CheckpointRequests
{
    private int _wanted, _busy;

    /// <summary>Whether a checkpoint is being written: a process that ends now loses it, though none before it.</summary>
    public bool IsSaving => Volatile.Read(ref _busy) > 0;

    /// <summary>Asks for a checkpoint after the blocks in work; the training goes on after it.</summary>
    public void Save() => Volatile.Write(ref _wanted, 1);

    /// <summary>Whether the finished training is saved, so that its outputs can be written again without training.</summary>
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
