namespace NceFast.Blocks;

/// <summary>
/// The cache: the corpus as token ids on disk, in one file per worker.
/// </summary>
/// <remarks>
/// The counting pass writes provisional ids, which each worker assigns in the order of first occurrence. Maps from provisional to
/// final ids are set when the vocabulary is known. If the disk is full and the text can be read again, the cache is given up and
/// the pass continues: the blocks are still listed in the index, but their ids are not kept.
/// </remarks>
internal sealed class Spool : IDisposable
{
    private readonly SpoolFile[] _files;
    private readonly List<BlockEntry>[] _written;
    private readonly int[]?[] _maps;
    private readonly Action<string>? _givenUp;
    private int _isGivenUp;
    private readonly long[] _sharedFrom;
    private int[]? _sharedMap;

    /// <summary>Creates the files.</summary>
    /// <param name="folder">The folder of the files.</param>
    /// <param name="workers">The number of files.</param>
    /// <param name="forecast">The expected size of all files in bytes; -1 when it is unknown.</param>
    /// <param name="limit">The size in bytes at which a file counts as full.</param>
    /// <param name="givenUp">
    /// Called once with the reason when the cache is given up. If null, a cache that cannot be written is an error.
    /// </param>
    public Spool(string folder, int workers, long forecast, Action<string>? givenUp = null, long limit = long.MaxValue)
    {
        _givenUp = givenUp;
        _files = new SpoolFile[workers];
        _maps = new int[workers][];
        _sharedFrom = new long[workers];
        Array.Fill(_sharedFrom, long.MaxValue);
        _written = new List<BlockEntry>[workers];
        try
        {
            for (int w = 0; w < workers; w++)
            {
                _files[w] = SpoolFile.Create(folder, forecast, limit);
                _written[w] = [];
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Gets the index of the blocks when all are written; null before, and when the cache was given up.</summary>
    public BlockIndex? Index { get; private set; }

    public int Workers => _files.Length;

    /// <summary>Gets whether the cache was given up, so that the text must be read again.</summary>
    public bool IsGivenUp => Volatile.Read(ref _isGivenUp) != 0;

    /// <summary>Removes all blocks, before a new pass fills the cache.</summary>
    public void Restart()
    {
        foreach (List<BlockEntry> blocks in _written)
            blocks.Clear();
    }

    /// <summary>Appends a block to the file of a worker.</summary>
    public void Append(int worker, ulong number, int words, ReadOnlySpan<int> codes) =>
        _written[worker].Add(new BlockEntry(number, words, worker, Keep(_files[worker], codes), codes.Length));

    /// <summary>Completes the cache after all blocks were written.</summary>
    /// <returns>The index of the blocks. They can be read from the cache unless it was given up.</returns>
    public BlockIndex Complete()
    {
        var index = new BlockIndex(_written.SelectMany(blocks => blocks));
        if (!IsGivenUp)
            Index = index;
        else
            Array.ForEach(_files, file => file.Clear());
        return index;
    }

    /// <summary>
    /// Sets the map of a worker from provisional to final ids (-1 for words outside the vocabulary); null when the ids are final.
    /// </summary>
    public void SetMap(int worker, int[]? map) => _maps[worker] = map;

    /// <summary>Declares that the ids in all further blocks of a worker are shared by all workers.</summary>
    public void Share(int worker) => _sharedFrom[worker] = _files[worker].Length;

    /// <summary>Sets the map from shared provisional ids to final ids.</summary>
    public void SetSharedMap(int[] map) => _sharedMap = map;

    /// <summary>Returns the map for the ids of a block; null when they are final.</summary>
    public int[]? Map(in BlockEntry block) => block.Start < _sharedFrom[block.Worker] ? _maps[block.Worker] : _sharedMap;

    public void Read(in BlockEntry block, Span<int> codes) => _files[block.Worker].Read(codes, block.Start);

    public void Dispose()
    {
        foreach (SpoolFile? file in _files)
            file?.Dispose();
    }

    private long Keep(SpoolFile file, ReadOnlySpan<int> codes)
    {
        try
        {
            if (!IsGivenUp)
                return file.Append(codes);
        }
        catch (NceFastException e) when (_givenUp is not null)
        {
            if (Interlocked.Exchange(ref _isGivenUp, 1) == 0)
                _givenUp(e.Message);
        }

        file.Clear(); // other programs may need the space
        return 0;
    }
}
