using System.Diagnostics;
using System.Text.Json;
using NceFast.Reporting;
using NceFast.Training;

namespace NceFast.Cli;

/// <summary>Writes the JSON that all trainings have, whatever verb started them. src/docs/json.md describes it.</summary>
internal static class TrainingJson
{
    /// <summary>Writes what was trained, where, and how well.</summary>
    public static void Write(Utf8JsonWriter json, TrainingOptions options, TrainingReport report)
    {
        (string model, string objective) = ModelArguments.NamesOf(options);
        json.WriteString("model", model);
        json.WriteString("objective", objective);
        json.WriteNumber("vocabularyWords", report.VocabularyWords);
        json.WriteNumber("dim", options.Dim);
        json.WriteNumber("k", options.K);
        json.WriteNumber("noiseSharing", report.NoiseSharing);
        json.WriteNumber("noiseSetSize", report.NoiseSetSize);
        json.WriteString("device", report.Device);
        json.WriteNumber("threads", options.Threads);
        json.WriteNumber("seed", options.Seed);
        json.Figure("learningRate", Rate(report.LearningRate));
        json.Figure("loss", report.Epochs.Count == 0 ? double.NaN : report.Best.Loss);
        json.Figure("wordsPerSecond", report.WordsPerSecond);
        json.WriteNumber("parameterBytes", report.ParameterBytes);
        json.WriteNumber("peakMemoryBytes", Process.GetCurrentProcess().PeakWorkingSet64);
    }

    /// <summary>Writes the epochs.</summary>
    public static void WriteEpochs(Utf8JsonWriter json, TrainingReport report) =>
        json.Array("epochs", report.Epochs, e => json.Object(null, () => WriteEpoch(json, e)));

    private static void WriteEpoch(Utf8JsonWriter json, EpochReport e)
    {
        json.WriteNumber("epoch", e.Epoch + 1);
        json.WriteNumber("words", e.Words);
        json.WriteNumber("tokens", e.Tokens);
        json.WriteNumber("predictions", e.Predictions);
        json.Figure("loss", e.Loss);
        json.Figure("learningRate", e.LearningRate);
        json.Figure("seconds", e.Seconds);
        json.Figure("wordsPerSecond", e.WordsPerSecond);
        if (e.Validation is { } v)
            json.Object("validation", () => PerplexityVerb.WriteJson(json, v));
    }

    // With the digits of a float.
    private static double Rate(double rate) => (double)((RunValue)(float)rate).Value!;
}
