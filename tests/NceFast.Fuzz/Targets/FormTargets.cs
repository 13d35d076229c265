using System.Text;
using NceFast.Corpus;

namespace NceFast.Fuzz.Targets;

/// <summary>Compressed text, whole or damaged, of one member or several.</summary>
internal sealed class CompressionTarget : FuzzTarget
{
    // "one two three\nthree two\none\n", which the program xz compressed.
    private static readonly byte[] Xz = Convert.FromBase64String("/Td6WFoAAATm1rRGAgAhARYAAAB0L+Wj4AAbABldADebiM524vTjZd79IVAZ365oEBVrm6OxqqcAAAAAmRXYvsNqQFQAATUc0iu2lh+2830BAAAAAARZWg==");

    public override string Name => "compression";

    public override double Cost => 4;

    public override IReadOnlyList<byte[]> Tokens => [[0x28, 0xB5, 0x2F, 0xFD], [0x50, 0x2A, 0x4D, 0x18], [0x04, 0x22, 0x4D, 0x18], [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0], [0x42, 0x5A, 0x68, 0x39, 0x31, 0x41, 0x59, 0x26, 0x53, 0x59], [0], [0xFF]];

    public override IEnumerable<byte[]> Seeds()
    {
        byte[] zstd = Pack(to => new ZstdSharp.CompressionStream(to, leaveOpen: true));
        byte[] lz4 = Pack(to => K4os.Compression.LZ4.Streams.LZ4Stream.Encode(to, leaveOpen: true));
        byte[] bzip2 = Pack(to => SharpCompress.Compressors.BZip2.BZip2Stream.Create(to, SharpCompress.Compressors.CompressionMode.Compress, decompressConcatenated: false, leaveOpen: true));
        return [zstd, lz4, bzip2, Xz, [.. zstd, .. zstd], [.. lz4, .. lz4], [.. bzip2, .. bzip2], [.. Xz, .. Xz, 0, 0, 0, 0]];
    }

    public override string Read(byte[] input)
    {
        ScanCounts counts = CorpusTarget.Count(CorpusSource.FromStream(new MemoryStream(input)));
        return $"words {About(counts.Words)} bytes {About(counts.Bytes)} long {About(counts.OverlongWords)}";
    }

    private static byte[] Pack(Func<Stream, Stream> compress)
    {
        var packed = new MemoryStream();
        using (Stream stream = compress(packed))
            stream.Write(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 300).Select(i => $"word{i} two three\n"))));
        return packed.ToArray();
    }
}

/// <summary>Records of JSON Lines with fields at several depths.</summary>
internal sealed class JsonLinesTarget : FileTarget
{
    private static readonly TextOptions Options = new() { Fields = ["text", "a.b"], MaxBadRecords = long.MaxValue };

    public override string Name => "json-lines";

    public override double Cost => 2;

    public override IReadOnlyList<byte[]> Tokens => [.. Texts("{\"text\":", "\"a\":{\"b\":", "\\u00e9", "\\ud83d", "\\\"", "null", "[", "]", "{", "}", "\"", "\\", ",", "\n", "1e400", "\uFEFF"), [0xC3], [0]];

    public override IEnumerable<byte[]> Seeds() => Texts(
        "{\"text\":\"one two\",\"a\":{\"b\":\"three\"}}\n",
        "{\"a\":{\"b\":[\"x\",\"y\"],\"c\":{}},\"text\":null}\r\n\r\n{\"text\":\"\\ud83d\\ude00 \\n\",\"a\":{\"b\":\"\"}}",
        "{\"text\":\"cut\n{\"text\":12}\n[]\n{}\n",
        "{\"x\":" + new string('[', 1200) + new string(']', 1200) + "}\n");

    protected override string ReadFile(string path, byte[] input)
    {
        ScanCounts counts = CorpusTarget.Count(CorpusSource.FromPaths([path], Options));
        return $"words {About(counts.Words)} sentences {About(counts.Sentences)}";
    }
}

/// <summary>Tables with quoted values.</summary>
internal sealed class TableTarget : FileTarget
{
    public override string Name => "table";

    public override IReadOnlyList<byte[]> Tokens => [.. Texts("\"", "\"\"", ",", "\t", "\n", "\r\n", "text", ";"), [0xC3], [0]];

    public override IEnumerable<byte[]> Seeds() => Texts("id,text\n1,\"one, \"\"two\"\"\nthree\"\n2,four\n", "id\ttext\n1\tone two\n", "text\n\"never closed\n", ",,,\n,,\n");

    protected override string ReadFile(string path, byte[] input)
    {
        string shown = "";
        foreach ((string column, char separator) in ((string, char)[])[("1", ','), ("2", ','), ("2", '\t')])
            shown += $"words {About(CorpusTarget.Count(CorpusSource.FromPaths([path], new TextOptions { Column = column, ColumnSeparator = separator, MaxBadRecords = long.MaxValue })).Words)} ";
        return shown;
    }
}

/// <summary>Text whose words are changed: the result must not depend on how the text is cut into shards.</summary>
internal sealed class TransformTarget : FileTarget
{
    private static readonly TextOptions Options = new() { Lowercase = true, Separator = ',', UnicodeBlanks = true, Normalize = word => word.Replace("e\u0301", "é") };

    public override string Name => "transform";

    public override double Cost => 2;

    public override IReadOnlyList<byte[]> Tokens => [.. Texts(",", " ", "\n", "É", "İ", "e\u0301", "\u00A0", "\u3000", "WORD"), [0xC3], [0xFF], Enumerable.Repeat((byte)'X', 17_000).ToArray()];

    public override IEnumerable<byte[]> Seeds() => Texts("Green Tea,Black  Tea ,,\nÉcole\u00A0E\u0301COLE,x\n", string.Join(',', Enumerable.Repeat("İI", 1500)), new string('É', 9000) + ",y");

    protected override string ReadFile(string path, byte[] input)
    {
        CorpusSource stream = CorpusSource.FromPaths([path], Options), sharded = CorpusSource.FromPaths([path], Options);
        sharded.ShardBytes = 64 << (input.Length % 5);
        ScanCounts counts = CorpusTarget.Count(stream), divided = CorpusTarget.Count(sharded);
        if (counts.Bytes != divided.Bytes)
            throw new InvalidDataException($"{counts.Bytes} bytes in one shard, {divided.Bytes} in several.");
        return $"words {About(counts.Words)} sentences {About(counts.Sentences)} long {About(counts.OverlongWords)}";
    }
}
