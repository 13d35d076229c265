using System.Runtime.CompilerServices;
using NceFast.Models;

namespace NceFast.Backends.Host.LanguageModels;

/// <summary>Represents the distinct context rows of a batch of predictions, and which of them each prediction reads.</summary>
internal sealed class ContextRows
{
    private readonly int _lowest, _highest;
    private readonly int[] _slotOf, _distinct, _uses, _places;
    private int[] _slots = [];
    private int _count, _predictions;

    /// <summary>Allocates room for a batch.</summary>
    /// <param name="shape">The model.</param>
    /// <param name="predictions">The maximum number of predictions of a batch.</param>
    public ContextRows(LanguageModelShape shape, int predictions)
    {
        (_lowest, _highest) = (shape.Offset(0), shape.Offset(shape.Places - 1));
        // Consecutive predictions read their own words, the words beyond them that their outermost contexts reach, and two kinds of padding.
        Capacity = Math.Min(shape.Words + 1, predictions + shape.Places + 3);
        _slotOf = new int[shape.Words + 1];
        (_distinct, _uses, _places) = (new int[Capacity], new int[Capacity], new int[predictions]);
    }

    /// <summary>Gets the maximum number of distinct rows.</summary>
    public int Capacity { get; }

    /// <summary>Gets the rows of the context table that the batch reads, each once, in the order of their first use.</summary>
    public ReadOnlySpan<int> Distinct => _distinct.AsSpan(0, _count);

    /// <summary>Finds the rows of consecutive predictions of a plan.</summary>
    /// <param name="stream">The stream of the plan.</param>
    /// <param name="targets">Positions of the predicted words in the stream, in any order.</param>
    /// <param name="first">The first of these positions in the text.</param>
    /// <param name="last">The last of these positions in the text.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Load(ReadOnlySpan<int> stream, ReadOnlySpan<int> targets, int first, int last)
    {
        (_count, _predictions) = (0, targets.Length);
        int start = first + Math.Min(0, _lowest), end = last + Math.Max(0, _highest) + 1;
        if (_slots.Length < end - start)
            _slots = new int[2 * (end - start)];
        for (int i = start; i < end; i++)
            _slots[i - start] = SlotOf(stream[i]);
        for (int b = 0; b < targets.Length; b++)
            _places[b] = targets[b] - start;
    }

    /// <summary>Gets the index in <see cref="Distinct"/> of the row that is <paramref name="offset"/> places away from a predicted word.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Slot(int prediction, int offset) => _slots[_places[prediction] + offset];

    /// <summary>Counts the context places that read each distinct row.</summary>
    public ReadOnlySpan<int> CountUses(ReadOnlySpan<int> offsets)
    {
        Array.Clear(_uses, 0, _count);
        foreach (int offset in offsets)
        {
            for (int b = 0; b < _predictions; b++)
                _uses[Slot(b, offset)]++;
        }

        return _uses.AsSpan(0, _count);
    }

    // The map keeps entries of earlier batches. An entry is valid only if its slot holds this row.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int SlotOf(int row)
    {
        int slot = _slotOf[row];
        if (slot < _count && _distinct[slot] == row)
            return slot;
        _slotOf[row] = _count;
        _distinct[_count] = row;
        return _count++;
    }
}
