namespace NceFast.Cli;

/// <summary>Checks of what a user gives that no part of the library makes.</summary>
internal static class Check
{
    public static void Range(string option, long value, long low, long high)
    {
        if (value < low || value > high)
            throw new NceFastException(ErrorKind.Usage, $"{option} is {value}; allowed is {low} to {high}.");
    }

    /// <summary>Rejects an output that would replace an input or another output.</summary>
    public static void Distinct(string output, string option, IEnumerable<string?> others)
    {
        string full = Path.GetFullPath(output);
        foreach (string? other in others)
        {
            if (other is not null && other != "-" && Path.GetFullPath(other) == full)
                throw new NceFastException(ErrorKind.Usage, $"{option} {output} is also named as another input or output; name another path.");
        }
    }
}
