using System.Runtime.CompilerServices;
using NceFast.Merging;
using NceFast.Models;
using NceFast.Numerics;

namespace NceFast.Distribution;

/// <summary>Rows that are merged at once: ranked rows of a band of a word table, or rows of a whole-model table.</summary>
/// <param name="Table">Number of the table.</param>
/// <param name="Band">Band of the ruler.</param>
/// <param name="From">First row, by its place in the ranking or by its number.</param>
/// <param name="To">The row after the last one.</param>
/// <param name="Width">Floats per row while it is merged: its columns, and the number of replicas that changed it.</param>
internal readonly record struct MergePiece(int Table, int Band, long From, long To, int Width)
{
    public int Floats => checked((int)((To - From) * Width));
}

/// <summary>
/// Holds the replicas of this process, and the parameters that all replicas (including those of other processes) had in common after
/// the last merge. A merge gathers the changes of each replica since then, weighted by the rule, and replaces them by their sum.
/// </summary>
internal sealed unsafe class ReplicaMerger : IDisposable
{
    /// <summary>Floats of a piece at most. Larger all-reduces were ten times slower, because their temporaries are mapped again at each call.</summary>
    public const int PieceFloats = 4 << 20;

    private const int ChunkRows = 256;

    private readonly IReadOnlyList<IReadOnlyList<ParameterTable>> _replicas;
    private readonly RowMath _math = RowMath.Current;
    private readonly RowRanking _ranking;
    private readonly MergeRuler _ruler;
    private readonly Func<double, double, float> _weight;
    private readonly bool _dividesByTouching;
    private readonly AlignedMatrix[] _common;
    private readonly long[,] _mergedAt;
    private readonly double[,] _steps;
    private readonly double[] _shares;

    /// <summary>Creates the merger and gives the parameters of the first replica to the others.</summary>
    /// <param name="replicas">Tables of each replica, in the same order.</param>
    /// <param name="ranking">Order of the rows.</param>
    /// <param name="ruler">Bands of rows.</param>
    /// <param name="rule">How several changes become one.</param>
    /// <param name="replicasInAll">Replicas of all processes.</param>
    public ReplicaMerger(IReadOnlyList<IReadOnlyList<ParameterTable>> replicas, RowRanking ranking, MergeRuler ruler, MergeRule rule, int replicasInAll)
    {
        (_replicas, _ranking, _ruler) = (replicas, ranking, ruler);
        _weight = MergeWeight.ByRule(rule, replicasInAll);
        _dividesByTouching = rule == MergeRule.Touching;
        _common = [.. replicas[0].Select(t => new AlignedMatrix(((t.Rows * t.Columns) + 15) / 16, 16))];
        _mergedAt = new long[replicas.Count, ruler.Bands];
        _steps = new double[replicas.Count, ruler.Bands];
        _shares = new double[replicas.Count];
        Adopt();
    }

    /// <summary>Gets the number of replicas in this process.</summary>
    public int Replicas => _replicas.Count;

    /// <summary>Computes the bytes that are kept beside the replicas.</summary>
    public static long Bytes(IEnumerable<ParameterTable> tables) => tables.Sum(t => t.Rows * t.Columns * sizeof(float));

    /// <summary>Gives the parameters of the first replica to all.</summary>
    public void Adopt()
    {
        for (int t = 0; t < _common.Length; t++)
        {
            ParameterTable first = _replicas[0][t];
            for (long row = 0; row < first.Rows; row++)
                first.Row(row).CopyTo(new Span<float>(Common(t, row), first.Columns));
            for (int r = 1; r < _replicas.Count; r++)
                _replicas[r][t].CopyFrom(first);
        }
    }

    /// <summary>Sets how much was trained, which determines the weights of the next merge.</summary>
    /// <param name="tokens">Words that each replica was trained on since the start.</param>
    /// <param name="share">Share of this process in the words that all trained on since the last merge.</param>
    /// <param name="rate">Learning rate.</param>
    public void Begin(ReadOnlySpan<long> tokens, double share, double rate)
    {
        double all = 0;
        for (int r = 0; r < Replicas; r++)
            all += tokens[r] - _mergedAt[r, 0];
        for (int r = 0; r < Replicas; r++)
        {
            _shares[r] = all == 0 ? share / Replicas : share * (tokens[r] - _mergedAt[r, 0]) / all;
            for (int band = 0; band < _ruler.Bands; band++)
                _steps[r, band] = rate * (tokens[r] - _mergedAt[r, band]);
        }
    }

    /// <summary>Records which bands the current merge takes.</summary>
    public void End(ReadOnlySpan<long> tokens, int bands)
    {
        for (int r = 0; r < Replicas; r++)
        {
            for (int band = 0; band < bands; band++)
                _mergedAt[r, band] = tokens[r];
        }
    }

