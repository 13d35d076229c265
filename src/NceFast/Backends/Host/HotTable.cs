using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
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
    private readonly float* _shared;
    private readonly float[]? _scales;
    private readonly CommonPull? _pull;
    private readonly object[] _locks;
    private readonly nint _away;
    private readonly nuint _bytes;
    private float* _private, _base;
    private HotTable? _opposite;

    /// <summary>Creates the view.</summary>
    /// <param name="shared">Shared table: <c>[rows, stride]</c>.</param>
    /// <param name="stride">Floats a row.</param>
    /// <param name="hot">Rows kept privately, the first ones; 0 for none.</param>
    /// <param name="scales">Part of the private change that a merge adds, a row: <c>[hot]</c>.</param>
    /// <param name="locks">Locks shared by the workers' views of this table, see <see cref="CreateLocks"/>.</param>
    /// <param name="pull">How rows are pulled along the mean row of the opposite table, see <see cref="Face"/>; null where they have no such table.</param>
    public HotTable(float* shared, int stride, int hot, float[]? scales, object[] locks, CommonPull? pull = null)
    {
        _shared = shared;
        Stride = stride;
        Hot = hot;
        _scales = scales;
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
    /// Part of a worker's change that a merge adds to a row: from all of it, where a worker is hardly pulled to the row's optimum between
    /// two merges, to one of <paramref name="workers"/> parts, where each is pulled all the way and the sum would overshoot.
    /// </summary>
    /// <param name="workers">Workers whose changes meet.</param>
    /// <param name="pull">How far a worker by itself is pulled, at least 0.</param>
    public static float Part(double workers, double pull) => (float)(1 / (1 + ((workers - 1) * pull / (1 + pull))));

    /// <summary>
    /// Makes this table and another, whose rows meet in dot products, opposite to each other: what a merge adds of a change along the
    /// mean row of the opposite table is told by how far all that a row meets pulls it that way.
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
                {
                    float scale = _scales is null ? 1 : _scales[row];
                    if (_opposite is not null)
                        MergeCommon(row, scale);
                    MergeRow((long)row * Stride, scale);
                }
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

    // Takes from the private change what the row's scale would add too much of along the mean of the opposite table.
    private void MergeCommon(int row, float scale)
    {
        float* mine = _private + ((long)row * Stride), old = _base + ((long)row * Stride), unit = _pull!.Unit;
        Vector<float> along = Vector<float>.Zero;
        for (int c = 0; c < Stride; c += Vector<float>.Count)
            along += (Vector.Load(mine + c) - Vector.Load(old + c)) * Vector.Load(unit + c);
        var step = new Vector<float>(Vector.Sum(along) * ((Math.Min(scale, _pull.Scale(row)) / scale) - 1));
        for (int c = 0; c < Stride; c += Vector<float>.Count)
            (Vector.Load(mine + c) + (step * Vector.Load(unit + c))).Store(mine + c);
    }

    private void MergeRow(long offset, float scale)
    {
        float* shared = _shared + offset, mine = _private + offset, old = _base + offset;
        int c = 0;
        var factor = new Vector<float>(scale);
        for (; c + Vector<float>.Count <= Stride; c += Vector<float>.Count)
        {
            Vector<float> merged = Vector.Load(shared + c) + (factor * (Vector.Load(mine + c) - Vector.Load(old + c)));
            merged.Store(shared + c);
            merged.Store(mine + c);
            merged.Store(old + c);
        }

        for (; c < Stride; c++)
        {
            float merged = shared[c] + (scale * (mine[c] - old[c]));
            shared[c] = merged;
            mine[c] = merged;
            old[c] = merged;
        }
    }
}
