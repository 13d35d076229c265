using NceFast.Corpus;

namespace NceFast.Tests.Corpus;

/// <summary>A folder of test files, which is deleted at the end.</summary>
internal sealed class TextFiles : IDisposable
{
    public TextFiles() => Folder = Directory.CreateTempSubdirectory("ncefast-test-").FullName;

    public string Folder { get; }

    public string Write(string name, ReadOnlySpan<byte> bytes)
    {
        string path = Path.Combine(Folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, bytes.ToArray());
        return path;
    }

    public string Write(string name, string text) => Write(name, System.Text.Encoding.UTF8.GetBytes(text));

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    public static byte[] Gzip(byte[] bytes)
    {
        // GZipStream writes no bytes at all for empty input.
        if (bytes.Length == 0)
            return [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        using var result = new MemoryStream();
        using (var gzip = new System.IO.Compression.GZipStream(result, System.IO.Compression.CompressionLevel.Fastest))
            gzip.Write(bytes);
        return result.ToArray();
    }

    /// <summary>Reads all blocks with several readers in turn. The key is the block number.</summary>
    public static (SortedDictionary<ulong, List<List<string>>> Blocks, ScanCounts Counts) ReadAll(CorpusSource source, int readers = 1)
    {
        var blocks = new SortedDictionary<ulong, List<List<string>>>();
        using var pass = new TextPass(source, CancellationToken.None);
        var all = Enumerable.Range(0, readers).Select(_ => new TextBlockReader(pass)).ToList();
        var active = new Queue<TextBlockReader>(all);
        while (active.TryDequeue(out TextBlockReader? reader))
        {
            var sink = new CollectingSink();
            if (!reader.TryRead(ref sink, out TextBlockInfo info))
                continue;
            if (info.Words != sink.Sentences.Sum(s => s.Count))
                throw new InvalidOperationException($"Block {info.Number} claims {info.Words} words.");
            blocks.Add(info.Number, sink.Sentences);
            active.Enqueue(reader);
        }

        all.ForEach(reader => reader.Dispose());
        return (blocks, pass.Counts);
    }

    public static string ShowAll(CorpusSource source, int readers = 1) =>
        TextReference.Show(ReadAll(source, readers).Blocks.Values.SelectMany(b => b));
}
