using System.Text.RegularExpressions;
using NceFast.Tests.House;
using Xunit;

namespace NceFast.Tests.Objectives;

/// <summary>No source outside Objectives states a loss, a gradient or a logit of an objective again.</summary>
public partial class ObjectiveSourceTests
{
    private static readonly string[] Rooms = ["src/NceFast/Backends", "src/NceFast/Evaluation", "src/NceFast/Estimation", "src/NceFast/Models", "src/NceFast/Training", "kernels/NceFast.Kernels"];

    // Exponentials and logarithms that are not part of an objective.
    private static readonly (string File, string Why)[] Allowed =
    [
        ("Evaluation/HeldOutEvaluation.cs", "perplexity from a mean of log-probabilities"),
        ("Evaluation/PerplexityEvaluation.cs", "perplexity from a mean of log-probabilities"),
        ("Evaluation/ConditionalEvaluation.cs", "probability of a known text from its logarithm"),
        ("Evaluation/Internals/MixtureCursor.cs", "logarithms of given weights"),
        ("Evaluation/Internals/NgramWords.cs", "words that share a probability"),
        ("Evaluation/Internals/WordCache.cs", "probability of a word from its part of a cache"),
        ("Estimation/", "densities of models and noise, logarithms of given numbers; the objectives there are scanned below"),
        ("Models/WordVectorParameters.cs", "biases begin at the logarithm of the unigram probability"),
        ("Models/LanguageModelParameters.cs", "biases begin at the logarithm of the unigram probability"),
        ("Training/Probe.cs", "loss from a perplexity"),
        ("Training/UntrainedLoss.cs", "entropy of the unigram distribution, logarithms of probabilities"),
    ];

    // Parts of Estimation that follow an objective: nothing is allowed there but calls of Objectives.
    private static readonly string[] Estimators = ["NceObjective.cs", "LikelihoodObjective.cs", "AsymptoticCovariance.cs", "Overlap.cs", "ConditionalObjective.cs", "ConditionalCovariance.cs", "LinkSum.cs"];

    [Fact]
    public void Exponentials_and_logarithms_stand_in_objectives()
    {
        var wrong = new List<string>();
        foreach ((string file, string text) in Sources())
        {
            bool allowed = Allowed.Any(a => file.Contains(a.File, StringComparison.Ordinal)) && !Estimators.Contains(Path.GetFileName(file));
            if (!allowed)
                wrong.AddRange(Transcendental().Matches(text).Select(m => $"{file}: {m.Value}"));
        }

        Assert.Empty(wrong);
    }

    [Fact]
    public void Logits_are_assembled_in_objectives()
    {
        string[] wrong = [.. Sources().Where(s => !s.File.Contains("Estimation/Models/", StringComparison.Ordinal)).SelectMany(s => Assembly().Matches(s.Text).Select(m => $"{s.File}: {m.Value}"))];
        Assert.Empty(wrong);
    }

    [Fact]
    public void Objectives_are_told_apart_by_their_traits()
    {
        string[] wrong = [.. Sources().SelectMany(s => Comparison().Matches(s.Text).Select(m => $"{s.File}: {m.Value}"))];
        Assert.Empty(wrong);
    }

    [Fact]
    public void Every_allowance_is_needed()
    {
        (string File, string Text)[] sources = [.. Sources()];
        Assert.Empty(Allowed.Where(a => !sources.Any(s => s.File.Contains(a.File, StringComparison.Ordinal) && Transcendental().IsMatch(s.Text))).Select(a => a.File));
    }

    private static IEnumerable<(string File, string Text)> Sources()
    {
        string root = Path.GetFullPath(Path.Combine(LayerTests.Library(), "..", ".."));
        return from room in Rooms
               from file in Directory.EnumerateFiles(Path.Combine(root, room), "*.cs", SearchOption.AllDirectories)
               let relative = Path.GetRelativePath(root, file).Replace('\\', '/')
               where !relative.Contains("/obj/", StringComparison.Ordinal) && !relative.Contains("/bin/", StringComparison.Ordinal)
               select (relative, Comment().Replace(File.ReadAllText(file), ""));
    }

    [GeneratedRegex(@"//.*$", RegexOptions.Multiline)]
    private static partial Regex Comment();

    [GeneratedRegex(@"\b(?:Math|MathF|TReal|XMath|TensorPrimitives)\.(?:Exp|Exp2|Log|Log2|LogP1|Sigmoid|SoftMax|Tanh)\b|\b(?:ExpOfNonPositive|Log1p|Softplus|Sigmoid)\b")]
    private static partial Regex Transcendental();

    // An offset, bias or score less log Z or the logarithm of the noise.
    [GeneratedRegex(@"-\s*(?:\w+\.)*(?:[lL]ogZ|slotLogZ|SlotLogZ|_?[lL]ogK?Noise|LogNuNoise)\b(?!\.Row)(?!\s*[-=])(?:\[[^\]]*\])?(?=[;,)])")]
    private static partial Regex Assembly();

    [GeneratedRegex(@"(?:[=!]=|\bis(?: not)?)\s+ObjectiveKind\.\w+|ObjectiveKind\.\w+(?:, _)*\)? =>")]
    private static partial Regex Comparison();
}
