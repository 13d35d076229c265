using Microsoft.Extensions.Logging;
using NceFast.Distribution;
using NceFast.Models;
using NceFast.Numerics;
using NceFast.Store;

namespace NceFast.Training;

/// <summary>Represents a training that saves itself: its folder, which rank 0 holds, and what was found in it.</summary>
internal sealed class CheckpointedTraining : IDisposable
{
    private readonly CheckpointOptions _options;
    private readonly CheckpointFolder? _folder;
    private readonly CheckpointHeader _header;
    private readonly ILogger _logger;

    private CheckpointedTraining(CheckpointOptions options, CheckpointFolder? folder, CheckpointHeader header, SavedTraining? found, ILogger logger)
    {
        (_options, _folder, _header, Found, _logger) = (options, folder, header, found, logger);
    }

    /// <summary>Gets the checkpoint to continue from; null for a training from the start.</summary>
    public SavedTraining? Found { get; }

    /// <summary>Opens the folder; returns null when no checkpoints are requested.</summary>
    /// <param name="options">Where and how often; null for no checkpoints.</param>
    /// <param name="describe">Describes what this process trains, given the full path of the folder.</param>
    /// <param name="ranks">The processes; each must call it.</param>
    /// <param name="logger">Receives warnings.</param>
    /// <param name="cancellation">Stops the checking of checkpoints.</param>
    /// <exception cref="NceFastException">The folder is in use, cannot be written, holds another training, or holds only damaged checkpoints.</exception>
    public static CheckpointedTraining? Open(CheckpointOptions? options, Func<string, CheckpointHeader> describe, ICommunicator ranks, ILogger logger, CancellationToken cancellation)
    {
        ranks.EnsureAlike(Member.Of(nameof(CheckpointOptions.Folder)).ToString(), options is null ? "absent" : options.Resume ? "to resume" : "given", "Give it to all ranks.");
        if (options is null)
            return null;
        options.Validate();
        CheckpointFolder? folder = ranks.Rank == 0 ? CheckpointFolder.Create(options.Folder) : null;
        try
        {
            CheckpointHeader header = describe(Path.GetFullPath(options.Folder)) with { Ranks = ranks.Size };
            SavedTraining? found = Find(options, folder, header, ranks, logger, cancellation);
            RankPart[] parts = CheckpointContent.HeaderOnly(header).Gather(ranks);
            if (folder is { Checkpoints.Count: 0 })
                folder.Save(0, writer => CheckpointContent.WriteParts(writer, parts));
            return new CheckpointedTraining(options, folder, header, found, logger);
        }
        catch
        {
            folder?.Dispose();
            throw;
        }
    }

    /// <summary>Creates what saves the training while it runs.</summary>
    /// <param name="text">The text and the position in it.</param>
    /// <param name="tables">The model.</param>
    /// <param name="part">State of the trainer; may be null.</param>
    public Checkpointer CreateCheckpointer(TrainingText text, IReadOnlyList<ParameterTable> tables, ICheckpointPart? part)
    {
        var content = new CheckpointContent { Header = _header, Text = text, Tables = tables, Extra = part };
        return new Checkpointer(_options, _folder, content, isNew: Found is null, _logger);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Found?.Dispose();
        _folder?.Dispose();
    }

    private static SavedTraining? Find(CheckpointOptions options, CheckpointFolder? folder, CheckpointHeader header, ICommunicator ranks, ILogger logger, CancellationToken cancellation)
    {
        if (!options.Resume && folder?.Checkpoints.Count > 0)
            throw new NceFastException(ErrorKind.Usage, $"{options.Folder} holds the checkpoints of an earlier training. Continue it with {Member.Of(nameof(CheckpointOptions.Resume))}, or name another folder.");
        SavedTraining? saved = SavedTraining.Newest(header.Folder, ranks, message => CheckpointLog.PassedOver(logger, message), cancellation);
        if (saved is null)
            return null;
        try
        {
            EnsureSameRun(saved, header, options.Insist, logger);
        }
        catch
        {
            saved.Dispose();
            throw;
        }

        if (saved.Loop is not null)
            return saved;
        saved.Dispose(); // it was stopped before the training began
        return null;
    }

    private static void EnsureSameRun(SavedTraining saved, CheckpointHeader header, bool insist, ILogger logger)
    {
        IReadOnlyList<string> differences = saved.Header.DifferencesTo(header);
        if (differences.Count == 0)
            return;
        string all = string.Join("; ", differences);
        if (!insist)
            Throw.Usage($"The training is not the one that was saved in {header.Folder}: {all}. To continue in spite of that, set {Member.Of(nameof(CheckpointOptions.Insist))}.");
        CheckpointLog.Insisted(logger, all);
    }
}

internal static partial class CheckpointLog
{
    [LoggerMessage(41, LogLevel.Warning, "{Message} An older one is used.")]
    public static partial void PassedOver(ILogger logger, string message);

    [LoggerMessage(42, LogLevel.Warning, "The training continues with differences: {Differences}.")]
    public static partial void Insisted(ILogger logger, string differences);

    [LoggerMessage(43, LogLevel.Information, "Checkpoint {Path}: epoch {Epoch}, {Bytes:F1} MiB in {Seconds:F2} s.")]
    public static partial void Saved(ILogger logger, string path, int epoch, double bytes, double seconds);

    [LoggerMessage(44, LogLevel.Warning, "A checkpoint failed: {Message} The training continues, and the older checkpoints remain.")]
    public static partial void Failed(ILogger logger, string message);

    [LoggerMessage(47, LogLevel.Warning, "The training ends early, and its state could not be saved: {Message} The older checkpoints remain.")]
    public static partial void NotSaved(ILogger logger, string message);

    [LoggerMessage(45, LogLevel.Information, "Continuing from {Path}: epoch {Epoch} of {Epochs}, {Words} words trained on.")]
    public static partial void Resumed(ILogger logger, string path, int epoch, int epochs, long words);

    [LoggerMessage(49, LogLevel.Information, "The training was saved by {Saved} and continues with {Now}: the rest of the epoch and all further epochs are dealt among them, the period of merges is chosen for them, and blocks still have {BlockWords} words.")]
    public static partial void Changed(ILogger logger, string saved, string now, int blockWords);
}
