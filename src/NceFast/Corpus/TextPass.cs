using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace NceFast.Corpus;

/// <summary>
/// Represents one reading of a corpus by several workers. A worker takes the next shard or sequential text when it is free.
/// </summary>
internal sealed class TextPass : IDisposable
{
    private readonly List<CorpusItem> _items;
    private readonly (int Number, int Of) _part;
    private readonly long[] _firstUnit;
    private readonly long[] _bytesBefore;
    private readonly long _totalBytes;
    private readonly List<SequentialUnit> _sequential = [];
    private readonly ScanCounts _counts = new();
    private long _next;

    /// <summary>Starts a reading.</summary>
    /// <param name="source">The text.</param>
    /// <param name="cancellation">Cancels the reading.</param>
    /// <param name="workers">The number of workers.</param>
    /// <param name="logger">Receives warnings; may be null.</param>
    public TextPass(CorpusSource source, CancellationToken cancellation, int workers = 1, ILogger? logger = null)
    {
        Cancellation = cancellation;
        int sequential = Math.Max(1, source.Items.Count(item => item is SequentialItem));
        Reading = new TextReading
        {
            Options = source.Text,
            PartsAtOnce = (workers + sequential - 1) / sequential, // with fewer files than workers, several members of a file are decompressed at once
            Logger = logger ?? NullLogger.Instance,
            Cancellation = cancellation,
        };
        _items = source.Items;
        _part = source.Part;
        ShardBytes = source.ShardBytes;
        BlockWords = source.BlockWords;
        _totalBytes = source.Bytes;
        BlockNumber.EnsureItems(_items.Count);
        _firstUnit = new long[_items.Count + 1];
        _bytesBefore = new long[_items.Count + 1];
        for (int i = 0; i < _items.Count; i++)
        {
            long units = _items[i] is PlainFile file ? file.Shards(ShardBytes) : 1;
            BlockNumber.EnsureShards(_items[i].Name, units, ShardBytes);
            _firstUnit[i + 1] = _firstUnit[i] + units;
            _bytesBefore[i + 1] = _bytesBefore[i] + Math.Max(0, _items[i].Length);
        }
    }

    public CancellationToken Cancellation { get; }

    /// <summary>Gets what the texts of this pass share: the options, the count of malformed records and the logger.</summary>
    public TextReading Reading { get; }

    /// <summary>See <see cref="CorpusSource.BlockWords"/>.</summary>
    public int BlockWords { get; }

    /// <summary>See <see cref="CorpusSource.ShardBytes"/>.</summary>
    public int ShardBytes { get; }

    /// <summary>
    /// Gets a function that determines whether an earlier process trained on all blocks between two numbers. Such shards are not
    /// read. May be null.
    /// </summary>
    public Func<ulong, ulong, bool>? IsDone { get; init; }

    /// <summary>Gets the counts of the readers that are closed and of the sequential texts that are finished.</summary>
    public ScanCounts Counts
    {
        get
        {
            var copy = new ScanCounts();
            lock (_counts)
                copy.Add(_counts);
            return copy;
        }
    }

    public IReadOnlyList<CorpusItem> Items => _items;

    /// <summary>Returns the name of the file or stream that contains a block.</summary>
    public string NameOf(ulong number) => _items[Math.Min(_items.Count - 1, BlockNumber.ItemOf(number))].Name;

    /// <summary>
    /// Gets whether this part counts the texts that every part reads; otherwise they would be counted several times.
    /// </summary>
    public bool CountsShared => _part.Number == 0;

    public void Report(ScanCounts counts)
    {
        lock (_counts)
            _counts.Add(counts);
    }

    /// <summary>
    /// Returns the fraction of all stored bytes before a byte position in an item; NaN when the total is unknown.
    /// </summary>
    public double Fraction(int item, long position) =>
        _totalBytes < 0 ? double.NaN : Math.Min(1, (_bytesBefore[item] + position) / (double)Math.Max(1, _totalBytes));

    /// <summary>
    /// Takes the next shard or sequential text. When all are taken, joins a sequential text that other workers still read.
    /// </summary>
    /// <returns>False when nothing is left to read.</returns>
    public bool TryTake(out TextWork work)
    {
        while (true)
        {
            long unit = Interlocked.Increment(ref _next) - 1;
            if (unit >= _firstUnit[^1])
                return TryJoin(out work);
            work = Take(unit);
            bool isOurs = work.Shared is not null || Owns(work.Number);
            if (isOurs && (IsDone is null || !IsDone(work.Number, work.EndNumber)))
                break;
            work.Shared?.Dispose();
        }

        if (work.Shared is { } shared)
        {
            lock (_sequential)
                _sequential.Add(shared);
        }

        return true;
    }

    /// <summary>
    /// Determines whether a block belongs to this part. Shards are dealt in turn, and each text begins with another part.
    /// </summary>
    public bool Owns(ulong block) => (BlockNumber.ItemOf(block) + BlockNumber.ShardOf(block)) % _part.Of == _part.Number;

    /// <summary>Determines whether all blocks of a text belong to this part.</summary>
    public bool OwnsWhole(int item) => _part.Of == 1;

    public void Dispose()
    {
        lock (_sequential)
        {
            foreach (SequentialUnit unit in _sequential)
                unit.Dispose();
        }
    }

    private TextWork Take(long unit)
    {
        // The item of a unit is the last one that begins at or before it. Files without bytes have no unit.
        int item = Array.BinarySearch(_firstUnit, unit);
        if (item < 0)
            item = ~item - 1;
        while (_firstUnit[item + 1] == unit)
            item++;
        if (_items[item] is SequentialItem text)
            return new TextWork(item, new SequentialUnit(text, item, this), 0, BlockNumber.First(item, 0), BlockNumber.First(item + 1, 0));
        long shard = unit - _firstUnit[item];
        return new TextWork(item, null, shard, BlockNumber.First(item, shard), BlockNumber.First(item, shard + 1));
    }

    private bool TryJoin(out TextWork work)
    {
        work = default;
        lock (_sequential)
        {
            SequentialUnit? open = _sequential.Find(unit => !unit.Finished);
            open?.Share();
            if (open is not null)
                work = new TextWork(0, open, 0, 0, 0);
            return open is not null;
        }
    }
}

/// <summary>A shard that one worker reads, or a sequential text that workers share.</summary>
/// <param name="Item">The index of the text in the list.</param>
/// <param name="Shared">The sequential text; null for a shard.</param>
/// <param name="Shard">The index of the shard within its text.</param>
/// <param name="Number">The number of the first block.</param>
/// <param name="EndNumber">An exclusive upper bound of the block numbers.</param>
internal readonly record struct TextWork(int Item, SequentialUnit? Shared, long Shard, ulong Number, ulong EndNumber);
