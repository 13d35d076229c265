namespace NceFast.Numerics;

/// <summary>Represents a row and its score.</summary>
internal readonly record struct Scored(int Row, float Score)
{
    /// <summary>Orders higher scores first and, for equal scores, lower rows first. The result therefore does not depend on the order of work.</summary>
    public bool Before(Scored other) => Score > other.Score || (Score == other.Score && Row < other.Row);
}

/// <summary>Collects the best rows of one query, best first.</summary>
internal sealed class TopList(int capacity)
{
    private Scored[] _items = new Scored[Math.Min(capacity, 16)];

    public int Count { get; private set; }

    public ReadOnlySpan<Scored> Items => _items.AsSpan(0, Count);

    /// <summary>Gets the score below which a row cannot enter the list.</summary>
    public float Threshold => Count < capacity ? float.NegativeInfinity : _items[Count - 1].Score;

    public void Clear() => Count = 0;

    public void Add(Scored item)
    {
        if (Count == capacity)
        {
            if (!item.Before(_items[Count - 1]))
                return;
            Count--;
        }

        if (Count == _items.Length)
            Array.Resize(ref _items, (int)Math.Min(capacity, _items.Length * 2L));
        int low = 0, high = Count;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (_items[middle].Before(item))
                low = middle + 1;
            else
                high = middle;
        }

        _items.AsSpan(low, Count - low).CopyTo(_items.AsSpan(low + 1));
        _items[low] = item;
        Count++;
    }
}
