namespace NceFast.Cli;

/// <summary>Checks of what a user gives that no part of the library makes.</summary>
internal static class Check
{
    public static void Range(string option, long value, long low, long high)
    {
        if (value < low || value > high)
            throw new NceFastException(ErrorKind.Usage, $"{option} is {value}; allowed is {low} to {high}.");
    }
}
