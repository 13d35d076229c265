using NceFast.Models;

namespace NceFast.Kernels.LanguageModels;

/// <summary>
/// Lists which predictions use which context row, batch by batch. With this list a device steps each row once, in the host's order:
/// place by place, and prediction by prediction within a place. The host needs a few nanoseconds per use for the list.
/// </summary>
/// <param name="shape">The model.</param>
internal sealed class BatchUses(LanguageModelShape shape)
{
    private readonly int[] _stamp = new int[shape.Words + 1], _slot = new int[shape.Words + 1];
    private int[] _slots = [];
    private int _batch;

    /// <summary>Lists the uses of one batch.</summary>
    /// <param name="stream">The stream of the plan.</param>
    /// <param name="targets">Positions of the batch's predicted words in the stream.</param>
    /// <param name="uses">Receives place * predictions + prediction, ordered by row: <c>[places * predictions]</c>.</param>
    /// <param name="starts">Receives the index at which each row's uses begin, and the end: <c>[rows + 1]</c>.</param>
    /// <param name="rows">Receives the rows: at most <c>[places * predictions]</c>.</param>
    /// <returns>Number of distinct rows.</returns>
    public int List(ReadOnlySpan<int> stream, ReadOnlySpan<int> targets, Span<int> uses, Span<int> starts, Span<int> rows)
    {
        int count = targets.Length, total = shape.Places * count, segments = 0;
        if (_slots.Length < total)
            _slots = new int[total];
        _batch++;
        starts[..(total + 1)].Clear();
        for (int use = 0, place = 0; place < shape.Places; place++)
        {
            int offset = shape.Offset(place);
            foreach (int target in targets)
            {
                int row = stream[target + offset];
                if (_stamp[row] != _batch)
                {
                    _stamp[row] = _batch;
                    _slot[row] = segments;
                    rows[segments++] = row;
                }

                _slots[use++] = _slot[row];
                starts[_slot[row] + 1]++;
            }
        }

        Place(uses[..total], starts, segments);
        return segments;
    }

    // Turns counts into starts. While a row's uses are placed, its start moves to its end, which is the start of the next row.
    private void Place(Span<int> uses, Span<int> starts, int segments)
    {
        for (int s = 1; s <= segments; s++)
            starts[s] += starts[s - 1];
        for (int use = 0; use < uses.Length; use++)
            uses[starts[_slots[use]]++] = use;
        for (int s = segments; s > 0; s--)
            starts[s] = starts[s - 1];
        starts[0] = 0;
    }
}
