using System.Numerics;
using System.Runtime.CompilerServices;

namespace NceFast.NGrams.Internals;

/// <summary>
/// The n-grams of one order above 1, as a hash table with open addressing. The key of an n-gram is the slot of its first n - 1 words in the
/// table of the order below (or the word itself, of a bigram) and its last word, so that no two n-grams have the same key. A slot has 16 bytes.
/// </summary>
internal sealed class NgramTable
{
    /// <summary>The largest number of n-grams of an order.</summary>
    public const int MostGrams = (int)(MostSlots * 0.8);

    private const int LeastSlots = 8, MostSlots = 0x7FFFFFC0;
    private const double Load = 0.8;
    private readonly long _expected;
    private Slot[] _slots;

    /// <summary>Creates an empty table.</summary>
    /// <param name="expected">The number of n-grams that will be added.</param>
    /// <param name="room">The number of n-grams for which memory is allocated at first.</param>
    public NgramTable(long expected, long room)
    {
        _expected = expected;
        _slots = new Slot[SlotsFor(Math.Min(expected, room))];
    }

    /// <summary>Gets the number of n-grams.</summary>
    public long Count { get; private set; }

    /// <summary>Finds an n-gram.</summary>
    /// <param name="context">The slot of its first words.</param>
    /// <param name="word">Its last word.</param>
    /// <returns>The slot; -1 if there is no such n-gram.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Find(int context, int word)
    {
        Slot[] slots = _slots;
        ulong key = Key(context, word);
        for (int at = Home(key, slots.Length); ; at = at + 1 == slots.Length ? 0 : at + 1)
        {
            ulong found = slots[at].Key;
            if (found == key)
                return at;
            if (found == 0)
                return -1;
        }
    }

    /// <summary>Gets the logarithm of the probability to the base 10.</summary>
    public float LogProbability(int slot) => _slots[slot].LogProbability;

    /// <summary>Gets the logarithm of the weight of the lower order after the n-gram, to the base 10.</summary>
    public float LogBackoff(int slot) => _slots[slot].LogBackoff;

    /// <summary>Adds an n-gram. Slots change while n-grams are added.</summary>
    /// <returns>False if the table has it.</returns>
    public bool TryAdd(int context, int word, float logProbability, float logBackoff)
    {
        if (Count + 1 > _slots.Length * Load)
            Grow();
        return TryPut(new Slot(Key(context, word), logProbability, logBackoff));
    }

    private bool TryPut(in Slot slot)
    {
        int at = Home(slot.Key, _slots.Length);
        for (; _slots[at].Key != 0; at = at + 1 == _slots.Length ? 0 : at + 1)
        {
            if (_slots[at].Key == slot.Key)
                return false;
        }

        _slots[at] = slot;
        Count++;
        return true;
    }

    private void Grow()
    {
        Slot[] old = _slots;
        _slots = new Slot[SlotsFor(Math.Min(_expected, 2 * Count))];
        Count = 0;
        foreach (ref readonly Slot slot in old.AsSpan())
        {
            if (slot.Key != 0)
                TryPut(slot);
        }
    }

    private static int SlotsFor(long grams) => (int)Math.Clamp((long)(grams / Load) + 2, LeastSlots, MostSlots);

    // An empty slot has the key 0.
    private static ulong Key(int context, int word) => (((ulong)(uint)context << 32) | (uint)word) + 1;

    // Multiplies by a constant (Knuth 1998, section 6.4), and scales to the number of slots.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Home(ulong key, int slots)
    {
        key *= 0x9E3779B97F4A7C15;
        key = BitOperations.RotateLeft(key, 32) ^ key;
        return (int)Math.BigMul(key * 0xD6E8FEB86659FD93, (ulong)slots, out _);
    }

    private readonly record struct Slot(ulong Key, float LogProbability, float LogBackoff);
}
