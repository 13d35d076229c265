using System.CommandLine;
using NceFast.Vocab;

namespace NceFast.Cli;

/// <summary>The argument INPUT..., shared by the verbs that read text.</summary>
internal static class CorpusInput
{
    public static Argument<string[]> Argument() => new("INPUT")
    {
        Description = "Text: files, globs with * and **, folders, gzip files, - for standard input",
        Arity = ArgumentArity.OneOrMore,
    };
}

/// <summary>Options that decide which words make the vocabulary.</summary>
internal sealed class VocabularyArguments
{
    private const string Group = "Vocabulary";
    private static readonly VocabularyOptions Defaults = new();

    private readonly Opt<long> _minCount = Opt.Number("--min-count", Group, "Leave out words seen fewer times, at least 1", Defaults.MinCount).Fills<VocabularyOptions>(nameof(VocabularyOptions.MinCount));
    private readonly Opt<int> _maxVocab = Opt.Number("--max-vocab", Group, "Most words kept, the most frequent ones; 0 for no limit", Defaults.MaxVocab).Fills<VocabularyOptions>(nameof(VocabularyOptions.MaxVocab));
    private readonly Opt<long> _memory = Opt.Size("--vocab-memory", Group, "Memory for counting, with K, M or G, for all threads together; when it is used up, the rarest words are dropped", Defaults.MemoryLimitBytes, "a quarter of the memory there is").Fills<VocabularyOptions>(nameof(VocabularyOptions.MemoryLimitBytes));

    public IEnumerable<Option> All => [_minCount, _maxVocab, _memory];

    public VocabularyOptions Read(ParseResult parsed) => new()
    {
        MinCount = parsed.GetValue(_minCount),
        MaxVocab = parsed.GetValue(_maxVocab),
        MemoryLimitBytes = parsed.GetValue(_memory),
    };
}
