namespace NceFast.Vocab;

/// <summary>
/// The counts of one worker. It begins with a table of its own. When memory becomes scarce, it continues with a small table whose
/// words it moves to the shared tables.
/// </summary>
internal sealed class WorkerCounts : ITableOwner, IDisposable
{
    // The divisors of the budget: for the tables that workers begin with, and later for the small tables.
    private const int OwnPart = 2, SmallPart = 8;
    private const long LeastSlots = 256;
    private readonly SharedCounts _shared;
    private readonly CountingBudget _budget;
    private readonly int _number, _workers;
    private int[]? _ids;

    public WorkerCounts(SharedCounts shared, CountingBudget budget, int number, int workers)
    {
        (_shared, _budget, _number, _workers) = (shared, budget, number, workers);
        Table = new Utf8Table(0, this);
    }

    /// <summary>Gets the table in which the worker counts.</summary>
    public Utf8Table Table { get; }

    /// <summary>Gets whether the worker uses shared ids now.</summary>
    public bool IsShared { get; private set; }

    private long SmallBytes => _budget.Limit / SmallPart / _workers;

    public bool TryTake(Utf8Table table, long bytes)
    {
        if (!IsShared)
            return !_shared.IsOpen && TryTakeOwn(bytes);
        if (table.SlotBytes + table.ArenaBytes + bytes > SmallBytes)
            return false;
        _budget.Take(bytes);
        return true;
    }

    public void Take(long bytes)
    {
        _budget.Take(bytes);
        if (!IsShared)
            _shared.AddOwnBytes(bytes);
    }

    public void OnFull(Utf8Table table)
    {
        _shared.Open();

        // All ids of a block are either the table's own or shared ones. Therefore the table grows until the block ends.
        if (IsShared || !_shared.GivesIds)
            Move();
    }

    public int IdOf(ulong low, ulong high, ReadOnlySpan<byte> longBytes) =>
        !IsShared ? -1 : _shared.GivesIds ? _shared.IdOf(low, high, longBytes) : 0;

    /// <summary>Moves the words to the shared tables, and continues with a small table and shared ids.</summary>
    public void Move()
    {
        if (!IsShared && _shared.GivesIds)
        {
            _ids = new int[Table.IdsGiven];
            _budget.Take(_ids.Length * (long)sizeof(int));
        }

        _shared.Add(Table, SharedCounts.PartFor(_number, _workers), IsShared ? null : _ids);
        long slots = LeastSlots;
        while (2 * slots * Table.SlotBytes / Table.SlotCount <= SmallBytes)
            slots *= 2;
        Table.Clear(Math.Min(slots, Table.SlotCount));
        if (IsShared)
            return;
        IsShared = true;
        _shared.AddOwnBytes(-Table.SlotBytes - Table.ArenaBytes);
    }

    /// <summary>Maps the ids of the worker's first table to final ids, given the final ids of the shared ones.</summary>
    public int[] Map(int[] shared) => Array.ConvertAll(_ids ?? [], id => id < 0 ? -1 : shared[id]);

    public void Dispose() => Table.Dispose();

    private bool TryTakeOwn(long bytes)
    {
        if (!_budget.TryTake(bytes, _budget.Limit / OwnPart))
            return false;
        _shared.AddOwnBytes(bytes);
        return true;
    }
}
