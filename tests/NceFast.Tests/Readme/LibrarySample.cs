using NceFast.Corpus;
using NceFast.Evaluation;
using NceFast.Exports;
using NceFast.Store;
using NceFast.Training;

public static class LibrarySample
{
    public static void Run(string corpusPath, string vectorPath, string word, CancellationToken cancellation)
    {
        var trainer = new WordVectorTrainer(new WordVectorOptions { Dim = 64, K = 10, Epochs = 3 });
        var progress = new Progress<TrainingProgress>(p => Console.Error.WriteLine($"{p.Phase} {p.Fraction:P0}"));

        using TrainedVectors model = trainer.Train(CorpusSource.FromPaths(corpusPath), progress, cancellation);
        Console.WriteLine($"{model.Report.VocabularyWords} words, {model.Report.WordsPerSecond:N0} words/s, loss {model.Report.Loss:F3} nats");
        VectorFile.Write(vectorPath, model.GetVectors(VectorKind.Input), VectorFormat.Word2VecBinary, cancellation);

        using WordVectors vectors = VectorFile.Read(vectorPath, cancellation);
        foreach (Neighbour near in Neighbours.Find(vectors, [word], top: 5, cancellation: cancellation)[0])
            Console.WriteLine($"{near.Cosine:F3} {near.Word}");
    }
}
