using NceFast.Store;

namespace NceFast.Training;

/// <summary>What a program that wants to go on with a run must know before it can.</summary>
/// <param name="Path">The checkpoint.</param>
/// <param name="Application">What the program left in it, see <see cref="CheckpointOptions.Application"/>.</param>
/// <param name="Folder">Folder it was written in; another than the one it lies in when it was moved or comes from elsewhere.</param>
public sealed record CheckpointInfo(string Path, string Application, string Folder)
{
    /// <summary>Looks at the newest checkpoint of a folder that can be read.</summary>
    /// <param name="folder">The folder of a run.</param>
    /// <param name="cancellation">Stops the checking.</param>
    /// <exception cref="NceFastException">The folder is missing or holds no checkpoint that can be read (<see cref="ErrorKind.Input"/>).</exception>
    public static CheckpointInfo Newest(string folder, CancellationToken cancellation = default)
    {
        using SavedRun run = SavedRun.Newest(folder, _ => { }, cancellation)
            ?? throw new NceFastException(ErrorKind.Input, $"{folder} holds no checkpoint; name the folder that --checkpoint was given.");
        return new CheckpointInfo(run.Path, run.Header.Application, run.Header.Folder);
    }
}
