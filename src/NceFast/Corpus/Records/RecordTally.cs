namespace NceFast.Corpus.Records;

/// <summary>Counts the malformed records of one reading. It may be used by several threads.</summary>
internal sealed class RecordTally
{
    private readonly Lock _lock = new();
    private (int Item, long Line) _firstPlace;

    /// <summary>Gets the number of malformed records.</summary>
    public long Count { get; private set; }

    /// <summary>Gets the place of the first malformed record and what is wrong with it; null when there is none.</summary>
    public string? First { get; private set; }

    /// <summary>Counts a malformed record.</summary>
    /// <param name="item">The index of the file in the list of texts.</param>
    /// <param name="file">The name of the file.</param>
    /// <param name="line">The number of the first line of the record, from 1.</param>
    /// <param name="what">What is wrong.</param>
    /// <param name="limit">The number of malformed records that are allowed.</param>
    /// <exception cref="NceFastException">There are too many (<see cref="ErrorKind.Input"/>).</exception>
    public void Add(int item, string file, long line, string what, long limit)
    {
        lock (_lock)
        {
            Count++;
            if (First is null || (item, line).CompareTo(_firstPlace) < 0)
                (First, _firstPlace) = (FormattableString.Invariant($"{file}, line {line:N0}: {what}"), (item, line));
            if (Count > limit)
                throw new NceFastException(ErrorKind.Input, FormattableString.Invariant($"{(Count == 1 ? "A record is" : $"{Count:N0} records are")} malformed, and {limit:N0} are allowed ({Member.Of(nameof(TextOptions.MaxBadRecords))}). The first is in {First}"));
        }
    }
}
