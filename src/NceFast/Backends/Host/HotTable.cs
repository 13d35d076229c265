using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using NceFast.Merging;
using NceFast.Numerics;

namespace NceFast.Backends.Host;

/// <summary>
/// One worker's view of a parameter table: private copies of the rows of the most frequent words, the shared table for
/// the rest. Two cores that write the same rows pass their cache lines to and fro for hundreds of nanoseconds; with
/// copies, merged every few thousand words, two threads run nearly twice as fast as one.
/// </summary>
internal sealed unsafe class HotTable : IDisposable
{
    private const int LockRows = 64;
    private readonly RowMath _math = RowMath.Current;
    private readonly float* _shared;
    private readonly float[]? _weights;
    private readonly CommonPull? _pull;
    private readonly object[] _locks;
    private readonly nint _away;
    private readonly nuint _bytes;
    private float* _private, _base;
    private HotTable? _opposite;

    /// <summary>Creates the view.</summary>
    /// <param name="shared">Shared table: <c>[rows, stride]</c>.</param>
    /// <param name="stride">Floats per row.</param>
    /// <param name="hot">Rows kept privately, the first ones; 0 for none.</param>
    /// <param name="weights">Part of the private change that a merge adds to each row: <c>[hot]</c>; null for all of it.</param>
    /// <param name="locks">Locks shared by the workers' views of this table, see <see cref="CreateLocks"/>.</param>
    /// <param name="pull">How rows are pulled along the mean row of the opposite table, see <see cref="Face"/>; null where they have no such table.</param>
    public HotTable(float* shared, int stride, int hot, float[]? weights, object[] locks, CommonPull? pull = null)
    {
        _shared = shared;
        Stride = stride;
        Hot = hot;
        _weights = weights;
        _pull = pull;
        _locks = locks;
        _bytes = (nuint)Math.Max(1, hot) * (nuint)stride * sizeof(float);
        _private = (float*)AlignedMemory.Allocate(_bytes);
        _base = (float*)AlignedMemory.Allocate(_bytes);
        _away = (nint)((byte*)_private - (byte*)_shared);
        Reload();
    }

    public int Stride { get; }

    public int Hot { get; }

    public static object[] CreateLocks(int hot) => [.. Enumerable.Range(0, (hot + LockRows - 1) / LockRows).Select(_ => new object())];

    /// <summary>
    /// Makes this table and another, whose rows meet in dot products, opposite to each other. Along the mean row of the opposite table
    /// a merge then adds no more of a change than the row's pull along that mean allows.
    /// </summary>
    public void Face(HotTable other)
    {
        if (Hot > 0)
            (_opposite, other._opposite) = (other, this);
    }

    /// <summary>The row this worker reads and writes. Without a branch, for whether a drawn word is frequent is never foreseen.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float* Row(int id) => (float*)((byte*)_shared + (_away & ((id - Hot) >> 31))) + ((long)id * Stride);

    /// <summary>Copies the shared rows anew, dropping private changes.</summary>
    public void Reload()
    {
        nuint bytes = (nuint)Hot * (nuint)Stride * sizeof(float);
        NativeMemory.Copy(_shared, _private, bytes);
        NativeMemory.Copy(_shared, _base, bytes);
    }

    /// <summary>Adds the private changes of the first rows to the shared ones and takes over what the other workers merged; none past <see cref="Hot"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Merge(int rows)
    {
        rows = Math.Min(rows, Hot);
        if (_opposite is { } opposite)
            _pull!.Take(opposite._private);
        for (int first = 0; first < rows; first += LockRows)
        {
            lock (_locks[first / LockRows])
            {
                for (int row = first; row < Math.Min(rows, first + LockRows); row++)
                    MergeRow(row, _weights is null ? 1 : _weights[row]);
            }
        }
    }

    public void Dispose()
    {
        AlignedMemory.Free(_private, _bytes);
        AlignedMemory.Free(_base, _bytes);
        _private = _base = null;
        _pull?.Dispose();
    }

    // Along the mean of the opposite table no more of the change is added than its pull there allows.
    private void MergeRow(int row, float weight)
    {
        long offset = (long)row * Stride;
        float* own = _private + offset, old = _base + offset;
        if (_opposite is not null)
            _math.ScaleAlong(own, old, _pull!.Unit, Math.Min(weight, _pull.Weight(row)) / weight, Stride);
        _math.Merge(_shared + offset, own, old, weight, Stride);
    }
}
