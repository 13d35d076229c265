using System.CommandLine;
using System.Globalization;
using System.Text;
using NceFast.Corpus;

namespace NceFast.Cli;

/// <summary>The options of all verbs that read text: where it is in its files, and how its words are separated and written.</summary>
internal sealed class TextArguments
{
    private const string Group = "Text";
    private static readonly TextOptions Defaults = new();

    private readonly Opt<string?> _fields = Opt.Text("--field", Group, "NAME", "Read this field of JSON Lines or Parquet; a.b is a nested field, and commas separate several")
        .Fills<TextOptions>(nameof(TextOptions.Fields));
    private readonly Opt<string?> _column = Opt.Text("--column", Group, "N|NAME", "Read this column of a table, by its number from 1 or its name in the first line: CSV with quoted values if the name ends with .csv, otherwise separated by tabs")
        .Fills<TextOptions>(nameof(TextOptions.Column));
    private readonly Opt<string?> _columnSeparator = Opt.Text("--column-separator", Group, "CHAR", "Character that separates the columns")
        .Fills<TextOptions>(nameof(TextOptions.ColumnSeparator));
    private readonly Opt<long> _maxBad = Opt.Number("--max-bad-records", Group, "Malformed records that may be left out; one more is an error", Defaults.MaxBadRecords)
        .Fills<TextOptions>(nameof(TextOptions.MaxBadRecords));
    private readonly Opt<bool> _lowercase = Opt.Flag("--lowercase", Group, "Convert letters to lower case")
        .Fills<TextOptions>(nameof(TextOptions.Lowercase));
    private readonly Opt<NormalizationForm?> _normalize = Opt.Choice<NormalizationForm?>("--normalize", Group, "Normalise words to this form of Unicode", null, ("none", null), ("nfc", NormalizationForm.FormC), ("nfkc", NormalizationForm.FormKC))
        .Fills<TextOptions>(nameof(TextOptions.Normalize));
    private readonly Opt<string?> _separator = Opt.Text("--separator", Group, "CHAR", "Character that separates words instead of blanks; blanks within a word become _")
        .Fills<TextOptions>(nameof(TextOptions.Separator));
    private readonly Opt<bool> _unicodeBlanks = Opt.Flag("--unicode-blanks", Group, "Separate words at the blanks of Unicode, too, such as U+00A0 and U+3000")
        .Fills<TextOptions>(nameof(TextOptions.UnicodeBlanks));

    /// <summary>Gets all options.</summary>
    public IEnumerable<Option> All => [_fields, _column, _columnSeparator, _maxBad, _lowercase, _normalize, _separator, _unicodeBlanks];

    /// <summary>Reads the options.</summary>
    /// <exception cref="NceFastException">An option is out of range, or two exclude each other (<see cref="ErrorKind.Usage"/>).</exception>
    public TextOptions Read(ParseResult parsed) => new()
    {
        Fields = Names(parsed.GetValue(_fields)),
        Column = parsed.GetValue(_column),
        ColumnSeparator = Character(parsed, _columnSeparator),
        MaxBadRecords = parsed.GetValue(_maxBad),
        Lowercase = parsed.GetValue(_lowercase),
        Normalize = parsed.GetValue(_normalize) is { } form ? Normalization.To(form) : null,
        Separator = Character(parsed, _separator),
        UnicodeBlanks = parsed.GetValue(_unicodeBlanks),
        RecordFiles = RecordFormats.All,
    };

    private static string[] Names(string? given) => given is null ? [] : [.. given.Split(',').Select(name => name.Trim())];

    private static char? Character(ParseResult parsed, Opt<string?> option) => parsed.GetValue(option) switch
    {
        null => null,
        "\\t" or "tab" => '\t',
        [char character] => character,
        { } given => throw new NceFastException(ErrorKind.Usage, string.Create(CultureInfo.InvariantCulture, $"{option.Name} is '{given}'; one character is allowed, or \\t for a tab.")),
    };
}
