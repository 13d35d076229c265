using System.CommandLine;
using System.Diagnostics;
using NceFast.Blocks;
using NceFast.Corpus;
using NceFast.Store;
using NceFast.Training;
using NceFast.Vocab;

namespace NceFast.Cli;

/// <summary><c>ncefast vocab INPUT... --out FILE</c>: counts the words of a text.</summary>
internal static class VocabVerb
{
    public static Command Create(Session session)
    {
        var input = new CorpusInput();
        Opt<string?> output = Formats.Out("Output", "File for the vocabulary, one line 'word count' per word");
        var limits = new VocabularyArguments();
        Opt<int> threads = Opt.Number("--threads", "Machine", "Number of worker threads, 1 to 1,024; the default is the number of cores", new WordVectorOptions().Threads).Also(Opt.Workers);
        Opt<bool> json = Opt.Json(), quiet = Opt.Quiet(), verbose = Opt.Verbose();
        var command = new Command("vocab", "Count the words of a text") { input.Argument, output };
        foreach (Option option in input.All.Concat([.. limits.All, threads, json, quiet, verbose]))
            command.Add(option);
        command.SetAction(parsed =>
        {
            (session.Screen.Quiet, session.Screen.Verbose) = (parsed.GetValue(quiet), parsed.GetValue(verbose));
            Check.Range("--threads", parsed.GetValue(threads), 1, 1024);
            return Run(session, input.Open(parsed, session), parsed.GetRequiredValue(output)!, limits.Read(parsed), parsed.GetValue(threads), parsed.GetValue(json));
        });
        return command;
    }

    private static int Run(Session session, CorpusText text, string output, VocabularyOptions limits, int threads, bool json)
    {
        VerbFiles.HoldTextAndOutput(session, text, output);
        var watch = Stopwatch.StartNew();
        var progress = new CountingProgress(session.Screen, watch);
        using PreparedCorpus corpus = PreparedCorpus.Prepare(text.Source, new CorpusOptions { Vocabulary = limits }, threads, epochs: 0, progress, session.Screen, session.Cancellation);
        double seconds = watch.Elapsed.TotalSeconds;
        corpus.Vocabulary.Save(output);
        session.Screen.EndLine();
        CorpusStatistics s = corpus.Statistics;
        session.Screen.Say($"{output}: {corpus.Vocabulary.Count:N0} words; read {CorpusReport.Line(s)}; {Units.Time(seconds)}, {Units.Size(s.Bytes / seconds)}/s.");
        if (json)
            WriteJson(output, corpus, seconds);
        return ExitCode.Done;
    }

    private static void WriteJson(string output, PreparedCorpus corpus, double seconds) => JsonReport.Write(json =>
    {
        json.WriteString("out", output);
        json.WriteNumber("vocabulary", corpus.Vocabulary.Count);
        json.WriteNumber("vocabularyTotalWords", corpus.Vocabulary.TotalWords);
        CorpusReport.Write(json, corpus.Statistics);
        json.Figure("seconds", seconds);
    });

    private sealed class CountingProgress(Screen screen, Stopwatch watch) : IProgress<CorpusProgress>
    {
        public void Report(CorpusProgress value) => screen.Report(TrainingProgress.OfCounting(value, watch.Elapsed));
    }
}
