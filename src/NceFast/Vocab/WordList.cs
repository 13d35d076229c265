using System.Text;

namespace NceFast.Vocab;

/// <summary>
/// Represents words as UTF-8 bytes in shared pages instead of one string per word, numbered from 0. It is immutable.
/// </summary>
/// <remarks>Several threads can use an instance at the same time.</remarks>
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

    /// <summary>Gets the number of words.</summary>
    public int Count => _locations.Length;

    /// <summary>Gets the bytes of a word, as in the text (not always valid UTF-8).</summary>
    /// <param name="id">The id of the word, 0 to <see cref="Count"/> - 1.</param>
    /// <returns>Memory that never changes and stays valid.</returns>
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

    /// <summary>Returns a word as a string. Bytes that are not valid UTF-8 become U+FFFD.</summary>
    public string GetString(int id) => Encoding.UTF8.GetString(this[id]);

    /// <summary>Builds a <see cref="WordList"/>.</summary>
    /// <remarks>Use an instance from one thread at a time.</remarks>
    public sealed class Builder
    {
        /// <summary>The length in bytes of the longest word.</summary>
        public const int MaxWordBytes = (1 << LengthBits) - 1;

        private const int PageBytes = 1 << StartBits;
        private readonly List<byte[]> _pages = [];
        private readonly List<long> _locations = [];
        private int _used = PageBytes;

        /// <summary>Appends a word. Its id is the number of words before it.</summary>
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

        /// <summary>Creates the list. The builder must not be used afterwards.</summary>
        public WordList Build() => new([.. _pages], [.. _locations]);
    }
}
