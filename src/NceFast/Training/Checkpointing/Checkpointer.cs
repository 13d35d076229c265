using Microsoft.Extensions.Logging;
using NceFast.Backends;
using NceFast.Distribution;
using NceFast.Store;

namespace NceFast.Training;

/// <summary>
/// Saves a training while all workers pause between two blocks, and when it is stopped. Several processes save together, with
/// merged parameters; rank 0 writes one file with the sections of each.
/// </summary>
/// <remarks>
/// Workers wait while the file is written. A model of 1 GiB takes about a second every ten minutes on a disk of 1 GB/s. To write a copy
/// in the background would save that second and take twice the memory.
/// </remarks>
internal sealed class Checkpointer : IPauseWork
{
    private readonly CheckpointOptions _options;
    private readonly CheckpointFolder? _folder;
    private readonly CheckpointContent _content;
    private readonly CheckpointRequests _requests;
    private readonly ILogger _logger;
    private TrainingLoop? _loop;
    private LoopState? _saved;
    private long _time, _words;
    private bool _isFirst;

    /// <summary>Creates the work.</summary>
    /// <param name="options">Where and how often.</param>
    /// <param name="folder">The folder; null for a process that does not write.</param>
    /// <param name="content">What to save.</param>
    /// <param name="isNew">Whether nothing of the training is saved yet. The first blocks then are, so that a disk that is too small is found at once and the counting is not lost.</param>
    /// <param name="logger">Receives warnings.</param>
    public Checkpointer(CheckpointOptions options, CheckpointFolder? folder, CheckpointContent content, bool isNew, ILogger logger)
    {
        (_options, _folder, _content, _isFirst, _logger) = (options, folder, content, isNew, logger);
        _requests = options.Requests ?? new CheckpointRequests();
        _time = options.Clock.GetTimestamp();
    }

    /// <summary>Sets the loop that is saved; called once.</summary>
    public void Attach(TrainingLoop loop)
    {
        _loop = loop;
        _words = loop.WordsAt(loop.Start.Pass);
        _saved = _isFirst ? null : loop.Start;
    }

    /// <summary>Gets the number of checkpoints that were written.</summary>
    public int Written { get; private set; }

    public bool IsDue(in PassState state) =>
        _isFirst || _requests.IsWanted
        || (_options.EffectiveInterval is { } interval && _options.Clock.GetElapsedTime(_time) >= interval)
        || (_options.Words is { } words && _loop!.WordsAt(state) - _words >= words);

    public void Run(in PassState state)
    {
        try
        {
            Save(_loop!.At(state));
        }
        catch (NceFastException e) when (e.Kind == ErrorKind.Output && !_isFirst)
        {
            // Hours of training are worth more than one checkpoint, and the next one may find enough space.
            Warn(e.Message);
        }
    }

    /// <summary>
    /// Saves the training when it ends early: after a cancellation, which several processes agree on, or when the text or its
    /// cache failed in the only process. Every block that was dealt has been trained on.
    /// </summary>
    /// <param name="cause">Why it ends.</param>
    /// <param name="state">The state of the training.</param>
    /// <exception cref="TrainingStoppedException">It was cancelled, and is saved.</exception>
    /// <exception cref="NceFastException">It could not be saved (<see cref="ErrorKind.Output"/>).</exception>
    public void Leave(Exception cause, LoopState state)
    {
        if (cause is NceFastException { Kind: ErrorKind.Input or ErrorKind.Output })
            TryLeave(state);
        if (cause is not OperationCanceledException cancelled)
            return;
        Save(state);
        throw new TrainingStoppedException(Path.GetFullPath(_options.Folder), cancelled);
    }

    /// <summary>Saves the training when it ends by an error that is reported afterwards. Every block that was dealt has been trained on.</summary>
    /// <param name="state">The state of the training.</param>
    /// <returns>The full path of the folder; null if the training could not be saved.</returns>
    public string? TryLeave(LoopState state)
    {
        try
        {
            Save(state);
            return Path.GetFullPath(_options.Folder);
        }
        catch (NceFastException e) when (e.Kind == ErrorKind.Output)
        {
            if (_folder is not null)
                CheckpointLog.NotSaved(_logger, e.Message);
            return null;
        }
    }

    /// <summary>Saves the finished training, so that nothing is lost when an output cannot be written.</summary>
    public void Finish(LoopState state)
    {
        try
        {
            Save(state);
            _requests.Finish();
        }
        catch (NceFastException e) when (e.Kind == ErrorKind.Output)
        {
            Warn(e.Message);
        }
    }

    private void Warn(string message)
    {
        if (_folder is not null)
            CheckpointLog.Failed(_logger, message);
    }

    private void Save(LoopState state)
    {
        ICommunicator ranks = _loop!.Sync.Ranks;
        _time = _options.Clock.GetTimestamp();
        _words = _loop.WordsAt(state.Pass);
        bool isSaved = _saved is { } saved && saved.Pass == state.Pass && saved.IsOver == state.IsOver;
        if (ranks.Gather(isSaved ? 0 : 1).Sum() == 0)
            return;
        _requests.Begin();
        try
        {
            foreach (IBackend backend in _loop.Replicas.Backends)
                backend.Synchronize();
            RankPart[] parts = _content.Own(state with { Checkpoints = state.Checkpoints + 1 }).Gather(ranks);
            NceFastException? failure = null;
            ranks.Together(() => failure = _folder is null ? null : TryWrite(_folder, parts, state));
            if (ranks.ShareValue(failure?.Message) is { } message)
                throw failure ?? new NceFastException(ErrorKind.Output, message);
            _saved = state;
            Written++;
            _isFirst = false;
        }
        finally
        {
            _requests.End();
            _time = _options.Clock.GetTimestamp();
        }
    }

    // All processes learn of a failure, so that either all continue or none does.
    private NceFastException? TryWrite(CheckpointFolder folder, RankPart[] parts, LoopState state)
    {
        try
        {
            long bytes = _content.Bytes(parts);
            (_, string path) = folder.Save(bytes, writer => _content.Write(writer, parts));
            folder.Retain(_options.Keep);
            CheckpointLog.Saved(_logger, path, Math.Min(state.Pass.Epoch + 1, _loop!.Epochs), bytes / 1048576.0, _options.Clock.GetElapsedTime(_time).TotalSeconds);
            return null;
        }
        catch (NceFastException e) when (e.Kind == ErrorKind.Output)
        {
            return e;
        }
    }
}
