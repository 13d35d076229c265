using NceFast.Distribution;
using NceFast.Files;
using NceFast.Store;

namespace NceFast.Training;

/// <summary>Represents what a program needs to know before it continues a training.</summary>
/// <param name="Path">The checkpoint.</param>
/// <param name="Application">What the program stored in it, see <see cref="CheckpointOptions.Application"/>.</param>
/// <param name="Folder">Folder that it was written in, which differs from the folder that it is in when it was moved.</param>
public sealed record CheckpointInfo(string Path, string Application, string Folder)
{
    /// <summary>
    /// Gets the reason why someone else may have made or changed the checkpoint, as the rest of a sentence about its folder. Paths in
    /// it must then not decide where files are written. Null when it is this user's own.
    /// </summary>
    public string? Doubt { get; init; }

    /// <summary>Determines whether a folder holds a checkpoint, complete or damaged.</summary>
    /// <param name="folder">The folder of checkpoints.</param>
    public static bool Exists(string folder) => CheckpointFolder.List(folder).Count > 0;

    /// <summary>Reads the newest checkpoint of a folder that is not damaged.</summary>
    /// <param name="folder">The folder of checkpoints.</param>
    /// <param name="cancellation">Stops the checking.</param>
    /// <param name="ranks">
    /// The processes that continue the training, each of which must call this method. Rank 0 reads, and each receives its own part, or that of rank 0
    /// if there were fewer processes before. Null for this one alone.
    /// </param>
    /// <exception cref="NceFastException">
    /// The folder is missing or holds no checkpoint that can be read (<see cref="ErrorKind.Input"/>), or it was saved by
    /// more or fewer processes with <see cref="ShardMode.Own"/> (<see cref="ErrorKind.Usage"/>).
    /// </exception>
    public static CheckpointInfo Newest(string folder, CancellationToken cancellation = default, ICommunicator? ranks = null)
    {
        ranks ??= new SoloCommunicator();
        using SavedTraining run = SavedTraining.Newest(folder, ranks, _ => { }, cancellation)
            ?? throw new NceFastException(ErrorKind.Input, $"{folder} holds no checkpoint; name a folder that was given as {Member.Of(nameof(CheckpointOptions.Folder))}.");
        string? doubt = ranks.ShareValue(ranks.Rank == 0 ? FileTrust.Doubt(folder, run.Path) : null);
        return new CheckpointInfo(run.Path, run.Header.Application, run.Header.Folder) { Doubt = doubt };
    }
}
