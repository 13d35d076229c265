using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using NceFast.Corpus;
using NceFast.Numerics;

namespace NceFast.Vocab;

/// <summary>
/// Maps words to counts and ids by open addressing with linear probing over 32-byte entries. The zero-padded bytes of a word of
/// up to 16 bytes are its key, so that one comparison finds it. A longer word is found by its hash and compared with the arena.
/// </summary>
internal sealed unsafe class Utf8Table : IDisposable
{
    private const long MinSlots = 1024;
    private readonly ITableOwner? _owner;
    private Entry* _entries;
    private ulong _mask;
    private long _room;
    private int _nextId;
    private WordArena _arena = new();

    /// <summary>Creates an empty table.</summary>
    /// <param name="words">The expected number of words.</param>
    /// <param name="owner">Controls the memory; null when there is no limit.</param>
    /// <param name="minSlots">The smallest number of slots, a power of two.</param>
    public Utf8Table(long words = 0, ITableOwner? owner = null, long minSlots = MinSlots)
    {
        _owner = owner;
        long slots = minSlots;
        while (slots < words * 2)
            slots *= 2;
        Allocate(slots);
    }

    ~Utf8Table() => Free();

    /// <summary>Gets the number of words in the table.</summary>
    public long Count { get; private set; }

    /// <summary>Gets the number of ids that the table itself assigned, including those of dropped words.</summary>
    public int IdsGiven => _nextId;

    /// <summary>Gets the number of words of text whose counts were dropped.</summary>
    public long PrunedWords { get; private set; }

    /// <summary>
    /// Gets a lower bound of the distinct words that were dropped: the largest number in one call of <see cref="Prune"/>.
    /// </summary>
    public long PrunedDistinct { get; private set; }

    /// <summary>Gets the highest count that a word had when it was dropped; 0 when no word was dropped.</summary>
    public long PruneThreshold { get; private set; }

    /// <summary>
    /// Gets by how much the count of a word may be too low, because the word was dropped and then occurred again.
    /// </summary>
    public long MaxUndercount { get; private set; }

    /// <summary>Gets the number of slots, including free ones.</summary>
    public long SlotCount => (long)_mask + 1;

    /// <summary>Gets the memory of the slots in bytes.</summary>
    public long SlotBytes => SlotCount * sizeof(Entry);

    /// <summary>Gets the memory in bytes of the words of more than 16 bytes.</summary>
    public long ArenaBytes => _arena.Bytes;

    /// <summary>
    /// Computes the hash of a short word and prefetches the entry it points to, which is looked up a little later.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong Prefetch(ulong low, ulong high)
    {
        ulong hash = WordHash.Mix(low, high);
        if (Sse.IsSupported)
            Sse.Prefetch0(_entries + (hash & _mask));
        return hash;
    }

    /// <summary>
    /// Adds 1 to the count of a short word and returns its id. A word that is not in the table is added.
    /// <paramref name="hash"/> is the result of <see cref="Prefetch"/>.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int CountShort(ulong low, ulong high, ulong hash)
    {
        Entry* entries = _entries;
        ulong mask = _mask;
        for (ulong slot = hash & mask; ; slot = (slot + 1) & mask)
        {
            Entry* e = entries + slot;
            if (e->Low == low && e->High == high)
            {
                e->Count++;
                return e->Id;
            }

            if (e->Low == 0)
                return Add(low, high, default, 1)->Id;
        }
    }

    /// <summary>Adds 1 to the count of a word of more than 16 bytes and returns its id.</summary>
    public int CountLong(ReadOnlySpan<byte> word)
    {
        (ulong low, ulong high) = WordHash.LongKey(word);
        Entry* e = Find(low, high, word);
        if (e == null)
            return Add(low, high, word, 1)->Id;
        e->Count++;
        return e->Id;
    }

    /// <summary>Returns the id of a short word, or -1. <paramref name="hash"/> is the result of <see cref="Prefetch"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int FindShort(ulong low, ulong high, ulong hash)
    {
        Entry* entries = _entries;
        ulong mask = _mask;
        for (ulong slot = hash & mask; ; slot = (slot + 1) & mask)
        {
            Entry* e = entries + slot;
            if (e->Low == low && e->High == high)
                return e->Id;
            if (e->Low == 0)
                return -1;
        }
    }

