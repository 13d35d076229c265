using NceFast.Models;

namespace NceFast.Kernels.LanguageModels;

/// <summary>
/// Which predictions use which context row, batch by batch: the list by which a device steps each row once, in the host's
/// order (places in turn, predictions within a place). Made on the host, a few nanoseconds per use.
/// </summary>
/// <param name="shape">The model.</param>
internal sealed class BatchUses(LanguageModelShape shape)
{
    private readonly int[] _stamp = new int[shape.Words + 1], _slot = new int[shape.Words + 1];
    private int[] _slots = [];
    private int _batch;

    /// <summary>Lists the uses of one batch.</summary>
    /// <param name="stream">Stream of the plan.</param>
    /// <param name="targets">The batch's places in it.</param>
    /// <param name="uses">Takes place * predictions + prediction, ordered by row: <c>[places * predictions]</c>.</param>
    /// <param name="starts">Takes where each row's uses begin, and the end: <c>[rows + 1]</c>.</param>
    /// <param name="rows">Takes the rows: at most <c>[places * predictions]</c>.</param>
    /// <returns>Distinct rows.</returns>
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

    // Counts become starts; each start moves to its end while its uses are placed, and is then the next one's start.
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
