using NceFast.Vocab;

namespace NceFast.Store;

/// <summary>Finds the id of a word by its bytes. The table has open addressing and takes 8 to 16 bytes per word.</summary>
internal sealed class WordIndex
{
    private readonly WordList _words;
    private readonly int[] _slots;

    /// <summary>Indexes all words; of equal words the first is kept.</summary>
    public WordIndex(WordList words)
    {
        _words = words;
        _slots = new int[Math.Max(16, System.Numerics.BitOperations.RoundUpToPowerOf2((ulong)words.Count * 2))];
        for (int id = 0; id < words.Count; id++)
        {
            ref int slot = ref Slot(words[id]);
            if (slot == 0)
                slot = id + 1;
            else
                Duplicates++;
        }
    }

    /// <summary>Gets the number of words that are equal to an earlier one.</summary>
    public int Duplicates { get; }

    /// <summary>Returns the first id of a word; -1 when it is absent.</summary>
    public int Find(ReadOnlySpan<byte> word) => Slot(word) - 1;

    private ref int Slot(ReadOnlySpan<byte> word)
    {
        // HashCode has a random seed per process, so no file can be built to cause collisions.
        var hash = default(HashCode);
        hash.AddBytes(word);
        int mask = _slots.Length - 1;
        int at = hash.ToHashCode() & mask;
        while (_slots[at] != 0 && !word.SequenceEqual(_words[_slots[at] - 1]))
            at = (at + 1) & mask;
        return ref _slots[at];
    }
}
