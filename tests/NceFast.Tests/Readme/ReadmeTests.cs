using NceFast.Corpus;
using NceFast.Estimation;
using NceFast.Numerics;
using NceFast.Tests.Cli;
using NceFast.Tests.Corpus;
using Xunit;

namespace NceFast.Tests.Readme;

/// <summary>Tests README.md: its samples compile and run, and its options are those of --help.</summary>
public sealed class ReadmeTests
{
    private static readonly string Root = FindRoot();
    private static readonly string Text = File.ReadAllText(Path.Combine(Root, "README.md"));

    [Theory]
    [InlineData(1, "LibrarySample.cs")]
    [InlineData(3, "ParquetSample.cs")] // before it is the sample with a tokeniser, whose package is not referenced here
    [InlineData(4, "EstimationSample.cs")]
    public void Sample_is_the_file_that_is_compiled_here(int number, string file)
    {
        string sample = Text.Split("```csharp\n")[number].Split("```")[0];
        Assert.Equal(File.ReadAllText(Path.Combine(Root, "tests/NceFast.Tests/Readme", file)), sample);
    }

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
        Dictionary<string, string> real = Helped("train", "--help"), named = Named("### Options of `train`").Concat(Named("### Language models")).ToDictionary();
        Assert.Equal(real.Keys.Order(), named.Keys.Order());
        Assert.All(named.Where(row => row.Value.Length > 0 && row.Value != "cores"), row => Assert.Equal($"{row.Key} [{real[row.Key]}]", $"{row.Key} [{row.Value}]"));
    }

    // A table has the options of language models alone, and a sentence those of word vectors alone, as the groups of the help do.
    [Fact]
    public void Options_of_language_models_are_those_of_train_and_of_their_table()
    {
        Assert.Equal(Group("Only with --model lbl").Order(), Named("### Language models").Keys.Order());
        string lacking = Text[Text.IndexOf("All other options are those of word vectors", StringComparison.Ordinal)..].Split("which language models do not have")[0];
        Assert.Equal(Group("Only with --model skipgram or cbow").Order(), lacking.Split('`').Where(part => part.StartsWith("--", StringComparison.Ordinal)).Order());

        static IEnumerable<string> Group(string title) => CliProcess.Run("train", "--help").Expect(0).Out.ReplaceLineEndings("\n").Split($"\n{title}:\n")[1].Split("\n\n")[0]
            .Split('\n').Where(line => line.StartsWith("  --", StringComparison.Ordinal)).Select(line => line.Trim().Split(' ', ',')[0]);
    }

    // Gets the options of a table of README.md with their defaults.
    private static Dictionary<string, string> Named(string heading) => Text[Text.IndexOf(heading, StringComparison.Ordinal)..].Split("\n#")[0].Split('\n')
        .Where(line => line.StartsWith("| `--", StringComparison.Ordinal)).Select(line => line.Split('|'))
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
