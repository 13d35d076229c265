using System.CommandLine;
using System.Text.RegularExpressions;
using NceFast.Cli;
using NceFast.Tests.House;
using Xunit;

namespace NceFast.Tests.Cli;

/// <summary>Sizes, times and speeds have the same units in all options and messages.</summary>
public sealed partial class UnitsTests
{
    [Theory]
    [InlineData(0, "0.0 MiB")]
    [InlineData(64L << 20, "64.0 MiB")]
    [InlineData(3L << 29, "1.5 GiB")]
    [InlineData(1536L << 30, "1,536.0 GiB")]
    public void Sizes_are_binary(long bytes, string text) => Assert.Equal(text, Units.Size(bytes));

    [Fact]
    public void Speeds_and_times_name_their_units() => Assert.Equal(("1.23 million words/s", "0.5 s"), (Units.Speed(1_234_567), Units.Time(0.49)));

    [Theory]
    [InlineData("3", false, 3)]
    [InlineData("3", true, 3L << 20)]
    [InlineData("3K", true, 3L << 10)]
    [InlineData("3m", false, 3L << 20)]
    [InlineData("3G", true, 3L << 30)]
    public void Every_size_may_have_a_suffix(string given, bool isMebibytes, long bytes) =>
        Assert.Equal(bytes, Value(Opt.Size("--size", "Group", "A size", 0, "0", isMebibytes), given));

    [Theory]
    [InlineData("90", 90)]
    [InlineData("1.5s", 1.5)]
    [InlineData("10m", 600)]
    [InlineData("2h", 7200)]
    public void Every_time_may_have_a_suffix(string given, double seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), Value(Opt.Time("--time", "Group", "A time", 0), given));

    [Theory]
    [InlineData("")]
    [InlineData("m")]
    [InlineData("-1")]
    [InlineData("5d")]
    [InlineData("1e3")]
    public void Other_sizes_and_times_are_errors_that_name_the_units(string given)
    {
        Assert.Contains($"--size is '{given}'; a number of MiB is needed, or one followed by K, M or G (512M).", Error(Opt.Size("--size", "Group", "A size", 0, "0", isMebibytes: true), given));
        Assert.Contains($"--time is '{given}'; a time is needed, such as 90s, 10m, 2h, or a number of seconds.", Error(Opt.Time("--time", "Group", "A time", 0), given));
    }

    [Fact]
    public void No_message_has_a_decimal_unit_of_bytes()
    {
        string source = Path.GetDirectoryName(LayerTests.Library())!;
        string[] files = [.. new[] { "NceFast", "NceFast.Cli", "../kernels/NceFast.Kernels" }.SelectMany(folder => Directory.GetFiles(Path.Combine(source, folder), "*.cs", SearchOption.AllDirectories))];
        Assert.NotEmpty(files);
        Assert.DoesNotContain(files.SelectMany(File.ReadLines), line => DecimalUnit().IsMatch(line));
    }

    private static T? Value<T>(Opt<T> option, string given) => new Command("verb") { option }.Parse([option.Name, given]).GetValue(option);

    private static string Error<T>(Opt<T> option, string given) => Assert.Single(new Command("verb") { option }.Parse([option.Name, given]).Errors).Message;

    [GeneratedRegex("\"[^\"]*[} 0-9][kKMGT]B\\b[^\"]*\"")]
    private static partial Regex DecimalUnit();
}
