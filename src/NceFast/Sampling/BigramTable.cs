namespace NceFast.Sampling;

/// <summary>
/// Counts bigrams on several threads in bounded memory. When the table is full, it gives up the upper half of the range of hash
/// values that it counts; a later pass counts that half. Counts are therefore exact, and the same in any order of the text.
/// </summary>
internal sealed class BigramTable : IDisposable
{
    /// <summary>The end of the range of hash values.</summary>
    public const ulong End = 1UL << 32;

    // A table may grow past half of its slots by the bigrams of one block per thread.
    private const int BytesPerSlot = 16, LeastSlots = 1 << 16;
    private readonly ReaderWriterLockSlim _gate = new();
    private readonly long _mostSlots;
    private ulong[] _keys; // previous and next word, plus 1; 0 in an empty slot
    private long[] _counts;
    private long _used;

    /// <summary>Creates a table.</summary>
    /// <param name="low">The first hash value that is counted.</param>
    /// <param name="bytes">The memory that the table may take.</param>
    /// <param name="most">The maximum number of bigrams that are added at once, by all threads together.</param>
    public BigramTable(ulong low, long bytes, long most)
    {
        Low = low;
        long least = Math.Max(LeastSlots, 4 * most);
        _mostSlots = Math.Max(RoundUp(least), RoundUp((bytes / BytesPerSlot / 2) + 1));
        long slots = Math.Min(_mostSlots, RoundUp(least));
        (_keys, _counts) = (new ulong[slots], new long[slots]);
    }

    /// <summary>Gets the first hash value that is counted.</summary>
    public ulong Low { get; }

    /// <summary>Gets the end of the hash values that are counted.</summary>
    public ulong High { get; private set; } = End;

    /// <summary>Adds bigrams while other threads do so, too.</summary>
    /// <param name="add">Calls <see cref="Add"/>, at most as often as the constructor's caller promised.</param>
    public void AddMany(Action<BigramTable> add)
    {
        _gate.EnterReadLock();
        try
        {
            add(this);
        }
        finally
        {
            _gate.ExitReadLock();
        }

        if (Volatile.Read(ref _used) <= _keys.Length / 2)
            return;
        _gate.EnterWriteLock();
        try
        {
            MakeRoom();
        }
        finally
        {
            _gate.ExitWriteLock();
        }
    }

    /// <summary>Adds occurrences of a bigram, unless its hash value is not counted.</summary>
    public void Add(int previous, int word, long count)
    {
        ulong key = Key(previous, word), hash = Hash(key);
        if (hash >> 32 < Low || hash >> 32 >= High)
            return;
        ulong[] keys = _keys;
        for (long at = (long)(uint)hash & (keys.Length - 1); ; at = (at + 1) & (keys.Length - 1))
        {
            ulong found = Volatile.Read(ref keys[at]);
            if (found == 0 && (found = Interlocked.CompareExchange(ref keys[at], key, 0)) == 0)
            {
                Interlocked.Increment(ref _used);
                found = key;
            }

            if (found != key)
                continue;
            Interlocked.Add(ref _counts[at], count);
            return;
        }
    }

    /// <summary>Gives up all hash values from <paramref name="high"/> on.</summary>
    public void Restrict(ulong high)
    {
        if (high >= High)
            return;
        High = high;
        Rebuild(_keys.Length);
    }

    /// <summary>Lists the bigrams, in no particular order.</summary>
    public IEnumerable<(int Previous, int Word, long Count)> Entries()
    {
        for (int at = 0; at < _keys.Length; at++)
        {
            if (_keys[at] != 0)
                yield return ((int)((_keys[at] - 1) >> 32), (int)(uint)(_keys[at] - 1), _counts[at]);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _gate.Dispose();

    private void MakeRoom()
    {
        while (_used > _keys.Length / 2)
        {
            if (_keys.Length < _mostSlots)
            {
                Rebuild(2L * _keys.Length);
            }
            else
            {
                High = Low + Math.Max(1, (High - Low) / 2);
                Rebuild(_keys.Length);
            }
        }
    }

    private void Rebuild(long slots)
    {
        (ulong[] keys, long[] counts) = (_keys, _counts);
        (_keys, _counts, _used) = (new ulong[slots], new long[slots], 0);
        for (int at = 0; at < keys.Length; at++)
        {
            if (keys[at] != 0)
                Add((int)((keys[at] - 1) >> 32), (int)(uint)(keys[at] - 1), counts[at]);
        }
    }

    private static long RoundUp(long slots) => (long)System.Numerics.BitOperations.RoundUpToPowerOf2((ulong)Math.Min(slots, 1L << 30));

    private static ulong Key(int previous, int word) => (((ulong)(uint)previous << 32) | (uint)word) + 1;

    private static ulong Hash(ulong key)
    {
        key = (key ^ (key >> 31)) * 0x9E3779B97F4A7C15;
        key = (key ^ (key >> 29)) * 0xBF58476D1CE4E5B9;
        return key ^ (key >> 32);
    }
}
