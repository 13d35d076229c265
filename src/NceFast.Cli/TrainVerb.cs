using System.CommandLine;
using System.Diagnostics;
using NceFast.Corpus;
using NceFast.Distribution;
using NceFast.Files;
using NceFast.Training;

namespace NceFast.Cli;

/// <summary><c>ncefast train INPUT... --out PATH</c>: trains word vectors or a language model.</summary>
internal sealed class TrainVerb
{
    private readonly Session _session;
    private readonly CorpusInput _input = new();
    private readonly TrainingArguments _training = new();
    private readonly WatchArguments _watching = new();
    private readonly OutputArguments _output = new();
    private readonly CheckpointArguments _checkpoints = new();
    private readonly Opt<bool> _json = Opt.Json(), _quiet = Opt.Quiet(), _verbose = Opt.Verbose();

    private TrainVerb(Session session) => _session = session;

    public static Command Create(Session session)
    {
        var verb = new TrainVerb(session);
        var command = new Command("train", "Train word vectors or a language model on a text") { verb._input.Argument };
        foreach (Option option in verb._input.All.Concat([.. verb._training.All, .. verb._watching.All, .. verb._output.All, .. verb._checkpoints.All, verb._json, verb._quiet, verb._verbose]))
            command.Add(option);
        command.SetAction(verb.Run);
        return command;
    }

    private int Run(ParseResult parsed)
    {
        var wall = Stopwatch.StartNew();
        Screen screen = _session.Screen;
        (screen.Quiet, screen.Verbose) = (parsed.GetValue(_quiet), parsed.GetValue(_verbose));
        RankLayout layout = _session.Connect(SyncArguments.Timeout(parsed));
        TrainingOptions options = _training.Read(parsed, layout.Threads) with { Probes = _watching.Probes(parsed), From = _checkpoints.From(parsed) };
        options.Validate();
        CorpusText text = _input.Open(parsed, _session);
        if (_session.IsFirst)
            CheckFiles(parsed, text, options);
        bool mayContinue = _checkpoints.MayContinue(parsed, _session);
        TrainJob job = TrainJob.Create(_session, _output, parsed, _training.Load(options, parsed));
        if (_session.IsFirst)
            _output.EnsureRoom(parsed, job.Options);
        return _checkpoints.IsDryRun(parsed) ? Forecast(parsed, job, text.Source) : Train(parsed, job, text, mayContinue, wall);
    }

    private int Train(ParseResult parsed, TrainJob job, CorpusText text, bool mayContinue, Stopwatch wall)
    {
        CheckpointOptions? checkpoints = _checkpoints.Read(parsed, _session, text);
        using Watch watch = Watch.Start(_session, _watching, parsed, job, text.Source, mayContinue);
        TrainTimes times;
        TrainingReport report;
        try
        {
            using TrainedModel trained = job.Train(text.Source, DeviceCatalog.Create(), _session.IsFirst ? outline => EnsureSpace(parsed, job, outline) : null, watch, checkpoints);
            _session.Screen.EndLine();
            var clock = Stopwatch.StartNew();
            _session.WriteOnce(() => Write(parsed, job, trained));
            if (!_session.IsFirst)
                return ExitCode.Done;
            report = trained.Report;
            times = job.Times(report, clock.Elapsed.TotalSeconds, wall.Elapsed.TotalSeconds);
            job.Say(_session.Screen, report, times);
            watch.Done(job.Outcome(trained, times));
        }
        catch (Exception e) when (watch.Note(e))
        {
            throw;
        }

        if (parsed.GetValue(_json))
            JsonReport.Write(json => job.WriteJson(json, report, times));
        return ExitCode.Done;
    }

    private int Forecast(ParseResult parsed, TrainJob job, CorpusSource source)
    {
        TrainingForecast forecast = job.Forecast(source, DeviceCatalog.Create());
        _session.Screen.EndLine();
        return new ForecastReport(forecast, [job.Planned(forecast), _output.PlannedVocabulary(parsed, forecast.VocabularyWords), _checkpoints.Planned(parsed, forecast)]).Tell(parsed.GetValue(_json));
    }

    private void CheckFiles(ParseResult parsed, CorpusText text, TrainingOptions options)
    {
        FilesInUse files = _session.Files;
        files.AddText(text);
        _training.AddFiles(files, parsed);
        _watching.AddFiles(files, parsed);
        _checkpoints.AddFiles(files, parsed);
        _output.AddFiles(files, parsed, options);
        _watching.CheckFolders(_session, text.Selecting, parsed, _checkpoints.Folder(parsed));
        _output.EnsureWritable(_session, parsed, options, text.Selecting);
        if (!_checkpoints.IsDryRun(parsed))
            files.Hold();
    }

    private void EnsureSpace(ParseResult parsed, TrainJob job, ModelOutline model)
    {
        var space = new SpacePlan();
        job.AddSpace(space, model);
        _output.AddSpace(space, parsed, model.Vocabulary);
        _watching.AddSpace(space, parsed, model.Vocabulary.Count, job.Options.Dim);
        _checkpoints.AddSpace(space, parsed, model);
        space.Ensure(_session.Screen.Warn);
    }

    private void Write(ParseResult parsed, TrainJob job, TrainedModel trained)
    {
        var kept = new KeptModel(_session);
        job.Write(kept, trained);
        _output.WriteVocabulary(kept, parsed, trained.Vocabulary);
        kept.Done();
    }
}
