using NceFast.Corpus;
using NceFast.Estimation;
using NceFast.Numerics;
using NceFast.Tests.Cli;
using NceFast.Tests.Corpus;
using Xunit;

namespace NceFast.Tests.Readme;

/// <summary>Tests README.md, its commands and the samples and tables that belong to it.</summary>
public sealed class ReadmeTests
{
    private static readonly Document Readme = Document.Read("README.md");
    private static readonly Document Reference = Document.Read("src/docs/command-line.md");

    [Fact]
    public void It_has_at_most_1500_words() => Assert.InRange(Readme.Text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length, 500, 1500);

    [Fact]
    public void Two_commands_set_it_up() =>
        Assert.Equal(["dotnet run -c Release --project src/NceFast.Cli -- demo", "dotnet test -c Release"], Readme.CodeBelow("## Two commands"));

    [Fact]
    public void Two_commands_install_the_program()
    {
        IReadOnlyList<string> commands = Readme.CodeBelow("## Install");
        Assert.Equal(2, commands.Count);
        Assert.Equal("dotnet pack -c Release", commands[0]);
        Assert.Contains("dotnet tool install --global NceFast.Tool --add-source bin/packages", commands[1], StringComparison.Ordinal);
        Assert.Contains("<PackageId>NceFast.Tool</PackageId>", File.ReadAllText(Path.Combine(FindRoot(), "src/NceFast.Cli/NceFast.Cli.csproj")), StringComparison.Ordinal);
        Assert.Contains(">$(MSBuildThisFileDirectory)bin/packages</PackageOutputPath>", File.ReadAllText(Path.Combine(FindRoot(), "Directory.Build.props")), StringComparison.Ordinal);
    }

    [Fact]
    public void The_way_from_a_text_to_neighbours_runs() => Run(Readme, "## From a text to neighbours", 3, "beethoven\n   0.");

    [Theory]
    [InlineData("src/docs/cookbook.md", "## Vectors of a text", 8)]
    [InlineData("src/docs/cookbook.md", "## Baskets, sessions and graphs", 2)]
    [InlineData("src/docs/cookbook.md", "## Rescoring with a language model", 4)]
    public void Recipes_run(string path, string heading, int least) => Run(Document.Read(path), heading, least);

    [Fact]
    public void The_sample_runs()
    {
        using var files = new TextFiles();
        using var text = new MemoryStream();
        new SyntheticCorpus(classes: 5, wordsPerClass: 10, words: 10_000).OpenText().CopyTo(text);
        string vectors = Path.Combine(files.Folder, "vectors.bin");
        LibrarySample.Run(files.Write("corpus.txt", text.ToArray()), vectors, "c01w00", CancellationToken.None);
        Assert.StartsWith("50 64\n", System.Text.Encoding.Latin1.GetString(File.ReadAllBytes(vectors)));
    }

    // Draws rows by rejection from the density with a = -1 and b = 0.5, which has two modes. Quadrature gives the true log Z.
    [Fact]
    public void Estimation_sample_finds_the_density_and_its_normaliser()
    {
        var draws = new DrawSequence(3);
        var data = new List<double>();
        while (data.Count < 4000)
        {
            double x = (6 * draws.NextUniform()) - 3;
            if (draws.NextUniform() < Phi(x) / Math.Exp(0.5))
                data.Add(x);
        }

        (Estimate fit, NormalizerEstimate normalizer) = EstimationSample.Run([.. data], CancellationToken.None);
        double z = Enumerable.Range(0, 6000).Sum(i => 1e-3 * Found(-3 + ((i + 0.5) * 1e-3)));
        Assert.Equal(-1, fit.Theta[0], 4 * fit.StandardErrors![0]);
        Assert.Equal(0.5, fit.Theta[1], 4 * fit.StandardErrors![1]);
        Assert.Equal(Math.Log(z), normalizer.LogZ, 4 * normalizer.StandardError);
        Assert.InRange(normalizer.StandardError, 1e-4, 0.05);
        Assert.Empty(fit.Warnings.Concat(normalizer.Warnings));

        static double Phi(double x) => Math.Exp((x * x) - (0.5 * x * x * x * x));
        double Found(double x) => Math.Exp((-fit.Theta[0] * x * x) - (fit.Theta[1] * x * x * x * x));
    }

    [Fact]
    public void Options_and_defaults_of_train_are_those_of_its_help()
    {
        Dictionary<string, string> real = Helped("train", "--help"), named = Named(Reference.Below("## ncefast train"));
        Assert.Equal(real.Keys.Order(), named.Keys.Order());
        Assert.All(named.Where(row => row.Value.Length > 0 && row.Value != "cores"), row => Assert.Equal($"{row.Key} [{real[row.Key]}]", $"{row.Key} [{row.Value}]"));
    }

