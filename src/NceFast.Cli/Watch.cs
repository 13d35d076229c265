using System.CommandLine;
using NceFast.Corpus;
using NceFast.Reporting;
using NceFast.Training;

namespace NceFast.Cli;

/// <summary>Observes one training with the screen, the run folder and exported metrics.</summary>
internal sealed class Watch : IProgress<TrainingProgress>, IDisposable
{
    private readonly Session _session;
    private readonly RunRecorder? _recorder;
    private readonly IDisposable? _telemetry;
    private readonly TrainingTrace _trace;

    private Watch(Session session, TrainingOptions options, RunRecorder? recorder)
    {
        _session = session;
        _recorder = recorder;
        _telemetry = Telemetry.Start(session.Ranks.Rank, session.Ranks.Size);
        _trace = new TrainingTrace(options, session.Ranks.Rank);
        if (recorder is not null)
            session.Screen.Said += recorder.Message;
    }

    /// <summary>Begins to observe. The first process creates the run folder, or continues it with a resumed training.</summary>
    /// <param name="session">The program's run.</param>
    /// <param name="arguments">The options.</param>
    /// <param name="parsed">The command line, kept as the configuration of the run.</param>
    /// <param name="job">What is trained.</param>
    /// <param name="text">The text.</param>
    /// <param name="mayContinue">Whether this may be a training that continues.</param>
    public static Watch Start(Session session, WatchArguments arguments, ParseResult parsed, TrainJob job, CorpusSource text, bool mayContinue)
    {
        session.Screen.Form = arguments.Log(parsed);
        return new Watch(session, job.Options, session.IsFirst && arguments.Run(parsed) is { } folder ? RunRecorder.Start(folder, session.Resume is not null || (mayContinue && IsOfSameTraining(folder, session)), parsed, job, text, session.Screen) : null);
    }

    // With checkpoints, the run belongs to the training that continues. Without any, an unfinished run is of a process that was killed
    // before its first checkpoint.
    private static bool IsOfSameTraining(string run, Session session) =>
        (session.CheckpointFolder is { } checkpoints && CheckpointInfo.Exists(checkpoints)) || RunRecorder.IsUnfinished(run);

    public void Report(TrainingProgress value)
    {
        _session.Screen.Report(value);
        _recorder?.Report(value);
        _trace.Report(value);
    }

    /// <summary>Records the end of a successful training.</summary>
    public void Done(RunOutcome outcome)
    {
        _recorder?.Done(outcome, _session.Cancellation);
        _trace.Done(outcome.Devices);
    }

    /// <summary>Records an error that ends the training, in a filter of exceptions.</summary>
    /// <returns>False, so that the error is thrown on.</returns>
    public bool Note(Exception error)
    {
        _recorder?.End(error is OperationCanceledException ? RunState.Interrupted : RunState.Failed, _session.Screen.Named(error.Message));
        _trace.Fail(_session.Screen.Named(error.Message));
        return false;
    }

    public void Dispose()
    {
        if (_recorder is not null)
            _session.Screen.Said -= _recorder.Message;
        _recorder?.Dispose();
        _trace.Dispose();
        _telemetry?.Dispose();
    }
}
