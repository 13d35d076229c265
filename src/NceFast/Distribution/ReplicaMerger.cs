using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using NceFast.Merging;
using NceFast.Models;
using NceFast.Numerics;

namespace NceFast.Distribution;

/// <summary>
/// Holds the replicas of this process, and the parameters that all replicas (including those of other processes) had in common after
/// the last merge. A merge gathers the changes of each replica since then, weighted by the rule, and replaces them by their sum.
/// Rows that no replica changed are neither sent nor written.
/// </summary>
internal sealed unsafe class ReplicaMerger : IDisposable
{
    /// <summary>Floats of a piece at most. Larger all-reduces were ten times slower, because their temporaries are mapped again at each call.</summary>
    public const int MostPieceFloats = 4 << 20;

    // Of a merge while all workers wait. On one machine a core's part of a piece, the rows and what they have in common stay in its
    // second-level cache from gathering to applying. A network needs longer messages, of which each process sends its part of a piece.
    private const int PieceFloatsOfCore = 1 << 16, PieceFloatsOfHost = 1 << 17;
    private const int ChunkFloats = 1 << 14;

    // Rows between the row that is compared and the one that is prefetched.
    private const int Ahead = 8;

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
        Changed = new ChangedRows(replicasInAll);
        Adopt();
    }

    /// <summary>Gets the rows of the current merge that were changed.</summary>
    public ChangedRows Changed { get; }

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

    /// <summary>Gets the floats of a piece at most in a merge for which all workers wait; the same in every process.</summary>
    /// <param name="ranks">Processes.</param>
    /// <param name="cores">Cores of each if all are on one machine, otherwise 0.</param>
    public static int PieceFloats(int ranks, int cores) => (int)Math.Min(MostPieceFloats, cores > 0 ? (long)cores * PieceFloatsOfCore : (long)ranks * PieceFloatsOfHost);

    /// <summary>Gets whether a merge takes all rows.</summary>
    /// <param name="bands">Bands of the merge.</param>
    public bool TakesAll(int bands) => bands == _ruler.Bands;

    /// <summary>Merges the replicas of this process if there are no others; no worker may be running.</summary>
    public void MergeHere(int bands)
    {
        MergeStrip[] strips = Strips(bands);
        for (int s = 0; s < strips.Length; s++)
        {
            MergeStrip strip = strips[s];
            InChunks(strip.Rows, RowsOf(strip), (from, to) =>
            {
                float[] row = ArrayPool<float>.Shared.Rent(strip.Columns);
                fixed (float* sum = row)
                {
                    for (long i = from; i < to; i++)
                        MergeRow(strip, i, sum);
                }

                ArrayPool<float>.Shared.Return(row);
            });
        }
    }

    /// <summary>Begins a merge between processes: finds the rows that replicas of this process changed since these were merged last.</summary>
    public void Mark(int bands)
    {
        Changed.Begin(Strips(bands));
        for (int s = 0; s < Changed.Strips.Count; s++)
        {
            int index = s;
            long words = (RowsOf(Changed.Strips[s]) + Changed.RowsOfWord - 1) / Changed.RowsOfWord;
            InChunks(Changed.Strips[s].Rows, words * Changed.RowsOfWord, (from, to) => MarkRows(index, from, to));
        }
    }

    /// <summary>Sums the changes of the replicas of this process in the rows that any process changed.</summary>
    /// <param name="piece">The rows.</param>
    /// <param name="sums">Receives the sums: <c>[rows, columns]</c>.</param>
    public void Gather(MergePiece piece, float* sums) => InRows(piece, sums, (strip, row, counts, sum) =>
    {
        if (counts.Own > 0 && Replicas == 1)
        {
            _math.Weigh(sum, Row(0, strip.Table, row), Common(strip.Table, row), Weight(0, strip, row), strip.Columns);
            return;
        }

        new Span<float>(sum, strip.Columns).Clear();
        if (counts.Own > 0)
            AddChanges(strip, row, sum);
    });

    /// <summary>Replaces the changes of each replica by the sum over all processes.</summary>
    /// <param name="piece">The rows.</param>
    /// <param name="sums">The sums over all processes.</param>
    public void Apply(MergePiece piece, float* sums) => InRows(piece, sums, (strip, row, counts, sum) => Replace(strip, row, sum, counts.All));

    /// <summary>Copies the changes of the first replica in the rows that it changed, for a merge that ends later.</summary>
    /// <param name="piece">The rows.</param>
    /// <param name="own">Receives the changes: <c>[rows, columns]</c>.</param>
    public void CopyOwn(MergePiece piece, float* own) => InRows(piece, own, (strip, row, _, change) =>
        _math.Change(change, Row(0, strip.Table, row), Common(strip.Table, row), strip.Columns));

    /// <summary>Weights the copied changes, with zeros for the rows that only other processes changed. Workers may run.</summary>
    /// <param name="piece">The rows that any process changed.</param>
    /// <param name="own">The copied changes from the first one of the piece on.</param>
    /// <param name="sums">Receives the sums: <c>[rows, columns]</c>.</param>
    public void Spread(MergePiece piece, float* own, float* sums)
    {
        MergeStrip strip = piece.Strip;
        new Span<float>(sums, piece.Floats).Clear();
        for (int place = piece.From; place < piece.To; place++, sums += strip.Columns)
        {
            (long i, int mine, _) = Changed[piece, place];
            if (mine == 0)
                continue;
            _math.AddScaled(sums, own, Weight(0, strip, Find(strip, i)), strip.Columns);
            own += strip.Columns;
        }
    }

    /// <summary>Updates what all replicas have in common, and leaves in the sums what the other processes changed. Workers may run.</summary>
    /// <param name="piece">The rows that any process changed.</param>
    /// <param name="own">The copied changes from the first one of the piece on.</param>
    /// <param name="sums">The sums over all processes; receives the changes of the others.</param>
    /// <returns>The copied changes of the next piece.</returns>
    public float* Settle(MergePiece piece, float* own, float* sums)
    {
        MergeStrip strip = piece.Strip;
        for (int place = piece.From; place < piece.To; place++, sums += strip.Columns)
        {
            (long i, int mine, int all) = Changed[piece, place];
            float factor = Factor(all);
            _math.AddScaled(Common(strip.Table, Find(strip, i)), sums, factor, strip.Columns);
            _math.Others(sums, factor, mine == 0 ? null : own, strip.Columns);
            own += mine == 0 ? 0 : strip.Columns;
        }

        return own;
    }

    /// <summary>Adds the changes of the others to what the first replica has become since its changes were copied.</summary>
    public void AddOthers(MergePiece piece, float* others) => InRows(piece, others, (strip, row, _, change) =>
        _math.AddScaled(Row(0, strip.Table, row), change, 1, strip.Columns));

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (AlignedMatrix matrix in _common)
            matrix.Dispose();
    }

    private static long RowsOf(in MergeStrip strip) => Math.Max(1, ChunkFloats / strip.Columns);

    private static void InChunks(long rows, long chunkRows, Action<long, long> work)
    {
        long chunks = (rows + chunkRows - 1) / chunkRows;
        if (Environment.ProcessorCount == 1 || chunks == 1)
            work(0, rows);
        else
            Failures.Unwrap(() => Parallel.For(0, chunks, chunk => work(chunk * chunkRows, Math.Min(rows, (chunk + 1) * chunkRows))));
    }

    private void InRows(MergePiece piece, float* buffer, RowStep step) => InChunks(piece.To - piece.From, RowsOf(piece.Strip), (from, to) =>
    {
        MergeStrip strip = piece.Strip;
        float* floats = buffer + (from * strip.Columns);
        for (long n = from; n < to; n++, floats += strip.Columns)
        {
            (long i, int own, int all) = Changed[piece, piece.From + (int)n];
            step(strip, Find(strip, i), (own, all), floats);
        }
    });

    // The same strips in every process.
    private MergeStrip[] Strips(int bands)
    {
        var strips = new List<MergeStrip>();
        for (int t = 0; t < _common.Length; t++)
        {
            ParameterTable table = _replicas[0][t];
            bool whole = table.Kind == TableRows.Model;
            for (int band = 0; band < (whole ? 1 : bands); band++)
            {
                (long from, long to) = whole || table.Rows == 0 ? (0, table.Rows) : _ruler.Band(band);
                if (to > from)
                    strips.Add(new MergeStrip(t, band, from, to - from, table.Columns));
            }
        }

        return [.. strips];
    }

    private void MarkRows(int index, long from, long to)
    {
        MergeStrip strip = Changed.Strips[index];
        for (long i = from; i < to; i++)
        {
            Prefetch(strip, Math.Min(i + Ahead, to - 1));
            long row = Find(strip, i);
            int count = 0;
            for (int r = 0; row >= 0 && r < _replicas.Count; r++)
                count += _math.Differs(Row(r, strip.Table, row), Common(strip.Table, row), strip.Columns) ? 1 : 0;
            if (count > 0)
                Changed.Mark(index, i, count);
        }
    }

    private void Prefetch(in MergeStrip strip, long i)
    {
        long row = Find(strip, i);
        if (row < 0 || !Sse.IsSupported)
            return;
        Sse.Prefetch0(Row(0, strip.Table, row));
        Sse.Prefetch0(Common(strip.Table, row));
    }

    private void MergeRow(in MergeStrip strip, long i, float* sum)
    {
        long row = Find(strip, i);
        if (row < 0)
            return;
        new Span<float>(sum, strip.Columns).Clear();
        int changed = AddChanges(strip, row, sum);
        if (changed > 0)
            Replace(strip, row, sum, changed);
    }

    private int AddChanges(in MergeStrip strip, long row, float* sum)
    {
        int changed = 0;
        for (int r = 0; r < _replicas.Count; r++)
            changed += _math.AddChange(sum, Row(r, strip.Table, row), Common(strip.Table, row), Weight(r, strip, row), strip.Columns) ? 1 : 0;
        return changed;
    }

    private void Replace(in MergeStrip strip, long row, float* sum, int changed)
    {
        float* common = Common(strip.Table, row);
        _math.Replace(Row(0, strip.Table, row), common, sum, Factor(changed), strip.Columns);
        for (int r = 1; r < _replicas.Count; r++)
            Unsafe.CopyBlock(Row(r, strip.Table, row), common, (uint)strip.Columns * sizeof(float));
    }

    private float Factor(int changed) => _dividesByTouching ? 1f / changed : 1;

    private float Weight(int replica, in MergeStrip strip, long row)
    {
        float updates = _replicas[0][strip.Table].Kind == TableRows.Model ? Curvature.WholeModelUpdates : _ranking.Updates[row];
        return _weight(updates * _steps[replica, strip.Band], _shares[replica]);
    }

    // The number of a row in its table. The ranking may name a row that this table lacks, because tables differ by a special row: then -1.
    private long Find(in MergeStrip strip, long i)
    {
        ParameterTable table = _replicas[0][strip.Table];
        long row = table.Kind == TableRows.Model ? strip.From + i : _ranking.Rows[strip.From + i];
        return row < table.Rows ? row : -1;
    }

    private float* Row(int replica, int table, long row)
    {
        ParameterTable t = _replicas[replica][table];
        return t.Pointer + (row * t.Stride);
    }

    private float* Common(int table, long row) => _common[table].Pointer + (row * _replicas[0][table].Columns);

    private delegate void RowStep(MergeStrip strip, long row, (int Own, int All) counts, float* floats);
}
