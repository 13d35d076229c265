using System.Text.Json;
using NceFast.Training;

namespace NceFast.Cli;

/// <summary>Represents a file that a training would write.</summary>
/// <param name="Path">The path.</param>
/// <param name="Bytes">The approximate size.</param>
/// <param name="What">The content.</param>
internal sealed record PlannedOutput(string Path, long Bytes, string What);

/// <summary>Writes the forecast of <c>--dry-run</c> as text and as JSON.</summary>
internal sealed class ForecastReport(TrainingForecast forecast, IEnumerable<PlannedOutput?> planned)
{
    private readonly PlannedOutput[] _planned = [.. planned.OfType<PlannedOutput>()];

    /// <summary>Writes it to standard output.</summary>
    public int Tell(bool asJson)
    {
        if (asJson)
            JsonReport.Write(WriteJson);
        else
            WriteText();
        return ExitCode.Done;
    }

    private void WriteText()
    {
        TextWriter o = Console.Out;
        string words = forecast.Words < 0 ? "an unknown number of words" : $"{forecast.Words:N0} words";
        o.WriteLine($"vocabulary  {forecast.VocabularyWords:N0} words with a vector; counting took {Units.Time(forecast.CountingSeconds)}");
        if (forecast.Corpus.CountingBudgetBytes > 0)
            o.WriteLine($"counting    {Units.Size(forecast.Corpus.CountingPeakBytes)} of the {Units.Size(forecast.Corpus.CountingBudgetBytes)} of memory for counting were used; {(forecast.Corpus.PrunedWords == 0 ? "no word was dropped" : $"{forecast.Corpus.PrunedWords:N0} words of text were dropped")}");
        o.WriteLine($"steps       {forecast.Epochs:N0} epochs over {words}{(forecast.Blocks < 0 ? "" : $" in {forecast.Blocks:N0} blocks")}{(forecast.Predictions < 0 ? "" : $", about {forecast.Predictions / 1e6:N1} million predictions")}");
        foreach (MemoryPart part in forecast.Memory)
            o.WriteLine($"memory      {Units.Size(part.Bytes),10}  {part.Name} ({part.Place})");
        o.WriteLine($"memory      {Units.Size(forecast.Memory.Sum(p => p.Bytes)),10}  in all; this forecast had {Units.Size(forecast.PeakBytes)} at most, the program included");
        o.WriteLine($"disk        {Cache()}");
        o.WriteLine(forecast.WordsPerSecond == 0 ? "time        unknown: no block of text was trained on" : $"time        about {Duration(forecast.TrainingSeconds)} at {Units.Speed(forecast.WordsPerSecond)}, measured on {forecast.Device}");
        foreach (PlannedOutput file in _planned)
            o.WriteLine($"would write {file.Path}: about {Units.Size(file.Bytes)} ({file.What})");
        o.WriteLine("Nothing was written.");
    }

    private void WriteJson(Utf8JsonWriter json)
    {
        json.WriteString("device", forecast.Device);
        json.WriteNumber("vocabulary", forecast.VocabularyWords);
        json.WriteNumber("epochs", forecast.Epochs);
        json.Figure("words", forecast.Words < 0 ? double.NaN : forecast.Words);
        json.Figure("blocks", forecast.Blocks < 0 ? double.NaN : forecast.Blocks);
        json.Figure("predictions", forecast.Predictions < 0 ? double.NaN : Math.Round(forecast.Predictions));
        json.Array("memory", forecast.Memory, part => json.Object(null, () =>
        {
            json.WriteString("name", part.Name);
            json.WriteString("place", part.Place);
            json.WriteNumber("bytes", part.Bytes);
        }));
        json.WriteNumber("peakMemoryBytes", forecast.PeakBytes);
        json.Figure("cacheBytes", forecast.CacheBytes < 0 ? double.NaN : forecast.CacheBytes);
        json.WriteString("cacheFolder", forecast.CacheFolder);
        json.WriteNumber("checkpointBytes", forecast.CheckpointBytes);
        json.WriteNumber("countingBudgetBytes", forecast.Corpus.CountingBudgetBytes);
        json.WriteNumber("countingPeakBytes", forecast.Corpus.CountingPeakBytes);
        json.WriteNumber("prunedWords", forecast.Corpus.PrunedWords);
        json.Figure("countingSeconds", forecast.CountingSeconds);
        json.Figure("wordsPerSecond", forecast.WordsPerSecond > 0 ? forecast.WordsPerSecond : double.NaN);
        json.Figure("trainingSeconds", forecast.TrainingSeconds);
        json.Array("wouldWrite", _planned, file => json.Object(null, () =>
        {
            json.WriteString("path", file.Path);
            json.WriteNumber("bytes", file.Bytes);
        }));
    }

    private string Cache() => forecast.CacheBytes switch
    {
        0 => "no cache of token ids",
        < 0 => $"a cache of token ids of unknown size in {forecast.CacheFolder}, while it trains",
        _ => $"up to {Units.Size(forecast.CacheBytes)} of token ids in {forecast.CacheFolder}, while it trains",
    };

    private static string Duration(double seconds) => double.IsFinite(seconds) ? TimeSpan.FromSeconds(Math.Ceiling(seconds)).ToString("c") : "an unknown time";
}
