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
    private readonly object[] _locks;
    private readonly nint _away;
    private readonly nuint _bytes;
    private float* _private, _base;

    /// <summary>Creates the view.</summary>
    /// <param name="shared">Shared table: <c>[rows, stride]</c>.</param>
    /// <param name="stride">Floats a row.</param>
    /// <param name="hot">Rows kept privately, the first ones; 0 for none.</param>
    /// <param name="scales">Part of the private change that a merge adds, a row: <c>[hot]</c>.</param>
    /// <param name="locks">Locks shared by the workers' views of this table, see <see cref="CreateLocks"/>.</param>
    public HotTable(float* shared, int stride, int hot, float[]? scales, object[] locks)
    {
        _shared = shared;
        Stride = stride;
        Hot = hot;
        _scales = scales;
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
        for (int first = 0; first < rows; first += LockRows)
        {
            lock (_locks[first / LockRows])
            {
                for (int row = first; row < Math.Min(rows, first + LockRows); row++)
                    MergeRow((long)row * Stride, _scales is null ? 1 : _scales[row]);
            }
        }
    }

    public void Dispose()
    {
        AlignedMemory.Free(_private, _bytes);
        AlignedMemory.Free(_base, _bytes);
        _private = _base = null;
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
