using System.CommandLine;
using System.Diagnostics;
using NceFast.Backends;
using NceFast.Corpus;
using NceFast.Distribution;
using NceFast.Exports;
using NceFast.Files;
using NceFast.Store;
using NceFast.Training;
using NceFast.Vocab;

namespace NceFast.Cli;

/// <summary><c>ncefast train INPUT... --out PATH</c>: the main job.</summary>
internal sealed class TrainVerb
{
    private readonly Session _session;
    private readonly Argument<string[]> _inputs = CorpusInput.Argument();
    private readonly TrainingArguments _training = new();
    private readonly WatchArguments _watching = new();
    private readonly Opt<string?> _valid = Opt.Path("--valid", "Watching", "TEXT", "Held-out text: measures loss, perplexity and log Z while training", PathUse.Input);
    private readonly Opt<string?> _out = Formats.Out("Output", "File to write the vectors to");
    private readonly Opt<VectorFormat> _format = Formats.Option("Output");
    private readonly Opt<VectorKind> _vectors = Opt.Choice("--vectors", "Output", "Which vectors: of the words predicted from, of those predicted, or the mean", VectorKind.Input, ("input", VectorKind.Input), ("output", VectorKind.Output), ("mean", VectorKind.Mean));
    private readonly Opt<string?> _vocabOut = Opt.Path("--vocab-out", "Output", "FILE", "Also write the vocabulary, a line 'word count' each", PathUse.Output);
    private readonly CheckpointArguments _checkpoints = new();
    private readonly Opt<bool> _json = Opt.Json(), _quiet = Opt.Quiet(), _verbose = Opt.Verbose();

    private TrainVerb(Session session) => _session = session;

    public static Command Create(Session session)
    {
        var verb = new TrainVerb(session);
        var command = new Command("train", "Train word vectors on a text") { verb._inputs };
        foreach (Option option in verb._training.All.Concat([verb._valid, .. verb._watching.All, verb._out, verb._format, verb._vectors, verb._vocabOut, .. verb._checkpoints.All, verb._json, verb._quiet, verb._verbose]))
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
        string? valid = parsed.GetValue(_valid);
        WordVectorOptions options = _training.Read(parsed, layout.Threads) with { Probes = _watching.Probes(parsed, valid) };
        options.Validate();
        BackendCatalog catalog = DeviceCatalog.Create();
        string output = parsed.GetRequiredValue(_out)!;
        string? vocabOut = parsed.GetValue(_vocabOut), vocabIn = _training.VocabularyIn(parsed);
        var source = CorpusSource.FromPaths(parsed.GetRequiredValue(_inputs), _session.Screen, _session.Cancellation);
        if (_session.IsFirst)
            CheckFiles(parsed, source, output, vocabOut, vocabIn);
        if (vocabIn is not null)
            options = options with { Corpus = options.Corpus with { VocabularyIn = Vocabulary.Load(vocabIn) } };
        if (_session.IsFirst && options.Corpus.VocabularyIn is { } known)
            Formats.EnsureWritable(output, parsed.GetValue(_format), known.Words, options.Dim);

        options = options with { From = _checkpoints.From(parsed) };
        if (_checkpoints.IsDryRun(parsed))
            return Forecast(parsed, new WordVectorTrainer(options, catalog, screen), source);
        CheckpointOptions? checkpoints = _checkpoints.Read(parsed, _session);
        TrainSummary summary;
        using Watch watch = Watch.Start(_session, _watching, parsed, TrainSummary.Title(options), TrainSummary.Effective(options), source.Names);
        try
        {
            var trainer = new WordVectorTrainer(options, catalog, screen, _session.Ranks) { Counted = _session.IsFirst ? outline => EnsureSpace(parsed, outline) : null };
            using TrainedModel model = trainer.Train(source, watch, _session.Cancellation, checkpoints);
            screen.EndLine();
            var clock = Stopwatch.StartNew();
            _session.WriteOnce(() => Write(model, parsed, output, vocabOut));
            if (!_session.IsFirst)
                return ExitCode.Done;
            summary = new TrainSummary(options, model.Report, output, parsed.GetValue(_format), vocabOut, clock.Elapsed.TotalSeconds, wall.Elapsed.TotalSeconds);
            summary.Say(screen);
            watch.Done(summary.Outcome(model));
        }
        catch (Exception e) when (watch.Note(e))
        {
            throw;
        }

        if (parsed.GetValue(_json))
            summary.WriteJson();
        return ExitCode.Done;
    }

