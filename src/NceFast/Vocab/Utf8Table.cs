using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using NceFast.Corpus;
using NceFast.Numerics;

namespace NceFast.Vocab;

/// <summary>
/// Words to counts and ids: open addressing with linear probing over 32-byte entries. A word of up to 16 bytes is its
/// own zero-padded key, compared at one look; a longer one is found by its hash, then compared in the arena.
/// </summary>
internal sealed unsafe class Utf8Table : IDisposable
{
    private const long MinSlots = 1024;
    private readonly long _limit;
    private readonly Action<Utf8Table>? _pruned;
    private Entry* _entries;
    private ulong _mask;
    private long _room;
    private int _nextId;
    private WordArena _arena = new();

    /// <summary>Makes an empty table.</summary>
    /// <param name="words">Words expected.</param>
    /// <param name="limitBytes">Memory above which rare words are dropped.</param>
    /// <param name="pruned">Told of each dropping.</param>
    public Utf8Table(long words = 0, long limitBytes = long.MaxValue, Action<Utf8Table>? pruned = null)
    {
        _limit = limitBytes;
        _pruned = pruned;
        long slots = MinSlots;
        while (slots < words * 2)
            slots *= 2;
        Allocate(slots);
    }

    ~Utf8Table() => Free();

    /// <summary>Words held.</summary>
    public long Count { get; private set; }

    /// <summary>Ids given so far, those of dropped words included; the next word counted gets this id.</summary>
    public int IdsGiven => _nextId;

    /// <summary>Words of text whose count was dropped.</summary>
    public long PrunedWords { get; private set; }

    /// <summary>Words with at most this count were dropped; 0 when none were.</summary>
    public long PruneThreshold { get; private set; }

    private long Slots => (long)_mask + 1;

    private long ArenaLimit => Math.Max(_limit / 3, 2 * WordArena.PageBytes);

    /// <summary>Hash of a short word; asks for the entry where it points, for a look-up a little later.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong Ask(ulong low, ulong high)
    {
        ulong hash = WordHash.Mix(low, high);
        if (Sse.IsSupported)
            Sse.Prefetch0(_entries + (hash & _mask));
        return hash;
    }

