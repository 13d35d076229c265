using System.Runtime.CompilerServices;
using NceFast.Corpus;
using NceFast.Vocab;

namespace NceFast.Blocks;

/// <summary>Counts words and writes their provisional ids, -1 at each sentence's end.</summary>
internal unsafe struct CodeSink(Utf8Table table, int* codes) : ILookUpSink
{
    public int Length;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Short(ulong low, ulong high, ulong hash) => codes[Length++] = table.CountShort(low, high, hash);

    public void Long(ReadOnlySpan<byte> word) => codes[Length++] = table.CountLong(word);

    public void EndSentence() => codes[Length++] = -1;
}

/// <summary>Writes the ids of known words into a block.</summary>
internal unsafe struct BlockSink(Utf8Table table, TokenBlock block, int* ids, int unknown) : ILookUpSink
{
    private int _count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Short(ulong low, ulong high, ulong hash) => Put(table.FindShort(low, high, hash));

    public void Long(ReadOnlySpan<byte> word) => Put(table.FindLong(word));

    public readonly void EndSentence() => block.EndSentenceAt(_count);

    // An unknown word is written too, but the next one overwrites it: no branch to mispredict.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Put(int id)
    {
        id = id < 0 ? unknown : id;
        ids[_count] = id;
        _count += (int)(~(uint)id >> 31);
    }
}
