using NceFast.Corpus;

namespace NceFast.Parquet;

/// <summary>
/// Reads columns of Parquet files as text. Add an instance to <see cref="TextOptions.RecordFiles"/>, and name the columns in
/// <see cref="TextOptions.Fields"/>.
/// </summary>
/// <remarks>
/// Columns of strings, byte arrays and lists of them are read. A dot separates the names of nested columns (<c>a.b</c>); the groups
/// that a list needs in the schema are left out of a name (<c>tags</c>, not <c>tags.list.element</c>), but may be given. Null counts
/// as an empty string; a list that is empty or null contains no string. Memory does not grow with the size of a row group, because
/// one page of each column is decoded at a time.
/// </remarks>
public sealed class ParquetRecords : IRecordFileFormat
{
    private static ReadOnlySpan<byte> Magic => "PAR1"u8;

    /// <inheritdoc/>
    public string Name => "Parquet";

    /// <inheritdoc/>
    public bool Recognises(ReadOnlySpan<byte> head) => head.StartsWith(Magic);

    /// <inheritdoc/>
    public Stream Open(string path, IReadOnlyList<string> fields, int partsAtOnce)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(fields);
        ArgumentOutOfRangeException.ThrowIfLessThan(partsAtOnce, 1);
        return new ParquetText(path, fields, partsAtOnce);
    }
}
