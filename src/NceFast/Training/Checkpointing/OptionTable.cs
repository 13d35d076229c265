using System.Globalization;
using System.IO.Hashing;
using System.Reflection;
using NceFast.Blocks;
using NceFast.Corpus;
using NceFast.Distribution;
using NceFast.Vocab;

namespace NceFast.Training;

/// <summary>A record of options as member names and values, so that two can be compared.</summary>
internal static class OptionTable
{
    private const BindingFlags Instance = BindingFlags.Public | BindingFlags.Instance;

    // What may change without making it another training.
    private static readonly HashSet<string> Free =
    [
        NameOf<TrainingOptions>(nameof(TrainingOptions.Threads)),
        NameOf<TrainingOptions>(nameof(TrainingOptions.Device)),
        NameOf<TrainingOptions>(nameof(TrainingOptions.HostKernels)),
        NameOf<CorpusOptions>(nameof(CorpusOptions.Cache)),
        NameOf<CorpusOptions>(nameof(CorpusOptions.CacheDirectory)),
        NameOf<CorpusOptions>(nameof(CorpusOptions.StreamWords)),
        NameOf<VocabularyOptions>(nameof(VocabularyOptions.MemoryLimitBytes)),
        NameOf<ProbeOptions>(nameof(ProbeOptions.Every)),
        NameOf<ProbeOptions>(nameof(ProbeOptions.HeldOut)),
        NameOf<ProbeOptions>(nameof(ProbeOptions.Similarity)),
    ];

    // Members that are compared by the value that they come to, with the members that have that value.
    private static readonly Dictionary<string, string> Effective = new(StringComparer.Ordinal)
    {
        [nameof(TrainingOptions.LearningRate)] = nameof(TrainingOptions.StartRate),
        [nameof(TrainingOptions.NoiseSetSize)] = nameof(LanguageModelOptions.EffectiveNoiseSetSize),
        [nameof(LanguageModelOptions.Batch)] = nameof(LanguageModelOptions.EffectiveBatch),
        [nameof(WordVectorOptions.WindowDraw)] = nameof(WordVectorOptions.EffectiveWindowDraw),
    };

    private static readonly Lazy<Dictionary<string, string>> Defaults = new(() => Of(new WordVectorOptions()).UnionBy(Of(new LanguageModelOptions()), option => option.Key).ToDictionary());

    /// <summary>Lists options by the names of their members, <c>TrainingOptions.Dim</c>, with those of the records within. A member that is null is left out.</summary>
    /// <param name="options">The options.</param>
    /// <param name="text">Where the text is in its files. Only members that differ from the default are listed.</param>
    public static IReadOnlyDictionary<string, string> Of(object options, TextOptions? text = null)
    {
        var table = new SortedDictionary<string, string>(StringComparer.Ordinal);
        Add(options, table);
        if (text is not null)
            Add(text, table);
        return table;
    }

    // A function cannot be compared; it counts only that there is one.
    private static void Add(TextOptions text, SortedDictionary<string, string> table)
    {
        (string Member, string? Value)[] members =
        [
            (nameof(TextOptions.Fields), text.Fields.Count == 0 ? null : string.Join(',', text.Fields)),
            (nameof(TextOptions.Column), text.Column),
            (nameof(TextOptions.ColumnSeparator), text.ColumnSeparator?.ToString()),
            (nameof(TextOptions.Lowercase), text.Lowercase ? "True" : null),
            (nameof(TextOptions.Normalize), text.Normalize is null ? null : "given"),
            (nameof(TextOptions.Separator), text.Separator?.ToString()),
            (nameof(TextOptions.UnicodeBlanks), text.UnicodeBlanks ? "True" : null),
        ];
        foreach ((string member, string? value) in members.Where(member => member.Value is not null))
            table[NameOf<TextOptions>(member)] = value!;
    }

    /// <summary>Gets the name of a member in the table.</summary>
    /// <typeparam name="T">The type that declares it.</typeparam>
    /// <param name="member">A <c>nameof</c> of the member.</param>
    public static string NameOf<T>(string member) => $"{typeof(T).Name}.{member}";

    /// <summary>Describes the differences that make it another training.</summary>
    /// <param name="then">The options of a checkpoint. One that the checkpoint does not name was added to the library later, and had its default.</param>
    /// <param name="now">The options now.</param>
    public static IEnumerable<string> Differences(IReadOnlyDictionary<string, string> then, IReadOnlyDictionary<string, string> now) =>
        from name in then.Keys.Union(now.Keys)
        where !Free.Contains(name)
        let was = then.GetValueOrDefault(name) ?? Defaults.Value.GetValueOrDefault(name, "absent")
        let has = now.GetValueOrDefault(name, "absent")
        where was != has
        select $"{name} was {was} and is {has}";

    private static void Add(object options, SortedDictionary<string, string> table)
    {
        PropertyInfo[] members = MembersOf(options);
        foreach (PropertyInfo member in members)
        {
            string? effective = Effective.GetValueOrDefault(member.Name);
            object? value = (members.FirstOrDefault(m => m.Name == effective) ?? member).GetValue(options);
            if (Effective.ContainsValue(member.Name) || value is null)
                continue;
            if (value is SyncOptions or CorpusOptions or VocabularyOptions or ProbeOptions)
                Add(value, table);
            else
                table[$"{member.DeclaringType!.Name}.{member.Name}"] = value is Vocabulary words ? Identity(words) : Convert.ToString(value, CultureInfo.InvariantCulture)!;
        }
    }

    // The types are named, so that a trimmed program keeps their properties.
    private static PropertyInfo[] MembersOf(object options) => options switch
    {
        WordVectorOptions => typeof(WordVectorOptions).GetProperties(Instance),
        LanguageModelOptions => typeof(LanguageModelOptions).GetProperties(Instance),
        SyncOptions => typeof(SyncOptions).GetProperties(Instance),
        CorpusOptions => typeof(CorpusOptions).GetProperties(Instance),
        VocabularyOptions => typeof(VocabularyOptions).GetProperties(Instance),
        ProbeOptions => typeof(ProbeOptions).GetProperties(Instance),
        _ => throw new NotSupportedException($"The properties of {options.GetType()} are not listed here; add it."),
    };

    // A vocabulary by its size and a hash of its words and counts.
    private static string Identity(Vocabulary words)
    {
        var hash = new XxHash128();
        for (int id = 0; id < words.Count; id++)
        {
            hash.Append(words.Words[id]);
            hash.Append(BitConverter.GetBytes(words.Counts[id]));
        }

        return $"{words.Count} words, {Convert.ToHexStringLower(hash.GetCurrentHash())}";
    }
}
