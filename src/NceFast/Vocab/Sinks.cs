using System.Runtime.CompilerServices;
using NceFast.Corpus;

namespace NceFast.Vocab;

/// <summary>
/// Short words whose table entries were asked for and that are looked up together: a look-up that misses the cache then
/// waits with the others, not before them, and reading of text goes on meanwhile.
/// </summary>
internal unsafe struct WaitingWords
{
    private const int Most = 32;
    private fixed ulong _low[Most], _high[Most], _hash[Most];

    public int Count;

    /// <summary>Appends a word; true when no other has room before these are looked up.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Add(Utf8Table table, ulong low, ulong high)
    {
        int i = Count;
        _low[i] = low;
        _high[i] = high;
        _hash[i] = table.Ask(low, high);
        Count = i + 1;
        return i == Most - 1;
    }

    /// <summary>Counts word <paramref name="i"/> once; returns its id.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int CountIn(Utf8Table table, int i) => table.CountShort(_low[i], _high[i], _hash[i]);

    /// <summary>Id of word <paramref name="i"/>, or -1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int FindIn(Utf8Table table, int i) => table.FindShort(_low[i], _high[i], _hash[i]);
}

/// <summary>Counts words.</summary>
internal struct CountSink(Utf8Table table) : ITokenSink
{
    private WaitingWords _waiting;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Short(ulong low, ulong high, int length)
    {
        if (_waiting.Add(table, low, high))
            LookUp();
    }

    public void Long(ReadOnlySpan<byte> word)
    {
        LookUp();
        table.CountLong(word);
    }

    public void EndSentence() => LookUp();

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void LookUp()
    {
        for (int i = 0; i < _waiting.Count; i++)
            _waiting.CountIn(table, i);
        _waiting.Count = 0;
    }
}

/// <summary>Counts words and writes their provisional ids, -1 at each sentence's end.</summary>
internal unsafe struct CodeSink(Utf8Table table, int* codes) : ITokenSink
{
    /// <summary>Codes written; all of them are at a sentence's end.</summary>
    public int Length;

    private WaitingWords _waiting;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Short(ulong low, ulong high, int length)
    {
        if (_waiting.Add(table, low, high))
            LookUp();
    }

    public void Long(ReadOnlySpan<byte> word)
    {
        LookUp();
        codes[Length++] = table.CountLong(word);
    }

    public void EndSentence()
    {
        LookUp();
        codes[Length++] = -1;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void LookUp()
    {
        for (int i = 0; i < _waiting.Count; i++)
            codes[Length + i] = _waiting.CountIn(table, i);
        Length += _waiting.Count;
        _waiting.Count = 0;
    }
}

/// <summary>Writes the ids of known words into a block.</summary>
internal unsafe struct BlockSink(Utf8Table table, TokenBlock block, int* ids, int unknown) : ITokenSink
{
    private WaitingWords _waiting;
    private int _count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Short(ulong low, ulong high, int length)
    {
        if (_waiting.Add(table, low, high))
            LookUp();
    }

    public void Long(ReadOnlySpan<byte> word)
    {
        LookUp();
        Put(table.FindLong(word));
    }

    public void EndSentence()
    {
        LookUp();
        block.EndSentenceAt(_count);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void LookUp()
    {
        for (int i = 0; i < _waiting.Count; i++)
            Put(_waiting.FindIn(table, i));
        _waiting.Count = 0;
    }

    // An unknown word is written too, but the next one overwrites it: no branch to mispredict.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Put(int id)
    {
        id = id < 0 ? unknown : id;
        ids[_count] = id;
        _count += (int)(~(uint)id >> 31);
    }
}
