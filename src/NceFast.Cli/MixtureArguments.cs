using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using NceFast.Corpus;
using NceFast.Evaluation;
using NceFast.NGrams;
using NceFast.Store;

namespace NceFast.Cli;

/// <summary>The options of the verbs that mix a language model with an n-gram model and a cache.</summary>
/// <param name="scope">When the cache is emptied.</param>
internal sealed class MixtureArguments(CacheScope scope)
{
    private const string Group = "Mixture";

    private readonly Opt<string?> _ngrams = Opt.Path("--mix", Group, "FILE", "Mix the model with the n-gram model in this ARPA file, plain or compressed", PathUse.Input).Fills<ModelMixture>(nameof(ModelMixture.Ngrams));
    private readonly Opt<int> _cache = Opt.Number("--cache-words", Group, scope == CacheScope.Text ? "Mix the model with the frequencies of this number of words before each prediction; 0 for none" : "Mix the model with the frequencies of this number of words before each prediction in the same sentence; 0 for none", 0).Fills<MixtureCache>(nameof(MixtureCache.Words)).Shows("ModelMixture.Cache", "--cache-words");
    private readonly Opt<double> _halfLife = Opt.Number("--cache-half-life", Group, "Number of words after which a word in the cache counts half as much; 0 to count all alike", 0.0).Fills<MixtureCache>(nameof(MixtureCache.HalfLife));
    private readonly Opt<string?> _weights = Opt.Text("--mix-weights", Group, "A,B,C", "Weights of the model, of the n-gram model and of the cache, of those there are; their sum is 1").Fills<ModelMixture>(nameof(ModelMixture.Weights));
    private readonly Opt<string?> _valid = Opt.Path("--mix-valid", Group, "TEXT", "Text on which the weights are fitted", PathUse.Input);

    public IEnumerable<Option> All => [_ngrams, _cache, _halfLife, _weights, _valid];

    /// <summary>Adds the files that are read.</summary>
    /// <exception cref="NceFastException">The options do not belong together (<see cref="ErrorKind.Usage"/>).</exception>
    public void AddFiles(Session session, ParseResult parsed)
    {
        bool mixes = Mixes(parsed), isGiven = parsed.GetValue(_weights) is not null, isFitted = parsed.GetValue(_valid) is not null;
        Check.Range("--cache-words", parsed.GetValue(_cache), 0, MixtureCache.MaxWords);
        if (parsed.GetValue(_cache) == 0 && parsed.GetValue(_halfLife) != 0)
            throw new NceFastException(ErrorKind.Usage, "--cache-half-life is given, but there is no cache; give --cache-words.");
        if (!mixes && (isGiven || isFitted))
            throw new NceFastException(ErrorKind.Usage, $"{(isGiven ? "--mix-weights" : "--mix-valid")} is given, but there is nothing to mix with; give --mix, --cache-words or both.");
        if (mixes && isGiven == isFitted)
            throw new NceFastException(ErrorKind.Usage, $"{(isGiven ? "--mix-weights and --mix-valid are both given" : "Neither --mix-weights nor --mix-valid is given")}; a mixture needs its weights (--mix-weights) or a text on which they are fitted (--mix-valid).");
        if (parsed.GetValue(_valid) == "-")
            throw new NceFastException(ErrorKind.Usage, "--mix-valid is '-' (standard input); name a file.");
        session.Files.AddInput("the n-gram model", parsed.GetValue(_ngrams));
        session.Files.AddInput("the text of --mix-valid", parsed.GetValue(_valid));
    }

    /// <summary>Makes the mixture; null if nothing is mixed.</summary>
    public ModelMixture? Read(Session session, ParseResult parsed, LanguageModel model, TextOptions? text, int threads = 0)
    {
        if (!Mixes(parsed))
            return null;
        NgramModel? ngrams = parsed.GetValue(_ngrams) is { } path ? NgramModel.Load(path, session.Cancellation) : null;
        MixtureCache? cache = parsed.GetValue(_cache) is > 0 and int words ? new MixtureCache(words, parsed.GetValue(_halfLife), scope) : null;
        return parsed.GetValue(_weights) is { } weights
            ? new ModelMixture(model, ngrams, cache, Numbers(weights))
            : ModelMixture.Fit(model, ngrams, cache, parsed.GetValue(_valid)!, threads, session.Cancellation, session.Screen, text);
    }

    /// <summary>Describes the weights.</summary>
    public static string Line(IEnumerable<MixturePart> parts) => string.Join(", ", parts.Select(part =>
        FormattableString.Invariant($"{part.Name} {part.Weight:F4}{(double.IsFinite(part.Perplexity) ? FormattableString.Invariant($" (alone {part.Perplexity:F3})") : "")}")));

    public static void WriteJson(Utf8JsonWriter json, IReadOnlyList<MixturePart> parts)
    {
        if (parts.Count == 0)
            return;
        json.Array("mixture", parts, part => json.Object(null, () =>
        {
            json.WriteString("part", part.Name);
            json.Figure("weight", part.Weight);
            json.Figure("perplexity", part.Perplexity);
        }));
    }

    private bool Mixes(ParseResult parsed) => parsed.GetValue(_ngrams) is not null || parsed.GetValue(_cache) != 0;

    private static double[] Numbers(string given) => [.. given.Split(',').Select(number =>
        double.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) ? value
            : throw new NceFastException(ErrorKind.Usage, $"--mix-weights is '{given}'; numbers from 0 to 1 are needed, separated by commas."))];
}
