using NceFast.Corpus;
using NceFast.Evaluation;
using NceFast.Store;
using NceFast.Training;

namespace NceFast.Cli;

/// <summary>Represents a training of the demo.</summary>
internal sealed record DemoTraining(int K, TrainingOptions Options, ConditionalResult Result, TrainingReport Report);

/// <summary>Represents a word and its nearest words.</summary>
internal sealed record DemoNeighbours(string Word, IReadOnlyList<Neighbour> Nearest);

/// <summary>Represents the results of the demo, and writes them as text and as JSON.</summary>
internal sealed record DemoReport(SyntheticCorpus Corpus, IReadOnlyList<DemoTraining> Trainings, IReadOnlyList<DemoNeighbours> Examples, double SameClass, double Seconds)
{
    private double Chance => (Corpus.WordsPerClass - 1.0) / (Corpus.DistinctWords - 1.0);

    public void WriteText()
    {
        TextWriter o = Console.Out;
        o.WriteLine($"Text: {Corpus.Words:N0} words of {Corpus.DistinctWords:N0} distinct ones in {Corpus.Classes} classes, from a Markov chain (c07w03 is word 3 of class 7).");
        o.WriteLine();
        o.WriteLine($"Nearest words (k = {Trainings[^1].K}):");
        foreach (DemoNeighbours example in Examples)
            o.WriteLine($"  {example.Word}: {string.Join(' ', example.Nearest.Select(n => n.Word))}");
        o.WriteLine($"Of each word's 10 nearest, {SameClass:P1} are of its class (by chance {Chance:P1}).");
        o.WriteLine();
        o.WriteLine($"Entropy of a word given its neighbour, known exactly: {Corpus.ConditionalEntropy:F4} nats; a model of frequencies alone has a gap of {Corpus.MutualInformation:F4}.");
        o.WriteLine("   k   cross-entropy   gap, nats   with log Z as trained   log Z: mean, deviation, largest error   million words/s");
        foreach (DemoTraining t in Trainings)
        {
            ConditionalResult r = t.Result;
            o.WriteLine($"{t.K,4}   {r.CrossEntropy,13:F4}   {r.Gap,9:F4}   {r.UnnormalizedCrossEntropy,21:F4}   {r.LogZBias,11:F4}, {r.LogZDeviation,9:F4}, {r.LogZLargestError,13:F4}   {t.Report.WordsPerSecond / 1e6,15:F2}");
        }

        o.WriteLine($"Each k had {Trainings[0].Report.Epochs.Count} epochs; the advantage of a larger k fades when the same text is repeated more often.");
        o.WriteLine($"The normaliser was fixed at log Z = 0 in training and is summed up exactly here. {Units.Time(Seconds)} in all.");
    }

    public void WriteJson() => JsonReport.Write(json =>
    {
        json.WriteString("device", Trainings[^1].Report.Device);
        json.WriteNumber("words", Corpus.Words);
        json.WriteNumber("distinctWords", Corpus.DistinctWords);
        json.WriteNumber("classes", Corpus.Classes);
        json.Figure("trueConditionalEntropy", Corpus.ConditionalEntropy);
        json.Figure("mutualInformation", Corpus.MutualInformation);
        json.Figure("sameClassNeighbours", SameClass);
        json.Figure("sameClassByChance", Chance);
        json.Array("trainings", Trainings, t => json.Object(null, () =>
        {
            TrainingJson.Write(json, t.Options, t.Report);
            json.Figure("trainingSeconds", t.Report.TrainingSeconds);
            json.Figure("crossEntropy", t.Result.CrossEntropy);
            json.Figure("gap", t.Result.Gap);
            json.Figure("unnormalizedCrossEntropy", t.Result.UnnormalizedCrossEntropy);
            json.Figure("logZMean", t.Result.LogZBias);
            json.Figure("logZDeviation", t.Result.LogZDeviation);
            json.Figure("logZLargestError", t.Result.LogZLargestError);
            TrainingJson.WriteEpochs(json, t.Report);
        }));
        json.Array("examples", Examples, e => json.Object(null, () =>
        {
            json.WriteString("word", e.Word);
            json.Array("neighbours", e.Nearest, n => json.WriteStringValue(n.Word));
        }));
        json.Figure("seconds", Seconds);
    });
}
