using System.CommandLine;
using System.Diagnostics;
using NceFast.Blocks;
using NceFast.Corpus;
using NceFast.NGrams;
using NceFast.Store;
using NceFast.Training;
using NceFast.Vocab;

namespace NceFast.Cli;

/// <summary><c>ncefast ngram INPUT... --out FILE</c>: counts an n-gram model.</summary>
internal static class NgramVerb
{
    private const string Group = "Model";
    private static readonly NgramOptions Defaults = new();

    public static Command Create(Session session)
    {
        var input = new CorpusInput();
        Opt<string?> output = Formats.Out("Output", "ARPA file for the model; compressed with gzip if the name ends with .gz");
        Opt<int> order = Opt.Number("--order", Group, "Number of words of the longest n-grams, 1 to 5", Defaults.Order).Fills<NgramOptions>(nameof(NgramOptions.Order));
        Opt<string?> vocabulary = Opt.Path("--vocab", "Vocabulary", "FILE", "Use the words of this language model or vocabulary file instead of counting words", PathUse.Input).Fills<CorpusOptions>(nameof(CorpusOptions.VocabularyIn));
        Opt<long> memory = Opt.Size("--memory", "Machine", "Memory for n-grams, with suffix K, M or G (KiB, MiB, GiB); more n-grams are sorted on disk", Defaults.MemoryBytes, "a quarter of the memory there is").Fills<NgramOptions>(nameof(NgramOptions.MemoryBytes));
        Opt<string?> folder = Opt.Path("--sort-dir", "Machine", "FOLDER", "Folder for n-grams that exceed the memory; the default is the temporary folder of the system", PathUse.Output).Fills<NgramOptions>(nameof(NgramOptions.SortFolder));
        var limits = new VocabularyArguments();
        Opt<int> threads = Opt.Number("--threads", "Machine", "Number of worker threads, 1 to 1,024; the default is the number of cores", new WordVectorOptions().Threads).Also(Opt.Workers);
        Opt<bool> json = Opt.Json(), quiet = Opt.Quiet(), verbose = Opt.Verbose();
        var command = new Command("ngram", "Count an n-gram model with modified Kneser-Ney smoothing") { input.Argument, order, output };
        foreach (Option option in input.All.Concat([vocabulary, .. limits.All, memory, folder, threads, json, quiet, verbose]))
            command.Add(option);
        command.SetAction(parsed =>
        {
            (session.Screen.Quiet, session.Screen.Verbose) = (parsed.GetValue(quiet), parsed.GetValue(verbose));
            Check.Range("--threads", parsed.GetValue(threads), 1, 1024);
            session.Files.AddInput("the vocabulary", parsed.GetValue(vocabulary));
            var options = new NgramOptions
            {
                Order = parsed.GetValue(order),
                MemoryBytes = parsed.GetValue(memory),
                SortFolder = parsed.GetValue(folder),
                Corpus = Words(parsed.GetValue(vocabulary), new CorpusOptions { Vocabulary = limits.Read(parsed), SpecialWords = SpecialWordsMode.Closed, CacheDirectory = parsed.GetValue(folder) }),
            };
            return Run(session, input.Open(parsed, session), parsed.GetRequiredValue(output)!, options, parsed.GetValue(threads), parsed.GetValue(json));
        });
        return command;
    }

    // An open language model leaves unknown words out, and so does the n-gram model beside it.
    private static CorpusOptions Words(string? path, CorpusOptions options)
    {
        if (path is null)
            return options;
        if (!LanguageModel.IsLanguageModel(path))
            return options with { VocabularyIn = Vocabulary.Load(path) };
        using LanguageModel model = LanguageModel.Load(path);
        return options with { VocabularyIn = model.Vocabulary, SpecialWords = model.Shape.Unknown < 0 ? SpecialWordsMode.Open : SpecialWordsMode.Closed };
    }

    private static int Run(Session session, CorpusText text, string output, NgramOptions options, int threads, bool json)
    {
        VerbFiles.HoldTextAndOutput(session, text, output);
        var progress = new CountingProgress(session.Screen, Stopwatch.StartNew());
        NgramReport report = NgramCounter.Write(text.Source, options, output, threads, progress, session.Screen, session.Cancellation);
        session.Screen.EndLine();
        session.Screen.Say(FormattableString.Invariant($"{output}: {string.Join(", ", report.Counts.Select((count, i) => FormattableString.Invariant($"{count:N0} of order {i + 1}")))}; read {report.Words:N0} words in {report.Sentences:N0} sentences; {Units.Time(report.Seconds)}."));
        if (json)
            WriteJson(output, report);
        return ExitCode.Done;
    }

    private static void WriteJson(string output, NgramReport report) => JsonReport.Write(json =>
    {
        json.WriteString("out", output);
        json.Array("ngrams", report.Counts, json.WriteNumberValue);
        json.Array("discounts", report.Discounts, discounts =>
        {
            json.WriteStartArray();
            foreach (double discount in discounts)
                json.WriteNumberValue(discount);
            json.WriteEndArray();
        });
        json.WriteNumber("words", report.Words);
        json.WriteNumber("sentences", report.Sentences);
        json.Figure("seconds", report.Seconds);
    });

    private sealed class CountingProgress(Screen screen, Stopwatch watch) : IProgress<CorpusProgress>
    {
        public void Report(CorpusProgress value) => screen.Report(TrainingProgress.OfCounting(value, watch.Elapsed));
    }
}