    // The reference has the options of language models alone, and a sentence of their document those of word vectors alone, as the groups of the help do.
    [Fact]
    public void Options_of_language_models_are_those_of_train_and_of_their_group()
    {
        string[] groups = Reference.Below("## ncefast train").Split("\nOnly with --model lbl:\n");
        Assert.Equal(Group("Only with --model lbl").Order(), Named(groups[1].Split("\nGeneral:\n")[0]).Keys.Order());
        string text = Document.Read("src/docs/language-models.md").Text.Replace('\n', ' ');
        string lacking = text[text.IndexOf("All other options are those of word vectors", StringComparison.Ordinal)..].Split("which language models do not have")[0];
        Assert.Equal(Group("Only with --model skipgram or cbow").Order(), lacking.Split('`').Where(part => part.StartsWith("--", StringComparison.Ordinal)).Order());

        static IEnumerable<string> Group(string title) => CliProcess.Run("train", "--help").Expect(0).Out.ReplaceLineEndings("\n").Split($"\n{title}:\n")[1].Split("\n\n")[0]
            .Split('\n').Where(line => line.StartsWith("  --", StringComparison.Ordinal)).Select(line => line.Trim().Split(' ', ',')[0]);
    }

    // Runs the commands below a heading on small files with the names and words that they need.
    private static void Run(Document document, string heading, int least, string? expected = null)
    {
        using var files = new TextFiles();
        foreach (string name in new[] { "text8", "corpus.txt", "texts/a.txt", "texts/b/c.txt", "baskets.txt", "walks.txt", "domain.txt", "held-out.txt" })
            files.Write(name, Sentences(name == "held-out.txt" ? 100 : 3000));
        using (Stream packed = File.Create(Path.Combine(files.Folder, "more.zst")))
        using (var zstd = new ZstdSharp.CompressionStream(packed))
            zstd.Write(System.Text.Encoding.UTF8.GetBytes(Sentences(100)));
        files.Write("hypotheses.txt", "king man\nman king\n");
        files.Write("wordsim353.tsv", "king\tqueen\t8\nman\twoman\t7\nking\twoman\t2\nqueen\tman\t1\n");
        files.Write("questions-words.txt", ": family\nking queen man woman\nman woman king queen\n");
        files.Write("GoogleNews-vectors-negative300.bin.gz", TextFiles.Gzip("4 2\nking 1 2\nman 2 1\nwoman 1 1\nqueen 2 2\n"u8.ToArray()));
        files.Write("glove.840B.300d.txt", "king 1 2\n. . . 2 1\n");

        string[] lines = [.. document.CodeBelow(heading).Where(line => line.StartsWith("ncefast ", StringComparison.Ordinal) && !line.Contains("not run here", StringComparison.Ordinal))];
        Assert.True(lines.Length >= least, $"{document} has {lines.Length} commands.");
        CliResult result = CliProcess.Shell($"set -eo pipefail; cd '{files.Folder}'; ncefast() {{ '{CliProcess.Dotnet}' '{CliProcess.Dll}' \"$@\"; }}\n{string.Join('\n', lines)}\n").Expect(0);
        if (expected is not null)
            Assert.Contains(expected, result.Out, StringComparison.Ordinal);
    }

    private static string Sentences(int count)
    {
        string[] words = ["king", "queen", "man", "woman", "beethoven", "paris", "france", "italy", "."];
        var draws = new DrawSequence(1);
        return string.Concat(Enumerable.Range(0, count).Select(_ => string.Join(' ', Enumerable.Range(0, 8).Select(_ => words[(int)(draws.NextUniform() * words.Length)])) + "\n"));
    }

    // Gets the options of tables with their defaults.
    private static Dictionary<string, string> Named(string text) => text.Split('\n')
        .Where(line => line.StartsWith("| `--", StringComparison.Ordinal)).Select(line => line.Replace(@"\|", "/", StringComparison.Ordinal).Split('|'))
        .ToDictionary(row => row[1].Trim().Trim('`').Split(' ', ',', '`')[0], row => row[2].Trim());

    // Gets the options of a help text with their defaults, which are in brackets at the end.
    private static Dictionary<string, string> Helped(params string[] args) => CliProcess.Run(args).Expect(0).Out.ReplaceLineEndings("\n").Split("\n  --").Skip(1)
        .Select(option => string.Join(' ', option.Split("\n\n")[0].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)))
        .Where(option => !option.StartsWith("help", StringComparison.Ordinal))
        .ToDictionary(option => "--" + option.Split(' ', ',')[0], option => option.EndsWith(']') ? option[(option.LastIndexOf('[') + 1)..^1] : "");

    internal static string FindRoot()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "NceFast.sln")))
            folder = Path.GetDirectoryName(folder);
        return folder ?? throw new InvalidOperationException($"NceFast.sln is in no folder above {AppContext.BaseDirectory}.");
    }
}
