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
}
