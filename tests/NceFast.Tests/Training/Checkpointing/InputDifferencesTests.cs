using System.Text;
using NceFast.Corpus;
using NceFast.Training;
using Xunit;

namespace NceFast.Tests.Training;

public sealed class InputDifferencesTests
{
    [Fact]
    public void Files_that_vanished_changed_or_are_new_are_named()
    {
        InputFingerprint[] then = Files("/t/", 4);
        Assert.Empty(InputDifferences.Between(then, Files("/t/", 4)));
        Assert.Empty(InputDifferences.Between(then, Files("/moved/", 4)));
        Assert.Equal(["it read 4 files and is to read 3", "/t/1 is not read any more"], InputDifferences.Between(then, [then[0], then[2], then[3]]));
        Assert.Equal(["it read 4 files and is to read 5", "/t/new was not read before"], InputDifferences.Between(then, [.. then, then[0] with { Name = "/t/new" }]));
        Assert.Equal(["/t/2 is not read any more", "/t/new was not read before"], InputDifferences.Between(then, [then[0], then[1], then[3], then[0] with { Name = "/t/new" }]));
        Assert.Contains("/t/3 had 3 bytes and has 9", Assert.Single(InputDifferences.Between(then, [.. then[..3], then[3] with { Bytes = 9 }])));
        Assert.Contains("/moved/3 had 3 bytes and has 9", Assert.Single(InputDifferences.Between(then, [.. Files("/moved/", 3), then[3] with { Name = "/moved/3", Bytes = 9 }])));
        Assert.Equal(2, InputDifferences.Between(then, [then[1], then[0], then[2], then[3]]).Count()); // another order
    }

    [Fact]
    public void A_message_names_few_of_many_files()
    {
        InputFingerprint[] then = Files("/t/", 1000);
        string[] all = [.. InputDifferences.Between(then, [.. then.Select(f => f with { Hash = "other" })])];
        Assert.Equal(6, all.Length);
        Assert.Equal("995 more files differ", all[^1]);
    }

    [Fact]
    public void Long_lists_are_compressed_and_short_ones_are_plain()
    {
        byte[] few = Encoding.UTF8.GetBytes("{\"Inputs\":[]}"), many = Encoding.UTF8.GetBytes(string.Concat(Files("/t/", 5000).Select(f => f.ToString())));
        Assert.Same(few, Packed.Encode(few));
        Assert.InRange(Packed.Encode(many).Length, 1, many.Length / 4);
        Assert.Equal(few, Packed.Decode(Packed.Encode(few)));
        Assert.Equal(many, Packed.Decode(Packed.Encode(many)));
    }

    [Fact]
    public void Damaged_and_absurd_compressed_lists_are_refused()
    {
        byte[] bomb = Packed.Encode(new byte[100_000_000]);
        Assert.Contains("100 times", Assert.Throws<InvalidDataException>(() => Packed.Decode(bomb)).Message);
        byte[] damaged = Packed.Encode(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 50_000))));
        damaged[10] = 0xFF;
        Assert.Throws<InvalidDataException>(() => Packed.Decode(damaged));
    }

    private static InputFingerprint[] Files(string folder, int count) =>
        [.. Enumerable.Range(0, count).Select(i => new InputFingerprint($"{folder}{i}", i, new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc), $"{i * 7919:x32}"))];
}
