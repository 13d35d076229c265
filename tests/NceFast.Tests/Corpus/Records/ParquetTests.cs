using NceFast.Blocks;
using NceFast.Corpus;
using NceFast.Parquet;
using NceFast.Vocab;
using ParquetSharp;
using Compression = ParquetSharp.Compression;
using Xunit;
using static NceFast.Tests.Corpus.Records.ParquetFiles;

namespace NceFast.Tests.Corpus.Records;

/// <summary>Columns of Parquet files as text.</summary>
public sealed class ParquetTests : IDisposable
{
    private readonly TextFiles _files = new();

    public static TheoryData<Compression> Compressions => [Compression.Uncompressed, Compression.Snappy, Compression.Zstd, Compression.Gzip, Compression.Brotli, Compression.Lz4, Compression.Lz4Hadoop];

    public void Dispose() => _files.Dispose();

    [Theory]
    [MemberData(nameof(Compressions))]
    public void Columns_are_read_from_all_compressions_and_encodings(Compression compression)
    {
        // More rows than a batch of the reader, and pages that end within lists.
        const int Groups = 3, Rows = 1500;
        string expected = string.Concat(Enumerable.Range(0, Groups * Rows).Select(row => string.Concat(TagsOf(row)?.Select(tag => tag + "\n") ?? []) + TextOf(row) + "\n"));
        foreach (Func<WriterPropertiesBuilder, WriterPropertiesBuilder> encoding in (Func<WriterPropertiesBuilder, WriterPropertiesBuilder>[])
        [
            b => b,
            b => b.DisableDictionary(),
            b => b.DisableDictionary().Encoding("text", Encoding.DeltaByteArray),
            b => b.DisableDictionary().Encoding("text", Encoding.DeltaLengthByteArray).DataPageVersion(ParquetDataPageVersion.V2),
        ])
        {
            string path = _files.Write("f.parquet", ParquetFiles.Write(Groups, Rows, b => encoding(b).Compression(compression).DataPagesize(500).WriteBatchSize(50)));
            Assert.Equal(expected, Read(path, "tags,text"));
            Assert.Equal(expected, Read(path, "tags,text", partsAtOnce: 2, bufferBytes: 7));
        }
    }

    [Fact]
    public void Null_is_an_empty_string_and_an_empty_list_has_none()
    {
        string path = _files.Write("f", ParquetFiles.Write([Text("text"), List("tags")], [[(string?[])["a", null, "", "b"], (string?[]?[])[null, [], [null], ["x", "", "y"]]]]));
        Assert.Equal("a\n\n\nb\n", Read(path, "text"));
        Assert.Equal("\nx\n\ny\n", Read(path, "tags"));
        Assert.Equal("a\n\n\n\nb\nx\n\ny\n", Read(path, "text,tags"));
        Assert.Equal("a\n\n\n\nx\n\ny\nb\n", Read(path, "tags,text"));
    }

    [Fact]
    public void Nested_columns_are_named_with_dots()
    {
        byte[] file = ParquetFiles.Write(
            [Group("a", Text("b"), Text("c", Repetition.Required)), Text("a.b", Repetition.Required), OldList("old"), List("talk", Group("element", Text("role"), Text("content"))), Bytes("bytes")],
            [[
                (Nested<string?>?[])[new Nested<string?>("deep"), null, new Nested<string?>(null)],
                (Nested<string?>?[])[new Nested<string?>("c1"), null, new Nested<string?>("c3")],
                (string?[])["dotted", "two", "three"],
                (string?[]?[])[["o1", "o2"], null, []],
                (Nested<string?>?[]?[])[[new Nested<string?>("user"), null], null, []],
                (Nested<string?>?[]?[])[[new Nested<string?>("hello"), null], null, []],
                (byte[]?[])["raw"u8.ToArray(), null, [0xFF]],
            ]]);
        string path = _files.Write("f", file);
        Assert.Equal("deep\n\n\n", Read(path, "a.b"));
        Assert.Equal("c1\n\nc3\n", Read(path, "a.c"));
        Assert.Equal("dotted\ntwo\nthree\n", Read(path, @"a\.b"));
        Assert.Equal("o1\no2\n", Read(path, "old"));
        Assert.Equal("hello\n\n", Read(path, "talk.content"));
        Assert.Equal("hello\n\n", Read(path, "talk.list.element.content"));
        Assert.Equal("raw\n\n\uFFFD\n", Read(path, "bytes"));
        Assert.Equal("dotted\ndeep\ntwo\n\nthree\n\n", Read(path, @"a\.b,a.b"));
    }

