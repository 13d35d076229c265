using System.Globalization;

namespace NceFast.Cli;

/// <summary>Formats figures with their units: MiB or GiB (2^20 or 2^30 bytes), million words/s, s. The keys of JSON name theirs.</summary>
internal static class Units
{
    private const double Mebibyte = 1 << 20, Gibibyte = 1 << 30;

    /// <summary>Formats a size in bytes.</summary>
    public static string Size(double bytes) =>
        bytes < Gibibyte ? string.Create(CultureInfo.InvariantCulture, $"{bytes / Mebibyte:F1} MiB") : string.Create(CultureInfo.InvariantCulture, $"{bytes / Gibibyte:N1} GiB");

    /// <summary>Formats the speed of a training.</summary>
    public static string Speed(double wordsPerSecond) => string.Create(CultureInfo.InvariantCulture, $"{wordsPerSecond / 1e6:F2} million words/s");

    /// <summary>Formats a time in seconds.</summary>
    public static string Time(double seconds) => string.Create(CultureInfo.InvariantCulture, $"{seconds:F1} s");
}
