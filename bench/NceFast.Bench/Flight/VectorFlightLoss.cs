using NceFast.Backends;
using NceFast.Blocks;
using NceFast.Corpus;
using NceFast.Models;
using NceFast.Training;

namespace NceFast.Bench.Flight;

/// <summary>Measures the loss of word vectors on a validation text as training does, with sampled noise words and a learning rate of 0.</summary>
internal static class VectorFlightLoss
{
    // An epoch that no training reaches, so that its windows and noise words differ from those of the training.
    private const int Epoch = 99;

    /// <summary>Computes the mean loss per prediction, nats.</summary>
    public static double Of(WordVectorSpec spec, TrainedVectors trained, string path)
    {
        using SentenceReader reader = SentenceReader.Open(path, trained.Vocabulary, -1);
        using var backend = new VectorFlightBackend(spec, trained.Parameters, new VectorFlightSettings(new FlightSettings(FlightRule.Add, 1, 0), false, 1));
        using var block = new TokenBlock();
        var sentence = new List<int>();
        double loss = 0;
        long predictions = 0;
        while (reader.TryRead(sentence))
        {
            foreach (int[] part in sentence.Chunk(TokenBlock.MaxSentenceWords))
            {
                if (block.Count + TokenBlock.MaxSentenceWords > TokenBlock.TargetWords)
                    Run();
                foreach (int word in part)
                    block.Add(word);
                block.EndSentence();
            }
        }

        Run();
        return loss / predictions;

        void Run()
        {
            BlockResult result = backend.Process(block, new BlockStep(Epoch, 0));
            loss += result.Loss;
            predictions += result.Predictions;
            block.Clear();
            block.Number++;
        }
    }
}
