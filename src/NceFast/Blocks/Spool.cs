namespace NceFast.Blocks;

/// <summary>
/// The corpus as token ids on disk, a file a worker. Written while the text is counted, with provisional ids (the order
/// of first sight by the worker); each worker's map to final ids is known once the vocabulary is. Where the text can be read
/// again, a disk that takes no more ends the cache and not the work: the blocks are still listed, but not kept.
/// </summary>
internal sealed class Spool : IDisposable
{
    private readonly SpoolFile[] _files;
    private readonly List<BlockEntry>[] _written;
    private readonly int[]?[] _maps;
    private readonly Action<string>? _givenUp;
    private int _isGivenUp;
    private readonly long[] _sharedFrom;
    private int[]? _sharedMap;

    /// <summary>Makes the files.</summary>
    /// <param name="folder">Their folder.</param>
    /// <param name="workers">How many.</param>
    /// <param name="forecast">Bytes all are expected to take; -1 when unknown.</param>
    /// <param name="limit">Bytes after which a file is taken for full.</param>
    /// <param name="givenUp">Called once with the reason why the cache ends early. Null where a cache that cannot be written is an error.</param>
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

    /// <summary>Blocks in order of their number; set when all are written, and never when the cache was given up.</summary>
    public BlockIndex? Index { get; private set; }

    public int Workers => _files.Length;

    /// <summary>Whether the disk took no more, so that the text must be read again.</summary>
    public bool IsGivenUp => Volatile.Read(ref _isGivenUp) != 0;

    /// <summary>Forgets what was written, for a reading that begins anew.</summary>
    public void Restart()
    {
        foreach (List<BlockEntry> blocks in _written)
            blocks.Clear();
    }

    /// <summary>Appends a block to a worker's file.</summary>
    public void Append(int worker, ulong number, int words, ReadOnlySpan<int> codes) =>
        _written[worker].Add(new BlockEntry(number, words, worker, Keep(_files[worker], codes), codes.Length));

    /// <summary>Declares every block written.</summary>
    /// <returns>The blocks, which can be read here unless the cache was given up.</returns>
    public BlockIndex Complete()
    {
        var index = new BlockIndex(_written.SelectMany(blocks => blocks));
        if (!IsGivenUp)
            Index = index;
        else
            Array.ForEach(_files, file => file.Clear());
        return index;
    }

    /// <summary>Sets a worker's map from provisional to final ids, -1 for words without one; null when ids are final.</summary>
    public void SetMap(int worker, int[]? map) => _maps[worker] = map;

    /// <summary>Says that the worker's next blocks have ids that all workers share.</summary>
    public void Share(int worker) => _sharedFrom[worker] = _files[worker].Length;

    /// <summary>Sets the map from the shared provisional ids to final ids.</summary>
    public void SetSharedMap(int[] map) => _sharedMap = map;

    /// <summary>The map for the ids of a block; null when they are final.</summary>
    public int[]? Map(in BlockEntry block) => block.Place < _sharedFrom[block.Worker] ? _maps[block.Worker] : _sharedMap;

    public void Read(in BlockEntry block, Span<int> codes) => _files[block.Worker].Read(codes, block.Place);

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

        file.Clear(); // others need the space
        return 0;
    }
}
