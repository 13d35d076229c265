using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Text;
using NceFast.Blocks;
using NceFast.Corpus;
using NceFast.Training;
using NceFast.Vocab;
using Xunit;

namespace NceFast.Tests.Corpus;

public sealed class CorpusSourceTests : IDisposable
{
    private readonly TextFiles _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public void Folders_and_globs_give_files_by_ordinal_path()
    {
        foreach (string name in new[] { "b.txt", "a.txt", "sub/c.txt", "sub/deep/d.txt", "B.txt", "x.md", ".hidden", "sub/.h/e.txt" })
            _files.Write(name, name);
        Assert.Equal(["B.txt", "a.txt", "b.txt", "sub/c.txt", "sub/deep/d.txt", "x.md"], Names(_files.Folder));
        Assert.Equal(["B.txt", "a.txt", "b.txt"], Names(_files.Folder + "/*.txt"));
        Assert.Equal(["B.txt", "a.txt", "b.txt", "sub/c.txt", "sub/deep/d.txt"], Names(_files.Folder + "/**/*.txt"));
        Assert.Equal(["sub/c.txt", "a.txt"], Names(_files.Folder + "/sub/*.txt", _files.Folder + "/a.txt"));
    }

    [Fact]
    public void Missing_inputs_are_named()
    {
        Directory.CreateDirectory(Path.Combine(_files.Folder, "empty"));
        foreach (string path in new[] { "/no/such/file.txt", _files.Folder + "/empty", _files.Folder + "/*.nothing", "/no/such/*.txt" })
        {
            var error = Assert.Throws<NceFastException>(() => CorpusSource.FromPaths(path));
            Assert.Equal(ErrorKind.Input, error.Kind);
            Assert.Contains(path, error.Message);
        }

        Assert.Equal(ErrorKind.Usage, Assert.Throws<NceFastException>(() => CorpusSource.FromPaths()).Kind);
        Assert.Equal(ErrorKind.Usage, Assert.Throws<NceFastException>(() => CorpusSource.FromPaths("-", "-")).Kind);
        Assert.Equal(ErrorKind.Usage, Assert.Throws<NceFastException>(() => CorpusSource.FromPaths("")).Kind);
    }

    [Theory]
    [InlineData("FFFE6100", "UTF-16")]
    [InlineData("FEFF0061", "UTF-16")]
    [InlineData("FFFE000061000000", "UTF-32")]
    [InlineData("504B030414000000", "zip")]
    [InlineData("377ABCAF271C0004", "7z")]
    [InlineData("0000000000000000000061", "NUL")]
    [InlineData("504152311504", "Parquet")]
    [InlineData("255044462D", "PDF")]
    [InlineData("7F454C46", "executable")]
    public void Unsupported_formats_are_named(string hex, string what)
    {
        byte[] head = Convert.FromHexString(hex);
        string path = _files.Write("odd", head);
        foreach (Action read in new Action[] { () => CorpusSource.FromPaths(path), () => TextFiles.ShowAll(CorpusSource.FromStream(new MemoryStream(head), path)), () => TextFiles.ShowAll(CorpusSource.FromPaths(_files.Write("odd.gz", TextFiles.Gzip(head)))) })
        {
            var error = Assert.Throws<NceFastException>(read);
            Assert.Equal(ErrorKind.Input, error.Kind);
            Assert.Contains(what, error.Message);
            Assert.Contains("odd", error.Message);
        }
    }

