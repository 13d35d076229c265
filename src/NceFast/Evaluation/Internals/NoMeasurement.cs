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
}
