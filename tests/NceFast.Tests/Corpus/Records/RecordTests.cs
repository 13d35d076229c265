using System.Text;
using NceFast.Corpus;
using NceFast.Tests.Corpus.Compressions;
using NceFast.Tests.Vocab;
using Xunit;

namespace NceFast.Tests.Corpus.Records;

/// <summary>Text in records: JSON Lines and tables, whole and malformed.</summary>
public sealed class RecordTests : IDisposable
{
    private readonly TextFiles _files = new();

    public void Dispose() => _files.Dispose();

    [Theory]
    [InlineData("""{"text":"one two","url":"u"}""", "text", "one two\n")]
    [InlineData("""  { "url" : "text", "text" : "one" }  """, "text", "one\n")]
    [InlineData("""{"a":{"b":"deep","c":"no"},"b":"flat"}""", "a.b", "deep\n")]
    [InlineData("""{"a.b":"dotted","a":{"b":"deep"}}""", @"a\.b", "dotted\n")]
    [InlineData("""{"text":"second","title":"first"}""", "title,text", "first\nsecond\n")]
    [InlineData("""{"m":{"t":"1","x":{"u":"2"}}}""", "m.x.u,m.t", "2\n1\n")]
    [InlineData("""{"text":null}""", "text", "\n")]
    [InlineData("""{"text":["one","two three"]}""", "text", "one\ntwo three\n")]
    [InlineData("""{"text":[]}""", "text", "")]
    [InlineData("""{"text":"line\nnext\ttab \"quoted\" \\ \/ \u00e9\u20AC \ud83d\ude00"}""", "text", "line\nnext\ttab \"quoted\" \\ / é€ 😀\n")]
    [InlineData("""{"te\u0078t":"escaped name"}""", "text", "escaped name\n")]
    [InlineData("""{"text":"naïve 東京"}""", "text", "naïve 東京\n")]
    public void Fields_are_taken_out_of_json_lines(string record, string fields, string expected) =>
        Assert.Equal(expected + expected, Decode(record + "\n\n" + record, new TextOptions { Fields = fields.Split(',') }));

    [Theory]
    [InlineData("""{"text":"cut""", "not valid JSON")]
    [InlineData("""{"text":"a"} {"text":"b"}""", "not valid JSON")]
    [InlineData("""{"text":"a" "b"}""", "not valid JSON")]
    [InlineData("""{"text":"bad \x escape"}""", "not valid JSON")]
    [InlineData("""{"text":"half \ud83d of a pair"}""", "surrogate")]
    [InlineData("""{"text":"wrong order \ude00\ud83d"}""", "surrogate")]
    [InlineData("""{"text":12}""", "is a number")]
    [InlineData("""{"text":{"a":"b"}}""", "is an object")]
    [InlineData("""{"text":[1]}""", "contains a number")]
    [InlineData("""{"url":"u"}""", "no field 'text'")]
    [InlineData("""{"text":"a","text":"b"}""", "twice")]
    [InlineData("""["text","a"]""", "not a JSON object")]
    [InlineData("""null""", "not a JSON object")]
    public void Malformed_records_are_counted_and_left_out(string record, string wrong)
    {
        string text = """{"text":"before"}""" + "\n" + record + "\n" + """{"text":"after"}""" + "\n";
        var reading = new TextReading { Options = new TextOptions { Fields = ["text"] } };
        Assert.Equal("before\nafter\n", Decode(text, reading));
        Assert.Equal(1, reading.Records.Count);
        Assert.StartsWith("the file, line 2: ", reading.Records.First);
        Assert.Contains(wrong, reading.Records.First);
        var error = Assert.Throws<NceFastException>(() => Decode(text, new TextOptions { Fields = ["text"], MaxBadRecords = 0 }));
        Assert.Equal(ErrorKind.Input, error.Kind);
        Assert.Contains("the file, line 2: ", error.Message);
        Assert.Contains("MaxBadRecords", error.Message);
    }

