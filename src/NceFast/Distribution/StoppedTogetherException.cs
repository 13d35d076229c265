namespace NceFast.Distribution;

/// <summary>
/// The exception that is thrown when all ranks end a training in good order because one of them was asked to. Parameters are merged,
/// all works that were due have run, and the communicator may be completed.
/// </summary>
/// <param name="inner">The cancellation.</param>
public sealed class StoppedTogetherException(Exception? inner = null) : OperationCanceledException("All ranks stopped together.", inner);
