namespace NceFast.Training;

/// <summary>A training was cancelled and its state is saved: it can go on later as if nothing had been.</summary>
public sealed class TrainingStoppedException : OperationCanceledException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="folder">Folder of the run.</param>
    /// <param name="cause">The cancellation.</param>
    public TrainingStoppedException(string folder, OperationCanceledException cause)
        : base($"The training was stopped and its state saved in {folder}.", cause, cause?.CancellationToken ?? default) => Folder = folder;

    /// <summary>Folder of the run.</summary>
    public string Folder { get; }
}
