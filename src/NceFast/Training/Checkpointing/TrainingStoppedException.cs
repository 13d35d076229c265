namespace NceFast.Training;

/// <summary>The exception that is thrown when a training was cancelled and its state is saved, so that it can continue later.</summary>
public sealed class TrainingStoppedException : OperationCanceledException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="folder">Folder of the checkpoints.</param>
    /// <param name="cause">The cancellation.</param>
    public TrainingStoppedException(string folder, OperationCanceledException cause)
        : base($"The training was stopped and its state saved in {folder}.", cause, cause?.CancellationToken ?? default) => Folder = folder;

    /// <summary>Gets the folder of the checkpoints.</summary>
    public string Folder { get; }
}
