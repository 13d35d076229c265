using System.Text;
using NceFast.Corpus;
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
    [InlineData("28B52FFD04005801", "zstd")]
    [InlineData("FD377A585A000004", "xz")]
    [InlineData("425A6839314159265359", "bzip2")]
    [InlineData("04224D186440A700", "lz4")]
    [InlineData("377ABCAF271C0004", "7z")]
    [InlineData("0000000000000000000061", "NUL")]
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
