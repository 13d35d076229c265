using System.CommandLine;
using System.Text.Json;
using NceFast.Backends;
using NceFast.Corpus;
using NceFast.Files;
using NceFast.Numerics;
using NceFast.Reporting;
using NceFast.Training;

namespace NceFast.Cli;

/// <summary>Represents what <c>train</c> does for each kind of model in its own way: training, writing, and reporting.</summary>
/// <param name="session">The program's run.</param>
/// <param name="output">The options for outputs.</param>
/// <param name="parsed">The command line.</param>
internal abstract class TrainJob(Session session, OutputArguments output, ParseResult parsed)
{
    /// <summary>Gets the program's run.</summary>
    protected Session Session => session;

    /// <summary>Gets the options for outputs.</summary>
    protected OutputArguments Output => output;

    /// <summary>Gets the command line.</summary>
    protected ParseResult Parsed => parsed;

    /// <summary>Gets the options.</summary>
    public abstract TrainingOptions Options { get; }

    /// <summary>Gets the values that options without a fixed default come to, by the option's name.</summary>
    public virtual Dictionary<string, RunValue> Effective => new()
    {
        ["--k"] = Options.K,
        ["--noise-power"] = Options.NoisePower,
        ["--noise-sharing"] = Options.NoiseSharing,
        ["--lr"] = (float)Options.StartRate,
        ["--threads"] = Options.Threads,
    };

    /// <summary>Creates the job for the model that the options are of.</summary>
    public static TrainJob Create(Session session, OutputArguments output, ParseResult parsed, TrainingOptions options) => options switch
    {
        WordVectorOptions vectors => new WordVectorJob(session, output, parsed, vectors),
        LanguageModelOptions language => new LanguageModelJob(session, output, parsed, language),
        _ => throw new ArgumentOutOfRangeException(nameof(options)),
    };

    /// <summary>Trains the model.</summary>
    public abstract TrainedModel Train(CorpusSource source, BackendCatalog catalog, Action<ModelOutline>? counted, IProgress<TrainingProgress> progress, CheckpointOptions? checkpoints);

    /// <summary>Forecasts the training.</summary>
    public abstract TrainingForecast Forecast(CorpusSource source, BackendCatalog catalog);

    /// <summary>Describes the file of the model in a forecast.</summary>
    public abstract PlannedOutput Planned(TrainingForecast forecast);

    /// <summary>Adds the space that the file of the model needs.</summary>
    public abstract void AddSpace(SpacePlan space, ModelOutline model);

    /// <summary>Writes the model.</summary>
    public abstract void Write(KeptModel kept, TrainedModel trained);

    /// <summary>Reports the finished training on the screen.</summary>
    public abstract void Say(Screen screen, TrainingReport report, TrainTimes times);

    /// <summary>Reports the finished training as JSON.</summary>
    public abstract void WriteJson(Utf8JsonWriter json, TrainingReport report, TrainTimes times);

    /// <summary>Writes the properties that the JSON of every training has.</summary>
    protected void WriteCommon(Utf8JsonWriter json, TrainingReport report, TrainTimes times)
    {
        json.WriteString("vocabOut", Output.VocabularyOut(Parsed));
        json.WriteBoolean("resumed", Session.Resume is not null);
        TrainingJson.Write(json, Options, report);
        times.WriteJson(json);
        json.WriteNumber("checkpoints", report.Checkpoints);
        RankTimes.WriteJson(json, report.Ranks);
        CorpusReport.Write(json, report.Corpus);
        TrainingJson.WriteEpochs(json, report);
    }

    /// <summary>Gets how long each part of the finished training took.</summary>
    public TrainTimes Times(TrainingReport report, double writingSeconds, double wallSeconds) =>
        new(report.VocabularySeconds, report.TrainingSeconds, ValidationSeconds(report), report.ProbeSeconds, report.CheckpointSeconds, writingSeconds, wallSeconds + report.EarlierSeconds);

    /// <summary>Creates the end of the training for its run folder.</summary>
    public RunOutcome Outcome(TrainedModel trained, TrainTimes times)
    {
        TrainingReport report = trained.Report;
        Dictionary<string, RunValue> effective = Effective;
        (effective["--lr"], effective["--noise-sharing"], effective["--noise-draws"]) = ((float)report.LearningRate, report.NoiseSharing, report.NoiseSetSize);
        if (report.Batch > 0)
            effective["--batch"] = report.Batch;
        if (MachineArguments.KernelsOf(report.Device) is { } kernels)
            effective["--host-kernels"] = kernels;
        return new RunOutcome(report.Device, Results(report).Concat(times.Figures).Where(f => f.Value.Value is not null).ToDictionary(), effective, trained.Vocabulary, Vectors(trained));
    }

    /// <summary>Gets the time of validation; null for models that have none.</summary>
    protected virtual double? ValidationSeconds(TrainingReport report) => null;

    /// <summary>Gets the results of the finished training by name.</summary>
    protected abstract Dictionary<string, RunValue> Results(TrainingReport report);

    /// <summary>Gets the vectors that a report shows.</summary>
    protected abstract AlignedMatrix Vectors(TrainedModel trained);
}
