namespace NceFast.Distribution;

/// <summary>What ranks tell each other at each merge; a merge acts on the sums.</summary>
internal sealed class SyncVote
{
    private const int Works = 3;
    private readonly long[] _values;

    private SyncVote(long[] values) => _values = values;

    /// <summary>Ranks that have text left.</summary>
    public long WithText => _values[0];

    /// <summary>Whether a rank was asked to stop.</summary>
    public bool Stops => _values[1] > 0;

    /// <summary>Words trained on by all ranks since the last merge.</summary>
    public long Tokens => _values[2];

    /// <summary>Whether a rank wants a work to be done.</summary>
    public bool WantsWorks => _values.AsSpan(Works).IndexOfAnyExcept(0) >= 0;

    /// <summary>Sums up what all ranks say.</summary>
    public static SyncVote Cast(ICommunicator ranks, bool hasText, bool stops, long tokens, IReadOnlyList<bool> works)
    {
        var values = new long[Works + works.Count];
        (values[0], values[1], values[2]) = (hasText ? 1 : 0, stops ? 1 : 0, tokens);
        for (int i = 0; i < works.Count; i++)
            values[Works + i] = works[i] ? 1 : 0;
        ranks.AllSum(values);
        return new SyncVote(values);
    }

    /// <summary>Whether a rank wants this work to be done.</summary>
    public bool Wants(int work) => _values[Works + work] > 0;
}
