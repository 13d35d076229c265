using System.CommandLine;
using System.IO.Compression;
using System.Text.Json;
using K4os.Compression.LZ4.Streams;
using NceFast.Blocks;
using NceFast.Corpus;
using NceFast.Parquet;
using ParquetSharp;
using SharpCompress.Compressors.BZip2;
using Encoding = System.Text.Encoding;
using ParquetCompression = ParquetSharp.Compression;

namespace NceFast.Bench.Forms;

/// <summary>
/// Measures how fast the words of one text are counted in each form in which it may be stored, beside the decompressor alone and beside
/// the plain text.
/// </summary>
internal static class FormsCommand
{
    private const int LeastRuns = 3, Files = 8, RecordWords = 250, GroupRows = 10_000;
    private const double LeastSeconds = 2;
    private static readonly JsonSerializerOptions JsonOptions = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static Command Create()
    {
        var text = new Option<string>("--text") { Description = "A plain text with many lines.", Required = true };
        var skip = new Option<bool>("--fast") { Description = "Leave out bzip2, which takes longest." };
        var command = new Command("forms", "Prints how fast text is read in each form: plain, compressed, in records, in many files.") { text, skip };
        command.SetAction(parsed => Run(parsed.GetValue(text)!, parsed.GetValue(skip)));
        return command;
    }

    private static void Run(string path, bool isFast)
    {
        string folder = Directory.CreateTempSubdirectory("ncefast-forms-").FullName;
        try
        {
            string[] records = Records(File.ReadAllText(path));
            byte[] plain = Encoding.UTF8.GetBytes(string.Concat(records.Select(record => record + "\n")));
            byte[] json = Encoding.UTF8.GetBytes(string.Concat(records.Select((record, i) => JsonSerializer.Serialize(new { text = record, url = $"https://example.org/{i}", timestamp = "2019-04-25T12:57:54Z" }, JsonOptions) + "\n")));
            byte[] csv = Encoding.UTF8.GetBytes(string.Concat(records.Select((record, i) => $"{i},\"{record.Replace("\"", "\"\"")}\",x\n")));
            var fields = new TextOptions { Fields = ["text"] };
            TextOptions parquet = fields with { RecordFiles = [new ParquetRecords()] };
            Form[] forms =
            [
                new("plain", "txt", plain, new()),
                new("gzip", "txt.gz", Pack(plain, to => new GZipStream(to, CompressionLevel.Optimal, true)), new()),
                new("zstd", "txt.zst", Pack(plain, to => new ZstdSharp.CompressionStream(to, leaveOpen: true)), new()),
                new("lz4", "txt.lz4", Pack(plain, to => LZ4Stream.Encode(to, leaveOpen: true)), new()),
                .. isFast ? (Form[])[] : [new("bzip2", "txt.bz2", Pack(plain, to => BZip2Stream.Create(to, SharpCompress.Compressors.CompressionMode.Compress, false, true)), new())],
                new("JSON Lines", "jsonl", json, fields),
                new("JSON Lines, gzip", "jsonl.gz", Pack(json, to => new GZipStream(to, CompressionLevel.Optimal, true)), fields),
                new("JSON Lines, zstd", "jsonl.zst", Pack(json, to => new ZstdSharp.CompressionStream(to, leaveOpen: true)), fields),
                new("CSV", "csv", csv, new TextOptions { Column = "2" }),
                new("Parquet, zstd", "zstd.parquet", Parquet(records, ParquetCompression.Zstd), parquet),
                new("Parquet, snappy", "snappy.parquet", Parquet(records, ParquetCompression.Snappy), parquet),
                new("plain, --lowercase", "low.txt", plain, new TextOptions { Lowercase = true }),
            ];
            Console.WriteLine(FormattableString.Invariant($"{Files} files of {plain.Length / 1e6:F0} MB of text in {records.Length:N0} records. MB/s of decoded text, best of at least {LeastRuns} runs and {LeastSeconds} s.\n"));
            Console.WriteLine("| form | stored, MB per file | decoding alone, 1 thread | counting words, 1 thread | of plain | counting, 2 threads | one file, 2 threads |");
            Console.WriteLine("|---|---|---|---|---|---|---|");
            double plainSeconds = 0;
            foreach (Form form in forms)
                Print(form, folder, plain.Length / 1e6, ref plainSeconds);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Print(Form form, string folder, double megabytes, ref double plainSeconds)
    {
        string file = Path.Combine(folder, "text." + form.Extension), many = Path.Combine(folder, form.Extension);
        File.WriteAllBytes(file, form.Bytes);
        Directory.CreateDirectory(many);
        for (int i = 0; i < Files; i++)
            File.Copy(file, Path.Combine(many, $"{i}.{form.Extension}"));
        double decode = Best(() => Decode(file, form.Options)), count = Count([many], form.Options, 1) / Files;
        double two = Count([many], form.Options, 2) / Files, alone = Count([file], form.Options, 2);
        if (plainSeconds == 0)
            plainSeconds = count;
        Console.WriteLine(FormattableString.Invariant($"| {form.Name} | {form.Bytes.Length / 1e6:F0} | {megabytes / decode:F0} | {megabytes / count:F0} | {plainSeconds / count:P0} | {megabytes / two:F0} | {megabytes / alone:F0} |"));
        Directory.Delete(many, recursive: true);
        File.Delete(file);
    }

