namespace NceFast.Vocab;

/// <summary>Bytes of words of more than 16 bytes, numbered from 0.</summary>
internal sealed class WordArena
{
    /// <summary>Bytes taken at once.</summary>
    public const int PageBytes = 1 << 18;

    private const int LengthBits = 13;
    private const int OffsetBits = 18;
    private readonly List<byte[]> _pages = [];
    private readonly List<long> _places = [];
    private int _used = PageBytes;

    /// <summary>Memory taken, in bytes.</summary>
    public long Bytes => ((long)_pages.Count * PageBytes) + ((long)_places.Capacity * sizeof(long));

    public ReadOnlySpan<byte> this[int index]
    {
        get
        {
            long place = _places[index];
            int length = (int)place & ((1 << LengthBits) - 1);
            int offset = (int)(place >> LengthBits) & ((1 << OffsetBits) - 1);
            return _pages[(int)(place >> (LengthBits + OffsetBits))].AsSpan(offset, length);
        }
    }

    public int Add(ReadOnlySpan<byte> word)
    {
        if (_used + word.Length > PageBytes)
        {
            _pages.Add(new byte[PageBytes]);
            _used = 0;
        }

        word.CopyTo(_pages[^1].AsSpan(_used));
        long start = ((long)(_pages.Count - 1) << OffsetBits) | (uint)_used;
        _places.Add((start << LengthBits) | (uint)word.Length);
        _used += word.Length;
        return _places.Count - 1;
    }
}