    /// <summary>Returns the id of a word of more than 16 bytes, or -1.</summary>
    public int FindLong(ReadOnlySpan<byte> word)
    {
        (ulong low, ulong high) = WordHash.LongKey(word);
        Entry* e = Find(low, high, word);
        return e == null ? -1 : e->Id;
    }

    /// <summary>Returns the id that a word of another table has in this table, or -1.</summary>
    public int Find(Utf8Table other, in Entry entry)
    {
        Entry* e = Find(entry.Low, entry.High, other.LongBytes(entry));
        return e == null ? -1 : e->Id;
    }

    /// <summary>Adds a word of another table and its count to this table.</summary>
    /// <param name="other">The other table.</param>
    /// <param name="entry">The entry of the word.</param>
    /// <param name="id">The id of the word if it is new in this table; negative for the next free id.</param>
    /// <returns>The id of the word in this table.</returns>
    public int Merge(Utf8Table other, in Entry entry, int id = -1)
    {
        ReadOnlySpan<byte> bytes = other.LongBytes(entry);
        Entry* e = Find(entry.Low, entry.High, bytes);
        if (e == null)
            return Add(entry.Low, entry.High, bytes, entry.Count, id)->Id;
        e->Count = Sum(e->Count, entry.Count);
        return e->Id;
    }

    /// <summary>Returns the id of a word. A new word gets an entry with count 0, which <see cref="Prune"/> does not drop.</summary>
    public int Reserve(ulong low, ulong high, ReadOnlySpan<byte> longBytes)
    {
        Entry* e = Find(low, high, longBytes);
        return e == null ? Add(low, high, longBytes, 0)->Id : e->Id;
    }

    /// <summary>Adds a word with the next id. Returns false when the table already has the word.</summary>
    public bool TryAppend(ReadOnlySpan<byte> word, long count)
    {
        ReadOnlySpan<byte> bytes = Key(word, out ulong low, out ulong high);
        if (Find(low, high, bytes) != null)
            return false;
        Add(low, high, bytes, count);
        return true;
    }

    /// <summary>Adds to the count of a word, which may be new.</summary>
    public void AddCount(ReadOnlySpan<byte> word, long count)
    {
        ReadOnlySpan<byte> bytes = Key(word, out ulong low, out ulong high);
        Entry* e = Find(low, high, bytes);
        if (e == null)
            Add(low, high, bytes, count);
        else
            e->Count = Sum(e->Count, count);
    }

    /// <summary>Returns the entry of a slot. Free slots have count 0.</summary>
    public ref readonly Entry Slot(long slot) => ref _entries[slot];

