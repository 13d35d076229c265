namespace NceFast.Bench;

/// <summary>Counts and cuts plain text files.</summary>
internal static class TextFile
{
    private const byte LastSeparator = 0x20;

    /// <summary>Counts the words of a file.</summary>
    public static long CountWords(string path)
    {
        using FileStream stream = File.OpenRead(path);
        return Words(stream, stream.Length).Count;
    }

    /// <summary>Finds the length in bytes of the first words of a file, and their number.</summary>
    /// <param name="path">The file.</param>
    /// <param name="words">The maximum number of words.</param>
    /// <param name="end">The position of the byte after which no word is counted.</param>
    public static (long Bytes, long Count) Prefix(string path, long words, long end)
    {
        using FileStream stream = File.OpenRead(path);
        return Words(stream, end, words);
    }

    /// <summary>Copies bytes of a file to another file.</summary>
    public static void Copy(string from, long start, long bytes, string to)
    {
        using FileStream source = File.OpenRead(from), target = File.Create(to);
        source.Position = start;
        var buffer = new byte[1 << 20];
        while (bytes > 0 && source.Read(buffer, 0, (int)Math.Min(bytes, buffer.Length)) is > 0 and int read)
        {
            target.Write(buffer, 0, read);
            bytes -= read;
        }
    }

    private static (long Bytes, long Count) Words(FileStream stream, long end, long most = long.MaxValue)
    {
        var buffer = new byte[1 << 20];
        long count = 0, start = 0;
        bool inWord = false;
        for (int read = stream.Read(buffer); read > 0 && start < end; start += read, read = stream.Read(buffer))
        {
            for (int i = 0; i < read && start + i < end; i++)
            {
                bool letter = buffer[i] > LastSeparator;
                if (letter && !inWord && count++ == most)
                    return (start + i, most);
                inWord = letter;
            }
        }

        return (end, count);
    }
}
