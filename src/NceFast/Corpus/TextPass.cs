using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using NceFast.Corpus.Records;

namespace NceFast.Corpus;

/// <summary>
/// Represents one reading of a corpus by several workers. A worker takes the next shard or sequential text when it is free.
/// </summary>
internal sealed class TextPass : IDisposable
{
    private readonly List<CorpusItem> _items;
    private readonly CorpusSource _source;
    private readonly FileDeal _deal;
    private readonly int _part;
    private readonly long[] _firstUnit;
    private readonly double[] _bytesBefore;
    private readonly bool _knowsBytes;
    private readonly List<OpenText> _sequential = [];
    private readonly ScanCounts _counts = new();
    private readonly RecordTally _uncounted = new();
    private long _next;

    /// <summary>Starts a reading.</summary>
    /// <param name="source">The text.</param>
    /// <param name="cancellation">Cancels the reading.</param>
    /// <param name="workers">The number of workers.</param>
    /// <param name="logger">Receives warnings; may be null.</param>
    public TextPass(CorpusSource source, CancellationToken cancellation, int workers = 1, ILogger? logger = null)
    {
        Cancellation = cancellation;
        int sequential = Math.Max(1, source.Items.Where((item, i) => item is SequentialItem && source.Reads(i)).Count());
        Reading = new TextReading
        {
            Options = source.Text,
            PartsAtOnce = (workers + sequential - 1) / sequential, // with fewer files than workers, several members of a file are decompressed at once
            Logger = logger ?? NullLogger.Instance,
            Cancellation = cancellation,
        };
        _items = source.Items;
        (_source, _deal, _part) = (source, source.Deal, source.Part);
        ShardBytes = source.ShardBytes;
        BlockWords = source.BlockWords;
        _knowsBytes = source.Bytes >= 0;
        BlockNumber.EnsureItems(_items.Count);
        _firstUnit = new long[_items.Count + 1];
        _bytesBefore = new double[_items.Count + 1];
        for (int i = 0; i < _items.Count; i++)
        {
            long units = _items[i] is PlainFile file ? file.Shards(ShardBytes) : 1;
            BlockNumber.EnsureShards(_items[i].Name, units, ShardBytes);
            _firstUnit[i + 1] = _firstUnit[i] + units;
            _bytesBefore[i + 1] = _bytesBefore[i] + (_deal.ShareOf(i, _part) * Math.Max(0, _items[i].Length - DoneBytes(i)));
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
    /// Returns whether this part counts a text that several parts read; otherwise it would be counted several times.
    /// </summary>
    /// <param name="item">The index of the text in the list.</param>
    public bool CountsText(int item) => _deal.CounterOf(item) == _part;

    public void Report(ScanCounts counts)
    {
        lock (_counts)
            _counts.Add(counts);
    }

    /// <summary>
    /// Returns the fraction of this part's stored bytes before a byte position in an item; NaN when the total is unknown. Bytes that are
    /// done do not count.
    /// </summary>
    public double Fraction(int item, long position) =>
        _knowsBytes ? Math.Min(1, (_bytesBefore[item] + (_deal.ShareOf(item, _part) * Math.Max(0, position - DoneBytes(item)))) / Math.Max(1, _bytesBefore[^1])) : double.NaN;

    /// <summary>
    /// Takes the next shard or sequential text. When all are taken, joins a sequential text that other workers still read.
    /// </summary>
    /// <returns>False when nothing is left to read.</returns>
    public bool TryTake(out TextWork work)
    {
        do
        {
            long unit = Interlocked.Increment(ref _next) - 1;
            if (unit >= _firstUnit[^1])
                return TryJoin(out work);
            work = Take(unit);
        }
        while (!IsOurs(work) || (IsDone is not null && IsDone(work.Number, work.EndNumber)));

        if (_items[work.Item] is SequentialItem text)
        {
            work = work with { Shared = new SequentialUnit(text, work.Item, this) };
            Open(work.Shared);
        }

        return true;
    }

    /// <summary>Determines whether a block belongs to this part, see <see cref="FileDeal"/>.</summary>
    public bool Owns(ulong block) => _source.Owns(block);

    /// <summary>Determines whether all blocks of a text belong to this part.</summary>
    public bool OwnsWhole(int item) => _source.Also is null && _deal.IsWhole(item);

    /// <summary>Returns what a text shares with the other texts of the reading. Of several parts that read a text, one counts its malformed records.</summary>
    public TextReading ReadingOf(int item) => Reading with { Item = item, Records = CountsText(item) ? Reading.Records : _uncounted };

    public void Dispose()
    {
        lock (_sequential)
        {
            foreach (OpenText text in _sequential)
                text.Unit.Dispose();
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
        if (_items[item] is SequentialItem)
            return new TextWork(item, null, 0, BlockNumber.First(item, 0), BlockNumber.First(item + 1, 0));
        long shard = unit - _firstUnit[item];
        return new TextWork(item, null, shard, BlockNumber.First(item, shard), BlockNumber.First(item, shard + 1));
    }

    private bool IsOurs(in TextWork work) => _items[work.Item] is SequentialItem ? _source.Reads(work.Item) : Owns(work.Number);

    private long DoneBytes(int item) => _source.DoneBytes?[item] ?? 0;

    // Texts that are finished are forgotten, because a corpus may have a million of them.
    private void Open(SequentialUnit unit)
    {
        lock (_sequential)
        {
            _sequential.RemoveAll(text => text.Unit.Finished);
            _sequential.Add(new OpenText(unit) { Workers = 1 });
        }
    }

    // Workers that have nothing else to read spread over the texts that are still read.
    private bool TryJoin(out TextWork work)
    {
        work = default;
        lock (_sequential)
        {
            OpenText? open = _sequential.Where(text => !text.Unit.Finished).MinBy(text => text.Workers);
            if (open is null)
                return false;
            open.Workers++;
            open.Unit.Share();
            work = new TextWork(0, open.Unit, 0, 0, 0);
            return true;
        }
    }

    private sealed class OpenText(SequentialUnit unit)
    {
        public SequentialUnit Unit { get; } = unit;

        public int Workers { get; set; }
    }
}

/// <summary>A shard that one worker reads, or a sequential text that workers share.</summary>
/// <param name="Item">The index of the text in the list.</param>
/// <param name="Shared">The sequential text; null for a shard.</param>
/// <param name="Shard">The index of the shard within its text.</param>
/// <param name="Number">The number of the first block.</param>
/// <param name="EndNumber">An exclusive upper bound of the block numbers.</param>
internal readonly record struct TextWork(int Item, SequentialUnit? Shared, long Shard, ulong Number, ulong EndNumber);
