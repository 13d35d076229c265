using NceFast.Distribution;
using NceFast.Files;
using NceFast.Store;

namespace NceFast.Training;

/// <summary>What a program that wants to go on with a run must know before it can.</summary>
/// <param name="Path">The checkpoint.</param>
/// <param name="Application">What the program left in it, see <see cref="CheckpointOptions.Application"/>.</param>
/// <param name="Folder">Folder it was written in; another than the one it lies in when it was moved or comes from elsewhere.</param>
public sealed record CheckpointInfo(string Path, string Application, string Folder)
{
    /// <summary>
    /// Why others than this user may have made or changed the checkpoint, as the rest of a sentence about its folder: paths in
    /// it must then not say where files are written. Null when it is this user's own.
    /// </summary>
    public string? Doubt { get; init; }

    /// <summary>Whether a folder holds a checkpoint, whole or not.</summary>
    /// <param name="folder">The folder of a run.</param>
    public static bool Exists(string folder) => CheckpointFolder.List(folder).Count > 0;

    /// <summary>Looks at the newest checkpoint of a folder that can be read.</summary>
    /// <param name="folder">The folder of a run.</param>
    /// <param name="cancellation">Stops the checking.</param>
    /// <param name="ranks">The processes that want to go on with it, each of which must call it: rank 0 reads, and each learns what it had left itself. Null for this one alone.</param>
    /// <exception cref="NceFastException">
    /// The folder is missing or holds no checkpoint that can be read (<see cref="ErrorKind.Input"/>), or it was saved by
    /// more or fewer processes (<see cref="ErrorKind.Usage"/>).
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
