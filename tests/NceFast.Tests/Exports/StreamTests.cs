using System.IO.Compression;
using NceFast.Exports;
using NceFast.Files;
using NceFast.Models;
using NceFast.Store;
using NceFast.Vocab;
using Xunit;

namespace NceFast.Tests.Exports;

/// <summary>Tests vectors, models and vocabularies that are written to streams and read from them.</summary>
public sealed class StreamTests
{
    [Theory]
    [InlineData(VectorFormat.Word2Vec)]
    [InlineData(VectorFormat.GloVe)]
    [InlineData(VectorFormat.Word2VecBinary)]
    [InlineData(VectorFormat.Safetensors)]
    public void Vectors_are_the_same_bytes_as_in_a_file_and_are_read_from_any_stream(VectorFormat format)
    {
        using var folder = new TempFolder();
        using WordVectors vectors = TestVectors.Random(700, 19, 1);
        VectorFile.Write(folder["v"], vectors, format);
        using var whole = new MemoryStream();
        VectorFile.Write(whole, vectors, format);
        Assert.Equal(File.ReadAllBytes(folder["v"]), whole.ToArray());
        foreach (Stream stream in Forms(whole.ToArray()))
        {
            using WordVectors read = VectorFile.Read(stream, out VectorFileInfo info);
            TestVectors.AssertSame(vectors, read);
            Assert.Equal((format, whole.Length), (info.Format, info.Bytes));
            Assert.True(stream.CanRead); // still open
        }
    }

    [Fact]
    public void Compressed_vectors_are_read_from_a_stream()
    {
        using WordVectors vectors = TestVectors.Random(300, 5, 1);
        using var stored = new MemoryStream();
        using (var gzip = new GZipStream(stored, CompressionMode.Compress, leaveOpen: true))
            VectorFile.Write(gzip, vectors, VectorFormat.Word2Vec);
        foreach (Stream stream in Forms(stored.ToArray()))
        {
            using WordVectors read = VectorFile.Read(stream);
            TestVectors.AssertSame(vectors, read);
        }
    }

    [Fact]
    public void Reading_begins_at_the_position_of_the_stream()
    {
        using WordVectors vectors = TestVectors.Random(10, 5, 1);
        using var stream = new MemoryStream();
        stream.Write("before"u8);
        VectorFile.Write(stream, vectors, VectorFormat.Safetensors);
        stream.Position = 6;
        using WordVectors read = VectorFile.Read(stream);
        TestVectors.AssertSame(vectors, read);
    }

