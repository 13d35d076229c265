using System.Globalization;
using System.Text;
using NceFast.Exports.Internals;
using Xunit;

namespace NceFast.Tests.Exports;

public class FloatTextTests
{
    [Fact]
    public void Parsing_agrees_with_the_framework_on_random_digits()
    {
        var random = new Random(3);
        for (int i = 0; i < 200_000; i++)
        {
            string text = i % 2 == 0
                ? BitConverter.Int32BitsToSingle(random.Next()).ToString(CultureInfo.InvariantCulture)
                : $"{(i % 4 == 1 ? "-" : "")}{random.NextInt64(1_000_000)}.{random.NextInt64()}"[..random.Next(2, 18)] + $"e{random.Next(-44, 38)}";
            Check(text);
        }
    }

    [Theory]
    [InlineData("16777217")] // Midway between two floats, so rounded to even.
    [InlineData("16777219")]
    [InlineData("16777217.000000001")]
    [InlineData("16777216.999999999")]
    [InlineData("1.00000005960464477539")]
    [InlineData("1.000000059604644775390624")]
    [InlineData("1.000000059604644776")]
    [InlineData("1e-45")]
    [InlineData("7e-46")]
    [InlineData("3.4028236e38")]
    [InlineData("1e400")]
    [InlineData("00000000000000000000000000001")]
    [InlineData(".5")]
    [InlineData("5.")]
    [InlineData("-0")]
    public void Parsing_agrees_with_the_framework_at_the_edges(string text) => Check(text);

    [Theory]
    [InlineData("")]
    [InlineData("-")]
    [InlineData(".")]
    [InlineData("1.2.3")]
    [InlineData("1e")]
    [InlineData("0x10")]
    [InlineData("1,5")]
    [InlineData("--1")]
    public void Text_that_is_no_float_is_rejected(string text)
    {
        int at = 0;
        Assert.False(FloatText.TryRead(Encoding.ASCII.GetBytes(text), ref at, out _));
    }

    [Fact]
    public void Writing_gives_the_shortest_decimals_as_the_framework_does()
    {
        var random = new Random(5);
        CheckWritten(-0f);
        for (int i = 0; i < 400_000; i++)
        {
            float value = (i % 4) switch
            {
                0 => BitConverter.Int32BitsToSingle(random.Next()),
                1 => (float)(random.Next(1, 100_000) / Math.Pow(10, random.Next(4, 9))),
                _ => (float)((random.NextDouble() - 0.5) * Math.Pow(10, random.Next(-4, 2))),
            };
            if (float.IsFinite(value))
                CheckWritten(value);
        }
    }

    [Theory]
    [InlineData(0f)]
    [InlineData(1e-4f)]
    [InlineData(0.00009999999f)]
    [InlineData(0.00012207031f)] // A power of two, so the next smaller float is nearer than the next larger one.
    [InlineData(0.099999994f)]
    [InlineData(0.369140625f)] // Nine digits, midway between two numbers with eight digits.
    [InlineData(0.1f)]
    [InlineData(-0.5f)]
    [InlineData(0.99999994f)]
    [InlineData(1f)]
    [InlineData(-2f)]
    [InlineData(1.0000001f)]
    [InlineData(9.999999f)]
    [InlineData(10f)]
    [InlineData(-1.17549435E-38f)]
    [InlineData(float.MaxValue)]
    [InlineData(float.Epsilon)]
    public void Writing_agrees_with_the_framework_at_the_edges(float value) => CheckWritten(value);

    private static void CheckWritten(float value)
    {
        Span<byte> room = stackalloc byte[FloatText.LongestFloat];
        Assert.Equal(value.ToString(CultureInfo.InvariantCulture), Encoding.ASCII.GetString(room[..FloatText.Write(value, room)]));
    }

    private static void Check(string text)
    {
        float expected = float.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture);
        int at = 0;
        Assert.True(FloatText.TryRead(Encoding.ASCII.GetBytes(text + " x"), ref at, out float actual), text);
        Assert.True(BitConverter.SingleToInt32Bits(expected) == BitConverter.SingleToInt32Bits(actual) || float.IsNaN(expected), $"{text}: {expected:R} but {actual:R}");
        Assert.Equal(text.Length, at);
    }
}
