using System.IO.Compression;
using System.Text;
using NceFast.Corpus;
using NceFast.Vocab;

namespace NceFast.Fuzz.Targets;

/// <summary>Text as a file and as a stream, both in small shards: they must hold the same words and sentences.</summary>
internal sealed class CorpusTarget : FileTarget
{
    public override string Name => "corpus";

    public override double Cost => 4;

    public override IReadOnlyList<byte[]> Tokens =>
        [.. Texts("\n", "\r\n", " ", "\t", "word", "naïve", "\u00A0", "</s>", "<unk>", "\uFEFF"), [0], [0xFF, 0xFE], [0xC3], [0xED, 0xA0, 0x80], [0x28, 0xB5, 0x2F, 0xFD], Enumerable.Repeat((byte)'x', 4096).ToArray()];

    public override IEnumerable<byte[]> Seeds() =>
    [
        .. Texts("", "one", "one two\nthree one\n", "ein Wort über\tdas andere\r\n\r\nund noch eins", "\uFEFFwith a mark\n", "a\0b\0c", string.Join(' ', Enumerable.Repeat("w", 2100))),
        Encoding.UTF8.GetBytes(new string('x', 5000) + " after a long word\n" + new string('y', 17)),
    ];

    protected override string ReadFile(string path, byte[] input)
    {
        CorpusSource stream = CorpusSource.FromStream(new MemoryStream(input)), sharded = CorpusSource.FromPaths(path);
        stream.ShardBytes = sharded.ShardBytes = 64 << (input.Length % 5);
        ScanCounts streamed = Count(stream);
        ScanCounts counts = Count(sharded);
        if (counts.Words != streamed.Words || counts.OverlongWords != streamed.OverlongWords || counts.Sentences != streamed.Sentences || counts.Splits != streamed.Splits)
            throw new InvalidDataException($"{counts.Words} words in {counts.Sentences} sentences from a file, {streamed.Words} in {streamed.Sentences} from a stream.");
        return $"words {About(counts.Words)} sentences {About(counts.Sentences)} long {About(counts.OverlongWords)} nul {About(counts.Nuls)}";
    }

    internal static ScanCounts Count(CorpusSource source)
    {
        using var table = new Utf8Table();
        using var pass = new TextPass(source, CancellationToken.None);
        using (var reader = new TextBlockReader(pass))
        {
            var sink = new WaitingWords<CountSink>(table, new CountSink(table));
            while (reader.TryRead(ref sink, out _))
            {
            }
        }

        return pass.Counts;
    }
}

/// <summary>Gzip, whole or damaged, of one member or several.</summary>
internal sealed class GzipTarget : FuzzTarget
{
    public override string Name => "gzip";

    public override double Cost => 2;

    public override IReadOnlyList<byte[]> Tokens => [[0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3], [3, 0, 0, 0, 0, 0, 0, 0, 0, 0], [0], [0x1F, 0x8B]];

    public override IEnumerable<byte[]> Seeds()
    {
        byte[] one = Pack("one two\nthree\n", CompressionLevel.Optimal), stored = Pack("stored text\n", CompressionLevel.NoCompression);
        return [one, stored, [.. one, .. stored], Pack(new string('z', 100_000) + "\n", CompressionLevel.Optimal), Pack("", CompressionLevel.Fastest)];
    }

    public override string Read(byte[] input)
    {
        ScanCounts counts = CorpusTarget.Count(CorpusSource.FromStream(new MemoryStream(input)));
        return $"words {About(counts.Words)} bytes {About(counts.Bytes)} long {About(counts.OverlongWords)}";
    }

    private static byte[] Pack(string text, CompressionLevel level)
    {
        var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, level))
            gzip.Write(Encoding.UTF8.GetBytes(text));
        return packed.ToArray();
    }
}