    /// <summary>Lists the pieces of a merge of the first bands, in the same order in every process.</summary>
    public IEnumerable<MergePiece> Pieces(int bands, int floats = PieceFloats)
    {
        for (int t = 0; t < _common.Length; t++)
        {
            ParameterTable table = _replicas[0][t];
            int width = table.Columns + 1;
            long rows = Math.Max(1, floats / width);
            bool whole = table.Kind == TableRows.Model;
            for (int band = 0; band < (whole ? 1 : bands); band++)
            {
                (long from, long to) = whole || table.Rows == 0 ? (0, table.Rows) : _ruler.Band(band);
                for (long first = from; first < to; first += rows)
                    yield return new MergePiece(t, band, first, Math.Min(to, first + rows), width);
            }
        }
    }

    /// <summary>Merges the replicas of this process if there are no others; no worker may be running.</summary>
    public void MergeHere(int bands) =>
        Failures.Unwrap(() => Parallel.ForEach(Pieces(bands, ChunkRows * 64), () => new float[(ChunkRows * 64) + ushort.MaxValue + 2], (piece, _, sums) =>
        {
            fixed (float* p = sums)
            {
                GatherRows(piece, 0, piece.To - piece.From, p, null);
                ApplyRows(piece, 0, piece.To - piece.From, p, null);
            }

            return sums;
        }, _ => { }));

    /// <summary>Sums the changes of the replicas of this process.</summary>
    /// <param name="piece">The rows.</param>
    /// <param name="sums">Receives the sums: <c>[rows, width]</c>.</param>
    /// <param name="own">Receives the first replica's own change if the merge ends later, else null.</param>
    public void Gather(MergePiece piece, float* sums, float* own) =>
        InChunks(piece, (from, to) => GatherRows(piece, from, to, sums, own));

    /// <summary>Replaces the changes of each replica by the sum over all processes.</summary>
    /// <param name="piece">The rows.</param>
    /// <param name="sums">The sums over all processes.</param>
    /// <param name="own">The first replica's own change if it was trained since; null if the replicas did not change.</param>
    public void Apply(MergePiece piece, float* sums, float* own) =>
        InChunks(piece, (from, to) => ApplyRows(piece, from, to, sums, own));

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (AlignedMatrix matrix in _common)
            matrix.Dispose();
    }

    private static void InChunks(MergePiece piece, Action<long, long> work)
    {
        long rows = piece.To - piece.From;
        Failures.Unwrap(() => Parallel.For(0, (rows + ChunkRows - 1) / ChunkRows, chunk => work(chunk * ChunkRows, Math.Min(rows, (chunk + 1) * ChunkRows))));
    }

    private void GatherRows(in MergePiece piece, long from, long to, float* sums, float* own)
    {
        int columns = piece.Width - 1;
        for (long i = from; i < to; i++)
        {
            float* sum = sums + (i * piece.Width);
            new Span<float>(sum, piece.Width).Clear();
            if (!TryFind(piece, i, out long row, out float updates))
                continue;
            float* common = Common(piece.Table, row);
            for (int r = 0; r < _replicas.Count; r++)
            {
                float weight = _weight(updates * _steps[r, piece.Band], _shares[r]);
                if (_math.AddChange(sum, Row(r, piece.Table, row), common, weight, columns))
                    sum[columns]++;
            }

            if (own != null)
                _math.Change(own + (i * columns), Row(0, piece.Table, row), common, columns);
        }
    }

    private void ApplyRows(in MergePiece piece, long from, long to, float* sums, float* own)
    {
        int columns = piece.Width - 1;
        for (long i = from; i < to; i++)
        {
            float* sum = sums + (i * piece.Width);
            if (sum[columns] == 0 || !TryFind(piece, i, out long row, out _))
                continue;
            float factor = _dividesByTouching ? 1 / sum[columns] : 1;
            float* common = Common(piece.Table, row);
            if (own != null)
                _math.AddOthers(Row(0, piece.Table, row), sum, factor, own + (i * columns), columns);
            _math.AddScaled(common, sum, factor, columns);
            for (int r = 0; own == null && r < _replicas.Count; r++)
                Unsafe.CopyBlock(Row(r, piece.Table, row), common, (uint)columns * sizeof(float));
        }
    }

    // The ranking may name a row that this table lacks, because tables differ by a special row.
    private bool TryFind(in MergePiece piece, long i, out long row, out float updates)
    {
        ParameterTable table = _replicas[0][piece.Table];
        bool whole = table.Kind == TableRows.Model;
        row = whole ? piece.From + i : _ranking.Rows[piece.From + i];
        if (row >= table.Rows)
        {
            updates = 0;
            return false;
        }

        updates = whole ? Curvature.WholeModelUpdates : _ranking.Updates[row];
        return true;
    }

    private float* Row(int replica, int table, long row)
    {
        ParameterTable t = _replicas[replica][table];
        return t.Pointer + (row * t.Stride);
    }

    private float* Common(int table, long row) => _common[table].Pointer + (row * _replicas[0][table].Columns);
}
