using System.Diagnostics;
using NceFast.Backends;
using NceFast.Corpus;
using NceFast.Exports;
using NceFast.Store;
using NceFast.Training;

// Trains as native code: a first training is stopped in its second epoch and saved, a second one resumes it and writes vectors.
// AotTraining TEXT FOLDER
if (args is not [string text, string folder])
{
    Console.Error.WriteLine("usage: AotTraining TEXT FOLDER");
    return 2;
}

Console.WriteLine($"started in {(DateTime.Now - Process.GetCurrentProcess().StartTime).TotalMilliseconds:F0} ms on {BackendCatalog.Default.Choose().Device.Details}");
var trainer = new WordVectorTrainer(new WordVectorOptions { Dim = 64, Epochs = 3 });
var checkpoints = new CheckpointOptions { Folder = Path.Combine(folder, "checkpoints") };
using (var stop = new CancellationTokenSource())
{
    try
    {
        using TrainedVectors whole = await trainer.TrainAsync(CorpusSource.FromPaths(text), new StopInSecondEpoch(stop), stop.Token, checkpoints);
    }
    catch (TrainingStoppedException e)
    {
        Console.WriteLine($"saved in {e.Folder}");
    }
}

using TrainedVectors model = await trainer.TrainAsync(CorpusSource.FromPaths(text), checkpoints: checkpoints with { Resume = true });
string path = Path.Combine(folder, "vectors.bin");
VectorFile.Write(path, model.GetVectors(), VectorFormat.Word2VecBinary);
using WordVectors vectors = VectorFile.Read(path);
string word = vectors.Words.GetString(Math.Min(100, vectors.Count - 1));
Console.WriteLine($"{model.Report.Epochs.Count} epochs, {model.Report.WordsPerSecond:N0} words/s; nearest to {word}: {string.Join(", ", vectors.MostSimilar(word, 5).Select(n => n.Word))}");
return 0;

/// <summary>Stops a training in its second of three epochs.</summary>
internal sealed class StopInSecondEpoch(CancellationTokenSource stop) : IProgress<TrainingProgress>
{
    public void Report(TrainingProgress value)
    {
        if (value.Phase == TrainingPhase.Training && value.Fraction > 0.34)
            stop.Cancel();
    }
}
