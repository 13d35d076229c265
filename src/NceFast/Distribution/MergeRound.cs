using NceFast.Numerics;

namespace NceFast.Distribution;

/// <summary>Carries out one merge: at once, or with sums beside the training and the changes afterwards.</summary>
/// <param name="merger">The replicas of this process.</param>
/// <param name="ranks">The processes.</param>
internal sealed unsafe class MergeRound(ReplicaMerger merger, ICommunicator ranks) : IDisposable
{
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

        float* sums = Room(ref _sums, ReplicaMerger.PieceFloats + ushort.MaxValue + 2L);
        foreach (MergePiece piece in merger.Pieces(bands))
        {
            merger.Gather(piece, sums, null);
            ranks.AllSum(new Span<float>(sums, piece.Floats));
            merger.Apply(piece, sums, null);
        }
    }

    /// <summary>Copies the changes of the one replica and starts to sum them; the vote comes first, as in every merge.</summary>
    public void Begin(int bands, Func<SyncVote> vote)
    {
        MergePiece[] pieces = [.. merger.Pieces(bands)];
        float* sums = Room(ref _sums, pieces.Sum(p => (long)p.Floats)), own = Room(ref _own, pieces.Sum(p => (p.To - p.From) * (p.Width - 1)));
        Walk(pieces, sums, own, merger.Gather);
        LateBands = bands;
        _late = SideThreads.Of(ranks).Start("ncefast merge", () => Sum(pieces, vote));
    }

    /// <summary>Waits for the sums, and adds the changes of the others to what the replica has become since.</summary>
    public SyncVote End()
    {
        SideThreads.Of(ranks).Wait(_late!, Timeout.InfiniteTimeSpan);
        SyncVote vote = _late!.GetAwaiter().GetResult();
        _late = null;
        Walk([.. merger.Pieces(LateBands)], _sums!.Pointer, _own!.Pointer, merger.Apply);
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

    private static float* Room(ref AlignedMatrix? buffer, long floats)
    {
        if (buffer is null || buffer.Rows * 16 < floats)
        {
            buffer?.Dispose();
            buffer = new AlignedMatrix((floats + 15) / 16, 16);
        }

        return buffer.Pointer;
    }

    private static void Walk(MergePiece[] pieces, float* sums, float* own, PieceStep step)
    {
        foreach (MergePiece piece in pieces)
        {
            step(piece, sums, own);
            sums += piece.Floats;
            own += (piece.To - piece.From) * (piece.Width - 1);
        }
    }

    private SyncVote Sum(MergePiece[] pieces, Func<SyncVote> vote)
    {
        SyncVote result = vote();
        float* sums = _sums!.Pointer;
        foreach (MergePiece piece in pieces)
        {
            ranks.AllSum(new Span<float>(sums, piece.Floats));
            sums += piece.Floats;
        }

        return result;
    }

    private delegate void PieceStep(MergePiece piece, float* sums, float* own);
}
