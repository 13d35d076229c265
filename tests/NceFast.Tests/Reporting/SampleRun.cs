using NceFast.Numerics;
using NceFast.Reporting;
using NceFast.Tests.Exports;
using NceFast.Vocab;

namespace NceFast.Tests.Reporting;

/// <summary>Creates a run folder with all data that a page shows, including words that look like markup.</summary>
internal static class SampleRun
{
    public static readonly string[] Hostile = ["</script><script>window.hacked=1</script>", "<img src=x onerror=window.hacked=1>", "\"quoted\" & 'so'", "{{data}}", "\u2028line", "שלום", "a\u0001b", new string('w', 300)];

    public static RunFolder Write(TempFolder temp, RunState state = RunState.Done, string name = "run <b>&", string dim = "16")
    {
        RunFolder folder = RunFolder.Create(temp[name]);
        (long[] ranks, long[] counts) = RankFrequency.Of([.. Enumerable.Range(1, 5000).Select(i => 1_000_000L / i)]);
        folder.Write(new RunRecord
        {
            Version = "1.2.3",
            Title = "Skip-gram with NCE, 16 dimensions, 11.4 MiB of <b>wiki</b>.txt, 2 epochs",
            Started = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero),
            Ended = state == RunState.Running ? null : new DateTimeOffset(2026, 1, 2, 3, 9, 35, TimeSpan.Zero),
            State = state,
            Error = state == RunState.Failed ? "<b>no room</b>" : null,
            Options = [new RunOption("--objective", "nce", false), new RunOption("--dim", dim, true), new RunOption("--out", "<i>v.txt</i>", true), new RunOption("--window", "5", false)],
            Inputs = ["corpus/<u>one</u>.txt"],
            Machine = [new RunFigure("Cores", "2")],
            Devices = ["host vector512, 2 threads"],
            Results = new Dictionary<string, RunValue> { ["vocabulary"] = 5000, ["loss"] = 2.34561, ["probeSeconds"] = 22.0, ["parameterBytes"] = 3 << 20 },
            Ranks = ranks,
            Counts = counts,
        });
        WriteCourse(folder);
        folder.Add(new RunEvaluation(DateTimeOffset.UnixEpoch, "similarity", "<table>.tsv", new Dictionary<string, double> { ["spearman"] = 0.613, ["pairs"] = 320, ["products"] = 3.25e12 + 0.5 }));
        WriteWords(folder);
        return folder;
    }

    private static void WriteCourse(RunFolder folder)
    {
        using var log = new RunLog(folder, _ => { });
        var at = new RunSample { Event = RunEvent.Epoch, Time = DateTimeOffset.UnixEpoch, Phase = "training" };
        for (int i = 1; i <= 60; i++)
        {
            long words = i * 100_000;
            double loss = 2 + Math.Exp(-i / 15.0);
            File.AppendAllText(folder.In(RunFolder.MetricsFile), System.Text.Encoding.UTF8.GetString(RunLog.ToLine(at with { Event = RunEvent.Progress, Time = at.Time.AddSeconds(i), Seconds = i, Words = words, Epoch = ((i - 1) / 30) + 1, Predictions = (((i - 1) % 30) + 1) * 1000, Loss = loss, LearningRate = 0.04 * (1 - (i / 60.0)), WordsPerSecond = 5e6 + (i * 1000) })) + "\n");
            if (i % 10 == 0)
                File.AppendAllText(folder.In(RunFolder.MetricsFile), System.Text.Encoding.UTF8.GetString(RunLog.ToLine(at with { Event = RunEvent.Probe, Time = at.Time.AddSeconds(i), Seconds = i, Words = words, Figures = new Dictionary<string, double> { ["perplexity"] = 20 + (500_000 / (i * i)), ["logZMean"] = 1.0 / i, ["logZStd"] = 0.5 / i } })) + "\n");
            if (i % 30 == 0)
                File.AppendAllText(folder.In(RunFolder.MetricsFile), System.Text.Encoding.UTF8.GetString(RunLog.ToLine(at with { Event = RunEvent.Epoch, Time = at.Time.AddSeconds(i), Seconds = i, Epoch = i / 30, Words = words, Loss = loss, Predictions = 12345, WordsPerSecond = 5e6 })) + "\n");
        }

        File.AppendAllText(folder.In(RunFolder.MetricsFile), System.Text.Encoding.UTF8.GetString(RunLog.ToLine(at with { Event = RunEvent.Message, Phase = null, Level = "warning", Text = "<script>window.hacked=1</script>" })) + "\n{\"event\":\"Prog");
    }

    // Clusters of ten words with a common direction, so that the neighbours of each word are the words of its cluster.
    private static void WriteWords(RunFolder folder)
    {
        const int Count = 300, Dim = 16;
        var random = new Random(3);
        var words = new WordList.Builder();
        using var matrix = new AlignedMatrix(Count, Dim);
        float[][] centres = [.. Enumerable.Range(0, Count / 10).Select(_ => Enumerable.Range(0, Dim).Select(_ => (float)random.NextDouble() - 0.5f).ToArray())];
        for (int i = 0; i < Count; i++)
        {
            words.Add(i < Hostile.Length ? Hostile[i] : $"word{i:D3}");
            for (int c = 0; c < Dim; c++)
                matrix.Row(i)[c] = centres[i % centres.Length][c] + (0.05f * (float)random.NextDouble());
        }

        folder.WriteWords(words.Build(), matrix);
    }
}
