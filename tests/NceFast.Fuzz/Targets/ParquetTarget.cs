using NceFast.Corpus;
using NceFast.Parquet;
using ParquetSharp;
using Compression = ParquetSharp.Compression;

namespace NceFast.Fuzz.Targets;

/// <summary>Parquet files with a column of strings and a list, in every compression and several encodings.</summary>
internal sealed class ParquetTarget : FileTarget
{
    private const int Groups = 2, Rows = 20;
    private static readonly TextOptions Options = new() { Fields = ["text", "tags"], RecordFiles = [new ParquetRecords()] };

    public override string Name => "parquet";

    public override double Cost => 4;

    public override IReadOnlyList<byte[]> Tokens => [.. Texts("PAR1", "text", "tags", "list", "element"), [0x15, 0], [0x15, 2], [0x15, 4], [0x1C], [0x2C], [0x4C], [0xFF, 0xFF, 0xFF, 0xFF, 0x0F], [0, 0, 0, 0x80], [0]];

    public override IEnumerable<byte[]> Seeds() =>
    [
        .. ((Compression[])[Compression.Uncompressed, Compression.Snappy, Compression.Zstd, Compression.Gzip, Compression.Brotli, Compression.Lz4, Compression.Lz4Hadoop]).Select(compression => Write(b => b.Compression(compression))),
        Write(b => b.DisableDictionary()),
        Write(b => b.DisableDictionary().Encoding("text", Encoding.DeltaByteArray).DataPageVersion(ParquetDataPageVersion.V2)),
        Write(b => b.DisableDictionary().Encoding("text", Encoding.DeltaLengthByteArray).EnablePageChecksum()),
    ];

    protected override string ReadFile(string path, byte[] input)
    {
        if (!Options.RecordFiles[0].Recognises(input))
            return "other";
        string one = Read(path, 1), several = Read(path, 3);
        return one == several ? one : throw new InvalidDataException($"{one} from a row group at a time, {several} from several.");
    }

    private static string Read(string path, int partsAtOnce)
    {
        using Stream text = Options.RecordFiles[0].Open(path, Options.Fields, partsAtOnce);
        byte[] buffer = new byte[4096];
        long bytes = 0;
        for (int read; (read = text.Read(buffer)) > 0;)
            bytes += read;
        return $"bytes {About(bytes)}";
    }

    private static byte[] Write(Func<WriterPropertiesBuilder, WriterPropertiesBuilder> configure)
    {
        var file = new MemoryStream();
        using var builder = new WriterPropertiesBuilder();
        using WriterProperties properties = configure(builder.DataPagesize(128)).Build();
        using var writer = new ParquetFileWriter(file, [new Column<string>("text"), new Column<string[]>("tags")], null, properties, null, true);
        for (int group = 0; group < Groups; group++)
        {
            using RowGroupWriter rows = writer.AppendRowGroup();
            using (LogicalColumnWriter<string> text = rows.NextColumn().LogicalWriter<string>())
                text.WriteBatch([.. Enumerable.Range(0, Rows).Select(i => i % 5 == 3 ? null! : $"row {i % 4} of größe")]);
            using LogicalColumnWriter<string[]> tags = rows.NextColumn().LogicalWriter<string[]>();
            tags.WriteBatch([.. Enumerable.Range(0, Rows).Select(i => i % 6 == 1 ? null! : (string[])[.. Enumerable.Range(0, i % 4).Select(j => j == 2 ? null! : $"t{j}")])]);
        }

        writer.Close();
        return file.ToArray();
    }
}
