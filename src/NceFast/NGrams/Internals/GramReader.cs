namespace NceFast.NGrams.Internals;

/// <summary>Reads a sequence of grams once.</summary>
internal abstract class GramReader
{
    /// <summary>Reads the next gram.</summary>
    /// <returns>False at the end.</returns>
    public abstract bool Read(out Gram gram);
}

/// <summary>Reads grams that are in memory.</summary>
internal sealed class MemoryReader(ReadOnlyMemory<Gram> grams) : GramReader
{
    private int _next;

    public override bool Read(out Gram gram)
    {
        bool any = _next < grams.Length;
        gram = any ? grams.Span[_next++] : default;
        return any;
    }
}

/// <summary>Reads several sequences one after the other.</summary>
internal sealed class JoinedReader(IEnumerable<GramReader> parts) : GramReader
{
    private readonly Queue<GramReader> _parts = new(parts);

    public override bool Read(out Gram gram)
    {
        while (_parts.TryPeek(out GramReader? part))
        {
            if (part.Read(out gram))
                return true;
            _parts.Dequeue();
        }

        gram = default;
        return false;
    }
}

/// <summary>Merges sorted sequences. Grams with the same words become one, whose value is the sum.</summary>
internal sealed class MergingReader : GramReader
{
    // A heap: no head is greater than those at twice its index plus one and plus two.
    private readonly List<(Gram Head, GramReader Tail)> _heap = [];

    public MergingReader(IEnumerable<GramReader> parts)
    {
        foreach (GramReader part in parts)
        {
            if (part.Read(out Gram head))
                _heap.Add((head, part));
        }

        for (int i = (_heap.Count / 2) - 1; i >= 0; i--)
            Sink(i);
    }

    public override bool Read(out Gram gram)
    {
        if (_heap.Count == 0)
        {
            gram = default;
            return false;
        }

        gram = Take();
        while (_heap.Count > 0 && _heap[0].Head.HasWordsOf(gram))
            gram.Value += Take().Value;
        return true;
    }

    private Gram Take()
    {
        (Gram head, GramReader tail) = _heap[0];
        if (tail.Read(out Gram next))
        {
            _heap[0] = (next, tail);
        }
        else
        {
            _heap[0] = _heap[^1];
            _heap.RemoveAt(_heap.Count - 1);
        }

        Sink(0);
        return head;
    }

    private void Sink(int i)
    {
        while (true)
        {
            int least = i, left = (2 * i) + 1;
            for (int child = left; child <= left + 1 && child < _heap.Count; child++)
            {
                if (_heap[child].Head.CompareTo(_heap[least].Head) < 0)
                    least = child;
            }

            if (least == i)
                return;
            (_heap[i], _heap[least]) = (_heap[least], _heap[i]);
            i = least;
        }
    }
}
