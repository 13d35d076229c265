using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace NceFast.Numerics;

/// <summary>
/// Finds the rows with the highest cosine for many queries at once. The work is divided into pairs of a chunk of rows and a
/// block of queries. Chunks are the outer loop, so that a chunk is read from memory once and from cache for the other
/// blocks. Each pair begins with the thresholds that its block has reached, so that few scores need an individual check.
/// A few queries are compared with the rows one by one instead, in the pass that also computes the lengths of the rows, because
/// reading the rows from memory then takes most of the time. A row of zeros has cosine 0 with every query. A row that is not
/// finite is never found.
/// </summary>
internal sealed unsafe class CosineSearch
{
    /// <summary>The size of a chunk: half of a second-level cache of 1 MiB.</summary>
    private const int ChunkBytes = 1 << 19;

    /// <summary>The number of blocks packed per round. It limits memory and still gives every core enough blocks.</summary>
    private const int BlocksPerRound = 128;

    /// <summary>The largest number of queries that are compared with the rows one by one.</summary>
    private const int Few = 12;

    /// <summary>The number of rows between a row that is compared and one that is prefetched.</summary>
    private const int Ahead = 8;

    // Outside this range, sums of squares of floats are not exact enough.
    private const float LeastSquare = 1e-30f, MostSquare = 1e30f;

    private readonly AlignedMatrix _matrix;
    private readonly int _rows;
    private readonly Lazy<float[]> _scales;
    private readonly ScoreTile _tile;
    private readonly RowScorer _scorer;

    /// <summary>Prepares the search.</summary>
    public CosineSearch(AlignedMatrix matrix, int rows)
        : this(matrix, rows, SimdCatalog.Current)
    {
    }

    /// <summary>Prepares the search with a certain vector width.</summary>
    internal CosineSearch(AlignedMatrix matrix, int rows, SimdWidth width)
    {
        _matrix = matrix;
        _rows = rows;
        _tile = ScoreTile.Of(width);
        _scorer = RowScorer.Of(width);
        _scales = new Lazy<float[]>(ComputeScales);
    }

    private int ChunkRows => Math.Max(64, ChunkBytes / (_matrix.Stride * sizeof(float))) & ~(ScoreTile.RowsPerTile - 1);

    /// <summary>Computes 1 / length of a vector, or 0 if the vector is zero or not finite.</summary>
    public static double InverseLength(ReadOnlySpan<float> vector)
    {
        double square = Dot(vector, vector);
        return square > 0 && double.IsFinite(square) ? 1 / Math.Sqrt(square) : 0;
    }

    /// <summary>Computes 1 / length of a vector as a float, or 0 if the vector is not finite or too short for a float.</summary>
    public static float ScaleOf(ReadOnlySpan<float> vector) => (float)InverseLength(vector) is var scale && float.IsFinite(scale) ? scale : 0;

