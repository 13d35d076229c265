using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using CommunityToolkit.HighPerformance;

namespace NceFast.Reporting.Internals;

/// <summary>Reads JSON lines: what is no object of the wanted form is counted and passed over, for a kill may cut a line.</summary>
internal static class RunLines
{
    /// <summary>Longer files and lines are refused: this program writes none.</summary>
    public const long MaxBytes = 256L << 20;

    private const int MaxLine = 1 << 20, MaxUnreadable = 10_000;

    public static List<T> Read<T>(string path, JsonTypeInfo<T> type, ref int unreadable)
        where T : class
    {
        var all = new List<T>();
        if (!File.Exists(path))
            return all;
        foreach (ReadOnlySpan<byte> line in Bytes(path).AsSpan().Tokenize((byte)'\n'))
        {
            if (line.Trim(" \t\r"u8).IsEmpty)
                continue;
            if (TryParse(line, type) is { } item)
                all.Add(item);
            else if (++unreadable > MaxUnreadable)
                throw new NceFastException(ErrorKind.Input, $"{path} brings the lines that no run writes above {MaxUnreadable:N0}; it is damaged or no file of a run.");
        }

        return all;
    }

    /// <summary>The content of a file of a run.</summary>
    /// <exception cref="NceFastException">It cannot be read or is too long (<see cref="ErrorKind.Input"/>).</exception>
    public static byte[] Bytes(string path)
    {
        try
        {
            if (new FileInfo(path).Length > MaxBytes)
                throw new NceFastException(ErrorKind.Input, $"{path} is longer than {MaxBytes:N0} bytes; it is no file of a run.");
            return File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new NceFastException(ErrorKind.Input, $"{path} cannot be read: {e.Message}", e);
        }
    }

    private static T? TryParse<T>(ReadOnlySpan<byte> line, JsonTypeInfo<T> type)
        where T : class
    {
        if (line.Length > MaxLine)
            return null;
        try
        {
            return JsonSerializer.Deserialize(line, type);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