    /// <summary>Returns the bytes of the word of an entry. <paramref name="scratch"/> receives those of a short word.</summary>
    public ReadOnlySpan<byte> Bytes(in Entry entry, Span<byte> scratch)
    {
        if (entry.IsLong)
            return _arena[entry.Long];
        MemoryMarshal.Write(scratch, entry.Low);
        MemoryMarshal.Write(scratch[8..], entry.High);
        int end = scratch[..ShortWord.MaxBytes].IndexOf((byte)0);
        return scratch[..(end < 0 ? ShortWord.MaxBytes : end)];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_entries != null)
            _owner?.Take(-SlotBytes - _arena.Bytes);
        Free();
        GC.SuppressFinalize(this);
    }

    /// <summary>Computes the key of a word. Returns the bytes of a long word, and nothing for a short one.</summary>
    public static ReadOnlySpan<byte> Key(ReadOnlySpan<byte> word, out ulong low, out ulong high)
    {
        if (word.Length > ShortWord.MaxBytes)
        {
            (low, high) = WordHash.LongKey(word);
            return word;
        }

        fixed (byte* p = word)
            ShortWord.LoadCareful(p, word.Length, out low, out high);
        return default;
    }

    private ReadOnlySpan<byte> LongBytes(in Entry entry) => entry.IsLong ? _arena[entry.Long] : default;

    private static long Sum(long a, long b)
    {
        if (b > Vocabulary.MaxTotalWords - a)
            Throw.Input(Vocabulary.TooMany("the counts of a word"));
        return a + b;
    }

    private Entry* Find(ulong low, ulong high, ReadOnlySpan<byte> longBytes)
    {
        for (ulong slot = WordHash.Mix(low, high) & _mask; ; slot = (slot + 1) & _mask)
        {
            Entry* e = _entries + slot;
            if (e->Low == 0)
                return null;
            if (e->Low == low && e->High == high && (!e->IsLong || _arena[e->Long].SequenceEqual(longBytes)))
                return e;
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private Entry* Add(ulong low, ulong high, ReadOnlySpan<byte> longBytes, long count, int id = -1)
    {
        if (Count == _room)
            MakeRoom();
        if (longBytes.Length > 0)
            MakeRoom(longBytes.Length);

        var entry = new Entry { Low = low, High = high, Count = count, Id = id >= 0 ? id : NextId(low, high, longBytes) };
        if (longBytes.Length > 0)
            entry.Long = _arena.Add(longBytes);
        Count++;
        return Place(entry);
    }

    private int NextId(ulong low, ulong high, ReadOnlySpan<byte> longBytes)
    {
        int id = _owner is null ? -1 : _owner.IdOf(low, high, longBytes);
        if (id >= 0)
            return id;
        if (_nextId == int.MaxValue)
            Throw.Memory($"More than {int.MaxValue:N0} distinct words; clean the text.");
        return _nextId++;
    }

    private Entry* Place(in Entry entry)
    {
        ulong slot = WordHash.Mix(entry.Low, entry.High) & _mask;
        while (_entries[slot].Low != 0)
            slot = (slot + 1) & _mask;
        _entries[slot] = entry;
        return _entries + slot;
    }

    private void MakeRoom()
    {
        // While the entries move, both the old and the new slots exist.
        if (_owner is null || _owner.TryTake(this, 2 * SlotBytes))
        {
            Grow();
            return;
        }

        if (_room < TightRoom)
        {
            _room = TightRoom; // look-ups become slower, but no word is lost
            return;
        }

        _owner.OnFull(this);
        if (Count >= _room)
        {
            _owner.Take(2 * SlotBytes);
            Grow();
        }
    }

    // Makes room for a word in the arena.
    private void MakeRoom(int length)
    {
        long need = _owner is null ? 0 : _arena.Need(length);
        if (need == 0 || _owner!.TryTake(this, need))
            return;
        _owner.OnFull(this);
        _owner.Take(_arena.Need(length));
    }

    /// <summary>Doubles the number of slots. The caller has taken the memory.</summary>
    private void Grow()
    {
        Entry* old = _entries;
        long slots = SlotCount, bytes = SlotBytes;
        Allocate(slots * 2, isTaken: true);
        for (long i = 0; i < slots; i++)
        {
            if (old[i].Low != 0)
                Place(old[i]);
        }

        NativeMemory.AlignedFree(old);
        _owner?.Take(-bytes);
    }

    /// <summary>Removes all words. Ids are not assigned again.</summary>
    /// <param name="slots">The new number of slots, a power of two.</param>
    public void Clear(long slots)
    {
        Count = 0;
        if (slots == SlotCount)
        {
            _arena.Keep([]);
            NativeMemory.Clear(_entries, (nuint)SlotBytes);
            _room = slots / 8 * 5;
            return;
        }

        long bytes = SlotBytes + _arena.Bytes;
        _arena = new WordArena();
        NativeMemory.AlignedFree(_entries);
        _entries = null;
        _owner?.Take(-bytes);
        Allocate(slots);
    }

    /// <summary>
    /// Drops the rarest words, in the order of their counts, until a quarter of the room is free. Words with count 0 are kept,
    /// because blocks already contain their ids.
    /// </summary>
    public void Prune()
    {
        long threshold = 0, kept = Count, keptBytes = long.MaxValue;
        while ((kept > _room / 4 * 3 || keptBytes > _arena.Bytes / 4 * 3) && threshold < long.MaxValue)
        {
            long last = threshold;
            threshold = Next(last);
            (kept, keptBytes) = Above(threshold);
        }

        if (threshold == long.MaxValue)
            threshold = 0; // no word has a count
        if (threshold > 0)
            KeepAbove(threshold);
    }

    // Returns the smallest count above another count.
    private long Next(long count)
    {
        long next = long.MaxValue;
        for (long i = 0; i < SlotCount; i++)
        {
            if (_entries[i].Count > count)
                next = Math.Min(next, _entries[i].Count);
        }

        return next;
    }

    private (long Words, long Bytes) Above(long threshold)
    {
        long words = 0, bytes = 0;
        for (long i = 0; i < SlotCount; i++)
        {
            ref readonly Entry e = ref _entries[i];
            if (e.Low == 0 || IsDropped(e, threshold))
                continue;
            words++;
            if (e.IsLong)
                bytes += _arena[e.Long].Length + sizeof(long);
        }

        return (words, bytes);
    }

    private static bool IsDropped(in Entry e, long threshold) => e.Count > 0 && e.Count <= threshold;

    // Works in place, because there is no free memory.
    private void KeepAbove(long threshold)
    {
        long free = 0, dropped = 0;
        while (_entries[free].Low != 0)
            free++;
        var longWords = new List<int>();
        for (long i = 0; i < SlotCount; i++)
        {
            ref Entry e = ref _entries[i];
            if (IsDropped(e, threshold))
            {
                PrunedWords += e.Count;
                dropped++;
                e = default;
            }
            else if (e.Low != 0 && e.IsLong)
            {
                longWords.Add(e.Long);
            }
        }

        Count -= dropped;
        PrunedDistinct = Math.Max(PrunedDistinct, dropped);
        PruneThreshold = Math.Max(PruneThreshold, threshold);
        MaxUndercount += threshold;
        Renumber(longWords);
        PlaceAgain(free);
    }

    private void Renumber(List<int> longWords)
    {
        longWords.Sort();
        ReadOnlySpan<int> kept = CollectionsMarshal.AsSpan(longWords);
        for (long i = 0; i < SlotCount; i++)
        {
            ref Entry e = ref _entries[i];
            if (e.Low != 0 && e.IsLong)
                e.Long = kept.BinarySearch(e.Long);
        }

        _arena.Keep(kept);
    }

    // Linear probing allows no free slot between an entry and its home slot. Starting after a slot that was free, each entry can only move
    // towards its home slot.
    private void PlaceAgain(long free)
    {
        for (long n = 1; n < SlotCount; n++)
        {
            long i = (free + n) & (long)_mask;
            Entry e = _entries[i];
            if (e.Low == 0)
                continue;
            _entries[i].Low = 0;
            _entries[i].Count = 0;
            Place(e);
        }
    }

    private long TightRoom => SlotCount / 8 * 7;

    private void Allocate(long slots, bool isTaken = false)
    {
        nuint bytes = (nuint)slots * (nuint)sizeof(Entry);
        try
        {
            _entries = (Entry*)AlignedMemory.AllocateUncounted(bytes, bytes >= 2 << 20 ? 2u << 20 : 64u);
        }
        catch (OutOfMemoryException e)
        {
            Throw.Memory($"A table of {slots:N0} words needs {bytes:N0} bytes, which this machine does not have; lower the memory limit of the vocabulary.", e);
        }

        if (!isTaken)
            _owner?.Take((long)bytes);
        HugePages.Advise(_entries, bytes);
        NativeMemory.Clear(_entries, bytes);
        _mask = (ulong)slots - 1;
        _room = slots / 8 * 5;
    }

    private void Free()
    {
        NativeMemory.AlignedFree(_entries);
        _entries = null;
    }

    /// <summary>The entry of a word. All fields of a free slot are zero.</summary>
    public struct Entry
    {
        /// <summary>
        /// The first 8 bytes of a short word, or hash bits and <see cref="WordHash.LongMark"/> for a long word; 0 in a free slot.
        /// </summary>
        public ulong Low;

        /// <summary>The next 8 bytes of a short word, or more hash bits for a long word.</summary>
        public ulong High;

        /// <summary>The number of occurrences.</summary>
        public long Count;

        /// <summary>The id. Ids are assigned in the order of first occurrence.</summary>
        public int Id;

        /// <summary>The index of a long word in the arena.</summary>
        public int Long;

        public readonly bool IsLong => (byte)Low == WordHash.LongMark;
    }
}
