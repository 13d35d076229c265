using System.CommandLine;
using NceFast.Vocab;

namespace NceFast.Cli;

/// <summary>The argument INPUT... of the verbs that read text.</summary>
internal static class CorpusInput
{
    public static Argument<string[]> Argument() => new("INPUT")
    {
        Description = "Text, plain or compressed: files, globs with * and **, folders, or - for standard input",
        Arity = ArgumentArity.OneOrMore,
    };
}

/// <summary>The options that decide which words the vocabulary has.</summary>
internal sealed class VocabularyArguments
{
    private const string Group = "Vocabulary";
    private static readonly VocabularyOptions Defaults = new();

    private readonly Opt<long> _minCount = Opt.Number("--min-count", Group, "Remove words that occur fewer times, at least 1", Defaults.MinCount).Fills<VocabularyOptions>(nameof(VocabularyOptions.MinCount));
    private readonly Opt<int> _maxVocab = Opt.Number("--max-vocab", Group, "Maximum number of words to keep, the most frequent first; 0 for no limit", Defaults.MaxVocab).Fills<VocabularyOptions>(nameof(VocabularyOptions.MaxVocab));
    private readonly Opt<long> _memory = Opt.Size("--vocab-memory", Group, "Memory for counting, with suffix K, M or G, for all threads together; when it is full, the rarest words are dropped", Defaults.MemoryLimitBytes, "a quarter of the memory there is").Fills<VocabularyOptions>(nameof(VocabularyOptions.MemoryLimitBytes));

    public IEnumerable<Option> All => [_minCount, _maxVocab, _memory];

    public VocabularyOptions Read(ParseResult parsed) => new()
    {
        MinCount = parsed.GetValue(_minCount),
        MaxVocab = parsed.GetValue(_maxVocab),
        MemoryLimitBytes = parsed.GetValue(_memory),
    };
}
