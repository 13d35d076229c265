namespace NceFast.Distribution;

/// <summary>Represents what one rank says at a merge.</summary>
/// <param name="HasText">Whether it has text left.</param>
/// <param name="Stops">Whether it was asked to stop.</param>
/// <param name="Fails">Whether it cannot read its text any more, while its parameters are whole.</param>
/// <param name="Tokens">Words that it trained on since the last merge.</param>
/// <param name="Work">How long it trained since the last merge.</param>
/// <param name="Works">The works that are due.</param>
internal sealed record Ballot(bool HasText, bool Stops, bool Fails, long Tokens, WorkTime Work, IReadOnlyList<bool> Works);

/// <summary>Represents the sums of what all ranks say at a merge; the merge acts on them.</summary>
internal sealed class SyncVote
{
    private const int Works = 4, Figures = 2;
    private readonly long[] _values;
    private readonly int _works;

    private SyncVote(long[] values, int works) => (_values, _works) = (values, works);

    /// <summary>Gets the number of ranks that have text left.</summary>
    public long WithText => _values[0];

    /// <summary>Gets whether all ranks stop, because one was asked to or fails.</summary>
    public bool Stops => _values[1] > 0 || Fails;

    /// <summary>Gets the words that all ranks trained on since the last merge.</summary>
    public long Tokens => _values[2];

    /// <summary>Gets whether a rank fails.</summary>
    public bool Fails => _values[3] > 0;

    /// <summary>Gets whether a rank has a work that is due.</summary>
    public bool WantsWorks => _values.AsSpan(Works, _works).IndexOfAnyExcept(0) >= 0;

    /// <summary>Sums what all ranks say. How long each worked has a place of its own in the sum.</summary>
    public static SyncVote Cast(ICommunicator ranks, Ballot own)
    {
        var values = new long[Works + own.Works.Count + (Figures * ranks.Size)];
        (values[0], values[1], values[2], values[3]) = (own.HasText ? 1 : 0, own.Stops ? 1 : 0, own.Tokens, own.Fails ? 1 : 0);
        for (int i = 0; i < own.Works.Count; i++)
            values[Works + i] = own.Works[i] ? 1 : 0;
        int place = Works + own.Works.Count + (Figures * ranks.Rank);
        (values[place], values[place + 1]) = (own.Work.Microseconds, own.Work.Words);
        ranks.AllSum(values);
        return new SyncVote(values, own.Works.Count);
    }

    /// <summary>Returns whether this work is due on a rank.</summary>
    public bool Wants(int work) => _values[Works + work] > 0;

    /// <summary>Returns how long a rank trained since the last merge.</summary>
    public WorkTime WorkOf(int rank)
    {
        int place = Works + _works + (Figures * rank);
        return new WorkTime(_values[place], _values[place + 1]);
    }
}