    [Fact]
    public void Binary_data_and_other_encodings_are_refused_and_text_with_some_accents_is_not()
    {
        byte[] random = new byte[5000], controls = System.Text.Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, 300).Select(i => $"word{i}\u0001\u0002 ")));
        new Random(1).NextBytes(random);
        byte[] cyrillic = [.. Enumerable.Range(0, 3000).Select(i => (byte)(i % 7 == 6 ? ' ' : 0xC0 + (i % 31)))];
        byte[] western = System.Text.Encoding.Latin1.GetBytes(string.Concat(Enumerable.Repeat("été déjà vu, garçon ", 100)));
        foreach ((byte[] bytes, string what) in ((byte[], string)[])[(random, "binary data"), (controls, "control characters"), (cyrillic, "iconv -f")])
        {
            var error = Assert.Throws<NceFastException>(() => CorpusSource.FromPaths(_files.Write("odd", bytes)));
            Assert.Equal(ErrorKind.Input, error.Kind);
            Assert.Contains(what, error.Message);
            Assert.Contains("odd", error.Message);
        }

        Assert.Single(CorpusSource.FromPaths(_files.Write("western", western)).Items);
    }

    [Fact]
    public void Standard_input_is_read_at_its_place_in_the_list()
    {
        string a = _files.Write("a.txt", "first"), b = _files.Write("b.txt", "last");
        CorpusSource source = CorpusSource.FromPaths([a, "-", b], () => new MemoryStream("second one"u8.ToArray()));
        Assert.False(source.CanReadAgain);
        Assert.Equal(-1, source.Bytes);
        Assert.Equal("first\nsecond one\nlast", TextFiles.ShowAll(source, 2));
        Assert.Contains("standard input", Assert.Throws<NceFastException>(() => TextFiles.ShowAll(source)).Message);
    }

    [Fact]
    public void Named_pipe_is_read_once_front_to_back()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no named pipes in the file system.");
        string pipe = Path.Combine(_files.Folder, "pipe");
        using var writer = System.Diagnostics.Process.Start("sh", ["-c", $"mkfifo '{pipe}' && (i=0; while [ $i -lt 3000 ]; do echo line $i; i=$((i+1)); done) > '{pipe}'"]);
        while (!File.Exists(pipe))
            Thread.Sleep(5);
        CorpusSource source = CorpusSource.FromPaths(pipe);
        Assert.False(source.CanReadAgain);
        Assert.Equal(string.Join("\n", Enumerable.Range(0, 3000).Select(i => $"line {i}")), TextFiles.ShowAll(source, 2));
        writer.WaitForExit();
        Assert.Equal(0, writer.ExitCode);
    }

    [Fact]
    public void A_stream_that_fails_is_reported_with_its_byte_position()
    {
        var error = Assert.Throws<NceFastException>(() => TextFiles.ShowAll(CorpusSource.FromStream(new FailingStream("some text here "u8.ToArray()), "socket")));
        Assert.Equal(ErrorKind.Input, error.Kind);
        Assert.Contains("socket", error.Message);
        Assert.Contains("byte 15", error.Message);
    }

    [Fact]
    public void Sentences_are_read_from_an_asynchronous_sequence()
    {
        CorpusSource source = CorpusSource.FromSentences(Sentences(["the", "Öl", "名前"], [], ["next"]));
        var (blocks, counts) = TextFiles.ReadAll(source, 2);
        Assert.Equal(["the", "Öl", "名前"], blocks[0][0].Select(w => Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(w))));
        Assert.Equal(["next"], blocks[0][1]);
        Assert.Equal(2, counts.Sentences);
    }

    [Fact]
    public void Long_asynchronous_sequence_keeps_its_order()
    {
        IReadOnlyList<string>[] many = [.. Enumerable.Range(0, 40_000).Select(i => new[] { $"w{i}", "x", "y", "z" })];
        Assert.Equal(TextReference.Show(many), TextFiles.ShowAll(CorpusSource.FromSentences(Sentences(many)), 2));
    }

    [Fact]
    public void Words_are_read_from_an_asynchronous_sequence()
    {
        static async IAsyncEnumerable<string> Words()
        {
            foreach (string word in new[] { "a", "b", "\n", "\n", "c" })
            {
                await Task.Yield();
                yield return word;
            }
        }

        Assert.Equal("a b\nc", TextFiles.ShowAll(CorpusSource.FromWords(Words())));
    }

    [Fact]
    public void A_word_with_a_blank_in_a_sequence_is_an_error()
    {
        var error = Assert.Throws<NceFastException>(() => TextFiles.ShowAll(CorpusSource.FromSentences(Sentences(["fine"], ["in", "New York"]))));
        Assert.Equal(ErrorKind.Input, error.Kind);
        Assert.Contains("Sentence 2, word 2", error.Message);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_pipe_gives_the_blocks_of_the_same_file(bool compressed)
    {
        byte[] text = Encoding.UTF8.GetBytes(LongText());
        CorpusSource expected = CorpusSource.FromPaths(_files.Write("t.txt", text));
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 50_000, resumeWriterThreshold: 20_000));
        Task writing = Task.Run(async () =>
        {
            await pipe.Writer.WriteAsync(compressed ? TextFiles.Gzip(text) : text);
            await pipe.Writer.CompleteAsync();
        });
        CorpusSource source = CorpusSource.FromPipe(pipe.Reader, "the queue");
        Assert.False(source.CanReadAgain);
        Assert.Equal((-1L, "the queue"), (source.Bytes, Assert.Single(source.Names)));
        SameBlocks(expected, source);
        await writing;
        Assert.Contains("the queue can be read only once", Assert.Throws<NceFastException>(() => TextFiles.ShowAll(source)).Message);
        Assert.Throws<InvalidOperationException>(() => pipe.Reader.TryRead(out _)); // it was completed
    }

    [Fact]
    public void A_pipe_of_records_is_read_with_their_field()
    {
        var pipe = new Pipe();
        ReadOnlySpan<byte> lines = "{\"text\": \"a b\\nc\", \"url\": \"x\"}\n{\"text\": \"d\"}\n"u8;
        lines.CopyTo(pipe.Writer.GetSpan(lines.Length));
        pipe.Writer.Advance(lines.Length);
        pipe.Writer.Complete();
        Assert.Equal("a b\nc\nd", TextFiles.ShowAll(CorpusSource.FromPipe(pipe.Reader, "the queue", new TextOptions { Fields = ["text"] })));
    }

    [Fact]
    public void A_pipe_whose_writer_fails_is_reported_with_its_byte_position()
    {
        var pipe = new Pipe();
        "some text here "u8.CopyTo(pipe.Writer.GetSpan(15));
        pipe.Writer.Advance(15);
        pipe.Writer.Complete(new IOException("broker gone"));
        var error = Assert.Throws<NceFastException>(() => TextFiles.ShowAll(CorpusSource.FromPipe(pipe.Reader, "the queue")));
        Assert.Equal(ErrorKind.Input, error.Kind);
        Assert.Contains("the queue", error.Message);
        Assert.Contains("broker gone", error.Message);
    }

    [Fact]
    public void Texts_and_records_give_the_blocks_of_the_same_file()
    {
        string text = LongText();
        CorpusSource expected = CorpusSource.FromPaths(_files.Write("t.txt", text));
        string[] texts = [.. text.Split('\n').Chunk(7).Select(lines => string.Join('\n', lines))];
        SameBlocks(expected, CorpusSource.FromTexts(Async(texts)));
        SameBlocks(expected, CorpusSource.FromTexts(Async(texts), Tokenize));
        CorpusSource records = CorpusSource.FromRecords(() => Async(texts)), tokens = CorpusSource.FromRecords(() => Async(texts), Tokenize);
        for (int reading = 0; reading < 2; reading++)
        {
            SameBlocks(expected, records);
            SameBlocks(expected, tokens);
        }

        static IReadOnlyList<string> Tokenize(string text) => [.. text.Split('\n').SelectMany((line, i) => (string[])[.. i > 0 ? ["\n"] : Array.Empty<string>(), .. line.Split(' ')])];
    }

    [Fact]
    public void Only_files_and_records_can_be_read_again()
    {
        Assert.True(CorpusSource.FromPaths(_files.Write("t.txt", "a")).CanReadAgain);
        Assert.True(CorpusSource.FromPaths(_files.Write("t.gz", TextFiles.Gzip("a"u8.ToArray()))).CanReadAgain);
        Assert.True(CorpusSource.FromRecords(() => Async("a")).CanReadAgain);
        foreach (CorpusSource once in new[] { CorpusSource.FromStream(new MemoryStream()), CorpusSource.FromPipe(new Pipe().Reader), CorpusSource.FromTexts(Async("a")), CorpusSource.FromSentences(Sentences(["a"])), CorpusSource.FromWords(Async("a")) })
            Assert.False(once.CanReadAgain);
    }

    [Fact]
    public void Ends_of_texts_and_words_of_line_ends_end_a_sentence()
    {
        string[][] texts = [["a", "", "b", "\n", "c", "\r\n\n", "\n"], [], ["d"]];
        int next = 0;
        Assert.Equal("a b\nc\nd", TextFiles.ShowAll(CorpusSource.FromTexts(Async("x", "y", "z"), _ => texts[next++])));
        Assert.Equal("a b\nc\nd", TextFiles.ShowAll(CorpusSource.FromTexts(Async("a b\r\nc\n", "", "d"))));
    }

    [Fact]
    public void Records_have_fingerprints_without_a_file()
    {
        InputFingerprint print = Assert.Single(CorpusSource.FromRecords(() => Async("a"), name: "the table").Fingerprints());
        Assert.Equal(("the table", -1L, (string?)null), (print.Name, print.Bytes, print.Hash));
    }

    [Fact]
    public void What_a_producer_does_wrong_is_named()
    {
        Fails("Text 2 of the table, word 1 ('New York') holds a blank", () => Async("a", "New York"), text => [text]);
        Fails("The tokeniser returned null for text 1 of the table", () => Async("a"), _ => null!);
        Fails("Text 2 of the table is null", () => Async("a", null!), null);
        Fails("the table cannot be read on from byte 0: no such table", () => throw new InvalidOperationException("no such table"), null);
        Fails("the table cannot be read on from byte 0: bad model", () => Async("a"), _ => throw new InvalidOperationException("bad model"));

        static void Fails(string message, Func<IAsyncEnumerable<string>> open, Func<string, IReadOnlyList<string>>? tokenize)
        {
            var error = Assert.Throws<NceFastException>(() => TextFiles.ShowAll(CorpusSource.FromRecords(open, tokenize, "the table")));
            Assert.Equal(ErrorKind.Input, error.Kind);
            Assert.Contains(message, error.Message);
        }
    }

    [Fact]
    public void Records_are_trained_on_for_several_epochs_without_a_cache()
    {
        int opened = 0;
        var options = new WordVectorOptions { Dim = 8, Epochs = 3, Threads = 1, Corpus = new CorpusOptions { Cache = CacheMode.Never, Vocabulary = new VocabularyOptions { MinCount = 1 } } };
        string text = LongText();
        using TrainedVectors expected = new WordVectorTrainer(options).Train(CorpusSource.FromPaths(_files.Write("t.txt", text)));
        using TrainedVectors trained = new WordVectorTrainer(options).Train(CorpusSource.FromRecords(Open));
        Assert.Equal(4, opened);
        Assert.Equal(expected.Parameters.Input.Row(3).ToArray(), trained.Parameters.Input.Row(3).ToArray());

        IAsyncEnumerable<string> Open()
        {
            opened++;
            return Async(text.Split('\n'));
        }
    }

    [Fact]
    public void Records_that_change_between_readings_are_an_error()
    {
        int opened = 0;
        var options = new WordVectorOptions { Dim = 8, Epochs = 1, Threads = 1, Corpus = new CorpusOptions { Cache = CacheMode.Never, Vocabulary = new VocabularyOptions { MinCount = 1 } } };
        var error = Assert.Throws<NceFastException>(() => new WordVectorTrainer(options).Train(CorpusSource.FromRecords(() => Async(++opened == 1 ? "a b a b" : "a b a b a"), name: "the table")));
        Assert.Contains("the table has changed", error.Message);
    }

    [Fact]
    public async Task Cancellation_ends_the_wait_for_the_next_record()
    {
        using var stop = new CancellationTokenSource();
        var ended = new TaskCompletionSource();
        CorpusSource source = CorpusSource.FromRecords(() => Endless(ended));
        stop.CancelAfter(100);
        Assert.ThrowsAny<OperationCanceledException>(() => PreparedCorpus.Prepare(source, new CorpusOptions(), 1, cancellation: stop.Token));
        await ended.Task.WaitAsync(TimeSpan.FromSeconds(20));

        static async IAsyncEnumerable<string> Endless(TaskCompletionSource ended, [EnumeratorCancellation] CancellationToken cancellation = default)
        {
            try
            {
                yield return "a b";
                await Task.Delay(Timeout.Infinite, cancellation);
            }
            finally
            {
                ended.SetResult();
            }
        }
    }

    private static void SameBlocks(CorpusSource expected, CorpusSource actual)
    {
        (expected.ShardBytes, actual.ShardBytes) = (16_000, 16_000);
        SortedDictionary<ulong, List<List<string>>> a = TextFiles.ReadAll(expected, 2).Blocks, b = TextFiles.ReadAll(actual, 2).Blocks;
        Assert.True(a.Count > 5);
        Assert.Equal(a.Keys, b.Keys);
        Assert.Equal(a.Values.Select(TextReference.Show), b.Values.Select(TextReference.Show));
    }

    private static string LongText()
    {
        var random = new Random(3);
        return string.Join('\n', Enumerable.Range(0, 3000).Select(_ => string.Join(' ', Enumerable.Range(0, 1 + random.Next(12)).Select(_ => $"w{random.Next(90)}é"))));
    }

    private static async IAsyncEnumerable<string> Async(params string[] texts)
    {
        for (int i = 0; i < texts.Length; i++)
        {
            if (i % 3 == 1)
                await Task.Yield();
            yield return texts[i];
        }
    }

    private static async IAsyncEnumerable<IReadOnlyList<string>> Sentences(params IReadOnlyList<string>[] sentences)
    {
        foreach (IReadOnlyList<string> sentence in sentences)
        {
            if (sentence.Count % 2 == 1)
                await Task.Yield();
            yield return sentence;
        }
    }

    private IEnumerable<string> Names(params string[] paths) =>
        CorpusSource.FromPaths(paths).Names.Select(name => Path.GetRelativePath(_files.Folder, name));

    private sealed class FailingStream(byte[] bytes) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            Position == Length ? throw new IOException("reset by peer") : base.ReadAsync(buffer, cancellationToken);
    }
}
