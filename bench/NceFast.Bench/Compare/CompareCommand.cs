using System.CommandLine;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using MathNet.Numerics.Statistics;
using NceFast.Evaluation;
using NceFast.Exports;
using NceFast.Store;

namespace NceFast.Bench.Compare;

/// <summary>Runs NceFast and the given programs on one text, in turn, and prints a table.</summary>
internal static class CompareCommand
{
    public static Command Create()
    {
        var corpus = new Option<string>("--corpus") { Required = true, Description = "Text to train on." };
        var lines = new Option<string?>("--corpus-lines") { Description = "The same text with line ends, for gensim; default: the corpus itself." };
        var dims = new Option<int[]>("--dims") { DefaultValueFactory = _ => [100, 128, 300], AllowMultipleArgumentsPerToken = true, Description = "Dimensions; each has its own block in the table." };
        var epochs = new Option<int>("--epochs") { DefaultValueFactory = _ => 1, Description = "Passes over the text." };
        var threads = new Option<int>("--threads") { DefaultValueFactory = _ => 2, Description = "Threads of every program." };
        var runs = new Option<int>("--runs") { DefaultValueFactory = _ => 1, Description = "Number of times that each program is started, in turn; medians are printed." };
        var objectives = new Option<string[]>("--objectives") { DefaultValueFactory = _ => ["neg", "nce"], AllowMultipleArgumentsPerToken = true, Description = "Objectives of NceFast." };
        var cli = new Option<string>("--ncefast") { Required = true, Description = "Path of NceFast.Cli.dll, built in Release." };
        var word2vec = new Option<string?>("--word2vec") { Description = "Path of word2vec." };
        var fastText = new Option<string?>("--fasttext") { Description = "Path of fasttext." };
        var gensim = new Option<string?>("--gensim") { Description = "Path of a python that has gensim." };
        var pWord2Vec = new Option<string?>("--pword2vec") { Description = "Path of pWord2Vec." };
        var pSgnScc = new Option<string?>("--psgnscc") { Description = "Path of pSGNScc." };
        var pairs = new Option<string[]>("--pairs") { AllowMultipleArgumentsPerToken = true, Description = "Word-similarity files, to measure the quality of the vectors of each program." };
        var questions = new Option<string?>("--questions") { Description = "Analogy file." };
        var folder = new Option<string>("--work") { DefaultValueFactory = _ => Path.Combine(Path.GetTempPath(), "ncefast-compare"), Description = "Folder for vectors." };
        var command = new Command("compare", "Trains skip-gram, 5 noise words, window 5, subsample 1e-4, min-count 5 with each program and prints one table.")
        {
            corpus, lines, dims, epochs, threads, runs, objectives, cli, word2vec, fastText, gensim, pWord2Vec, pSgnScc, pairs, questions, folder,
        };
        command.SetAction(parsed =>
        {
            var peers = new List<Peer>();
            foreach (string objective in parsed.GetValue(objectives)!)
                peers.Add(Peer.NceFast(Environment.ProcessPath is { } p && Path.GetFileName(p).StartsWith("dotnet", StringComparison.Ordinal) ? p : "dotnet", parsed.GetValue(cli)!, objective));
            Add(parsed.GetValue(pWord2Vec), Peer.PWord2Vec);
            Add(parsed.GetValue(pSgnScc), Peer.PSgnScc);
            Add(parsed.GetValue(word2vec), Peer.Word2Vec);
            Add(parsed.GetValue(fastText), Peer.FastText);
            Add(parsed.GetValue(gensim), Peer.Gensim);
            string text = parsed.GetValue(corpus)!;
            long words = TextFile.CountWords(text);
            Directory.CreateDirectory(parsed.GetValue(folder)!);
            Console.WriteLine($"{DateTime.UtcNow:yyyy-MM-dd}, {Environment.ProcessorCount} cores, {RuntimeInformation.ProcessArchitecture}, .NET {Environment.Version}, {Path.GetFileName(text)}: {words:N0} words, {new FileInfo(text).Length / 1e6:F1} MB, {parsed.GetValue(epochs)} epoch(s), {parsed.GetValue(threads)} threads, median of {parsed.GetValue(runs)}");
            Console.WriteLine();
            foreach (int dim in parsed.GetValue(dims)!)
            {
                var setting = new Setting(text, parsed.GetValue(lines) ?? text, dim, parsed.GetValue(epochs), parsed.GetValue(threads), words);
                Table(setting, peers, parsed.GetValue(runs), parsed.GetValue(folder)!, parsed.GetValue(pairs) ?? [], parsed.GetValue(questions));
            }

            void Add(string? path, Func<string, Peer> make)
            {
                if (path is not null)
                    peers.Add(make(path));
            }
        });
        return command;
    }

