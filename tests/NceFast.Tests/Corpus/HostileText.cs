using FsCheck;
using FsCheck.Fluent;

namespace NceFast.Tests.Corpus;

/// <summary>Creates random text of the kind that breaks readers.</summary>
internal static class HostileText
{
    private static readonly byte[] OddBytes = [0, 1, 9, 10, 13, 0x1F, 0x20, 0x21, 0x7F, 0x80, 0xA0, 0xC3, 0xEF, 0xFE, 0xFF];

    private static readonly int[] WordLengths = [1, 2, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 4095, 4096, 4097, 9000];

    public static Gen<byte[]> Gen => FsCheck.Fluent.Gen.Select(FsCheck.Fluent.Gen.ListOf(Piece), pieces => pieces.SelectMany(p => p).ToArray());

    private static Gen<byte[]> Piece => FsCheck.Fluent.Gen.Frequency(
        (10, FsCheck.Fluent.Gen.Select(FsCheck.Fluent.Gen.Choose(1, 9), n => Run((byte)'a', n))),
        (10, FsCheck.Fluent.Gen.Constant(" "u8.ToArray())),
        (4, FsCheck.Fluent.Gen.Constant("\n"u8.ToArray())),
        (6, FsCheck.Fluent.Gen.Select(FsCheck.Fluent.Gen.Elements(OddBytes), b => new[] { b })),
        (2, FsCheck.Fluent.Gen.Select(FsCheck.Fluent.Gen.Elements(WordLengths), n => Run((byte)'w', n))),
        (1, FsCheck.Fluent.Gen.Select(FsCheck.Fluent.Gen.Elements(999, 1000, 1001, 2000, 2001), n => Words(n))));

    private static byte[] Run(byte b, int n) => [.. Enumerable.Repeat(b, n)];

    private static byte[] Words(int n) => [.. Enumerable.Repeat("x "u8.ToArray(), n).SelectMany(w => w)];
}