    [Fact]
    public void Lists_of_lists_are_read_in_order()
    {
        string path = _files.Write("f", ParquetFiles.Write([List("lists", List("element"))], [[(string?[]?[]?[])[[["a", "b"], null, [], ["c", null]], null, [], [["d"]]]]]));
        Assert.Equal("a\nb\nc\n\nd\n", Read(path, "lists"));
    }

    [Theory]
    [InlineData("body", "has no column 'body'; its columns are 'text', 'tags', 'id', 'a.b'")]
    [InlineData("text.x", "has no column 'text.x'")]
    [InlineData("Text", "has no column 'Text'")]
    [InlineData("id", "'id' contains values of the type Int64, but strings, byte arrays and lists of them are read. Name another column in TextOptions.Fields; columns of strings are 'text', 'tags', 'a.b'")]
    [InlineData("a", "'a' is a group of columns; name one of its columns in TextOptions.Fields: 'a.b'")]
    public void Other_columns_are_refused_with_those_there_are(string field, string message)
    {
        string path = _files.Write("f", ParquetFiles.Write([Text("text"), List("tags"), Number("id"), Group("a", Text("b"))], [[(string?[])["a"], (string?[]?[])[null], (long[])[1], (Nested<string?>?[])[null]]]));
        var error = Assert.Throws<NceFastException>(() => Read(path, field));
        Assert.Equal(ErrorKind.Input, error.Kind);
        Assert.StartsWith(path, error.Message);
        Assert.Contains(message, error.Message);
        Assert.Equal(["TextOptions.Fields"], error.Members);
    }

    [Fact]
    public void A_name_of_two_columns_is_refused_and_long_lists_are_shortened()
    {
        string twice = _files.Write("f", ParquetFiles.Write([Text("text"), Text("text")], [[(string?[])["a"], (string?[])["b"]]]));
        Assert.Contains("2 columns with the name 'text'", Assert.Throws<NceFastException>(() => Read(twice, "text")).Message);
        string wide = _files.Write("w", ParquetFiles.Write([.. Enumerable.Range(0, 100).Select(i => Number($"n{i}"))], []));
        Assert.Contains("'n29' and 70 more", Assert.Throws<NceFastException>(() => Read(wide, "text")).Message);
        Assert.Contains("has no column of strings", Assert.Throws<NceFastException>(() => Read(wide, "n1")).Message);
    }

    [Fact]
    public void A_file_without_rows_has_no_text()
    {
        Assert.Equal("", Read(_files.Write("f", ParquetFiles.Write([Text("text")], [])), "text"));
        Assert.Equal("a\n", Read(_files.Write("f", ParquetFiles.Write([Text("text")], [[(string?[])[]], [(string?[])["a"]], [(string?[])[]]])), "text", partsAtOnce: 4));
    }

    [Fact]
    public void Words_and_blocks_are_those_of_plain_text()
    {
        string[] texts = [.. Enumerable.Range(0, 60_000).Select(i => $"word{i * 7 % 997} naïve w{i % 31}" + (i % 50 == 0 ? "\nsecond line" : ""))];
        string plain = _files.Write("t.txt", string.Concat(texts.Select(text => text + "\n")));
        Array[][] groups = [.. texts.Chunk(9_000).Select(rows => (Array[])[rows])];
        string parquet = _files.Write("t.parquet", ParquetFiles.Write([Text("text")], groups, b => b.Compression(Compression.Zstd).DataPagesize(20_000)));
        List<string> expected = Blocks(CorpusSource.FromPaths(plain), 1, out Vocabulary words);
        Assert.True(expected.Count > 3);
        foreach (int threads in new[] { 1, 3 })
        {
            var source = CorpusSource.FromPaths([parquet], Options("text"));
            Assert.Equal(expected, Blocks(source, threads, out Vocabulary same));
            Assert.Equal(Counts(words), Counts(same));
        }

        static IEnumerable<string> Counts(Vocabulary vocabulary) => Enumerable.Range(0, vocabulary.Count).Select(id => $"{vocabulary.Words.GetString(id)} {vocabulary.Counts[id]}");
    }