    private static double Count(string[] paths, TextOptions options, int threads) => Best(() =>
    {
        using PreparedCorpus corpus = PreparedCorpus.Prepare(CorpusSource.FromPaths(paths, options), new CorpusOptions { Cache = CacheMode.Never }, threads, 0);
    });

    // The first runs are slower, because the runtime has not optimised their code yet.
    private static double Best(Action action)
    {
        double best = double.PositiveInfinity, sum = 0;
        for (int run = 0; run < LeastRuns || sum < LeastSeconds; run++)
        {
            double seconds = Measure.Best(1, action);
            (best, sum) = (Math.Min(best, seconds), sum + seconds);
        }

        return best;
    }

    private static void Decode(string file, TextOptions options)
    {
        byte[] buffer = new byte[1 << 16];
        using Stream stream = options.RecordFiles.Count > 0
            ? options.RecordFiles[0].Open(file, options.Fields, 1)
            : TextInput.Open(new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, 0), file, new TextReading { Options = options }).Pipe.AsStream();
        while (stream.Read(buffer) > 0)
        {
        }
    }

    // Texts without line ends are cut, so that every form has records of a usual length.
    private static string[] Records(string text)
    {
        string[] words = text.Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
        return [.. words.Chunk(RecordWords).Select(chunk => string.Join('\n', chunk.Chunk(25).Select(line => string.Join(' ', line))))];
    }

    private static byte[] Pack(byte[] bytes, Func<Stream, Stream> compress)
    {
        var packed = new MemoryStream();
        using (Stream stream = compress(packed))
            stream.Write(bytes);
        return packed.ToArray();
    }

    private static byte[] Parquet(string[] records, ParquetCompression compression)
    {
        var file = new MemoryStream();
        using var builder = new WriterPropertiesBuilder();
        using WriterProperties properties = builder.Compression(compression).Build();
        using (var writer = new ParquetFileWriter(file, [new Column<string>("text"), new Column<long>("id")], null, properties, null, true))
        {
            foreach (string[] rows in records.Chunk(GroupRows))
            {
                using RowGroupWriter group = writer.AppendRowGroup();
                using (LogicalColumnWriter<string> text = group.NextColumn().LogicalWriter<string>())
                    text.WriteBatch(rows);
                using LogicalColumnWriter<long> id = group.NextColumn().LogicalWriter<long>();
                id.WriteBatch([.. rows.Select((_, i) => (long)i)]);
            }

            writer.Close();
        }

        return file.ToArray();
    }

    private sealed record Form(string Name, string Extension, byte[] Bytes, TextOptions Options);
}
