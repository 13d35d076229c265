using System.CommandLine;
using NceFast.Corpus;
using NceFast.Vocab;

namespace NceFast.Cli;

/// <summary>The argument INPUT... and the options of the verbs that read a corpus.</summary>
internal sealed class CorpusInput
{
    /// <summary>The option that names a list of files.</summary>
    public const string ListName = "--files-from";

    private const string StandardInput = "-";

    private readonly Opt<string?> _list = Opt.Path(ListName, "Text", "LIST", "Also read the files in this list: one file, folder or glob per line; - for standard input. Blank lines and lines that begin with # are left out", PathUse.Input);

    private readonly TextArguments _text = new();

    /// <summary>Gets the argument.</summary>
    public Argument<string[]> Argument { get; } = new("INPUT")
    {
        Description = "Text, plain or compressed: files, globs with * and **, folders, or - for standard input",
        Arity = ArgumentArity.ZeroOrMore,
    };

    /// <summary>Gets the options.</summary>
    public IEnumerable<Option> All => [_list, .. _text.All];

    /// <summary>Opens the text. With several processes, each must call it.</summary>
    public CorpusText Open(ParseResult parsed, Session session)
    {
        string[] paths = parsed.GetValue(Argument) ?? [];
        TextOptions text = _text.Read(parsed);
        if (parsed.GetValue(_list) is not { } name)
            return new CorpusText(CorpusSource.FromPaths(paths, text, session.Screen, session.Cancellation), paths, paths, null);
        if (name == StandardInput && paths.Contains(StandardInput))
            throw new NceFastException(ErrorKind.Usage, $"'-' (standard input) is the list of {ListName} and an INPUT; it can be only one of them. Write the list to a file.");
        FileList list = Read(name, session);
        string[] selecting = [.. paths, .. list.Paths.Where(path => path.Contains('*') || Directory.Exists(path))];
        return new CorpusText(CorpusSource.FromPaths(paths, list, text, session.Screen, session.Cancellation), [.. paths, .. list.Paths], selecting, name);
    }

    // A launcher gives standard input to the first process only.
    private static FileList Read(string name, Session session)
    {
        if (name != StandardInput || session.Ranks.Size == 1)
            return FileList.Read(name);
        byte[] bytes = [];
        session.Ranks.Together(() => bytes = session.IsFirst ? ReadStandardInput() : []);
        long[] length = [bytes.Length];
        session.Ranks.AllSum(length);
        bytes = session.IsFirst ? bytes : new byte[length[0]];
        session.Ranks.Broadcast(bytes, 0);
        return FileList.Read(new MemoryStream(bytes), "standard input");
    }

    private static byte[] ReadStandardInput()
    {
        using Stream input = Console.OpenStandardInput();
        using var copy = new MemoryStream();
        input.CopyTo(copy);
        return copy.ToArray();
    }
}

/// <summary>Represents the text that a verb reads.</summary>
/// <param name="Source">The text.</param>
/// <param name="Paths">The paths as given on the command line and in a list; they select the same files again.</param>
/// <param name="Selecting">Those of the paths that may select further files later: folders and globs.</param>
/// <param name="List">The list; null for none.</param>
internal sealed record CorpusText(CorpusSource Source, IReadOnlyList<string> Paths, IReadOnlyList<string> Selecting, string? List);

/// <summary>The options that decide which words the vocabulary has.</summary>
internal sealed class VocabularyArguments
{
    private const string Group = "Vocabulary";
    private static readonly VocabularyOptions Defaults = new();

    private readonly Opt<long> _minCount = Opt.Number("--min-count", Group, "Remove words that occur fewer times, at least 1", Defaults.MinCount).Fills<VocabularyOptions>(nameof(VocabularyOptions.MinCount));
    private readonly Opt<int> _maxVocab = Opt.Number("--max-vocab", Group, "Maximum number of words to keep, the most frequent first; 0 for no limit", Defaults.MaxVocab).Fills<VocabularyOptions>(nameof(VocabularyOptions.MaxVocab));
    private readonly Opt<long> _memory = Opt.Size("--vocab-memory", Group, "Memory for counting, with suffix K, M or G (KiB, MiB, GiB), for all threads together; when it is full, the rarest words are dropped", Defaults.MemoryLimitBytes, "a quarter of the memory there is").Fills<VocabularyOptions>(nameof(VocabularyOptions.MemoryLimitBytes));

    public IEnumerable<Option> All => [_minCount, _maxVocab, _memory];

    public VocabularyOptions Read(ParseResult parsed) => new()
    {
        MinCount = parsed.GetValue(_minCount),
        MaxVocab = parsed.GetValue(_maxVocab),
        MemoryLimitBytes = parsed.GetValue(_memory),
    };
}
