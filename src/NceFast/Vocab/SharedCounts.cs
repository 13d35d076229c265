using NceFast.Numerics;

namespace NceFast.Vocab;

/// <summary>
/// Words and counts that several workers add to, and the owner of the memory of all their tables.
/// </summary>
/// <remarks>
/// A table of its own makes a worker fast, but a frequent word stands in the table of each worker. So workers keep tables
/// of their own while half of the budget suffices for all of them. Then each moves its words here, where a word stands
/// once, and goes on with a small table, which it empties into this one whenever it is full. A part of the hash decides in
/// which of <see cref="Parts"/> tables a word stands; each has its own lock and grows on its own, so that workers seldom
/// wait and growing needs little memory. Only when these tables together have no room left are the rarest words dropped.
/// </remarks>
internal sealed class SharedCounts : IDisposable
{
    private const int PartBits = 6;
    private const int Parts = 1 << PartBits;
    private const int FirstSlots = 64;
    private readonly Part[] _parts = new Part[Parts];
    private readonly List<(int Id, int Same)> _same = [];
    private readonly CountingBudget _budget;
    private int _nextId;
    private long _ownBytes;
    private volatile bool _growsFreely;
    private volatile bool _isOpen;

    /// <summary>Makes it empty, without tables yet.</summary>
    /// <param name="budget">Memory of all tables.</param>
    /// <param name="givesIds">Whether ids are wanted.</param>
    public SharedCounts(CountingBudget budget, bool givesIds)
    {
        (_budget, GivesIds) = (budget, givesIds);
        for (int i = 0; i < Parts; i++)
            _parts[i] = new Part(this);
    }

    /// <summary>Whether workers are to move their words here.</summary>
    public bool IsOpen => _isOpen;

    /// <summary>Whether words have ids here.</summary>
    public bool GivesIds { get; }

    /// <summary>Ids given so far.</summary>
    public int IdsGiven => Volatile.Read(ref _nextId);

    /// <summary>The tables, none of which holds a word of another.</summary>
    public Utf8Table[] Tables => Array.ConvertAll(_parts, part => part.Table);

    /// <summary>Asks all workers to move their words here.</summary>
    public void Open() => _isOpen = true;

    /// <summary>The part that a worker begins with when it adds its words.</summary>
    public static int PartFor(int worker, int workers) => (int)((long)worker * Parts / workers);

    /// <summary>Adds to the memory of the tables that are still to be moved here, which is as good as free.</summary>
    public void AddOwnBytes(long bytes) => Interlocked.Add(ref _ownBytes, bytes);

    /// <summary>The id of a word, which may be new.</summary>
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

    /// <summary>Adds the words of a worker's table, which stays as it is.</summary>
    /// <param name="table">The table.</param>
    /// <param name="first">The part to begin with, so that workers do not wait for one another.</param>
    /// <param name="ids">Takes the id here of each id of the table; null where the table has the ids from here.</param>
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

    /// <summary>Adds the words of a vocabulary, all of which stay whatever the budget is.</summary>
    public void AddForGood(Utf8Table table)
    {
        _growsFreely = true;
        Add(table, 0, new int[table.IdsGiven]);
        _growsFreely = false;
    }

    /// <summary>For each id given, the final id, or -1 for a word outside the vocabulary.</summary>
    public int[] Map(Vocabulary vocabulary)
    {
        var map = new int[IdsGiven];
        Array.Fill(map, -1);
        Failures.Unwrap(() => Parallel.For(0, Parts, p => VocabularySelection.Map(_parts[p].Table, vocabulary, map)));
        for (int i = _same.Count - 1; i >= 0; i--)
            map[_same[i].Id] = map[_same[i].Same];
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
            // The word was dropped here and came back with another id, while the worker went on with the first.
            lock (_same)
                _same.Add((known, id));
        }
    }

    // The slots in use, ordered by part, and where each part ends.
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

    // Slots go by the lowest bits of the hash, parts by the highest.
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

    /// <summary>One of the tables; it is its own lock.</summary>
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

        public void Full(Utf8Table table) => table.Prune();

        public int IdOf(ulong low, ulong high, ReadOnlySpan<byte> longBytes) => _all.NextId();
    }
}