    [Fact]
    public void Streams_that_do_not_serve_are_errors()
    {
        using WordVectors vectors = TestVectors.Random(10, 5, 1);
        using var closed = new MemoryStream();
        closed.Dispose();
        Assert.Contains("cannot be written", Assert.Throws<ArgumentException>(() => VectorFile.Write(closed, vectors, VectorFormat.GloVe)).Message, StringComparison.Ordinal);
        Assert.Contains("cannot be read", Assert.Throws<ArgumentException>(() => VectorFile.Read(closed)).Message, StringComparison.Ordinal);
        Assert.Contains("choose Safetensors", Assert.Throws<ArgumentException>(() => VectorFile.Write(new MemoryStream(), vectors, VectorFormat.Npy)).Message, StringComparison.Ordinal);
        var full = Assert.Throws<NceFastException>(() => VectorFile.Write(new BrokenStream(), vectors, VectorFormat.Word2VecBinary));
        Assert.Equal((ErrorKind.Output, "The stream could not be written: no more"), (full.Kind, full.Message));
        var broken = Assert.Throws<NceFastException>(() => VectorFile.Read(new BrokenStream()));
        Assert.Equal((ErrorKind.Input, "The stream could not be read: no more"), (broken.Kind, broken.Message));
        Assert.Contains("The stream, byte 0: the format was not recognised", Assert.Throws<NceFastException>(() => VectorFile.Read(new MemoryStream())).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentNullException>(() => VectorFile.Read((Stream)null!));
    }

    [Fact]
    public void Content_that_is_cut_is_reported_as_that_of_a_stream()
    {
        using WordVectors vectors = TestVectors.Random(10, 5, 1);
        using var stream = new MemoryStream();
        VectorFile.Write(stream, vectors, VectorFormat.Safetensors);
        var error = Assert.Throws<NceFastException>(() => VectorFile.Read(new MemoryStream(stream.ToArray()[..^100])));
        Assert.Contains("the stream ends here", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_array_of_numpy_in_a_stream_lacks_its_words()
    {
        using var folder = new TempFolder();
        using WordVectors vectors = TestVectors.Random(10, 5, 1);
        VectorFile.Write(folder["v.npy"], vectors, VectorFormat.Npy);
        using FileStream file = File.OpenRead(folder["v.npy"]);
        Assert.Contains("words are in a second file", Assert.Throws<NceFastException>(() => VectorFile.Read(file)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_language_model_is_written_and_read_and_the_stream_goes_on_after_it()
    {
        using var folder = new TempFolder();
        using LanguageModel model = Model();
        model.Save(folder["m"]);
        using var whole = new MemoryStream();
        model.Save(whole);
        Assert.Equal(File.ReadAllBytes(folder["m"]), whole.ToArray());
        foreach (Stream stream in Forms([.. whole.ToArray(), 7]))
        {
            using LanguageModel read = LanguageModel.Load(stream);
            Assert.Equal(model.Parameters.Target.Row(1).ToArray(), read.Parameters.Target.Row(1).ToArray());
            Assert.Equal(model.Vocabulary.Counts, read.Vocabulary.Counts);
            Assert.Equal(7, stream.ReadByte());
        }

        Assert.Contains("The stream ends before the model is complete", Assert.Throws<NceFastException>(() => LanguageModel.Load(new MemoryStream(whole.ToArray()[..^5]))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_vocabulary_is_written_and_read()
    {
        using LanguageModel model = Model();
        using var whole = new MemoryStream();
        model.Vocabulary.Save(whole);
        Assert.Equal("a 5\nb 4\n</s> 3\n"u8, whole.ToArray());
        foreach (Stream stream in Forms(whole.ToArray()))
        {
            Vocabulary read = Vocabulary.Load(stream);
            Assert.Equal(1, read.Find("b"));
            Assert.Equal(model.Vocabulary.Counts, read.Counts);
            Assert.True(stream.CanRead);
        }

        Assert.Contains("The stream, line 2 ", Assert.Throws<NceFastException>(() => Vocabulary.Load(new MemoryStream("a 1\nb\n"u8.ToArray()))).Message, StringComparison.Ordinal);
        Assert.StartsWith("The stream contains no word", Assert.Throws<NceFastException>(() => Vocabulary.Load(new MemoryStream("\n"u8.ToArray()[..0]))).Message, StringComparison.Ordinal);
    }

    private static LanguageModel Model()
    {
        var words = new WordList.Builder();
        foreach (string word in new[] { "a", "b", "</s>" })
            words.Add(word);
        var model = new LanguageModel(new Vocabulary(words.Build(), [5, 4, 3]), new LanguageModelParameters(new(3, 4, 2, 0, PlaceWeightKind.Diagonal, false, 2, -1)));
        new Random(1).NextBytes(System.Runtime.InteropServices.MemoryMarshal.AsBytes(model.Parameters.Bias.AsSpan()));
        model.Parameters.Target.Row(1)[2] = 3;
        return model;
    }

    private static IEnumerable<Stream> Forms(byte[] content) => [new MemoryStream(content), new ByteStream(content)];

    /// <summary>Gives one byte at a time and cannot seek.</summary>
    private sealed class ByteStream(byte[] content) : ReadOnlyStream
    {
        private int _at;

        public override int Read(Span<byte> buffer)
        {
            if (_at == content.Length || buffer.IsEmpty)
                return 0;
            buffer[0] = content[_at++];
            return 1;
        }
    }

    /// <summary>Fails at every read and write.</summary>
    private sealed class BrokenStream : MemoryStream
    {
        public override int Read(Span<byte> buffer) => throw new IOException("no more");

        public override void Write(ReadOnlySpan<byte> buffer) => throw new IOException("no more");

        public override void Write(byte[] buffer, int offset, int count) => throw new IOException("no more");
    }
}
