namespace NceFast.Distribution;

/// <summary>
/// The exception that is thrown on all ranks when one of them cannot read its text any more and all end the training in good order.
/// Parameters are merged, a checkpoint is written if checkpoints are on, and the communicator may be completed. On the rank that failed,
/// <see cref="Exception.InnerException"/> is the error; on the others it is null.
/// </summary>
public sealed class RankFailedException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="rank">The rank that failed.</param>
    /// <param name="kind">The kind of its error; null for an error that is no <see cref="NceFastException"/>.</param>
    /// <param name="message">Its error, and whether the training is saved.</param>
    /// <param name="own">The error, on the rank that failed.</param>
    public RankFailedException(int rank, ErrorKind? kind, string message, Exception? own)
        : base(message, own) => (Rank, Kind) = (rank, kind);

    /// <summary>Gets the rank that failed.</summary>
    public int Rank { get; }

    /// <summary>Gets the kind of its error; null for an error that is no <see cref="NceFastException"/>.</summary>
    public ErrorKind? Kind { get; }
}
