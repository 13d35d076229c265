using NceFast.Distribution;
using NceFast.Store;

namespace NceFast.Training;

/// <summary>What a program that wants to go on with a run must know before it can.</summary>
/// <param name="Path">The checkpoint.</param>
/// <param name="Application">What the program left in it, see <see cref="CheckpointOptions.Application"/>.</param>
/// <param name="Folder">Folder it was written in; another than the one it lies in when it was moved or comes from elsewhere.</param>
public sealed record CheckpointInfo(string Path, string Application, string Folder)
{
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
        using SavedRun run = SavedRun.Newest(folder, ranks ?? new SoloCommunicator(), _ => { }, cancellation)
            ?? throw new NceFastException(ErrorKind.Input, $"{folder} holds no checkpoint; name the folder that --checkpoint was given.");
        return new CheckpointInfo(run.Path, run.Header.Application, run.Header.Folder);
    }
}
