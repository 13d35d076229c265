namespace NceFast.Vocab;

/// <summary>Stores the bytes of words of more than 16 bytes, numbered from 0.</summary>
internal sealed class WordArena
{
    private const int FirstPageBytes = 1 << 13;
    private const int MostPageBytes = 1 << StartBits;
    private const int LengthBits = 13;
    private const int StartBits = 18;
    private readonly List<byte[]> _pages = [];
    private readonly List<long> _locations = [];
    private int _page = -1;
    private int _used = MostPageBytes;

    /// <summary>Gets the memory of the arena in bytes.</summary>
    public long Bytes { get; private set; }

    public ReadOnlySpan<byte> this[int index]
    {
        get
        {
            long location = _locations[index];
            int length = (int)location & ((1 << LengthBits) - 1);
            int start = (int)(location >> LengthBits) & ((1 << StartBits) - 1);
            return _pages[(int)(location >> (LengthBits + StartBits))].AsSpan(start, length);
        }
    }

    /// <summary>Returns the additional memory in bytes that one more word needs.</summary>
    public long Need(int length)
    {
        long locations = _locations.Count == _locations.Capacity ? Math.Max(4, _locations.Capacity) * sizeof(long) : 0;
        return locations + (Fits(length) || _page + 1 < _pages.Count ? 0 : NextPageBytes);
    }

    public int Add(ReadOnlySpan<byte> word)
    {
        int capacity = _locations.Capacity;
        _locations.Add(Put(word));
        Bytes += (_locations.Capacity - capacity) * (long)sizeof(long);
        return _locations.Count - 1;
    }

    /// <summary>Removes all words except some, and keeps the memory.</summary>
    /// <param name="kept">The ascending indices of the words that stay. Afterwards they are numbered from 0 in this order.</param>
    public void Keep(ReadOnlySpan<int> kept)
    {
        (_page, _used) = (-1, MostPageBytes);
        for (int i = 0; i < kept.Length; i++)
            _locations[i] = Put(this[kept[i]]); // a word never moves towards the end, so no word is overwritten before it has moved
        _locations.RemoveRange(kept.Length, _locations.Count - kept.Length);
    }

    private int NextPageBytes => Math.Min(MostPageBytes, FirstPageBytes << Math.Min(StartBits, _pages.Count));

    private bool Fits(int length) => _page >= 0 && _used + length <= _pages[_page].Length;

    private long Put(ReadOnlySpan<byte> word)
    {
        if (!Fits(word.Length))
        {
            if (++_page == _pages.Count)
            {
                Bytes += NextPageBytes;
                _pages.Add(new byte[NextPageBytes]);
            }

            _used = 0;
        }

        word.CopyTo(_pages[_page].AsSpan(_used));
        long start = ((long)_page << StartBits) | (uint)_used;
        _used += word.Length;
        return (start << LengthBits) | (uint)word.Length;
    }
}
