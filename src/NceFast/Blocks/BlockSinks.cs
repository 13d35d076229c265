using System.Runtime.CompilerServices;
using NceFast.Corpus;
using NceFast.Vocab;

namespace NceFast.Blocks;

/// <summary>Counts words and writes their provisional ids. It writes -1 at the end of each sentence.</summary>
internal unsafe struct CodeSink(Utf8Table table, int* codes) : ILookUpSink
{
    public int Length;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Short(ulong low, ulong high, ulong hash) => codes[Length++] = table.CountShort(low, high, hash);

    public void Long(ReadOnlySpan<byte> word) => codes[Length++] = table.CountLong(word);

    public void EndSentence() => codes[Length++] = -1;
}

/// <summary>Writes the ids of the words that are in the vocabulary to a block.</summary>
internal unsafe struct BlockSink(Utf8Table table, TokenBlock block, int* ids, int unknown) : ILookUpSink
{
    private int _count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Short(ulong low, ulong high, ulong hash) => Put(table.FindShort(low, high, hash));

    public void Long(ReadOnlySpan<byte> word) => Put(table.FindLong(word));

    public readonly void EndSentence() => block.EndSentenceAt(_count);

    // The id of an unknown word is written too, and the next id overwrites it. This avoids a branch that would often be mispredicted.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Put(int id)
    {
        id = id < 0 ? unknown : id;
        ids[_count] = id;
        _count += (int)(~(uint)id >> 31);
    }
}
