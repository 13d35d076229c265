using NceFast.Corpus;
using NceFast.Training;

public static class AsyncSample
{
    public static async Task<TrainedVectors?> RunAsync(string corpusPath, string checkpointFolder, CancellationToken cancellation)
    {
        var trainer = new WordVectorTrainer(new WordVectorOptions { Dim = 64, Epochs = 3 });
        var checkpoints = new CheckpointOptions { Folder = checkpointFolder, Resume = true };
        try
        {
            return await trainer.TrainAsync(CorpusSource.FromPaths(corpusPath), cancellation: cancellation, checkpoints: checkpoints);
        }
        catch (TrainingStoppedException e)
        {
            Console.WriteLine($"stopped; the next call continues from {e.Folder}");
            return null;
        }
    }
}
