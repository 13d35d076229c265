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
}
