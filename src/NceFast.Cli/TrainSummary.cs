using System.Diagnostics;
using System.Text.Json;
using NceFast.Exports;
using NceFast.Models;
using NceFast.Training;

namespace NceFast.Cli;

/// <summary>What a finished training tells, as text and as JSON.</summary>
internal sealed class TrainSummary(TrainingOptions options, TrainingReport report, string output, VectorFormat format, string? vocabOut, double writingSeconds)
{
    private string Model => options.Model == ModelKind.SkipGram ? "skipgram" : "cbow";

    private string Objective => options.Objective == ObjectiveKind.Nce ? "nce" : "neg";

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
