namespace NceFast.Distribution;

/// <summary>A single rank: a process that trains alone.</summary>
public sealed class SoloCommunicator : ICommunicator
{
    /// <inheritdoc/>
    public string Description => "one process";

    /// <inheritdoc/>
    public int Rank => 0;

    /// <inheritdoc/>
    public int Size => 1;

    /// <inheritdoc/>
    public void AllSum(Span<float> values)
    {
    }

    /// <inheritdoc/>
    public void AllSum(Span<long> values)
    {
    }

    /// <inheritdoc/>
    public void Broadcast(Span<byte> bytes, int root)
    {
    }

    /// <inheritdoc/>
    public void Complete()
    {
    }

    /// <inheritdoc/>
    public void Abort(int exitCode)
    {
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
