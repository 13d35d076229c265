using NceFast.Numerics;

namespace NceFast.Vocab;

/// <summary>Holds the words and counts that several workers share, and controls the memory of all their tables.</summary>
/// <remarks>
/// A worker counts fastest in a table of its own, but then a frequent word takes memory in the table of every worker. Therefore
/// workers keep their own tables only while half of the memory budget is enough for all of them. Then each worker moves its words
/// to the shared tables, which hold each word once. It continues with a small table of its own, and moves the words of that table
/// whenever it is full.
/// Some bits of the hash select one of <see cref="Parts"/> shared tables. Each of them has its own lock and grows separately, so
/// that workers seldom wait and growing needs little extra memory. The rarest words are dropped only when the shared tables have
/// used up the budget.
/// </remarks>
internal sealed class SharedCounts : IDisposable
{
    private const int PartBits = 6;
    private const int Parts = 1 << PartBits;
    private const int FirstSlots = 64;
    private readonly Part[] _parts = new Part[Parts];
    private readonly List<(int Id, int Same)> _sameWords = [];
    private readonly CountingBudget _budget;
    private int _nextId;
    private long _ownBytes;
    private volatile bool _growsFreely;
    private volatile bool _isOpen;

    /// <summary>Creates the shared tables, without words.</summary>
    /// <param name="budget">The memory of all tables.</param>
    /// <param name="givesIds">Whether the shared tables assign ids.</param>
    public SharedCounts(CountingBudget budget, bool givesIds)
    {
        (_budget, GivesIds) = (budget, givesIds);
        for (int i = 0; i < Parts; i++)
            _parts[i] = new Part(this);
    }

    /// <summary>Gets whether workers must move their words to the shared tables.</summary>
    public bool IsOpen => _isOpen;

    /// <summary>Gets whether the shared tables assign ids.</summary>
    public bool GivesIds { get; }

    /// <summary>Gets the number of ids assigned so far.</summary>
    public int IdsGiven => Volatile.Read(ref _nextId);

    /// <summary>Gets the tables. No word is in more than one of them.</summary>
    public Utf8Table[] Tables => Array.ConvertAll(_parts, part => part.Table);

    /// <summary>Makes all workers move their words to the shared tables.</summary>
    public void Open() => _isOpen = true;

    /// <summary>Returns the table that a worker starts with when it adds its words.</summary>
    public static int PartFor(int worker, int workers) => (int)((long)worker * Parts / workers);

    /// <summary>
    /// Adds to the size of the tables that workers still have to move. This memory counts as free, because it will be returned.
    /// </summary>
    public void AddOwnBytes(long bytes) => Interlocked.Add(ref _ownBytes, bytes);

    /// <summary>Returns the id of a word, which may be new.</summary>
    public int IdOf(ulong low, ulong high, ReadOnlySpan<byte> longBytes)
    {
        Part part = _parts[PartOf(low, high)];
        lock (part)
            return part.Table.Reserve(low, high, longBytes);
    }

    /// <summary>Adds to the count of a word.</summary>
    public void Add(ReadOnlySpan<byte> word, long count)
    {
        Utf8Table.Key(word, out ulong low, out ulong high);
        Part part = _parts[PartOf(low, high)];
        lock (part)
            part.Table.AddCount(word, count);
    }

    /// <summary>Adds the words of a worker's table, which does not change.</summary>
    /// <param name="table">The table.</param>
    /// <param name="first">The index of the shared table to start with, so that workers do not wait for one another.</param>
    /// <param name="ids">Receives the shared id for each id of the table. Null when the table already uses shared ids.</param>
    public void Add(Utf8Table table, int first, int[]? ids)
    {
        (uint[] slots, int[] ends) = ByPart(table);
        for (int n = 0; n < Parts; n++)
        {
            int p = (first + n) % Parts;
            Part part = _parts[p];
            lock (part)
            {
                foreach (uint slot in slots.AsSpan((p == 0 ? 0 : ends[p - 1])..ends[p]))
                    Add(part.Table, table, table.Slot(slot), ids);
            }
        }
    }

    /// <summary>Adds the words of a vocabulary. All of them are kept, regardless of the budget.</summary>
    public void AddForGood(Utf8Table table)
    {
        _growsFreely = true;
        Add(table, 0, new int[table.IdsGiven]);
        _growsFreely = false;
    }

    /// <summary>Maps each assigned id to the id in the vocabulary, or to -1 for a word outside it.</summary>
    public int[] Map(Vocabulary vocabulary)
    {
        var map = new int[IdsGiven];
        Array.Fill(map, -1);
        Failures.Unwrap(() => Parallel.For(0, Parts, p => VocabularySelection.Map(_parts[p].Table, vocabulary, map)));
        for (int i = _sameWords.Count - 1; i >= 0; i--)
            map[_sameWords[i].Id] = map[_sameWords[i].Same];
        return map;
    }

    public void Dispose()
    {
        foreach (Part part in _parts)
            part.Table.Dispose();
    }

    private void Add(Utf8Table part, Utf8Table table, in Utf8Table.Entry entry, int[]? ids)
    {
        int known = ids is null && GivesIds ? entry.Id : -1;
        int id = part.Merge(table, entry, known);
        if (ids is not null)
        {
            ids[entry.Id] = id;
        }
        else if (id != known && GivesIds)
        {
            // The word was dropped here and then added with another id, while the worker continued to use the first id.
            lock (_sameWords)
                _sameWords.Add((known, id));
        }
    }

    // Returns the used slots, ordered by part, and the end of each part.
    private static (uint[] Slots, int[] Ends) ByPart(Utf8Table table)
    {
        var ends = new int[Parts];
        for (long i = 0; i < table.SlotCount; i++)
        {
            if (table.Slot(i).Count > 0)
                ends[PartOf(table.Slot(i).Low, table.Slot(i).High)]++;
        }

        for (int p = 1; p < Parts; p++)
            ends[p] += ends[p - 1];
        var slots = new uint[ends[^1]];
        int[] place = [0, .. ends[..^1]];
        for (long i = 0; i < table.SlotCount; i++)
        {
            if (table.Slot(i).Count > 0)
                slots[place[PartOf(table.Slot(i).Low, table.Slot(i).High)]++] = (uint)i;
        }

        return (slots, ends);
    }

    // The lowest bits of the hash select the slot, the highest bits the part.
    private static int PartOf(ulong low, ulong high) => (int)(WordHash.Mix(low, high) >> (64 - PartBits));

    private int NextId()
    {
        if (!GivesIds)
            return 0;
        int id = Interlocked.Increment(ref _nextId);
        if (id <= 0)
            Numerics.Throw.Memory($"More than {int.MaxValue:N0} distinct words; clean the text.");
        return id - 1;
    }

    /// <summary>One of the shared tables. The object is also its lock.</summary>
    private sealed class Part : ITableOwner
    {
        private readonly SharedCounts _all;

        public Part(SharedCounts all)
        {
            _all = all;
            Table = new Utf8Table(0, this, FirstSlots);
        }

        public Utf8Table Table { get; }

        public bool TryTake(Utf8Table table, long bytes)
        {
            CountingBudget budget = _all._budget;
            if (!_all._growsFreely)
                return budget.TryTake(bytes, budget.Limit + Interlocked.Read(ref _all._ownBytes));
            budget.Take(bytes);
            return true;
        }

        public void Take(long bytes) => _all._budget.Take(bytes);

        public void OnFull(Utf8Table table) => table.Prune();

        public int IdOf(ulong low, ulong high, ReadOnlySpan<byte> longBytes) => _all.NextId();
    }
}