    private int Forecast(ParseResult parsed, WordVectorTrainer trainer, CorpusSource source)
    {
        TrainingForecast forecast = trainer.Forecast(source, _session.Screen, _session.Cancellation);
        _session.Screen.EndLine();
        VectorFormat format = parsed.GetValue(_format);
        long words = forecast.VocabularyWords;
        var vectors = new PlannedOutput(parsed.GetRequiredValue(_out)!, VectorFile.EstimateBytes(words, _training.Dim(parsed), 8 * words, format), Formats.NameOf(format));
        PlannedOutput? vocabulary = parsed.GetValue(_vocabOut) is { } path ? new PlannedOutput(path, 14 * words, "vocabulary") : null;
        return new ForecastReport(forecast, [vectors, vocabulary, _checkpoints.Planned(parsed, forecast)]).Tell(parsed.GetValue(_json));
    }

    // Hours of training must not end in an output that could never be written.
    private void CheckFiles(ParseResult parsed, CorpusSource source, string output, string? vocabOut, string? vocabIn)
    {
        string[] inputs = parsed.GetRequiredValue(_inputs);
        VectorFormat format = parsed.GetValue(_format);
        FilesInUse files = _session.Files;
        files.AddText(source, inputs);
        files.AddInput("--vocab-in", vocabIn);
        files.AddInput("--valid", parsed.GetValue(_valid));
        _watching.AddFiles(files, parsed);
        _checkpoints.AddFiles(files, parsed);
        files.AddVectors("--out", output, format);
        files.AddOutput("--vocab-out", vocabOut);
        _watching.CheckFolders(_session, inputs, parsed, _checkpoints.Folder(parsed));
        VerbFiles.WarnIfRead(_session, inputs, "--out", output);
        VerbFiles.WarnIfRead(_session, inputs, "--vocab-out", vocabOut);
        Formats.EnsureWritable(output, format, null, 0);
        if (vocabOut is not null)
            VectorFile.EnsureWritable(vocabOut);
        if (!_checkpoints.IsDryRun(parsed))
            files.Hold();
    }

    private void EnsureSpace(ParseResult parsed, ModelOutline model)
    {
        VectorFormat format = parsed.GetValue(_format);
        WordList words = model.Vocabulary.Words;
        int dim = _training.Dim(parsed);
        var space = new SpacePlan();
        space.Add(parsed.GetRequiredValue(_out)!, Formats.BytesOf(words, dim, format), exact: format != VectorFormat.Word2Vec);
        if (parsed.GetValue(_vocabOut) is { } vocabOut)
            space.Add(vocabOut, Formats.BytesOf(words, 0, format), exact: false);
        _watching.AddSpace(space, parsed, words.Count, dim);
        _checkpoints.AddSpace(space, parsed, model);
        space.Ensure(_session.Screen.Warn);
    }

    private void Write(TrainedModel model, ParseResult parsed, string output, string? vocabOut)
    {
        var kept = new KeptModel(_session);
        VectorKind kind = parsed.GetValue(_vectors);
        WordVectors vectors = model.GetVectors(kind);
        try
        {
            VectorFormat format = parsed.GetValue(_format);
            kept.Write(
                () => VectorFile.Write(output, vectors, format, _session.Cancellation),
                ".safetensors",
                path => VectorFile.Write(path, vectors, VectorFormat.Safetensors, _session.Cancellation),
                path => $"'ncefast export {path} --out PATH --format {Formats.NameOf(format)}' writes the wanted file.");
        }
        finally
        {
            if (kind == VectorKind.Mean) // the others are the model's own memory
                vectors.Dispose();
        }

        if (vocabOut is not null)
            kept.Write(() => model.Vocabulary.Save(vocabOut), ".vocab.txt", model.Vocabulary.Save, path => "copy it to where it is wanted.");
        kept.Done();
    }
}
