namespace NceFast.Evaluation.Internals;

/// <summary>Ends an evaluation that has no figure: nothing was measured, and neither 0 nor 100 % would be true.</summary>
internal static class Nothing
{
    /// <summary>The error; counts of what was found go with it in <see cref="Exception.Data"/>.</summary>
    /// <param name="reason">Why there is no figure, and what to do.</param>
    /// <param name="counts">What was found.</param>
    public static NceFastException Measured(string reason, params ReadOnlySpan<(string Name, long Count)> counts)
    {
        var error = new NceFastException(ErrorKind.EmptyVocabulary, reason);
        foreach ((string name, long count) in counts)
            error.Data[name] = count;
        return error;
    }

    /// <summary>Ends when a text to be measured on holds no word. Compressed text is left to its reader.</summary>
    /// <param name="path">The text; "-" is not looked at.</param>
    public static void UnlessText(string path)
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

        throw Measured($"{path} holds no word, so that nothing can be measured on it; name another text.");
    }
}
