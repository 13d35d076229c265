namespace NceFast.Vocab;

/// <summary>The memory for counting, which all tables of a process share. It is thread-safe.</summary>
/// <param name="limit">The limit in bytes.</param>
internal sealed class CountingBudget(long limit)
{
    /// <summary>The smallest memory for counting in bytes.</summary>
    public const long Least = 1 << 20;

    private const long LeastByDefault = 16 << 20;
    private long _used;
    private long _peak;

    /// <summary>Gets the number of bytes that all tables together may use.</summary>
    public long Limit { get; } = limit;

    /// <summary>Gets the number of bytes that the tables use now.</summary>
    public long Used => Interlocked.Read(ref _used);

    /// <summary>Gets the largest number of bytes that the tables used at any time.</summary>
    public long Peak => Interlocked.Read(ref _peak);

    /// <summary>
    /// Returns the default limit: a quarter of the memory of the machine or container, divided by the processes on the machine.
    /// The rest is for the vocabulary, its index and the model.
    /// </summary>
    /// <param name="memory">The memory in bytes.</param>
    /// <param name="processes">The number of processes on this machine that train together, at least 1.</param>
    public static long Default(long memory, int processes = 1) => Math.Max(LeastByDefault, memory / 4 / processes);

    /// <summary>Returns the memory in bytes that this process may use: that of the machine, or less in a container.</summary>
    public static long MemoryThereIs() => GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;

    /// <summary>Takes bytes if the total stays within a limit.</summary>
    /// <param name="bytes">The number of bytes.</param>
    /// <param name="below">The limit in bytes. A caller may set a lower or higher one than <see cref="Limit"/>.</param>
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

    /// <summary>Takes bytes regardless of the limit. A negative number returns bytes.</summary>
    public void Take(long bytes) => Note(Interlocked.Add(ref _used, bytes));

    private void Note(long used)
    {
        for (long peak = Peak; used > peak; peak = Peak)
            Interlocked.CompareExchange(ref _peak, used, peak);
    }
}

/// <summary>Controls the memory of a table and handles a full table.</summary>
internal interface ITableOwner
{
    /// <summary>Takes memory for a table if the table may grow.</summary>
    /// <param name="table">The table.</param>
    /// <param name="bytes">The number of additional bytes.</param>
    bool TryTake(Utf8Table table, long bytes);

    /// <summary>Takes memory that a table needs in any case. A negative number returns memory.</summary>
    void Take(long bytes);

    /// <summary>Drops rare words of a table that may not grow. If dropping them frees no entry, the table grows beyond its budget.</summary>
    void OnFull(Utf8Table table);

    /// <summary>Returns the id for a word that is new in a table, or -1 if the table shall assign its own ids.</summary>
    int IdOf(ulong low, ulong high, ReadOnlySpan<byte> longBytes);
}
