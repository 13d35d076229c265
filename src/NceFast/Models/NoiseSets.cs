namespace NceFast.Models;

/// <summary>
/// Divides the predictions of a batch into sets that share noise words although the noise depends on the previous word: the
/// predictions are sorted by previous word, and a set ends where it changes or is full. This is a pure function of the batch.
/// </summary>
/// <param name="sharing">Maximum number of predictions of a set.</param>
/// <param name="batch">Maximum number of predictions of a batch.</param>
internal sealed class NoiseSets(int sharing, int batch)
{
    private readonly long[] _keys = new long[batch];
    private readonly int[] _order = new int[batch], _starts = new int[batch + 1];

    /// <summary>Gets the number of sets.</summary>
    public int Count { get; private set; }

    /// <summary>Gets the first prediction of each set, and the end: <c>[Count + 1]</c>.</summary>
    public ReadOnlySpan<int> Starts => _starts.AsSpan(0, Count + 1);

    /// <summary>Sorts and divides a batch. With one prediction per set, the order stays.</summary>
    /// <param name="stream">The stream of the plan.</param>
    /// <param name="targets">Positions of the predicted words in the stream.</param>
    /// <returns>The positions in the new order, valid until the next call.</returns>
    public ReadOnlySpan<int> Divide(ReadOnlySpan<int> stream, ReadOnlySpan<int> targets)
    {
        int count = targets.Length;
        for (int b = 0; b < count; b++)
            _keys[b] = ((long)stream[targets[b] - 1] << 32) | (uint)b;
        if (sharing > 1)
            Array.Sort(_keys, 0, count);
        Count = 0;
        for (int b = 0; b < count; b++)
        {
            _order[b] = targets[(int)(uint)_keys[b]];
            if (b == 0 || b - _starts[Count - 1] == sharing || _keys[b] >> 32 != _keys[b - 1] >> 32)
                _starts[Count++] = b;
        }

        _starts[Count] = count;
        return _order.AsSpan(0, count);
    }
}
