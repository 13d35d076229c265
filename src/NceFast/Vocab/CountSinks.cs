using System.Runtime.CompilerServices;
using NceFast.Corpus;

namespace NceFast.Vocab;

/// <summary>Takes words as <see cref="ITokenSink"/> does, short ones with the hash that <see cref="Utf8Table.Ask"/> gave.</summary>
internal interface ILookUpSink
{
    void Short(ulong low, ulong high, ulong hash);

    void Long(ReadOnlySpan<byte> word);

    void EndSentence();
}

/// <summary>
/// Keeps short words back until some dozens of them can be looked up together, their table entries asked for as they come: a
/// look-up that misses the cache then waits with the others, not before them. Nothing is held back at a sentence's end.
/// </summary>
internal unsafe struct WaitingWords<TSink>(Utf8Table table, TSink sink) : ITokenSink
    where TSink : struct, ILookUpSink
{
    private const int Most = 32;
    private fixed ulong _low[Most], _high[Most], _hash[Most];
    private int _count;

    /// <summary>Takes the words, in the order they came.</summary>
    public TSink Sink = sink;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Short(ulong low, ulong high, int length)
    {
        int i = _count;
        _low[i] = low;
        _high[i] = high;
        _hash[i] = table.Ask(low, high);
        _count = i + 1;
        if (i == Most - 1)
            LookUp();
    }

    public void Long(ReadOnlySpan<byte> word)
    {
        LookUp();
        Sink.Long(word);
    }

    public void EndSentence()
    {
        LookUp();
        Sink.EndSentence();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void LookUp()
    {
        for (int i = 0; i < _count; i++)
            Sink.Short(_low[i], _high[i], _hash[i]);
        _count = 0;
    }
}

/// <summary>Counts words.</summary>
internal readonly struct CountSink(Utf8Table table) : ILookUpSink
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Short(ulong low, ulong high, ulong hash) => table.CountShort(low, high, hash);

    public void Long(ReadOnlySpan<byte> word) => table.CountLong(word);

    public void EndSentence()
    {
    }
}
