using System.Text;

namespace NceFast.Vocab;

/// <summary>Words as UTF-8 bytes in one arena, numbered from 0; no string a word. Immutable once built.</summary>
public sealed class WordList
{
    private readonly byte[][] _pages;
    private readonly long[] _locations;
    private const int LengthBits = 24;
    private const int StartBits = 20;

    private WordList(byte[][] pages, long[] locations)
    {
        _pages = pages;
        _locations = locations;
    }

    /// <summary>Number of words.</summary>
    public int Count => _locations.Length;

    /// <summary>The bytes of a word, as they stood in the text (not always valid UTF-8).</summary>
    /// <param name="id">Word id, 0 to <see cref="Count"/> - 1.</param>
    /// <returns>Managed memory that never changes, valid without end.</returns>
    public ReadOnlySpan<byte> this[int id]
    {
        get
        {
            long location = _locations[id];
            int length = (int)(location & ((1L << LengthBits) - 1));
            int start = (int)(location >> LengthBits) & ((1 << StartBits) - 1);
            return _pages[location >> (LengthBits + StartBits)].AsSpan(start, length);
        }
    }

    /// <summary>The word as a string; bytes that are not UTF-8 become U+FFFD.</summary>
    public string GetString(int id) => Encoding.UTF8.GetString(this[id]);

    /// <summary>Collects words, then makes the list.</summary>
    public sealed class Builder
    {
        /// <summary>Longest word in bytes.</summary>
        public const int MaxWordBytes = (1 << LengthBits) - 1;

        private const int PageBytes = 1 << StartBits;
        private readonly List<byte[]> _pages = [];
        private readonly List<long> _locations = [];
        private int _used = PageBytes;

        /// <summary>Appends a word; its id is the number of words before it.</summary>
        /// <exception cref="ArgumentException">The word is longer than <see cref="MaxWordBytes"/>.</exception>
        public void Add(ReadOnlySpan<byte> word)
        {
            if (word.Length > MaxWordBytes)
                throw new ArgumentException($"A word of {word.Length:N0} bytes exceeds the limit of {MaxWordBytes:N0}.", nameof(word));
            if (_pages.Count == 0 || _used == PageBytes || _used + word.Length > _pages[^1].Length)
            {
                _pages.Add(new byte[Math.Max(PageBytes, word.Length)]);
                _used = 0;
            }

            word.CopyTo(_pages[^1].AsSpan(_used));
            long start = ((long)(_pages.Count - 1) << StartBits) | (uint)_used;
            _locations.Add((start << LengthBits) | (uint)word.Length);
            _used = Math.Min(PageBytes, _used + word.Length);
        }

        /// <summary>Appends a word.</summary>
        public void Add(string word) => Add(Encoding.UTF8.GetBytes(word));

        /// <summary>Makes the list; the builder must not be used afterwards.</summary>
        public WordList Build() => new([.. _pages], [.. _locations]);
    }
}
