using Microsoft.Extensions.Logging;
using NceFast.Corpus;
using NceFast.Numerics;
using NceFast.Vocab;

namespace NceFast.Blocks;

/// <summary>The pass over the text that counts words and fills the cache.</summary>
internal sealed unsafe class CountingPass : IDisposable
{
    private readonly CountingBudget _budget;
    private readonly SharedCounts _shared;
    private readonly WorkerCounts[] _workers;
    private readonly List<BlockEntry>[] _blocks;
    private readonly Spool? _spool;
    private readonly ProgressGate _progress;
    private readonly ILogger _logger;

    public CountingPass(int workers, CorpusOptions options, Spool? spool, IProgress<CorpusProgress>? progress, ILogger logger)
    {
        (_spool, _logger) = (spool, logger);
        _progress = new ProgressGate(progress);
        long limit = options.Vocabulary.MemoryLimitBytes;
        _budget = new CountingBudget(limit > 0 ? limit : CountingBudget.Default(CountingBudget.MemoryThereIs(), options.Ranks.OnThisMachine));
        _shared = new SharedCounts(_budget, spool is not null);
        _blocks = new List<BlockEntry>[workers];
        _workers = new WorkerCounts[workers];
        for (int w = 0; w < workers; w++)
        {
            _blocks[w] = [];
            _workers[w] = new WorkerCounts(_shared, _budget, w, workers);
        }
    }

    /// <summary>Reads the whole text.</summary>
    /// <returns>The counts of this part of the text.</returns>
    public CorpusStatistics Run(CorpusSource source, CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using var pass = new TextPass(source, stop.Token, _workers.Length, _logger);
        _progress.Files = source.Items.Count;
        Workers.Run(_workers.Length, stop, worker =>
        {
            using var reader = new TextBlockReader(pass);
            if (_spool is null)
                Count(reader, worker);
            else
                CountAndKeep(reader, worker, _spool);
        });
        return CorpusStatistics.From(pass.Counts, pass.Items, pass.Reading.Records);
    }

    /// <summary>Creates the vocabulary and, if there is a cache, the maps from provisional to final ids.</summary>
    public (Vocabulary Vocabulary, BlockIndex Index, CorpusStatistics Statistics) Finish(CorpusOptions options, CorpusStatistics seen)
    {
        bool isMoved = _shared.IsOpen || options.Ranks.Adds || options.VocabularyBase is not null || !TryAddUp();
        if (isMoved)
            MoveAll();
        var counted = new CountedWords(isMoved ? _shared.Tables : [_workers[0].Table], _shared, _budget);
        (Vocabulary vocabulary, CorpusStatistics statistics) = options.Ranks.Agree(counted, options.Vocabulary, options.VocabularyBase, seen);
        if (statistics.PrunedWords > 0)
            CorpusLog.Pruned(_logger, _budget.Limit, _workers.Length, statistics.PrunedWords, statistics.PrunedDistinctWords, statistics.PruneThreshold, statistics.MaxUndercount, Member.Of(nameof(VocabularyOptions.MemoryLimitBytes)));
        if (_spool is null)
            return (vocabulary, new BlockIndex(_blocks.SelectMany(blocks => blocks)), statistics);
        if (isMoved)
            SetMaps(_spool, vocabulary);
        else
            Failures.Unwrap(() => Parallel.For(0, _workers.Length, w => _spool.SetMap(w, VocabularySelection.Map(_workers[w].Table, vocabulary))));
        return (vocabulary, _spool.Complete(), statistics);
    }

    public void Dispose()
    {
        foreach (WorkerCounts worker in _workers)
            worker.Dispose();
        _shared.Dispose();
    }

    // Handles the common case of a few tables that are small compared with the budget: adds the other tables to the first one.
    private bool TryAddUp()
    {
        const int MostTables = 4, PartOfBudget = 6;
        if (_workers.Length > MostTables || (_workers.Length > 1 && _budget.Used > _budget.Limit / PartOfBudget))
            return false;
        foreach (WorkerCounts worker in _workers.AsSpan(1))
            VocabularySelection.Merge(_workers[0].Table, worker.Table);
        return true;
    }

    private void MoveAll()
    {
        _shared.Open();
        using var stop = new CancellationTokenSource();
        Workers.Run(_workers.Length, stop, w =>
        {
            EndBlock(w);
            _workers[w].Move();
            _workers[w].Dispose();
        });
    }

    private void SetMaps(Spool spool, Vocabulary vocabulary)
    {
        int[] shared = _shared.Map(vocabulary);
        spool.SetSharedMap(shared);
        Failures.Unwrap(() => Parallel.For(0, _workers.Length, w => spool.SetMap(w, _workers[w].Map(shared))));
    }

    // A worker may change from the ids of its own table to shared ids only between two blocks.
    private void EndBlock(int worker)
    {
        if (!_shared.IsOpen || _workers[worker].IsShared)
            return;
        _spool?.Share(worker);
        _workers[worker].Move();
    }

    private void Count(TextBlockReader reader, int worker)
    {
        var sink = new WaitingWords<CountSink>(_workers[worker].Table, new CountSink(_workers[worker].Table));
        while (reader.TryRead(ref sink, out TextBlockInfo block))
        {
            _blocks[worker].Add(new BlockEntry(block.Number, block.Words, worker, 0, 0));
            EndBlock(worker);
            _progress.Add(block.Words, block.Fraction, block.Number);
        }
    }

    private void CountAndKeep(TextBlockReader reader, int worker, Spool spool)
    {
        // There may be a sentence end after each word. The array is pinned, because the sink writes through a pointer.
        int[] codes = GC.AllocateUninitializedArray<int>(2 * TokenBlock.Capacity, pinned: true);
        fixed (int* p = codes)
        {
            var sink = new WaitingWords<CodeSink>(_workers[worker].Table, new CodeSink(_workers[worker].Table, p));
            while (reader.TryRead(ref sink, out TextBlockInfo block))
            {
                spool.Append(worker, block.Number, block.Words, codes.AsSpan(0, sink.Sink.Length));
                sink.Sink.Length = 0;
                EndBlock(worker);
                _progress.Add(block.Words, block.Fraction, block.Number);
            }
        }
    }
}