    [Fact]
    public void A_row_group_is_read_in_pages_without_strings()
    {
        const int Rows = 40_000, MostNative = 6 << 20, MostManaged = 1 << 20;
        var random = new Random(1);
        string[] texts = [.. Enumerable.Range(0, Rows).Select(_ => string.Create(500, random, (text, r) => r.GetItems("abcdefghijklmnopqrstuvwxyz ", text)))];
        string path = _files.Write("f", ParquetFiles.Write([Text("text")], [[texts]], b => b.DisableDictionary().DataPagesize(100_000).Compression(Compression.Snappy)));
        Assert.True(new FileInfo(path).Length > 2 * MostNative);
        MemoryPool pool = MemoryPool.GetDefaultMemoryPool();
        long before = pool.BytesAllocated, managed = GC.GetAllocatedBytesForCurrentThread();
        using Stream text = new ParquetRecords().Open(path, ["text"], 1);
        byte[] buffer = new byte[65536];
        for (int read; (read = text.Read(buffer)) > 0;)
            Assert.InRange(pool.BytesAllocated - before, long.MinValue, MostNative);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - managed, 0, MostManaged);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void The_position_advances_to_the_end_of_the_file(int partsAtOnce)
    {
        string path = _files.Write("f", ParquetFiles.Write(4, 2000));
        using var text = (DecodingStream)new ParquetRecords().Open(path, ["text"], partsAtOnce);
        byte[] buffer = new byte[1000];
        long last = 0;
        int steps = 0;
        while (text.Read(buffer) > 0)
        {
            Assert.InRange(text.StoredPosition, last, new FileInfo(path).Length);
            steps += text.StoredPosition > last ? 1 : 0;
            last = text.StoredPosition;
        }

        Assert.True(steps > 3);
        Assert.Equal(new FileInfo(path).Length, text.StoredPosition);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void A_text_that_is_disposed_early_closes_its_file(int partsAtOnce)
    {
        string path = _files.Write("f", ParquetFiles.Write(8, 30_000));
        Stream text = new ParquetRecords().Open(path, ["text"], partsAtOnce);
        Assert.True(text.Read(new byte[100]) > 0);
        text.Dispose();
        text.Dispose();
        Assert.Throws<ObjectDisposedException>(() => text.Read(new byte[100]));
        using FileStream alone = new(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
    }

    [Fact]
    public void Several_threads_read_a_file_with_any_name()
    {
        string path = _files.Write("größe 東京.parquet", ParquetFiles.Write(4, 3000));
        string expected = Read(path, "text");
        Parallel.For(0, 8, i => Assert.Equal(expected, Read(path, "text", 1 + (i % 3))));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_file_cut_or_altered_anywhere_is_read_or_refused(int partsAtOnce)
    {
        byte[] whole = ParquetFiles.Write(2, 12, b => b.Compression(Compression.Snappy));
        var random = new Random(5);
        int refused = 0;
        for (int at = 4; at < whole.Length; at++)
        {
            if (at % 11 == 0)
                Assert.False(IsRead(whole[..at], partsAtOnce));
            byte[] altered = [.. whole];
            altered[at] = (byte)random.Next(256);
            refused += IsRead(altered, partsAtOnce) ? 0 : 1;
        }

        Assert.True(refused > whole.Length / 4);
    }

    [Fact]
    public void Altered_pages_with_checksums_are_refused()
    {
        byte[] whole = ParquetFiles.Write([Text("text")], [[Enumerable.Repeat("needle in a page", 3).ToArray()]], b => b.DisableDictionary().Compression(Compression.Uncompressed).EnablePageChecksum().DisableStatistics());
        whole[whole.AsSpan().IndexOf("needle"u8)]++;
        var error = Assert.Throws<NceFastException>(() => Read(_files.Write("f", whole), "text"));
        Assert.Contains("row group 1 of 1", error.Message);
        Assert.Contains("load it again, or leave it out", error.Message);
    }

    [Fact]
    public void Parquet_without_fields_or_in_a_compression_is_refused()
    {
        byte[] file = ParquetFiles.Write(1, 10);
        string path = _files.Write("f.parquet", file), packed = _files.Write("f.parquet.gz", TextFiles.Gzip(file));
        Refused("looks like a Parquet file (by its first bytes)", path, new TextOptions { RecordFiles = [new ParquetRecords()] });
        Refused("name the column that contains the text as a field", path, new TextOptions { Column = "text", RecordFiles = [new ParquetRecords()] });
        Refused("contains Parquet data in a stream or within a compression", packed, Options("text"));

        static void Refused(string message, string path, TextOptions options)
        {
            var error = Assert.Throws<NceFastException>(() => TextFiles.ShowAll(CorpusSource.FromPaths([path], options)));
            Assert.Equal(ErrorKind.Input, error.Kind);
            Assert.Contains(path, error.Message);
            Assert.Contains(message, error.Message);
        }
    }

    [Fact]
    public void A_missing_native_library_is_named_in_one_sentence()
    {
        var missing = new DllNotFoundException("Unable to load shared library 'Name' or one of its dependencies. In order to help, consider a tool:\n/here/Name.so: no such file\n");
        NceFastException error = ParquetError.Of("f.parquet", "", missing);
        Assert.Equal(ErrorKind.Input, error.Kind);
        Assert.Contains("): Unable to load shared library 'Name' or one of its dependencies. Convert the file", error.Message);
        Assert.Contains("(row group 1 of 2): Unexpected end. The file", ParquetError.Of("f.parquet", " (row group 1 of 2)", new ParquetException("class parquet::ParquetException", "Unexpected end.")).Message);
    }

    [Fact]
    public void A_missing_file_is_an_error()
    {
        var error = Assert.Throws<NceFastException>(() => Read(Path.Combine(_files.Folder, "none"), "text"));
        Assert.Equal(ErrorKind.Input, error.Kind);
    }

    private static TextOptions Options(string field) => new() { Fields = [field], RecordFiles = [new ParquetRecords()] };

    private static string Read(string path, string fields, int partsAtOnce = 1, int bufferBytes = 65536)
    {
        using Stream text = new ParquetRecords().Open(path, fields.Split(','), partsAtOnce);
        using var copy = new MemoryStream();
        text.CopyTo(copy, bufferBytes);
        return System.Text.Encoding.UTF8.GetString(copy.ToArray());
    }

    private bool IsRead(byte[] file, int partsAtOnce)
    {
        string path = _files.Write("f", file);
        try
        {
            Read(path, "text,tags", partsAtOnce);
            return true;
        }
        catch (NceFastException e) when (e.Kind == ErrorKind.Input)
        {
            Assert.StartsWith(path, e.Message);
            return false;
        }
    }

    private static List<string> Blocks(CorpusSource source, int threads, out Vocabulary vocabulary)
    {
        source.ShardBytes = 100_000;
        var options = new CorpusOptions { Vocabulary = new VocabularyOptions { MinCount = 1 }, Cache = CacheMode.Never };
        using PreparedCorpus corpus = PreparedCorpus.Prepare(source, options, threads);
        vocabulary = corpus.Vocabulary;
        var blocks = new SortedDictionary<ulong, string>();
        foreach (IBlockReader reader in corpus.Blocks.Open(0, threads))
        {
            using (reader)
            {
                using var block = new TokenBlock();
                while (reader.TryRead(block))
                    blocks.Add(block.Number, string.Join(' ', block.Ids.ToArray()) + " | " + string.Join(' ', block.SentenceEnds.ToArray()));
            }
        }

        return [.. blocks.Select(block => $"{block.Key}: {block.Value}")];
    }
}
