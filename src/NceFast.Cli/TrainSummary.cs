using System.Diagnostics;
using System.Text.Json;
using NceFast.Exports;
using NceFast.Models;
using NceFast.Reporting;
using NceFast.Training;

namespace NceFast.Cli;

/// <summary>What a finished training tells, as text and as JSON.</summary>
internal sealed class TrainSummary(TrainingOptions options, TrainingReport report, string output, VectorFormat format, string? vocabOut, double writingSeconds)
{
    private string Model => ModelOf(options);

    private string Objective => ObjectiveOf(options);

    /// <summary>What is trained, in a few words.</summary>
    public static string Title(TrainingOptions options) => FormattableString.Invariant($"Word vectors: {ModelOf(options)}, {ObjectiveOf(options)}, k {options.K}, dim {options.Dim}");

    /// <summary>The end of the training for its run folder.</summary>
    public RunOutcome Outcome(TrainedModel model) => new(
        report.Device,
        [
            new RunFigure("Vocabulary", FormattableString.Invariant($"{report.VocabularyWords:N0} words")),
            new RunFigure("Corpus", FormattableString.Invariant($"{report.Corpus.Words / 1e6:N1} million words")),
            .. CorpusReport.Figures(report.Corpus),
            new RunFigure("Final loss", FormattableString.Invariant($"{report.Loss:F4} nats")),
            new RunFigure("Speed", FormattableString.Invariant($"{report.WordsPerSecond / 1e6:F2} M words/s")),
            new RunFigure("Training", FormattableString.Invariant($"{report.TrainingSeconds:N1} s")),
            new RunFigure("Parameters", FormattableString.Invariant($"{report.ParameterBytes / 1048576.0:N1} MiB")),
            new RunFigure("Peak memory", FormattableString.Invariant($"{Process.GetCurrentProcess().PeakWorkingSet64 / 1048576.0:N0} MiB")),
        ],
        model.Vocabulary,
        model.Parameters.Input);

    public void Say(Screen screen)
    {
        screen.Say($"corpus      {CorpusReport.Line(report.Corpus)}");
        screen.Say($"training    {Model}, {Objective}, k {options.K}, {report.WordsPerSecond / 1e6:F2} million words/s, loss {report.Loss:F4} nats a prediction in the last epoch");
        screen.Say($"noise       {Noise()}");
        screen.Say($"device      {report.Device}");
        screen.Say($"seconds     vocabulary {report.VocabularySeconds:F1}, training {report.TrainingSeconds:F1}, writing {writingSeconds:F1}");
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
        json.Figure("loss", report.Loss);
        json.Figure("wordsPerSecond", report.WordsPerSecond);
        WriteTimes(json);
        json.WriteNumber("parameterBytes", report.ParameterBytes);
        json.WriteNumber("peakMemoryBytes", Process.GetCurrentProcess().PeakWorkingSet64);
        CorpusReport.Write(json, report.Corpus);
        json.Array("epochs", report.Epochs, e => json.Object(null, () => WriteEpoch(json, e)));
    });

    private static string ModelOf(TrainingOptions options) => options.Model == ModelKind.SkipGram ? "skipgram" : "cbow";

    private static string ObjectiveOf(TrainingOptions options) => options.Objective == ObjectiveKind.Nce ? "nce" : "neg";

    private string Noise() => report.NoiseSharing == 1
        ? $"{options.K} own words for every prediction"
        : $"sets of {report.NoiseSetSize} words, each shared by {report.NoiseSharing} positions, weighted to count as {options.K} a prediction";

    private void WriteTimes(Utf8JsonWriter json)
    {
        json.Figure("vocabularySeconds", report.VocabularySeconds);
        json.Figure("trainingSeconds", report.TrainingSeconds);
        json.Figure("writingSeconds", writingSeconds);
    }

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
