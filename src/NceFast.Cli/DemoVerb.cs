using System.CommandLine;
using System.Diagnostics;
using NceFast.Blocks;
using NceFast.Corpus;
using NceFast.Evaluation;
using NceFast.Store;
using NceFast.Training;
using NceFast.Vocab;

namespace NceFast.Cli;

/// <summary><c>ncefast demo</c>: trains on a text that the program makes itself, and holds the models against its known truth.</summary>
internal static class DemoVerb
{
    private const int Top = 10;
    private static readonly int[] Ks = [1, 5, 25];

    public static Command Create(Session session)
    {
        WordVectorOptions defaults = new();
        Opt<long> words = Opt.Number("--words", "Demo", "Number of words of text to create, 100,000 or more", 1_000_000L);
        Opt<ulong> seed = Opt.Number("--seed", "Demo", "Seed of text and training", defaults.Seed);
        Opt<int> threads = Opt.Number("--threads", "Machine", "Number of worker threads, 1 to 1,024; the default is the number of cores", defaults.Threads).Also(Opt.Workers);
        Opt<string?> device = Opt.Text("--device", "Machine", "ID", "A device of 'ncefast devices'", defaults.Device);
        Opt<bool> json = Opt.Json(), quiet = Opt.Quiet(), verbose = Opt.Verbose();
        var command = new Command("demo", "Train on a synthetic text and compare the result with its known distribution; needs no file") { words, seed, threads, device, json, quiet, verbose };
        command.SetAction(parsed =>
        {
            (session.Screen.Quiet, session.Screen.Verbose) = (parsed.GetValue(quiet), parsed.GetValue(verbose));
            Check.Range("--words", parsed.GetValue(words), 100_000, long.MaxValue);
            var corpus = new SyntheticCorpus(words: parsed.GetValue(words), seed: parsed.GetValue(seed));
            WordVectorOptions options = Options(parsed.GetValue(seed), parsed.GetValue(threads), parsed.GetValue(device)!);
            DemoReport report = Run(session, corpus, options);
            if (parsed.GetValue(json))
                report.WriteJson();
            else
                report.WriteText();
            return ExitCode.Done;
        });
        return command;
    }

    // A window of 1 and no subsampling make the known neighbour distribution the very target of the model. Noise words
    // are drawn for each prediction: sets shared by a group hold at least 16 words, so k = 1 would see as many as k = 5.
    // Two epochs, because k tells early: repeating a text of this size brings all k to the same gap.
    private static WordVectorOptions Options(ulong seed, int threads, string device) => new()
    {
        Dim = 32,
        Window = 1,
        Subsample = 0,
        NoisePower = 1,
        NoiseSharing = 1,
        Epochs = 2,
        Seed = seed,
        Threads = threads,
        Device = device,
        Corpus = new CorpusOptions { Vocabulary = new VocabularyOptions { MinCount = 1 } },
    };

    private static DemoReport Run(Session session, SyntheticCorpus corpus, WordVectorOptions options)
    {
        var watch = Stopwatch.StartNew();
        var trainings = new List<DemoTraining>();
        IReadOnlyList<DemoNeighbours> examples = [];
        double sameClass = 0;
        foreach (int k in Ks)
        {
            session.Screen.Prefix = $"k {k}: ";
            using TrainedVectors model = new WordVectorTrainer(options with { K = k }, DeviceCatalog.Create(), session.Screen).Train(corpus.ToSource(), session.Screen, session.Cancellation);
            session.Screen.EndLine();
            ConditionalResult result = ConditionalEvaluation.Run(model.Vocabulary, model.Parameters, corpus, session.Cancellation);
            trainings.Add(new DemoTraining(k, options with { K = k }, result, model.Report));
            session.Screen.Say($"k {k}: trained in {Units.Time(model.Report.TrainingSeconds)} on {model.Report.Device}");
            if (k == Ks[^1])
                (examples, sameClass) = Neighbourhood(model.GetVectors(), corpus, session.Cancellation);
        }

        return new DemoReport(corpus, trainings, examples, sameClass, watch.Elapsed.TotalSeconds);
    }

    // The share is over all words: how many of the nearest have the class of the word they are near to.
    private static (IReadOnlyList<DemoNeighbours> Examples, double SameClass) Neighbourhood(WordVectors vectors, SyntheticCorpus corpus, CancellationToken cancellation)
    {
        string[] words = [.. Enumerable.Range(0, corpus.DistinctWords).Select(corpus.TextOf)];
        var classes = words.Select((word, id) => (word, corpus.ClassOf(id))).ToDictionary();
        var found = Neighbours.Find(vectors, words, Top, cancellation: cancellation);
        double same = found.Select((list, w) => list.Count(n => classes[n.Word] == corpus.ClassOf(w)) / (double)Top).Average();
        int[] shown = [0, corpus.DistinctWords / 3 / corpus.WordsPerClass * corpus.WordsPerClass + 4, corpus.DistinctWords - corpus.WordsPerClass + 9];
        return ([.. shown.Select(w => new DemoNeighbours(words[w], found[w]))], same);
    }
}
