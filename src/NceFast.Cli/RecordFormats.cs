using NceFast.Corpus;
using NceFast.Parquet;

namespace NceFast.Cli;

/// <summary>Lists the formats of record files that are read besides JSON Lines.</summary>
internal static class RecordFormats
{
    /// <summary>Gets all formats.</summary>
    public static IReadOnlyList<IRecordFileFormat> All { get; } = [new ParquetRecords()];
}
