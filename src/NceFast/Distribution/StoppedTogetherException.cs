namespace NceFast.Distribution;

/// <summary>
/// All ranks ended a training in good order because one of them was asked to: parameters are merged, works that wanted
/// to run have run, and the communicator may be completed.
/// </summary>
/// <param name="inner">The cancellation.</param>
public sealed class StoppedTogetherException(Exception? inner = null) : OperationCanceledException("All ranks stopped together.", inner);
