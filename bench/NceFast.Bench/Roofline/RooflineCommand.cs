using System.CommandLine;
using NceFast.Blocks;
using NceFast.Corpus;
using NceFast.Models;
using NceFast.Objectives;
using NceFast.Training;

namespace NceFast.Bench.Roofline;

/// <summary>Measures the limits of the machine, then each phase of the program beside them.</summary>
internal static class RooflineCommand
{
    public static Command Create()
    {
        var corpus = new Option<string>("--corpus") { Required = true, Description = "Text to read and train on." };
        var dims = new Option<int[]>("--dims") { DefaultValueFactory = _ => [128, 300], AllowMultipleArgumentsPerToken = true, Description = "Dimensions." };
        var rows = new Option<int>("--rows") { DefaultValueFactory = _ => 1_000_000, Description = "Number of rows among which neighbours are searched; 0 to skip this measurement." };
        var command = new Command("roofline", "Prints the machine's measured limits and how near to them each phase comes.") { corpus, dims, rows };
        command.SetAction(parsed =>
        {
            int cores = Environment.ProcessorCount;
            Console.WriteLine($"{DateTime.UtcNow:yyyy-MM-dd}, {cores} cores, .NET {Environment.Version}, {Path.GetFileName(parsed.GetValue(corpus))}");
            Console.WriteLine();
            (double one, double all) = Limits(cores);
            TextPhases.Print(parsed.GetValue(corpus)!);
            Updates(parsed.GetValue(corpus)!, parsed.GetValue(dims)!, cores, one, all);
            LanguagePhase.Print(one);
            if (parsed.GetValue(rows) > 0)
                SearchPhase.Print(parsed.GetValue(rows), 300, 960, all);
        });
        return command;
    }

    private static (double One, double All) Limits(int cores)
    {
        double one = MachineLimits.Fma(1), all = MachineLimits.Fma(cores);
        Console.WriteLine($"| limit | 1 thread | {cores} threads |");
        Console.WriteLine("|---|---|---|");
        Console.WriteLine(FormattableString.Invariant($"| multiply-adds in registers, GFLOP/s | {one:F0} | {all:F0} |"));
        foreach ((string name, int bytes) in new[] { ("16 KiB (L1)", 16 << 10), ("512 KiB (L2)", 512 << 10), ("8 MiB (L3)", 8 << 20), ("256 MiB (DRAM)", 256 << 20) })
            Console.WriteLine(FormattableString.Invariant($"| read {name}, GB/s | {MachineLimits.Read(1, bytes):F0} | {MachineLimits.Read(cores, bytes):F0} |"));
        Console.WriteLine(FormattableString.Invariant($"| rows of 512 B at random in 256 MiB, read and written, GB/s | {MachineLimits.RandomRows(1):F1} | {MachineLimits.RandomRows(cores):F1} |"));
        Console.WriteLine();
        return (one, all);
    }

    private static void Updates(string path, int[] dims, int cores, double one, double all)
    {
        using PreparedCorpus corpus = PreparedCorpus.Prepare(CorpusSource.FromPaths([path]), new CorpusOptions(), cores, 5);
        UpdatePhase.PrintHeader();
        foreach (int dim in dims)
        {
            Print(1, one, "skip-gram neg", new WordVectorOptions { Dim = dim, Objective = ObjectiveKind.Neg });
            Print(cores, all, "skip-gram neg", new WordVectorOptions { Dim = dim, Objective = ObjectiveKind.Neg });
            Print(1, one, "skip-gram nce", new WordVectorOptions { Dim = dim });
            Print(1, one, "skip-gram nce, set of neg", new WordVectorOptions { Dim = dim, NoiseSetSize = 40 });
            Print(1, one, "skip-gram nce, learned log Z", new WordVectorOptions { Dim = dim, Normalizer = NormalizerKind.Learned });
            Print(1, one, "CBOW neg", new WordVectorOptions { Dim = dim, Model = ModelKind.Cbow, Objective = ObjectiveKind.Neg });
            Print(1, one, "CBOW nce", new WordVectorOptions { Dim = dim, Model = ModelKind.Cbow });

            void Print(int threads, double peak, string name, WordVectorOptions options) =>
                new UpdatePhase(corpus, threads, peak).Print($"{name}, dim {dim}, {threads} thread{(threads == 1 ? "" : "s")}", options);
        }

        Console.WriteLine();
    }
}
