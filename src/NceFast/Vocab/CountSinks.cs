using System.Runtime.CompilerServices;
using NceFast.Corpus;

namespace NceFast.Vocab;

/// <summary>
/// Receives words as <see cref="ITokenSink"/> does. A short word comes with the hash from <see cref="Utf8Table.Prefetch"/>.
/// </summary>
internal interface ILookUpSink
{
    void Short(ulong low, ulong high, ulong hash);

    void Long(ReadOnlySpan<byte> word);

    void EndSentence();
}

/// <summary>
/// Delays the look-up of short words until 32 of them are collected, and prefetches their table entries meanwhile. The cache
/// misses of these words then overlap. No word is delayed beyond the end of its sentence.
/// </summary>
internal unsafe struct WaitingWords<TSink>(Utf8Table table, TSink sink) : ITokenSink
    where TSink : struct, ILookUpSink
{
    private const int Capacity = 32;
    private fixed ulong _low[Capacity], _high[Capacity], _hash[Capacity];
    private int _count;

    /// <summary>Receives the words, in their order in the text.</summary>
    public TSink Sink = sink;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Short(ulong low, ulong high, int length)
    {
        int i = _count;
        _low[i] = low;
        _high[i] = high;
        _hash[i] = table.Prefetch(low, high);
        _count = i + 1;
        if (i == Capacity - 1)
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
