namespace NceFast.Distribution;

/// <summary>Represents a single rank: a process that trains alone.</summary>
/// <remarks>Use an instance from one thread at a time.</remarks>
public sealed class SoloCommunicator : ICommunicator
{
    private bool _disposed;

    /// <inheritdoc/>
    public string Description => "one process";

    /// <inheritdoc/>
    public int Rank => 0;

    /// <inheritdoc/>
    public int Size => 1;

    /// <inheritdoc/>
    public void AllSum(Span<float> values) => ThrowIfDisposed();

    /// <inheritdoc/>
    public void AllSum(Span<long> values) => ThrowIfDisposed();

    /// <inheritdoc/>
    public void Broadcast(Span<byte> bytes, int root) => ThrowIfDisposed();

    /// <inheritdoc/>
    public void Complete() => ThrowIfDisposed();

    /// <inheritdoc/>
    public void Abort(int exitCode) => ThrowIfDisposed();

    /// <inheritdoc/>
    public void Dispose() => _disposed = true;

    private void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(_disposed, this);
}