    /// <summary>Computes a dot product in double precision.</summary>
    public static double Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++)
            sum += (double)a[i] * b[i];
        return sum;
    }

    /// <summary>Computes the cosine of two vectors, or 0 if one of them is zero or not finite.</summary>
    public static double Cosine(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        double scale = InverseLength(a) * InverseLength(b);
        return scale == 0 ? 0 : Dot(a, b) * scale;
    }

    /// <summary>Gets the factor that scales a row to unit length. The first call reads all rows to compute their lengths.</summary>
    public float Scale(int row) => _scales.Value[row];

    /// <summary>Finds the rows with the highest cosine for each query.</summary>
    /// <param name="queries">Unit vectors, <c>[queries, dim]</c>.</param>
    /// <param name="count">The maximum number of rows to find per query.</param>
    /// <param name="cancellation">A token that stops the search.</param>
    public Scored[][] Find(AlignedMatrix queries, int count, CancellationToken cancellation)
    {
        using AlignedMatrix.Hold held = _matrix.Use();
        int total = (int)queries.Rows;
        if (total <= Few)
            return FindFew(queries, Math.Min(count, _rows), cancellation);
        var results = new Scored[total][];
        int perRound = BlocksPerRound * _tile.Batch;
        for (int first = 0; first < total; first += perRound)
            Round(queries, first, Math.Min(perRound, total - first), Math.Min(count, _rows), results, cancellation);
        return results;
    }

    private float[] ComputeScales()
    {
        const int Step = 4096;
        var scales = new float[_rows];
        using AlignedMatrix.Hold held = _matrix.Use();
        Failures.Unwrap(() => Parallel.For(0, (_rows + Step - 1) / Step, part =>
        {
            for (int row = part * Step; row < Math.Min(_rows, (part + 1) * Step); row++)
                scales[row] = ScaleOf(_matrix.Row(row));
        }));
        return scales;
    }

    private Scored[][] FindFew(AlignedMatrix queries, int count, CancellationToken cancellation)
    {
        TopList[] lists = [.. Enumerable.Range(0, (int)queries.Rows).Select(_ => new TopList(count))];
        cancellation.ThrowIfCancellationRequested();
        if (count > 0)
        {
            int chunkRows = ChunkRows, chunks = (_rows + chunkRows - 1) / chunkRows, next = -1;
            var options = new ParallelOptions { CancellationToken = cancellation };
            Failures.Unwrap(() => Parallel.For(0, Math.Min(chunks, Environment.ProcessorCount), options, _ =>
            {
                TopList[] own = [.. lists.Select(_ => new TopList(count))];
                for (int chunk; (chunk = Interlocked.Increment(ref next)) < chunks && !cancellation.IsCancellationRequested;)
                {
                    for (int query = 0; query < own.Length; query++)
                        ScanOne(chunk * chunkRows, Math.Min(_rows, (chunk + 1) * chunkRows), queries.RowPointer(query), own[query]);
                }

                for (int query = 0; query < own.Length; query++)
                {
                    lock (lists[query])
                    {
                        foreach (Scored item in own[query].Items)
                            lists[query].Add(item);
                    }
                }
            }));
            cancellation.ThrowIfCancellationRequested();
        }

        return [.. lists.Select(list => list.Items.ToArray())];
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void ScanOne(int from, int to, float* query, TopList best)
    {
        const int RowsPerStep = RowScorer.RowsPerStep;
        float** rows = stackalloc float*[RowsPerStep];
        float* dots = stackalloc float[RowsPerStep], squares = stackalloc float[RowsPerStep];
        float threshold = best.Threshold;
        for (int row = from; row < to; row += RowsPerStep)
        {
            for (int i = 0; i < RowsPerStep; i++)
                rows[i] = _matrix.RowPointer(Math.Min(row + i, to - 1));
            Prefetch(_matrix.RowPointer(row + Ahead), RowsPerStep * _matrix.Stride);
            _scorer.Run(rows, query, _matrix.Stride, dots, squares);
            for (int i = 0; i < Math.Min(RowsPerStep, to - row); i++)
            {
                float scale = squares[i] is > LeastSquare and < MostSquare ? 1 / MathF.Sqrt(squares[i]) : ScaleOf(_matrix.Row(row + i));
                float score = dots[i] * scale;
                if (score >= threshold)
                {
                    best.Add(new Scored(row + i, score));
                    threshold = best.Threshold;
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Prefetch(float* from, int floats)
    {
        if (Sse.IsSupported)
        {
            for (float* line = from, end = from + floats; line < end; line += 16)
                Sse.Prefetch0(line);
        }
    }

    private void Round(AlignedMatrix queries, int first, int length, int count, Scored[][] results, CancellationToken cancellation)
    {
        int blocks = (length + _tile.Batch - 1) / _tile.Batch;
        var lists = new TopList[length];
        for (int i = 0; i < length; i++)
            lists[i] = new TopList(count);
        if (count > 0)
        {
            using AlignedMatrix packed = Pack(queries, first, length);
            int chunkRows = ChunkRows, chunks = (_rows + chunkRows - 1) / chunkRows;
            int next = -1;
            var options = new ParallelOptions { CancellationToken = cancellation };
            Failures.Unwrap(() => Parallel.For(0, Environment.ProcessorCount, options, _ =>
            {
                var worker = new Worker(this, packed, count);
                for (int job; (job = Interlocked.Increment(ref next)) < (long)chunks * blocks && !cancellation.IsCancellationRequested;)
                {
                    (int chunk, int block) = Math.DivRem(job, blocks);
                    int from = block * _tile.Batch;
                    var part = lists.AsSpan(from, Math.Min(_tile.Batch, length - from));
                    worker.Run(chunk * chunkRows, Math.Min(_rows, (chunk + 1) * chunkRows), block, part);
                }
            }));
            cancellation.ThrowIfCancellationRequested();
        }

        for (int i = 0; i < length; i++)
            results[first + i] = lists[i].Items.ToArray();
    }

    /// <summary>Interleaves the queries of each block, <c>[blocks, dim, queries of a block]</c>. Missing queries are zero.</summary>
    private AlignedMatrix Pack(AlignedMatrix queries, int first, int length)
    {
        int width = _tile.Batch;
        var packed = new AlignedMatrix((length + width - 1) / width, _matrix.Columns * width);
        for (int i = 0; i < length; i++)
        {
            float* to = packed.RowPointer(i / width) + i % width;
            foreach (float f in queries.Row(first + i))
            {
                *to = f;
                to += width;
            }
        }

        return packed;
    }

    /// <summary>Contains the buffers of one thread.</summary>
    private sealed class Worker
    {
        private readonly CosineSearch _search;
        private readonly AlignedMatrix _packed;
        private readonly TopList[] _best;
        private readonly float[] _scores;
        private readonly float[] _thresholds;

        public Worker(CosineSearch search, AlignedMatrix packed, int count)
        {
            int width = search._tile.Batch;
            (_search, _packed) = (search, packed);
            _best = new TopList[width];
            for (int i = 0; i < width; i++)
                _best[i] = new TopList(count);
            _scores = GC.AllocateArray<float>(ScoreTile.RowsPerTile * width, pinned: true);
            _thresholds = GC.AllocateArray<float>(width, pinned: true);
        }

        /// <summary>Searches the rows <paramref name="from"/> to <paramref name="to"/> for one block and merges the results into <paramref name="lists"/>.</summary>
        public void Run(int from, int to, int block, Span<TopList> lists)
        {
            _thresholds.AsSpan().Fill(float.PositiveInfinity);
            for (int i = 0; i < lists.Length; i++)
            {
                _best[i].Clear();
                lock (lists[i])
                    _thresholds[i] = lists[i].Threshold;
            }

            ReadOnlySpan<float> reached = [.. _thresholds];
            Scan(from, to, block, reached);
            for (int i = 0; i < lists.Length; i++)
            {
                if (_best[i].Count == 0)
                    continue;
                lock (lists[i])
                {
                    foreach (Scored item in _best[i].Items)
                        lists[i].Add(item);
                }
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void Scan(int from, int to, int block, ReadOnlySpan<float> reached)
        {
            const int RowsPerTile = ScoreTile.RowsPerTile;
            ScoreTile tile = _search._tile;
            AlignedMatrix matrix = _search._matrix;
            int dim = matrix.Columns;
            float[] allScales = _search._scales.Value;
            float* packed = _packed.RowPointer(block);
            float** rows = stackalloc float*[RowsPerTile];
            float* scales = stackalloc float[RowsPerTile];
            ulong* hits = stackalloc ulong[RowsPerTile];
            fixed (float* scores = _scores, thresholds = _thresholds)
            {
                for (int row = from; row < to; row += RowsPerTile)
                {
                    for (int i = 0; i < RowsPerTile; i++)
                    {
                        int at = Math.Min(row + i, to - 1);
                        rows[i] = matrix.RowPointer(at);
                        scales[i] = allScales[at];
                    }

                    if (tile.Run(rows, scales, packed, dim, thresholds, scores, hits))
                        Collect(row, Math.Min(RowsPerTile, to - row), hits, reached);
                }
            }
        }

        private void Collect(int row, int rows, ulong* hits, ReadOnlySpan<float> reached)
        {
            int width = _search._tile.Batch;
            for (int i = 0; i < rows; i++)
            {
                for (ulong bits = hits[i]; bits != 0; bits &= bits - 1)
                {
                    int query = BitOperations.TrailingZeroCount(bits);
                    _best[query].Add(new Scored(row + i, _scores[i * width + query]));
                    _thresholds[query] = Math.Max(reached[query], _best[query].Threshold);
                }
            }
        }
    }
}
