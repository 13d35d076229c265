using System.Diagnostics.Metrics;
using NceFast.Corpus;
using NceFast.Distribution;
using NceFast.Models;
using NceFast.Objectives;
using NceFast.Reporting;
using NceFast.Tests.Exports;
using NceFast.Training;
using Xunit;

namespace NceFast.Tests.Training;

public sealed class ProbeTests
{
    [Theory]
    [InlineData(ModelKind.SkipGram, ObjectiveKind.Nce)]
    [InlineData(ModelKind.Cbow, ObjectiveKind.Neg)]
    [InlineData(ModelKind.SkipGram, ObjectiveKind.RankingNce)]
    public void Probes_come_at_intervals_and_at_ends_of_epochs(ModelKind model, ObjectiveKind objective)
    {
        using var folder = new TempFolder();
        var seen = new List<TrainingProgress>();
        var options = new WordVectorOptions
        {
            Model = model,
            Objective = objective,
            Dim = 16,
            Epochs = 2,
            Threads = 2,
            Subsample = 0,
            Probes = new ProbeOptions { Every = 60_000, HeldOut = WriteText(folder, seed: 9), Similarity = folder.Write("pairs", "c00w00\tc00w01\t9\nc00w00\tc01w01\t2\nc02w00\tc02w05\t8\n") },
        };
        using TrainedVectors trained = new WordVectorTrainer(options).Train(new SyntheticCorpus(5, 20, 200_000).ToSource(), new Recorder(seen));

        TrainingProgress[] probes = [.. seen.Where(p => p.Probe is not null)];
        Assert.InRange(probes.Length, 2 * 3, 2 * 4 + 2);
        Assert.Equal(2, seen.Count(p => p.Ended is not null));
        Assert.All(probes, p => Assert.Equal(["heldOutLoss", "logZMean", "logZStd", "perplexity", "similarity"], p.Probe!.Keys.Order()));
        if (objective != ObjectiveKind.Neg) // scores of negative sampling are not log-probabilities
            Assert.True(probes[^1].Probe!["perplexity"] < probes[0].Probe!["perplexity"]);
        Assert.True(probes[^1].Probe!["heldOutLoss"] < probes[0].Probe!["heldOutLoss"]);
        Assert.Equal(seen.Max(p => p.Words), probes[^1].Words);
    }

    // The distribution of neighbours in the text is known. No model is better than it, and a trained model is close to it.
    [Theory]
    [InlineData(ObjectiveKind.Nce)]
    [InlineData(ObjectiveKind.RankingNce)]
    public void Held_out_perplexity_nears_the_entropy_of_the_text(ObjectiveKind objective)
    {
        using var folder = new TempFolder();
        var seen = new List<TrainingProgress>();
        var corpus = new SyntheticCorpus(5, 20, 400_000);
        var options = new WordVectorOptions { Objective = objective, Dim = 16, Window = 1, K = 25, Epochs = 3, Subsample = 0, NoisePower = 1, Probes = new ProbeOptions { HeldOut = WriteText(folder, seed: 9) } };
        using TrainedVectors trained = new WordVectorTrainer(options).Train(corpus.ToSource(), new Recorder(seen));
        double nats = Math.Log(seen.Last(p => p.Probe is not null).Probe!["perplexity"]);
        Assert.InRange(nats, corpus.ConditionalEntropy - 0.35, corpus.ConditionalEntropy + 0.35); // the probe samples 128 contexts
    }

    // Replicas are merged for a measurement. One that the undisturbed training does not make there changes what follows.
    [Theory]
    [InlineData(0, 1, 1_499, 1_500)]
    [InlineData(1_600, 1, 2_999, 3_000)]
    [InlineData(4_000, 1, 4_499, 4_500)]
    [InlineData(4_000, 3, 4_499, 4_500)]
    [InlineData(4_100, 3, 4_499, 4_500)]
    public void A_training_that_continues_measures_at_the_same_words(long start, int ranks, long before, long due)
    {
        const long Every = 1_500;
        PassState At(int epoch, long words) => new(epoch, words, words, 0, 0, 0, 0);
        IPauseWork work = new Probe([], Every * ranks, false, _ => new Dictionary<string, double>()).ToWork(At(1, start), ranks, measure => measure(), (_, _) => { }, default);
        Assert.False(work.IsDue(At(1, before)));
        Assert.True(work.IsDue(At(1, due)));
        work.Run(At(1, due));
        Assert.False(work.IsDue(At(1, due + Every - 1)));
        Assert.False(work.IsDue(At(2, Every - 1)));
        Assert.True(work.IsDue(At(2, Every)));
    }

    [Fact]
    public void Language_models_report_validation_as_a_probe()
    {
        using var folder = new TempFolder();
        var seen = new List<TrainingProgress>();
        var options = new LanguageModelOptions { Dim = 8, K = 5, Epochs = 2, Threads = 1, Probes = new ProbeOptions { Every = 40_000 } };
        using TrainedLanguageModel trained = new LanguageModelTrainer(options).Train(new SyntheticCorpus(5, 20, 100_000).ToSource(), WriteText(folder, seed: 9), new Recorder(seen));
        TrainingReport report = trained.Report;
        double[] perplexities = [.. seen.Where(p => p.Probe is not null).Select(p => p.Probe!["perplexity"])];
        Assert.InRange(perplexities.Length, 4, 6);
        Assert.Equal(report.Epochs[^1].Validation!.Perplexity, perplexities[^1]);
    }

    [Fact]
    public void A_listener_of_the_meter_sees_the_training()
    {
        long words = 0;
        double loss = 0;
        string? objective = null;
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, l) =>
        {
            if (instrument.Meter.Name == RunMeter.Name)
                l.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            if (instrument.Name == "ncefast.words" && Mine(tags))
                Interlocked.Add(ref words, value);
        });
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) =>
        {
            if (instrument.Name != "ncefast.loss" || !Mine(tags))
                return;
            loss = value;
            objective = tags[1].Value as string;
        });
        listener.Start();

        // Other tests may train beside this one, so that words may be more but not fewer.
        var options = new WordVectorOptions { Model = ModelKind.Cbow, Objective = ObjectiveKind.Nce, Dim = 8, Epochs = 2, Threads = 2 };
        using TrainedVectors trained = new WordVectorTrainer(options).Train(new SyntheticCorpus(5, 20, 50_000).ToSource());
        Assert.True(words >= trained.Report.Epochs.Sum(e => e.Words), $"{words} words were counted");
        Assert.Equal("nce", objective);
        Assert.True(loss > 0);

        static bool Mine(ReadOnlySpan<KeyValuePair<string, object?>> tags) => tags[0].Value as string == "cbow" && tags[1].Value as string == "nce";
    }

    private static string WriteText(TempFolder folder, ulong seed)
    {
        using var text = new MemoryStream();
        new SyntheticCorpus(5, 20, 60_000, seed).OpenText().CopyTo(text);
        return folder.Write("held-out.txt", text.ToArray());
    }

    // Reports on the calling thread, unlike Progress.
    private sealed class Recorder(List<TrainingProgress> seen) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => seen.Add(value);
    }
}
