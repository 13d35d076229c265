using System.CommandLine;
using System.Text.Json;
using NceFast.Backends;
using NceFast.Corpus;
using NceFast.Files;
using NceFast.Numerics;
using NceFast.Reporting;
using NceFast.Store;
using NceFast.Training;

namespace NceFast.Cli;

/// <summary>Trains, writes and reports a language model.</summary>
internal sealed class LanguageModelJob(Session session, OutputArguments output, ParseResult parsed, LanguageModelOptions options) : TrainJob(session, output, parsed)
{
    private readonly string _out = output.Out(parsed);

    public override TrainingOptions Options => options;

    public override Dictionary<string, RunValue> Effective => new(base.Effective)
    {
        ["--noise-draws"] = options.EffectiveNoiseSetSize,
        ["--batch"] = options.EffectiveBatch,
        ["--bigram-memory"] = options.BigramMemoryBytes >> 20,
    };

    public override TrainedModel Train(CorpusSource source, BackendCatalog catalog, Action<ModelOutline>? counted, IProgress<TrainingProgress> progress, CheckpointOptions? checkpoints) =>
        new LanguageModelTrainer(options, catalog, Session.Screen, Session.Ranks) { Counted = counted }.Train(source, options.Probes.HeldOut, progress, Session.Cancellation, checkpoints);

    public override TrainingForecast Forecast(CorpusSource source, BackendCatalog catalog) =>
        new LanguageModelTrainer(options, catalog, Session.Screen, Session.Ranks).Forecast(source, options.Probes.HeldOut, Session.Screen, Session.Cancellation);

    public override PlannedOutput Planned(TrainingForecast forecast) => new(_out, forecast.ModelBytes, "language model");

    public override void AddSpace(SpacePlan space, ModelOutline model) => space.Add(_out, model.ModelFileBytes);

    public override void Write(KeptModel kept, TrainedModel trained)
    {
        LanguageModel model = ((TrainedLanguageModel)trained).Model;
        kept.Write(() => model.Save(_out), ".lbl", model.Save, path => "it is the wanted model under another name.");
    }

    public override void Say(Screen screen, TrainingReport report, TrainTimes times)
    {
        string validated = report.Best.Validation is { } v ? FormattableString.Invariant($", validation perplexity {v.Perplexity:F2} after epoch {report.BestEpoch + 1}") : "";
        screen.Say(FormattableString.Invariant($"{_out}: {report.VocabularyWords:N0} words, dim {options.Dim}, {report.Epochs.Count} epochs in {Units.Time(report.TrainingSeconds)} ({Units.Speed(report.WordsPerSecond)}) on {report.Device}{validated}"));
        screen.Say($"corpus: {CorpusReport.Line(report.Corpus)}");
        screen.Say(times.Line);
        if (RankTimes.Line(report.Ranks) is { } ranks)
            screen.Say(ranks);
    }

    public override void WriteJson(Utf8JsonWriter json, TrainingReport report, TrainTimes times)
    {
        json.WriteString("out", _out);
        json.WriteNumber("noiseDraws", report.NoiseSetSize);
        json.WriteNumber("bestEpoch", report.BestEpoch + 1);
        WriteCommon(json, report, times);
    }

    protected override Dictionary<string, RunValue> Results(TrainingReport report) => new()
    {
        ["vocabularyWords"] = report.VocabularyWords,
        ["corpusWords"] = report.Corpus.Words,
        ["knownShare"] = report.Corpus.KnownShare,
        ["prunedWords"] = report.Corpus.PrunedWords,
        ["loss"] = report.Best.Loss,
        ["wordsPerSecond"] = report.WordsPerSecond,
        ["bestEpoch"] = report.BestEpoch + 1,
        ["epochs"] = report.Epochs.Count,
        ["validationPerplexity"] = report.Best.Validation?.Perplexity ?? double.NaN,
        ["parameterBytes"] = report.ParameterBytes,
        ["checkpoints"] = report.Checkpoints,
    };

    protected override double? ValidationSeconds(TrainingReport report) => report.ValidationSeconds;

    protected override AlignedMatrix Vectors(TrainedModel trained) => ((TrainedLanguageModel)trained).Model.Parameters.Context;
}
