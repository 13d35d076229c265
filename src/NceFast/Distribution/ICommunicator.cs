namespace NceFast.Distribution;

/// <summary>
/// The processes (or threads) that train one model together: ranks 0 to <see cref="Size"/> - 1. Every rank calls the same
/// members in the same order, from one thread at a time; each returns when all ranks have called it. Bring your own to
/// train over another transport.
/// </summary>
/// <remarks>
/// A failed rank must not leave the others waiting: it ends with <see cref="Abort"/>, and disposing of a communicator that
/// is not complete aborts too. Members throw <see cref="NceFastException"/> (<see cref="ErrorKind.Ranks"/>) when another
/// rank failed or does not answer, and <see cref="ObjectDisposedException"/> once it was disposed.
/// </remarks>
public interface ICommunicator : IDisposable
{
    /// <summary>What it is, for people: "Open MPI v4.1.4, 8 ranks".</summary>
    string Description { get; }

    /// <summary>Number of this rank, from 0.</summary>
    int Rank { get; }

    /// <summary>Number of ranks.</summary>
    int Size { get; }

    /// <summary>Replaces each value by its sum over all ranks; the same bits on every rank.</summary>
    /// <param name="values">As many on every rank.</param>
    void AllSum(Span<float> values);

    /// <summary>Replaces each value by its sum over all ranks.</summary>
    /// <param name="values">As many on every rank.</param>
    void AllSum(Span<long> values);

    /// <summary>Gives one rank's bytes to all.</summary>
    /// <param name="bytes">Read on the root, written on the others; as many on every rank.</param>
    /// <param name="root">The rank that has them.</param>
    void Broadcast(Span<byte> bytes, int root);

    /// <summary>
    /// Does work whose duration differs from rank to rank. Meanwhile the ranks exchange a number every second, so that a rank
    /// that stopped is noticed while the others wait. Every rank must call it.
    /// </summary>
    /// <param name="work">The work of this rank; it must not communicate.</param>
    void Together(Action work) => Communication.Together(this, work);

    /// <summary>Ends the work in good order; the last call on every rank.</summary>
    void Complete();

    /// <summary>Ends the work of all ranks at once. With processes for ranks it does not return.</summary>
    /// <param name="exitCode">What this process reports, 1 to 255.</param>
    void Abort(int exitCode);
}
