namespace NceFast.Distribution;

/// <summary>Represents the sums of what all ranks say at a merge; the merge acts on them.</summary>
internal sealed class SyncVote
{
    private const int Works = 3;
    private readonly long[] _values;

    private SyncVote(long[] values) => _values = values;

    /// <summary>Gets the number of ranks that have text left.</summary>
    public long WithText => _values[0];

    /// <summary>Gets whether a rank was asked to stop.</summary>
    public bool Stops => _values[1] > 0;

    /// <summary>Gets the words that all ranks trained on since the last merge.</summary>
    public long Tokens => _values[2];

    /// <summary>Gets whether a rank has a work that is due.</summary>
    public bool WantsWorks => _values.AsSpan(Works).IndexOfAnyExcept(0) >= 0;

    /// <summary>Sums what all ranks say.</summary>
    public static SyncVote Cast(ICommunicator ranks, bool hasText, bool stops, long tokens, IReadOnlyList<bool> works)
    {
        var values = new long[Works + works.Count];
        (values[0], values[1], values[2]) = (hasText ? 1 : 0, stops ? 1 : 0, tokens);
        for (int i = 0; i < works.Count; i++)
            values[Works + i] = works[i] ? 1 : 0;
        ranks.AllSum(values);
        return new SyncVote(values);
    }

    /// <summary>Returns whether this work is due on a rank.</summary>
    public bool Wants(int work) => _values[Works + work] > 0;
}
