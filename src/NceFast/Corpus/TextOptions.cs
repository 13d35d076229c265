using NceFast.Numerics;

namespace NceFast.Corpus;

/// <summary>Specifies where the text of a file is, and how its words are separated and written.</summary>
/// <remarks>
/// The same options apply to all files of a corpus. Compressions (gzip, zstd, bzip2, xz, lz4) need no option, because they are
/// recognised by the first bytes of a file. Blocks are numbered over the decoded text: what remains after decompression and
/// after the text was taken out of its records.
/// </remarks>
public sealed record TextOptions
{
    /// <summary>The default of <see cref="MaxBadRecords"/>.</summary>
    public const long DefaultMaxBadRecords = 100;

    private const int MaxFields = 64;

    /// <summary>
    /// Gets the fields that contain the text, for files of JSON Lines and for <see cref="RecordFiles"/>; empty for plain text. A dot
    /// separates the names of nested fields (<c>a.b</c>); <c>\.</c> is a dot in a name. The value is a string or a list of strings, and
    /// null counts as an empty string. Each string is followed by a line end. Fields of one record follow each other in this order.
    /// </summary>
    public IReadOnlyList<string> Fields { get; init; } = [];

    /// <summary>
    /// Gets the column that contains the text of a table: its number from 1, or its name in the first line; null for plain text.
    /// Columns are separated by tabs (TSV), or by commas with quoted values (CSV, RFC 4180).
    /// </summary>
    public string? Column { get; init; }

    /// <summary>
    /// Gets the character that separates columns; null to decide by the name of the file: a comma for <c>.csv</c>, otherwise a tab.
    /// Values may be quoted unless it is a tab.
    /// </summary>
    public char? ColumnSeparator { get; init; }

    /// <summary>
    /// Gets how many malformed records a reading of the corpus may skip, at least 0. They are counted, and a warning names the first.
    /// One more is an error.
    /// </summary>
    public long MaxBadRecords { get; init; } = DefaultMaxBadRecords;

    /// <summary>Gets whether letters are converted to lower case by the rules of Unicode that do not depend on a language.</summary>
    public bool Lowercase { get; init; }

    /// <summary>
    /// Gets a function that normalises words, for example to NFC or NFKC; null for none. It is called with words that contain other
    /// characters than ASCII, by several threads. It may return blanks, which then separate words.
    /// </summary>
    public Func<string, string>? Normalize { get; init; }

    /// <summary>
    /// Gets the character that separates words instead of blanks; null for blanks. Blanks around a word are then left out, and blanks
    /// within a word become <c>_</c>. A line feed always ends a sentence.
    /// </summary>
    public char? Separator { get; init; }

    /// <summary>
    /// Gets whether the blanks of Unicode beyond ASCII separate words, too: U+0085, U+00A0, U+1680, U+2000 to U+200A, U+2028, U+2029,
    /// U+202F, U+205F and U+3000.
    /// </summary>
    public bool UnicodeBlanks { get; init; }

    /// <summary>Gets the formats of record files that are read besides JSON Lines, for example Parquet.</summary>
    public IReadOnlyList<IRecordFileFormat> RecordFiles { get; init; } = [];

    /// <summary>Gets whether the text is in records.</summary>
    internal bool HasRecords => Fields.Count > 0 || Column is not null;

    /// <summary>Gets whether words are changed after they were read.</summary>
    internal bool ChangesWords => Lowercase || Normalize is not null || Separator is not null || UnicodeBlanks;

    /// <summary>Throws when an option is out of range, or two options exclude each other.</summary>
    /// <exception cref="NceFastException">The options are invalid (<see cref="ErrorKind.Usage"/>).</exception>
    internal void Validate()
    {
        Throw.UnlessInRange(nameof(TextOptions.MaxBadRecords), MaxBadRecords, 0, long.MaxValue);
        if (Fields.Count > 0 && Column is not null)
            throw new NceFastException(ErrorKind.Usage, $"{Member.Of(nameof(TextOptions.Fields))} and {Member.Of(nameof(TextOptions.Column))} are given together; a file has either fields (JSON Lines) or columns (TSV, CSV).");
        if (Fields.FirstOrDefault(string.IsNullOrEmpty) is not null || Fields.Distinct().Count() < Fields.Count)
            throw new NceFastException(ErrorKind.Usage, $"{Member.Of(nameof(TextOptions.Fields))} has an empty name or a name twice; name each field once.");
        if (Fields.Count > MaxFields)
            throw new NceFastException(ErrorKind.Usage, $"{Member.Of(nameof(TextOptions.Fields))} has {Fields.Count} names, and at most {MaxFields} are allowed.");
        if (ColumnSeparator is not null && Column is null)
            throw new NceFastException(ErrorKind.Usage, $"{Member.Of(nameof(TextOptions.ColumnSeparator))} is given without {Member.Of(nameof(TextOptions.Column))}; name the column that contains the text.");
        if (ColumnSeparator is '\n' or '\r' or '"' or > '\x7E')
            throw new NceFastException(ErrorKind.Usage, $"{Member.Of(nameof(TextOptions.ColumnSeparator))} is U+{(int)ColumnSeparator:X4}; a tab or a visible ASCII character other than a quotation mark is allowed.");
        if (Separator is <= '\x08' or '\n' or '\r' or > '\x7E')
            throw new NceFastException(ErrorKind.Usage, $"{Member.Of(nameof(TextOptions.Separator))} is U+{(int)Separator:X4}; a tab or a visible ASCII character is allowed.");
    }
}
