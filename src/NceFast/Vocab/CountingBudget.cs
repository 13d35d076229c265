namespace NceFast.Vocab;

/// <summary>The memory of one counting, shared by all its tables. Safe for use by several threads.</summary>
/// <param name="limit">Bytes.</param>
internal sealed class CountingBudget(long limit)
{
    /// <summary>Least memory for counting, in bytes.</summary>
    public const long Least = 1 << 20;

    private const long LeastByDefault = 16 << 20;
    private long _used;
    private long _most;

    /// <summary>Bytes that the tables may take together.</summary>
    public long Limit { get; } = limit;

    /// <summary>Bytes that the tables have now.</summary>
    public long Used => Interlocked.Read(ref _used);

    /// <summary>The most bytes that the tables had at any time.</summary>
    public long Most => Interlocked.Read(ref _most);

    /// <summary>
    /// The budget where none is given: a quarter of the memory that the machine or the container has, because the
    /// vocabulary, its index and the model need memory beside the tables; processes on one machine divide it.
    /// </summary>
    /// <param name="memory">Bytes of memory there are.</param>
    /// <param name="processes">Processes of this training on this machine, at least 1.</param>
    public static long Default(long memory, int processes = 1) => Math.Max(LeastByDefault, memory / 4 / processes);

    /// <summary>Bytes of memory that this process may use: those of the machine, or fewer in a container.</summary>
    public static long MemoryThereIs() => GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;

    /// <summary>Takes bytes if they fit below a limit.</summary>
    /// <param name="bytes">Bytes.</param>
    /// <param name="below">The limit, at most <see cref="Limit"/>.</param>
    public bool TryTake(long bytes, long below)
    {
        for (long used = Used; used + bytes <= below; used = Used)
        {
            if (Interlocked.CompareExchange(ref _used, used + bytes, used) != used)
                continue;
            Note(used + bytes);
            return true;
        }

        return false;
    }

    /// <summary>Takes bytes, or gives them back when negative, whatever the limit says.</summary>
    public void Take(long bytes) => Note(Interlocked.Add(ref _used, bytes));

    private void Note(long used)
    {
        for (long most = Most; used > most; most = Most)
            Interlocked.CompareExchange(ref _most, used, most);
    }
}

/// <summary>Decides over the memory of a table, and what happens when it is full.</summary>
internal interface ITableOwner
{
    /// <summary>Takes memory for a table if the table may grow.</summary>
    /// <param name="table">The table.</param>
    /// <param name="bytes">Bytes that it wants in addition.</param>
    bool TryTake(Utf8Table table, long bytes);

    /// <summary>Takes memory that a table needs in any case; negative where it gives some back.</summary>
    void Take(long bytes);

    /// <summary>Makes room in a table that may not grow; where there is none afterwards, the table grows all the same.</summary>
    void Full(Utf8Table table);

    /// <summary>The id of a word that is new in a table.</summary>
    int IdOf(ulong low, ulong high, ReadOnlySpan<byte> longBytes);
}