    private static void Table(Setting setting, List<Peer> peers, int runs, string folder, string[] pairs, string? questions)
    {
        var results = peers.ToDictionary(p => p, _ => new List<Outcome>());
        for (int run = 0; run < runs; run++)
        {
            foreach (Peer peer in peers)
            {
                ProcessRun process = ProcessRun.Of(peer.Program, peer.Arguments(setting, Output(peer)));
                results[peer].Add(new Outcome(process, process.ExitCode == 0 ? Quality(peer.Output(Output(peer)), pairs, questions) : []));
            }
        }

        var header = new StringBuilder("| dim ").Append(setting.Dim).Append(" | training, million words/s | whole process, s | peak memory, MiB |");
        foreach (string file in pairs)
            header.Append(' ').Append(Path.GetFileNameWithoutExtension(file)).Append(" |");
        header.Append(questions is null ? "" : " analogies, % |");
        Console.WriteLine(header);
        Console.WriteLine("|" + string.Concat(Enumerable.Repeat("---|", header.ToString().Count(c => c == '|') - 1)));
        foreach (Peer peer in peers)
            Console.WriteLine(Row(peer, setting, results[peer], pairs.Length));
        Console.WriteLine();

        string Output(Peer peer) => Path.Combine(folder, peer.Name.Replace(' ', '-') + "-" + setting.Dim.ToString(CultureInfo.InvariantCulture));
    }

    private static string Row(Peer peer, Setting setting, List<Outcome> outcomes, int pairs)
    {
        List<ProcessRun> runs = outcomes.ConvertAll(o => o.Run);
        if (runs.Find(r => r.ExitCode != 0) is { } failed)
            return $"| {peer.Name} | failed with exit code {failed.ExitCode}: {failed.Text.ReplaceLineEndings(" ").Trim()} |";
        double rate = runs.Select(r => peer.Rate(r.Text, setting) ?? double.NaN).Median();
        var row = new StringBuilder(FormattableString.Invariant($"| {peer.Name} | {rate:F2} | {runs.Select(r => r.Seconds).Median():F1} | {runs.Select(r => r.PeakBytes / 1048576.0).Median():F0} |"));
        for (int i = 0; i < outcomes[0].Quality.Count; i++)
        {
            int own = i;
            double median = outcomes.Select(o => o.Quality[own]).Median();
            row.Append(i < pairs ? FormattableString.Invariant($" {median:F3} |") : FormattableString.Invariant($" {median:F1} |"));
        }

        return row.ToString();
    }

    // The correlation with each file of pairs, then the percentage of correct analogies.
    private static List<double> Quality(string path, string[] pairs, string? questions)
    {
        if (pairs.Length == 0 && questions is null)
            return [];
        using WordVectors vectors = VectorFile.Read(path);
        List<double> quality = [.. pairs.Select(file => SimilarityEvaluation.Run(vectors, file).Spearman)];
        if (questions is not null)
            quality.Add(100 * AnalogyEvaluation.Run(vectors, questions).All.Accuracy);
        return quality;
    }

    private sealed record Outcome(ProcessRun Run, List<double> Quality);
}
