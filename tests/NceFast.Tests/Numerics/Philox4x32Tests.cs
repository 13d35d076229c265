using System.Runtime.Intrinsics.X86;
using NceFast.Numerics;
using Xunit;

namespace NceFast.Tests.Numerics;

public class Philox4x32Tests
{
    // Known answers published with the generator's reference implementation (philox4x32-10).
    [Theory]
    [InlineData(0u, 0u, 0u, 0u, 0u, 0u, 0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u)]
    [InlineData(0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu, 0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu)]
    [InlineData(0x243f6a88u, 0x85a308d3u, 0x13198a2eu, 0x03707344u, 0xa4093822u, 0x299f31d0u, 0xd16cfe09u, 0x94fdccebu, 0x5001e420u, 0x24126ea1u)]
    public void Block_gives_the_known_answers(uint c0, uint c1, uint c2, uint c3, uint k0, uint k1, uint r0, uint r1, uint r2, uint r3)
    {
        Philox4x32.Block(ref c0, ref c1, ref c2, ref c3, k0, k1);
        Assert.Equal((r0, r1, r2, r3), (c0, c1, c2, c3));
    }

    [Theory]
    [InlineData("scalar")]
    [InlineData("256")]
    [InlineData("512")]
    public void Fill_equals_draw_at_every_width(string width)
    {
        Assert.SkipWhen(width == "256" && !Avx2.IsSupported, "this processor has no AVX2");
        Assert.SkipWhen(width == "512" && !Avx512F.IsSupported, "this processor has no AVX-512");
        PhiloxStream stream = PhiloxStream.For(0x123456789ABCDEF0, DrawPurpose.Noise, 7, 0xFEDCBA9876543210);
        var draws = new uint[5 * Philox4x32.Tile];
        switch (width)
        {
            case "scalar": Philox4x32.FillScalar(stream, draws); break;
            case "256": Philox4x32.Fill256(stream, draws); break;
            default: Philox4x32.Fill512(stream, draws); break;
        }

        for (uint i = 0; i < draws.Length; i++)
            Assert.Equal(Philox4x32.Draw(stream, i), draws[i]);
        Assert.Equal(draws.Length, draws.Distinct().Count());
    }

    [Fact]
    public void Streams_of_another_purpose_epoch_or_block_differ()
    {
        PhiloxStream[] streams =
        [
            PhiloxStream.For(1, DrawPurpose.Noise, 0, 0), PhiloxStream.For(2, DrawPurpose.Noise, 0, 0), PhiloxStream.For(1, DrawPurpose.Window, 0, 0),
            PhiloxStream.For(1, DrawPurpose.Noise, 1, 0), PhiloxStream.For(1, DrawPurpose.Noise, 0, 1), PhiloxStream.For(1, DrawPurpose.Noise, 0, 1ul << 32),
        ];
        Assert.Equal(streams.Length, streams.Select(s => Philox4x32.Draw(s, 0)).Distinct().Count());
    }

    [Fact]
    public void Fill_rejects_a_length_that_is_no_multiple_of_a_tile() =>
        Assert.Throws<ArgumentException>(() => Philox4x32.Fill(PhiloxStream.For(1, DrawPurpose.Noise, 0, 0), new uint[65]));
}
