using NceFast.Corpus;
using Xunit;

namespace NceFast.Tests.Corpus;

public sealed class InputFingerprintTests : IDisposable
{
    private readonly TextFiles _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public void Size_and_bytes_decide_and_a_touched_file_is_the_same()
    {
        string path = _files.Write("text", "one two three");
        InputFingerprint then = InputFingerprint.Of(path);
        File.SetLastWriteTimeUtc(path, new DateTime(2001, 2, 3, 4, 5, 6, DateTimeKind.Utc)); // as after a clock change or in a copy
        Assert.Null(then.DifferenceTo(InputFingerprint.Of(path)));
        File.WriteAllText(path, "one two thred");
        Assert.Contains("as many bytes as before", then.DifferenceTo(InputFingerprint.Of(path)));
        File.WriteAllText(path, "one two");
        Assert.Contains("had 13 bytes and has 7", then.DifferenceTo(InputFingerprint.Of(path)));
    }

    [Fact]
    public void Changes_at_both_ends_of_a_large_file_are_seen_and_a_copy_is_the_same()
    {
        byte[] bytes = new byte[InputFingerprint.WholeBytes + 5_000_000];
        string path = _files.Write("text", bytes);
        InputFingerprint then = InputFingerprint.Of(path);
        foreach (int place in (int[])[0, bytes.Length - 1])
        {
            bytes[place] = 1;
            File.WriteAllBytes(path, bytes);
            Assert.Contains("as many bytes as before", then.DifferenceTo(InputFingerprint.Of(path)));
            bytes[place] = 0;
        }

        File.WriteAllBytes(path, bytes);
        File.SetLastWriteTimeUtc(path, new DateTime(2001, 2, 3, 4, 5, 6, DateTimeKind.Utc));
        Assert.Null(then.DifferenceTo(InputFingerprint.Of(path)));
    }

    [Fact]
    public void A_file_that_no_longer_exists_is_an_input_error()
    {
        string gone = _files.Write("gone", "a b");
        CorpusSource source = CorpusSource.FromPaths(_files.Write("text", "a b"), gone);
        File.Delete(gone);
        var error = Assert.Throws<NceFastException>(source.Fingerprints);
        Assert.Equal(ErrorKind.Input, error.Kind);
        Assert.Contains(gone, error.Message);
    }

    [Fact]
    public void The_fingerprint_of_a_stream_is_its_name_alone()
    {
        using var stream = new MemoryStream("a b"u8.ToArray());
        Assert.Equal([new InputFingerprint("s", -1, null, null)], CorpusSource.FromStream(stream, "s").Fingerprints());
    }

    [Fact]
    public void The_bytes_that_are_hashed_are_bounded_by_the_number_of_files_alone()
    {
        foreach (int files in (int[])[1, 64, 65, 1000, 100_000, 1_000_000])
        {
            long limit = InputFingerprint.LimitFor(files);
            Assert.InRange(limit, InputFingerprint.LeastBytes, InputFingerprint.WholeBytes);
            Assert.InRange(limit * files, 0, Math.Max(InputFingerprint.AllBytes, files * InputFingerprint.LeastBytes));
        }

        Assert.Equal(InputFingerprint.WholeBytes, InputFingerprint.LimitFor(64));
    }

    [Theory]
    [InlineData(8 << 10)]
    [InlineData(50_000)]
    [InlineData(200_000)]
    public void Both_ends_are_seen_with_any_limit(long limit)
    {
        byte[] bytes = new byte[1_000_000];
        InputFingerprint then = InputFingerprint.Of(_files.Write("text", bytes), limit);
        foreach (int place in (int[])[0, bytes.Length - 1])
        {
            bytes[place] = 1;
            Assert.NotNull(then.DifferenceTo(InputFingerprint.Of(_files.Write("text", bytes), limit)));
            bytes[place] = 0;
        }

        Assert.Null(then.DifferenceTo(InputFingerprint.Of(_files.Write("text", bytes), limit)));
    }

    [Fact]
    public void The_first_file_that_cannot_be_read_is_named()
    {
        string[] paths = [.. Enumerable.Range(0, 200).Select(i => _files.Write($"f{i}", "a b"))];
        CorpusSource source = CorpusSource.FromPaths(paths);
        foreach (int i in (int[])[180, 77, 100])
            File.Delete(paths[i]);
        Assert.Contains("f77 ", Assert.Throws<NceFastException>(source.Fingerprints).Message);
    }
}
