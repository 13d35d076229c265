using System.Diagnostics;
using Microsoft.Extensions.Logging;
using NceFast.Corpus;
using NceFast.Numerics;

namespace NceFast.Vocab;

/// <summary>The reading that counts words, and fills the cache on the way.</summary>
internal sealed unsafe class CountingPass : IDisposable
{
    private readonly Utf8Table[] _tables;
    private readonly List<BlockEntry>[] _blocks;
    private readonly Spool? _spool;
    private readonly ProgressGate _progress;

    public CountingPass(int workers, VocabularyOptions options, Spool? spool, IProgress<CorpusProgress>? progress, ILogger logger)
    {
        _spool = spool;
        _progress = new ProgressGate(progress);
        _blocks = new List<BlockEntry>[workers];
        _tables = new Utf8Table[workers];
        for (int w = 0; w < workers; w++)
        {
            _blocks[w] = [];
            _tables[w] = new Utf8Table(0, options.MemoryLimitBytes / 2 / workers,
                table => CorpusLog.Pruned(logger, table.PruneThreshold, table.PrunedWords));
        }
    }

    /// <summary>Reads the whole text.</summary>
    public ScanCounts Run(CorpusSource source, CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using var pass = new TextPass(source, stop.Token);
        Workers.Run(_tables.Length, stop, worker =>
        {
            using var reader = new TextBlockReader(pass);
            if (_spool is null)
                Count(reader, worker);
            else
                CountAndKeep(reader, worker, _spool);
        });
        return pass.Counts;
    }

    /// <summary>Makes the vocabulary and, where there is a cache, the maps to its ids.</summary>
    public (Vocabulary Vocabulary, BlockIndex Index, CorpusStatistics Statistics) Finish(CorpusOptions options, CorpusStatistics seen)
    {
        int[] idsGiven = Array.ConvertAll(_tables, table => table.IdsGiven);
        VocabularySelection.Merge(_tables);
        (Vocabulary vocabulary, CorpusStatistics statistics) = options.Ranks.Agree(_tables[0], options.Vocabulary, options.VocabularyBase, seen with { PrunedWords = _tables.Sum(table => table.PrunedWords) });
        BlockIndex index;
        if (_spool is null)
        {
            index = new BlockIndex(_blocks.SelectMany(blocks => blocks));
        }
        else
        {
            Failures.Unwrap(() => Parallel.For(0, _tables.Length, w => _spool.SetMap(w, VocabularySelection.Map(_tables[w], idsGiven[w], vocabulary))));
            _spool.Complete();
            index = _spool.Index!;
        }

        return (vocabulary, index, statistics);
    }

    public void Dispose()
    {
        foreach (Utf8Table table in _tables)
            table.Dispose();
    }

    private void Count(TextBlockReader reader, int worker)
    {
        var sink = new WaitingWords<CountSink>(_tables[worker], new CountSink(_tables[worker]));
        while (reader.TryRead(ref sink, out TextBlockInfo block))
        {
            _blocks[worker].Add(new BlockEntry(block.Number, block.Words, worker, 0, 0));
            _progress.Add(block);
        }
    }

    private void CountAndKeep(TextBlockReader reader, int worker, Spool spool)
    {
        // Room for a sentence end after each word; pinned, for the sink writes through a pointer.
        int[] codes = GC.AllocateUninitializedArray<int>(2 * TokenBlock.Capacity, pinned: true);
        fixed (int* p = codes)
        {
            var sink = new WaitingWords<CodeSink>(_tables[worker], new CodeSink(_tables[worker], p));
            while (reader.TryRead(ref sink, out TextBlockInfo block))
            {
                spool.Append(worker, block.Number, block.Words, codes.AsSpan(0, sink.Sink.Length));
                sink.Sink.Length = 0;
                _progress.Add(block);
            }
        }
    }

    /// <summary>Adds words up over the workers and reports a few times a second.</summary>
    private sealed class ProgressGate(IProgress<CorpusProgress>? progress)
    {
        private static readonly long Interval = Stopwatch.Frequency / 5;
        private long _words;
        private long _last = Stopwatch.GetTimestamp();

        public void Add(in TextBlockInfo block)
        {
            long words = Interlocked.Add(ref _words, block.Words);
            long last = Volatile.Read(ref _last), now = Stopwatch.GetTimestamp();
            if (progress is not null && now - last > Interval && Interlocked.CompareExchange(ref _last, now, last) == last)
                progress.Report(new CorpusProgress(words, block.Fraction));
        }
    }
}
