using System.Diagnostics;
using System.Text.Json;
using NceFast.Exports;
using NceFast.Models;
using NceFast.Objectives;
using NceFast.Reporting;
using NceFast.Training;

namespace NceFast.Cli;

/// <summary>What a finished training tells, as text and as JSON.</summary>
internal sealed class TrainSummary(WordVectorOptions options, TrainingReport report, string output, VectorFormat format, string? vocabOut, double writingSeconds, double wallSeconds)
{
    private readonly TrainTimes _times = new(report.VocabularySeconds, report.TrainingSeconds, null, report.ProbeSeconds, report.CheckpointSeconds, writingSeconds, wallSeconds + report.EarlierSeconds);

    private string Model => ModelOf(options);

    private string Objective => ObjectiveOf(options);

    /// <summary>What is trained, in a few words.</summary>
    public static string Title(WordVectorOptions options) => FormattableString.Invariant($"Word vectors: {ModelOf(options)}, {ObjectiveOf(options)}, k {options.K}, dim {options.Dim}");

    /// <summary>Values that options come to, by the option's name.</summary>
    public static Dictionary<string, RunValue> Effective(WordVectorOptions options) => new()
    {
        ["--lr"] = options.StartRate,
        ["--threads"] = options.Threads,
    };

    /// <summary>The end of the training for its run folder.</summary>
    public RunOutcome Outcome(TrainedModel model)
    {
        var results = new Dictionary<string, RunValue>
        {
            ["vocabulary"] = report.VocabularyWords,
            ["corpusWords"] = report.Corpus.Words,
            ["knownShare"] = report.Corpus.KnownShare,
            ["prunedWords"] = report.Corpus.PrunedWords,
            ["loss"] = report.Loss,
            ["wordsPerSecond"] = report.WordsPerSecond,
            ["noiseSharing"] = report.NoiseSharing,
            ["noiseSetSize"] = report.NoiseSetSize,
            ["parameterBytes"] = report.ParameterBytes,
            ["peakMemoryBytes"] = Process.GetCurrentProcess().PeakWorkingSet64,
        };
        Dictionary<string, RunValue> effective = Effective(options);
        (effective["--lr"], effective["--noise-sharing"], effective["--noise-draws"]) = ((float)report.LearningRate, report.NoiseSharing, report.NoiseSetSize);
        if (MachineArguments.KernelsOf(report.Device) is { } kernels)
            effective["--host-kernels"] = kernels;
        return new RunOutcome(report.Device, results.Concat(_times.Figures).Where(f => f.Value.Value is not null).ToDictionary(), effective, model.Vocabulary, model.Parameters.Input);
    }

    public void Say(Screen screen)
    {
        screen.Say($"corpus      {CorpusReport.Line(report.Corpus)}");
        screen.Say($"training    {Model}, {Objective}, k {options.K}, {report.WordsPerSecond / 1e6:F2} million words/s, {(double.IsFinite(report.Loss) ? FormattableString.Invariant($"loss {report.Loss:F4} nats per prediction in the last epoch") : "no prediction in the last epoch")}");
        screen.Say($"noise       {Noise()}");
        screen.Say($"device      {report.Device}");
        screen.Say(_times.Line);
        screen.Say($"written     {output}: {report.VocabularyWords:N0} vectors of {options.Dim} floats ({Formats.NameOf(format)})");
    }

    public void WriteJson() => JsonReport.Write(json =>
    {
        json.WriteString("out", output);
        json.WriteString("format", Formats.NameOf(format));
        json.WriteString("vocabOut", vocabOut);
        json.WriteNumber("vocabulary", report.VocabularyWords);
        json.WriteNumber("dim", options.Dim);
        json.WriteString("model", Model);
        json.WriteString("objective", Objective);
        json.WriteNumber("k", options.K);
        json.WriteNumber("noiseSharing", report.NoiseSharing);
        json.WriteNumber("noiseSetSize", report.NoiseSetSize);
        json.WriteString("device", report.Device);
        json.WriteNumber("threads", options.Threads);
        json.WriteNumber("seed", options.Seed);
        json.Figure("learningRate", (double)((RunValue)(float)report.LearningRate).Value!);
        json.Figure("loss", report.Loss);
        json.Figure("wordsPerSecond", report.WordsPerSecond);
        _times.WriteJson(json);
        json.WriteNumber("parameterBytes", report.ParameterBytes);
        json.WriteNumber("peakMemoryBytes", Process.GetCurrentProcess().PeakWorkingSet64);
        CorpusReport.Write(json, report.Corpus);
        json.Array("epochs", report.Epochs, e => json.Object(null, () => WriteEpoch(json, e)));
    });

    private static string ModelOf(WordVectorOptions options) => options.Model == ModelKind.SkipGram ? "skipgram" : "cbow";

    private static string ObjectiveOf(WordVectorOptions options) => options.Objective == ObjectiveKind.Nce ? "nce" : "neg";

    private string Noise() => report.NoiseSharing == 1
        ? $"{options.K} own words for every prediction"
        : $"sets of {report.NoiseSetSize} words, each shared by {report.NoiseSharing} positions, weighted to count as {options.K} per prediction";

    private static void WriteEpoch(Utf8JsonWriter json, EpochReport e)
    {
        json.WriteNumber("epoch", e.Epoch + 1);
        json.WriteNumber("words", e.Words);
        json.WriteNumber("tokens", e.Tokens);
        json.WriteNumber("predictions", e.Predictions);
        json.Figure("loss", e.Loss);
        json.Figure("seconds", e.Seconds);
        json.Figure("wordsPerSecond", e.WordsPerSecond);
    }
}
