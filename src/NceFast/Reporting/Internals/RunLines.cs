using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using CommunityToolkit.HighPerformance;
using NceFast.Files;

namespace NceFast.Reporting.Internals;

/// <summary>Reads JSON lines. Lines that are not valid objects are counted and skipped, because a kill can leave an incomplete line.</summary>
internal static class RunLines
{
    /// <summary>The maximum length of a file. Longer files are rejected, because this program does not write any.</summary>
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
                throw new NceFastException(ErrorKind.Input, $"{path} has lines that are not valid, and the run now has more than {MaxUnreadable:N0} such lines, the maximum; the file is damaged or does not belong to a run.");
        }

        return all;
    }

    /// <summary>Reads the content of a file of a run.</summary>
    /// <exception cref="NceFastException">The file cannot be read or is too long (<see cref="ErrorKind.Input"/>).</exception>
    public static byte[] Bytes(string path)
    {
        try
        {
            FileActions.Reading(path);
            if (new FileInfo(path).Length > MaxBytes)
                throw new NceFastException(ErrorKind.Input, $"{path} is longer than {MaxBytes:N0} bytes, the maximum of a run's file; specify the folder of a run.");
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
