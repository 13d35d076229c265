namespace NceFast.Evaluation.Internals;

/// <summary>Creates the errors of evaluations that could measure nothing and therefore have no result: neither 0 nor 100 % would be true.</summary>
internal static class NoMeasurement
{
    /// <summary>Creates the error. Its <see cref="Exception.Data"/> contains the counts of what was found.</summary>
    /// <param name="reason">Why nothing was measured, and what to do.</param>
    /// <param name="counts">The counts of what was found.</param>
    public static NceFastException Because(string reason, params ReadOnlySpan<(string Name, long Count)> counts)
    {
        var error = new NceFastException(ErrorKind.EmptyVocabulary, reason);
        foreach ((string name, long count) in counts)
            error.Data[name] = count;
        return error;
    }

    /// <summary>Throws if an evaluation text has no word. Compressed text passes, because its reader checks it later.</summary>
    /// <param name="path">The path of the text; "-" (standard input) is not checked.</param>
    public static void ThrowIfNoText(string path)
    {
        const int Step = 1 << 16;
        if (path == "-")
            return;
        try
        {
            using FileStream file = File.OpenRead(path);
            byte[] bytes = new byte[Step];
            for (int read; (read = file.Read(bytes)) > 0;)
            {
                if (bytes.AsSpan(0, read).ContainsAnyInRange((byte)0x21, byte.MaxValue))
                    return;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new NceFastException(ErrorKind.Input, $"{path} cannot be opened: {e.Message}", e);
        }

        throw Because($"{path} has no word, so nothing can be measured; use another text.");
    }
}