    /// <summary>Counts a short word once, given what <see cref="Ask"/> returned for it; returns its id, a new one at first sight.</summary>
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
                return Add(low, high, default, 1);
        }
    }

    /// <summary>Counts a word of more than 16 bytes once.</summary>
    public int CountLong(ReadOnlySpan<byte> word)
    {
        (ulong low, ulong high) = WordHash.LongKey(word);
        Entry* e = Find(low, high, word);
        if (e == null)
            return Add(low, high, word, 1);
        e->Count++;
        return e->Id;
    }

    /// <summary>Id of a short word, or -1; <paramref name="hash"/> is what <see cref="Ask"/> returned for it.</summary>
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

    /// <summary>Id of a word of more than 16 bytes, or -1.</summary>
    public int FindLong(ReadOnlySpan<byte> word)
    {
        (ulong low, ulong high) = WordHash.LongKey(word);
        Entry* e = Find(low, high, word);
        return e == null ? -1 : e->Id;
    }

    /// <summary>Id of another table's word in this one, or -1.</summary>
    public int Find(Utf8Table other, in Entry entry)
    {
        Entry* e = Find(entry.Low, entry.High, other.LongBytes(entry));
        return e == null ? -1 : e->Id;
    }

    /// <summary>Adds another table's word and count to this one.</summary>
    public void Merge(Utf8Table other, in Entry entry)
    {
        ReadOnlySpan<byte> bytes = other.LongBytes(entry);
        Entry* e = Find(entry.Low, entry.High, bytes);
        if (e == null)
            Add(entry.Low, entry.High, bytes, entry.Count);
        else
            e->Count += entry.Count;
    }

    /// <summary>Adds a word that is to have the next id; returns false when it is there already.</summary>
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
            e->Count += count;
    }

    /// <summary>The entry of a slot; free ones have no count.</summary>
    public ref readonly Entry Slot(long slot) => ref _entries[slot];

    /// <summary>Number of slots, free ones included.</summary>
    public long SlotCount => Slots;

    /// <summary>The bytes of an entry's word; <paramref name="scratch"/> holds a short one.</summary>
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
        Free();
        GC.SuppressFinalize(this);
    }

    // The key of a word; its bytes too when it is a long one.
    private static ReadOnlySpan<byte> Key(ReadOnlySpan<byte> word, out ulong low, out ulong high)
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
    private int Add(ulong low, ulong high, ReadOnlySpan<byte> longBytes, long count)
    {
        if (Count == _room)
            MakeRoom();
        else if (longBytes.Length > 0 && _arena.Bytes > ArenaLimit)
            Prune();
        if (_nextId == int.MaxValue)
            Throw.Memory($"More than {int.MaxValue:N0} distinct words; clean the text.");

        var entry = new Entry { Low = low, High = high, Count = count, Id = _nextId++ };
        if (longBytes.Length > 0)
            entry.Long = _arena.Add(longBytes);
        Place(entry);
        Count++;
        return entry.Id;
    }

    private void Place(in Entry entry)
    {
        ulong slot = WordHash.Mix(entry.Low, entry.High) & _mask;
        while (_entries[slot].Low != 0)
            slot = (slot + 1) & _mask;
        _entries[slot] = entry;
    }

    private void MakeRoom()
    {
        // Both the old and the new table exist while entries move; a third of the limit is the arena's.
        if (3 * Slots * sizeof(Entry) > _limit / 3 * 2)
        {
            Prune();
            return;
        }

        Entry* old = _entries;
        long slots = Slots;
        Allocate(slots * 2);
        for (long i = 0; i < slots; i++)
        {
            if (old[i].Low != 0)
                Place(old[i]);
        }

        NativeMemory.AlignedFree(old);
    }

    /// <summary>Drops the rarest words, count by count, until half of the room is free.</summary>
    private void Prune()
    {
        long kept = Count, keptBytes = long.MaxValue;
        while (kept > _room / 2 || keptBytes > ArenaLimit / 2)
        {
            long next = long.MaxValue;
            kept = keptBytes = 0;
            PruneThreshold++;
            for (long i = 0; i < Slots; i++)
            {
                if (_entries[i].Count <= PruneThreshold)
                    continue;
                next = Math.Min(next, _entries[i].Count);
                kept++;
                if (_entries[i].IsLong)
                    keptBytes += _arena[_entries[i].Long].Length + sizeof(long);
            }

            if (kept > _room / 2 || keptBytes > ArenaLimit / 2)
                PruneThreshold = Math.Max(PruneThreshold, next - 1);
        }

        KeepAbove(PruneThreshold, kept);
        _pruned?.Invoke(this);
    }

    private void KeepAbove(long threshold, long kept)
    {
        var survivors = (Entry*)NativeMemory.Alloc((nuint)Math.Max(1, kept), (nuint)sizeof(Entry));
        var arena = new WordArena();
        long n = 0;
        for (long i = 0; i < Slots; i++)
        {
            Entry e = _entries[i];
            if (e.Count <= threshold)
            {
                PrunedWords += e.Count;
                continue;
            }

            if (e.IsLong)
                e.Long = arena.Add(_arena[e.Long]);
            survivors[n++] = e;
        }

        _arena = arena;
        NativeMemory.Clear(_entries, (nuint)Slots * (nuint)sizeof(Entry));
        for (long i = 0; i < n; i++)
            Place(survivors[i]);
        Count = n;
        NativeMemory.Free(survivors);
    }

    private void Allocate(long slots)
    {
        nuint bytes = (nuint)slots * (nuint)sizeof(Entry);
        try
        {
            _entries = (Entry*)NativeMemory.AlignedAlloc(bytes, bytes >= 2 << 20 ? 2u << 20 : 64u);
        }
        catch (OutOfMemoryException e)
        {
            Throw.Memory($"A table of {slots:N0} words needs {bytes:N0} bytes, which this machine did not give; lower the vocabulary's memory limit.", e);
        }

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

    /// <summary>One word; all zero when free.</summary>
    public struct Entry
    {
        /// <summary>First 8 bytes, or the hash of a long word with <see cref="WordHash.LongMark"/>; 0 when free.</summary>
        public ulong Low;

        /// <summary>Next 8 bytes, or more of the hash.</summary>
        public ulong High;

        /// <summary>Times counted.</summary>
        public long Count;

        /// <summary>Id, by order of first sight.</summary>
        public int Id;

        /// <summary>Number of a long word in the arena.</summary>
        public int Long;

        public readonly bool IsLong => (byte)Low == WordHash.LongMark;
    }
}
