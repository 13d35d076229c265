using FsCheck;
using FsCheck.Fluent;
using NceFast.Corpus;
using Xunit;

namespace NceFast.Tests.Corpus;

public sealed unsafe class TextScannerTests
{
    [Fact]
    public void Random_text_in_random_segments_gives_the_words_of_a_naive_reader()
    {
        Gen<(byte[], int)> cases = Gen.SelectMany(HostileText.Gen, text => Gen.Select(Gen.Choose(0, int.MaxValue), seed => (text, seed)));
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(400), Prop.ForAll(cases.ToArbitrary(), c => ReadsAsReference(c.Item1, c.Item2)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(127)]
    [InlineData(129)]
    public void A_separator_is_found_at_every_place(int length)
    {
        for (int place = 0; place < length; place++)
        {
            byte[] text = [.. Enumerable.Repeat((byte)'q', length)];
            text[place] = 0x20;
            Assert.True(ReadsAsReference(text, place));
        }
    }

    [Fact]
    public void Exactly_the_bytes_up_to_blank_are_separators()
    {
        for (int b = 0; b < 256; b++)
            Assert.True(ReadsAsReference([(byte)'a', (byte)b, (byte)'c'], 1), $"byte {b}");
    }

    [Fact]
    public void Splits_are_counted_only_where_text_follows()
    {
        Assert.Equal(0, CountsOf(Words(1000, "\n")).Splits);
        Assert.Equal(1, CountsOf(Words(1001, "\n")).Splits);
        Assert.Equal(1, CountsOf(Words(2000, "\n")).Splits);
        Assert.Equal(4, CountsOf(Words(2001, "\n") + Words(2001, "")).Splits);
        Assert.Equal(6, CountsOf(Words(2001, "\n") + Words(2001, "")).Sentences);
    }

    [Fact]
    public void Nuls_and_overlong_words_are_counted()
    {
        ScanCounts counts = CountsOf("a\0b \0\0\n" + new string('x', 4096) + " " + new string('y', 4097) + " z " + new string('q', 10_000));
        Assert.Equal(3, counts.Nuls);
        Assert.Equal(2, counts.OverlongWords);
        Assert.Equal(7 + 4096 + 1, counts.FirstOverlongPosition);
        Assert.Equal(4, counts.Words);
    }

    [Fact]
    public void A_word_of_ten_megabytes_takes_constant_memory()
    {
        byte[] segment = [.. Enumerable.Repeat((byte)'w', 1 << 16)];
        using var scanner = new TextScanner();
        scanner.StartUnit(0);
        var sink = new CollectingSink();
        long before = GC.GetAllocatedBytesForCurrentThread();
        fixed (byte* p = segment)
        {
            for (int i = 0; i < 160; i++)
                scanner.Scan(p, segment.Length, (long)i * segment.Length, ref sink, out _);
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 10_000);
        fixed (byte* p = " end"u8)
            scanner.Scan(p, 4, 0, ref sink, out _);
        scanner.Finish(ref sink);
        Assert.Equal(1, scanner.Counts.OverlongWords);
        Assert.Equal("end", Assert.Single(Assert.Single(sink.Sentences)));
    }

    private static string Words(int n, string end) => string.Concat(Enumerable.Repeat("w ", n)) + end;

    private static ScanCounts CountsOf(string text)
    {
        using var scanner = new TextScanner();
        Read(scanner, System.Text.Encoding.Latin1.GetBytes(text), 7);
        return scanner.Counts;
    }

    private static bool ReadsAsReference(byte[] text, int seed)
    {
        using var scanner = new TextScanner();
        List<List<string>> read = Read(scanner, text, seed);
        List<List<string>> expected = TextReference.Sentences(text);
        return TextReference.Show(read) == TextReference.Show(expected)
            && scanner.Counts.Words == expected.Sum(s => s.Count)
            && scanner.Counts.Sentences == expected.Count
            && scanner.Counts.Nuls == text.Count(b => b == 0);
    }

    /// <summary>Scans in segments of random lengths. Each has its own array, so that reading beyond it finds other bytes.</summary>
    private static List<List<string>> Read(TextScanner scanner, byte[] text, int seed)
    {
        var random = new Random(seed);
        int longest = random.Next(1, 300);
        var sink = new CollectingSink();
        scanner.StartUnit(0);
        for (int at = 0; at < text.Length;)
        {
            int n = Math.Min(text.Length - at, random.Next(1, longest + 1));
            byte[] segment = text[at..(at + n)];
            fixed (byte* p = segment)
            {
                int used = scanner.Scan(p, n, at, ref sink, out bool full);
                if (used != n && !full)
                    throw new InvalidOperationException("A segment was left although the block is not full.");
                at += used;
                if (full)
                    scanner.StartBlock();
            }
        }

        scanner.Finish(ref sink);
        return sink.Sentences;
    }
}
