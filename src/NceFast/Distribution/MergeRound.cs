using NceFast.Numerics;

namespace NceFast.Distribution;

/// <summary>Carries out one merge: at once, or with sums beside the training and the changes afterwards.</summary>
/// <param name="merger">The replicas of this process.</param>
/// <param name="ranks">The processes.</param>
/// <param name="overlaps">Whether merges of some rows may run beside the training; the same in every process.</param>
internal sealed unsafe class MergeRound(ReplicaMerger merger, ICommunicator ranks, bool overlaps) : IDisposable
{
    // A piece is longer than its limit where a single row is.
    private const long LongestRow = ushort.MaxValue + 2L;
    private readonly int _pieceFloats = ReplicaMerger.PieceFloats(ranks.Size, CoresOfOneMachine(ranks));
    private AlignedMatrix? _sums, _own;
    private Task<SyncVote>? _late;

    /// <summary>Gets the bands of the merge that runs beside the training.</summary>
    public int LateBands { get; private set; }

    /// <summary>Gets whether a merge runs beside the training.</summary>
    public bool IsLate => _late is not null;

    /// <summary>Gets whether its sums are complete.</summary>
    public bool HasSums => _late is { IsCompleted: true };

    /// <summary>Merges while the workers wait.</summary>
    public void Now(int bands)
    {
        if (ranks.Size == 1)
        {
            merger.MergeHere(bands);
            return;
        }

        merger.Mark(bands);
        merger.Changed.ListAll(ranks);
        int floats = PieceFloats(bands);
        float* sums = Room(ref _sums, floats + LongestRow);
        foreach (MergePiece piece in merger.Changed.Pieces(floats))
        {
            merger.Gather(piece, sums);
            ranks.AllSum(new Span<float>(sums, piece.Floats));
            merger.Apply(piece, sums);
        }
    }

    /// <summary>Copies the changes of the one replica and starts to sum them; the vote comes first, as in every merge.</summary>
    public void Begin(int bands, Func<SyncVote> vote)
    {
        merger.Mark(bands);
        merger.Changed.ListOwn();
        LateBands = bands;
        float* own = Room(ref _own, merger.Changed.Floats);
        foreach (MergePiece piece in merger.Changed.Pieces(PieceFloats(LateBands)))
        {
            merger.CopyOwn(piece, own);
            own += piece.Floats;
        }

        _late = SideThreads.Of(ranks).Start("ncefast merge", () => Sum(vote));
    }

    /// <summary>Waits for the sums, and adds the changes of the others to what the replica has become since.</summary>
    public SyncVote End()
    {
        SideThreads.Of(ranks).Wait(_late!, Timeout.InfiniteTimeSpan);
        SyncVote vote = _late!.GetAwaiter().GetResult();
        _late = null;
        float* others = _sums!.Pointer;
        foreach (MergePiece piece in merger.Changed.Pieces(PieceFloats(LateBands)))
        {
            merger.AddOthers(piece, others);
            others += piece.Floats;
        }

        return vote;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_late is { IsCompleted: false })
            return; // a rank is lost, and the call that waits for it still uses the buffers
        _sums?.Dispose();
        _own?.Dispose();
    }

    // The same in every process, although one may have fewer cores than the others.
    private static int CoresOfOneMachine(ICommunicator ranks) =>
        ranks.Size == 1 || ranks.Gather(Environment.MachineName).Distinct().Count() == 1 ? (int)ranks.Gather((long)Environment.ProcessorCount).Min() : 0;

    private static float* Room(ref AlignedMatrix? buffer, long floats)
    {
        if (buffer is null || buffer.Rows * 16 < floats)
        {
            buffer?.Dispose();
            buffer = new AlignedMatrix((floats + 15) / 16, 16);
        }

        return buffer.Pointer;
    }

    // Each call waits for the communication threads of all processes to run at once. Beside the training they wait for a core, and
    // few long calls cost less.
    private int PieceFloats(int bands) => overlaps && !merger.TakesAll(bands) ? ReplicaMerger.MostPieceFloats : _pieceFloats;

    // The same calls in the same order as in Now, because other ranks may merge at once.
    private SyncVote Sum(Func<SyncVote> vote)
    {
        SyncVote result = vote();
        merger.Changed.ListAll(ranks);
        float* sums = Room(ref _sums, merger.Changed.Floats), own = _own!.Pointer;
        foreach (MergePiece piece in merger.Changed.Pieces(PieceFloats(LateBands)))
        {
            merger.Spread(piece, own, sums);
            ranks.AllSum(new Span<float>(sums, piece.Floats));
            own = merger.Settle(piece, own, sums);
            sums += piece.Floats;
        }

        return result;
    }
}