    [Fact]
    public void Deep_and_huge_records_are_malformed_and_need_little_memory()
    {
        string deep = """{"a":""" + new string('[', 10_000) + new string(']', 10_000) + ""","text":"x"}""";
        var reading = new TextReading { Options = new TextOptions { Fields = ["text"] } };
        Assert.Equal("after\n", Decode(deep + "\n" + """{"text":"after"}""", reading));
        Assert.Contains("nested more than 1,000 levels deep", reading.Records.First);

        reading = new TextReading { Options = new TextOptions { Fields = ["text"] } };
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Equal("after\n", Decode(new LongRecord(300L << 20), reading));
        Assert.Equal(1, reading.Records.Count);
        Assert.Contains("longer than 67,108,864 bytes", reading.Records.First);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 400L << 20);
    }

    [Theory]
    [InlineData("plain words\n", "begins with 'plain words'")]
    [InlineData("[{\"text\":\"a\"}]\n", "one JSON list")]
    [InlineData("PAR1____________PAR1", "Parquet")]
    public void Files_that_are_not_json_lines_are_refused(string text, string message)
    {
        string path = _files.Write("file", text);
        var error = Assert.Throws<NceFastException>(() => TextFiles.ShowAll(CorpusSource.FromPaths([path], new TextOptions { Fields = ["text"] })));
        Assert.Equal(ErrorKind.Input, error.Kind);
        Assert.Contains(path, error.Message);
        Assert.Contains(message, error.Message);
    }

    [Theory]
    [InlineData("t.tsv", "a\tone two\tx\nb\tthree\ty\n", "2", "one two\nthree\n")]
    [InlineData("t.tsv", "id\ttext\r\n1\tone \"two\r\n", "text", "one \"two\n")]
    [InlineData("t.csv", "id,text\n1,\"one, \"\"two\"\"\nthree\"\n2,four\n", "text", "one, \"two\"\nthree\nfour\n")]
    [InlineData("t.csv", "\"one\"\n\"two\"", "1", "one\ntwo\n")]
    [InlineData("t.csv", "a,,c\n", "2", "\n")]
    public void Columns_are_taken_out_of_tables(string name, string table, string column, string expected) =>
        Assert.Equal(expected, Decode(table, new TextOptions { Column = column }, name));

    [Fact]
    public void Other_separators_and_compressed_names_decide_how_a_table_is_read()
    {
        Assert.Equal("b\nd\n", Decode("a;b\nc;d\n", new TextOptions { Column = "2", ColumnSeparator = ';' }));
        string path = _files.Write("t.csv.gz", TextFiles.Gzip("x,\"one\ntwo\"\n"u8.ToArray()));
        Assert.Equal("one | two", TextFiles.ShowAll(CorpusSource.FromPaths([path], new TextOptions { Column = "2" })).Replace("\n", " | "));
    }

    [Theory]
    [InlineData("t.tsv", "a\tb\nc\n", "2", "1 column, and column 2 is wanted")]
    [InlineData("t.csv", "a,\"b\"x\nc,d\n", "2", "must be doubled")]
    public void Lines_without_the_column_are_malformed(string name, string table, string column, string wrong)
    {
        var reading = new TextReading { Options = new TextOptions { Column = column } };
        Decode(new MemoryStream(Encoding.UTF8.GetBytes(table)), reading, name);
        Assert.Equal(1, reading.Records.Count);
        Assert.Contains(wrong, reading.Records.First);
    }

    [Fact]
    public void A_missing_column_names_those_there_are()
    {
        var error = Assert.Throws<NceFastException>(() => Decode("id,body\n1,x\n", new TextOptions { Column = "text" }, "t.csv"));
        Assert.Contains("'id', 'body'", error.Message);
    }

    [Fact]
    public void All_forms_of_a_text_give_the_same_blocks()
    {
        string[] lines = [.. Enumerable.Range(0, 9000).Select(i => $"word{i % 97} naïve \"quoted\" {i}, and more")];
        string text = string.Concat(lines.Select(line => line + "\n"));
        string json = string.Concat(lines.Select(line => $$"""{"id":1,"text":{{System.Text.Json.JsonSerializer.Serialize(line)}}}""" + "\n"));
        string csv = string.Concat(lines.Select(line => $"1,\"{line.Replace("\"", "\"\"")}\"\n"));
        string tsv = string.Concat(lines.Select(line => $"1\t{line}\n"));
        List<string> expected = Show(CorpusSource.FromPaths(_files.Write("plain.txt", text)));
        Assert.True(expected.Count > 3);
        foreach ((string name, byte[] bytes, TextOptions options) in ((string, byte[], TextOptions)[])
        [
            ("a.jsonl", Encoding.UTF8.GetBytes(json), new TextOptions { Fields = ["text"] }),
            ("a.jsonl.gz", TextFiles.Gzip(Encoding.UTF8.GetBytes(json)), new TextOptions { Fields = ["text"] }),
            ("a.jsonl.zst", Packed.As("zstd", Encoding.UTF8.GetBytes(json)), new TextOptions { Fields = ["text"] }),
            ("a.csv", Encoding.UTF8.GetBytes(csv), new TextOptions { Column = "2" }),
            ("a.tsv.lz4", Packed.As("lz4", Encoding.UTF8.GetBytes(tsv)), new TextOptions { Column = "2" }),
        ])
        {
            string path = _files.Write(name, bytes);
            Assert.Equal(expected, Show(CorpusSource.FromPaths([path], options)));
            Assert.Equal(expected, Show(CorpusSource.FromPaths([path], options), readers: 3));
        }

        static List<string> Show(CorpusSource source, int readers = 1)
        {
            source.ShardBytes = 30_000;
            return [.. TextFiles.ReadAll(source, readers).Blocks.Select(block => $"{block.Key}: {TextReference.Show(block.Value)}")];
        }
    }

    [Fact]
    public void Json_and_markup_without_a_field_cause_a_warning_with_three_words()
    {
        foreach ((string text, string what) in ((string, string)[])[("{\"text\": \"some words\"}\n", "JSON: its first words are '{\"text\":', '\"some', 'words\"}'"), ("<doc id=\"1\">\nwords\n", "markup: its first words are '<doc', 'id=\"1\">', 'words'")])
        {
            var log = new ListLogger();
            CorpusSource.FromPaths([_files.Write("odd.txt", text)], log);
            Assert.Contains(log.Lines, line => line.Text.Contains(what) && line.Text.Contains("TextOptions.Fields"));
        }
    }

    [Theory]
    [InlineData("text", "1")]
    [InlineData("", null)]
    [InlineData("a,a", null)]
    public void Options_that_exclude_each_other_are_refused(string fields, string? column)
    {
        var options = new TextOptions { Fields = fields.Split(','), Column = column };
        Assert.Equal(ErrorKind.Usage, Assert.Throws<NceFastException>(() => CorpusSource.FromPaths([_files.Write("a", "a")], options)).Kind);
    }

    private static string Decode(string text, TextOptions options, string name = "the file") => Decode(new MemoryStream(Encoding.UTF8.GetBytes(text)), new TextReading { Options = options }, name);

    private static string Decode(string text, TextReading reading) => Decode(new MemoryStream(Encoding.UTF8.GetBytes(text)), reading);

    private static string Decode(Stream stream, TextReading reading, string name = "the file")
    {
        using TextInput input = TextInput.Open(stream, name, reading);
        using var reader = new StreamReader(input.Pipe.AsStream(), new UTF8Encoding(false));
        return reader.ReadToEnd();
    }

    /// <summary>A record with a very long string, and one that follows.</summary>
    private sealed class LongRecord(long length) : Stream
    {
        private static readonly byte[] Begin = """{"text":" """u8.ToArray(), End = "\"}\n{\"text\":\"after\"}\n"u8.ToArray();
        private long _position;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => _position; set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count)
        {
            for (int i = 0; i < count; i++, _position++)
            {
                if (_position >= length + End.Length)
                    return i;
                buffer[offset + i] = _position < Begin.Length ? Begin[_position] : _position < length ? (byte)'x' : End[_position - length];
            }

            return count;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
