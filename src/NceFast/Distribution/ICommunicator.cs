namespace NceFast.Distribution;

/// <summary>
/// Represents the processes (or threads) that train one model together: ranks 0 to <see cref="Size"/> - 1. Every rank calls the same
/// members in the same order, from one thread at a time. A call returns when all ranks have made it. Implement this interface to
/// train over another transport.
/// </summary>
/// <remarks>
/// A failed rank must not leave the others waiting: it calls <see cref="Abort"/>. Disposing of a communicator that
/// is not complete aborts too. Members throw <see cref="NceFastException"/> (<see cref="ErrorKind.Ranks"/>) when another
/// rank failed or does not answer, and <see cref="ObjectDisposedException"/> after disposal.
/// </remarks>
public interface ICommunicator : IDisposable
{
    /// <summary>Gets a description for people, such as "Open MPI v4.1.4, 8 ranks".</summary>
    string Description { get; }

    /// <summary>Gets the number of this rank, from 0.</summary>
    int Rank { get; }

    /// <summary>Gets the number of ranks.</summary>
    int Size { get; }

    /// <summary>Replaces each value by its sum over all ranks. All ranks receive the same bits.</summary>
    /// <param name="values">The values; the same number on every rank.</param>
    void AllSum(Span<float> values);

    /// <summary>Replaces each value by its sum over all ranks.</summary>
    /// <param name="values">The values; the same number on every rank.</param>
    void AllSum(Span<long> values);

    /// <summary>Sends one rank's bytes to all ranks.</summary>
    /// <param name="bytes">Read on the root, written on the other ranks; the same number on every rank.</param>
    /// <param name="root">The rank that sends.</param>
    void Broadcast(Span<byte> bytes, int root);

    /// <summary>
    /// Does work whose duration differs from rank to rank. Meanwhile the ranks exchange a number every second, so that a rank
    /// that stopped is noticed while the others wait. Every rank must call it.
    /// </summary>
    /// <param name="work">The work of this rank; it must not communicate.</param>
    void Together(Action work) => Communication.Together(this, work);

    /// <summary>Ends the work in good order. It is the last call on every rank.</summary>
    void Complete();

    /// <summary>Ends the work of all ranks at once. If ranks are processes, it does not return.</summary>
    /// <param name="exitCode">Exit code of this process, 1 to 255.</param>
    void Abort(int exitCode);
}
