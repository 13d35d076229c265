using System.Runtime.InteropServices;
using NceFast.Numerics;

namespace NceFast.Distribution;

/// <summary>Represents ranks that are threads of one process; each rank has its own instance.</summary>
/// <remarks>Use an instance from one thread at a time.</remarks>
public sealed unsafe class LocalCommunicator : ICommunicator
{
    private readonly Group _group;
    private bool _complete, _disposed;

    private LocalCommunicator(Group group, int rank) => (_group, Rank) = (group, rank);

    /// <inheritdoc/>
    public string Description => $"{Size} threads of one process";

    /// <inheritdoc/>
    public int Rank { get; }

    /// <inheritdoc/>
    public int Size => _group.Size;

    /// <summary>Creates the communicators of all ranks.</summary>
    /// <param name="size">Number of ranks, at least 1.</param>
    /// <param name="timeout">Longest wait for the other ranks.</param>
    public static IReadOnlyList<ICommunicator> CreateGroup(int size, TimeSpan timeout)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        var group = new Group(size, timeout);
        return [.. Enumerable.Range(0, size).Select(rank => new LocalCommunicator(group, rank))];
    }

    /// <inheritdoc/>
    public void AllSum(Span<float> values)
    {
        ThrowIfDisposed();
        fixed (float* p = values)
            _group.Sum<float>(Rank, (nint)p, values.Length);
    }

    /// <inheritdoc/>
    public void AllSum(Span<long> values)
    {
        ThrowIfDisposed();
        fixed (long* p = values)
            _group.Sum<long>(Rank, (nint)p, values.Length);
    }

    /// <inheritdoc/>
    public void Broadcast(Span<byte> bytes, int root)
    {
        ThrowIfDisposed();
        fixed (byte* p = bytes)
            _group.Copy(Rank, (nint)p, bytes.Length, root);
    }

    /// <inheritdoc/>
    public void Complete()
    {
        ThrowIfDisposed();
        _group.Meet();
        _complete = true;
    }

    /// <inheritdoc/>
    public void Abort(int exitCode)
    {
        ThrowIfDisposed();
        _group.Abort(Rank);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_complete && !_disposed)
            _group.Abort(Rank);
        _disposed = true;
    }

    private void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(_disposed, this);

    /// <summary>Represents what the ranks share.</summary>
    private sealed class Group(int size, TimeSpan timeout)
    {
        private readonly object _gate = new();
        private readonly nint[] _buffers = new nint[size];
        private readonly int[] _lengths = new int[size];
        private int _arrived, _round, _aborted = -1;

        public int Size => size;

        public void Sum<T>(int rank, nint values, int length)
            where T : unmanaged, System.Numerics.INumber<T>
        {
            Exchange(rank, values, length);
            var sums = new T[length];
            for (int r = 0; r < size; r++)
            {
                var other = new ReadOnlySpan<T>((void*)_buffers[r], length);
                for (int i = 0; i < length; i++)
                    sums[i] += other[i];
            }

            Meet(); // no rank writes before all have read
            sums.CopyTo(new Span<T>((void*)values, length));
            Meet();
        }

        public void Copy(int rank, nint bytes, int length, int root)
        {
            Exchange(rank, bytes, length);
            if (rank != root)
                NativeMemory.Copy((void*)_buffers[root], (void*)bytes, (nuint)length);
            Meet();
        }

        public void Abort(int rank)
        {
            lock (_gate)
            {
                if (_aborted < 0)
                    _aborted = rank;
                Monitor.PulseAll(_gate);
            }
        }

        public void Meet()
        {
            lock (_gate)
            {
                int round = _round;
                if (++_arrived == size)
                {
                    _arrived = 0;
                    _round++;
                    Monitor.PulseAll(_gate);
                }

                long until = Environment.TickCount64 + (long)timeout.TotalMilliseconds;
                while (_round == round && _aborted < 0)
                {
                    if (!Monitor.Wait(_gate, (int)Math.Clamp(until - Environment.TickCount64, 0, int.MaxValue)) && _round == round)
                        Throw.Ranks($"The other ranks did not come within {timeout.TotalSeconds:N0} s; one of them stopped or waits.");
                }

                if (_round == round)
                    Throw.Ranks($"Rank {_aborted} failed and ended the work of all.");
            }
        }

        private void Exchange(int rank, nint buffer, int length)
        {
            (_buffers[rank], _lengths[rank]) = (buffer, length);
            Meet();
            if (_lengths.Any(l => l != length))
                throw new InvalidOperationException($"Rank {rank} gave {length} values to a collective call, others {string.Join(", ", _lengths)}.");
        }
    }
}
