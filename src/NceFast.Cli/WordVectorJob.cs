using System.CommandLine;
using System.Diagnostics;
using System.Text.Json;
using NceFast.Backends;
using NceFast.Corpus;
using NceFast.Exports;
using NceFast.Files;
using NceFast.Numerics;
using NceFast.Reporting;
using NceFast.Store;
using NceFast.Training;

namespace NceFast.Cli;

/// <summary>Trains, writes and reports word vectors.</summary>
internal sealed class WordVectorJob(Session session, OutputArguments output, ParseResult parsed, WordVectorOptions options) : TrainJob(session, output, parsed)
{
    private readonly string _out = output.Out(parsed);
    private readonly VectorFormat _format = output.Format(parsed);
    private readonly (string Model, string Objective) _names = ModelArguments.NamesOf(options);

    public override TrainingOptions Options => options;

    public override Dictionary<string, RunValue> Effective => new(base.Effective) { ["--window-draw"] = ModelArguments.NameOf(options.EffectiveWindowDraw) };

    public override TrainedModel Train(CorpusSource source, BackendCatalog catalog, Action<ModelOutline>? counted, IProgress<TrainingProgress> progress, CheckpointOptions? checkpoints) =>
        new WordVectorTrainer(options, catalog, Session.Screen, Session.Ranks) { Counted = counted }.Train(source, progress, Session.Cancellation, checkpoints);

    public override TrainingForecast Forecast(CorpusSource source, BackendCatalog catalog) =>
        new WordVectorTrainer(options, catalog, Session.Screen, Session.Ranks).Forecast(source, Session.Screen, Session.Cancellation);

    public override PlannedOutput Planned(TrainingForecast forecast) =>
        new(_out, VectorFile.EstimateBytes(forecast.VocabularyWords, options.Dim, 8L * forecast.VocabularyWords, _format), Formats.NameOf(_format));

    public override void AddSpace(SpacePlan space, ModelOutline model) =>
        space.Add(_out, Formats.BytesOf(model.Vocabulary.Words, options.Dim, _format), exact: _format is not (VectorFormat.Word2Vec or VectorFormat.GloVe));

    public override void Write(KeptModel kept, TrainedModel trained)
    {
        VectorKind kind = Output.Vectors(Parsed);
        WordVectors vectors = ((TrainedVectors)trained).GetVectors(kind);
        try
        {
            kept.Write(
                () => VectorFile.Write(_out, vectors, _format, Session.Cancellation),
                ".safetensors",
                path => VectorFile.Write(path, vectors, VectorFormat.Safetensors, Session.Cancellation),
                path => $"'ncefast export {path} --out PATH --format {Formats.NameOf(_format)}' writes the wanted file.");
        }
        finally
        {
            if (kind == VectorKind.Mean) // the others are the model's own memory
                vectors.Dispose();
        }
    }

    public override void Say(Screen screen, TrainingReport report, TrainTimes times)
    {
        screen.Say($"corpus      {CorpusReport.Line(report.Corpus)}");
        screen.Say($"training    {_names.Model}, {_names.Objective}, k {options.K}, {Units.Speed(report.WordsPerSecond)}, {(double.IsFinite(report.Loss) ? FormattableString.Invariant($"loss {report.Loss:F4} nats per prediction in the last epoch") : "no prediction in the last epoch")}");
        screen.Say($"noise       {Noise(report)}");
        screen.Say($"device      {report.Device}");
        screen.Say(times.Line);
        if (RankTimes.Line(report.Ranks) is { } ranks)
            screen.Say(ranks);
        screen.Say($"written     {_out}: {report.VocabularyWords:N0} vectors of {options.Dim} floats ({Formats.NameOf(_format)})");
    }

    public override void WriteJson(Utf8JsonWriter json, TrainingReport report, TrainTimes times)
    {
        json.WriteString("out", _out);
        json.WriteString("format", Formats.NameOf(_format));
        json.WriteNumber("vocabulary", report.VocabularyWords);
        json.WriteNumber("window", options.Window);
        json.WriteString("windowDraw", ModelArguments.NameOf(options.EffectiveWindowDraw));
        json.WriteBoolean("baskets", options.Baskets);
        WriteCommon(json, report, times);
    }

    protected override Dictionary<string, RunValue> Results(TrainingReport report) => new()
    {
        ["vocabulary"] = report.VocabularyWords,
        ["vocabularyWords"] = report.VocabularyWords,
        ["corpusWords"] = report.Corpus.Words,
        ["knownShare"] = report.Corpus.KnownShare,
        ["prunedWords"] = report.Corpus.PrunedWords,
        ["loss"] = report.Loss,
        ["wordsPerSecond"] = report.WordsPerSecond,
        ["noiseSharing"] = report.NoiseSharing,
        ["noiseSetSize"] = report.NoiseSetSize,
        ["parameterBytes"] = report.ParameterBytes,
        ["checkpoints"] = report.Checkpoints,
        ["peakMemoryBytes"] = Process.GetCurrentProcess().PeakWorkingSet64,
    };

    protected override AlignedMatrix Vectors(TrainedModel trained) => ((TrainedVectors)trained).Parameters.Input;

    private string Noise(TrainingReport report) => report.NoiseSharing == 1
        ? $"{options.K} own words for every prediction"
        : $"sets of {report.NoiseSetSize} words, each shared by {report.NoiseSharing} positions, weighted to count as {options.K} per prediction";
}
