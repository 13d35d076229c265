using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using NceFast.Blocks;
using NceFast.Corpus;
using NceFast.Files;
using NceFast.NGrams.Internals;
using NceFast.Vocab;

namespace NceFast.NGrams;

/// <summary>
/// Counts a model with interpolated modified Kneser-Ney smoothing (Chen and Goodman 1998) and writes it as an ARPA file. The file does
/// not depend on the number of threads or on the memory.
/// </summary>
public static class NgramCounter
{
    private const int LocalGrams = 1 << 13;

    /// <summary>Counts a text and writes the model.</summary>
    /// <param name="source">The text. Lines are sentences; those without words are left out, and a line of more than 1,000 words is split.</param>
    /// <param name="options">The order, the vocabulary and the memory.</param>
    /// <param name="path">The ARPA file to write. It is compressed if its name ends with <c>.gz</c>. An existing file is replaced when the new one is complete.</param>
    /// <param name="threads">The number of worker threads, at least 1.</param>
    /// <param name="progress">Receives the progress of counting words; may be null.</param>
    /// <param name="logger">Receives warnings; may be null.</param>
    /// <param name="cancellation">Cancels the work.</param>
    /// <exception cref="NceFastException">
    /// <see cref="ErrorKind.Usage"/>: an option is out of range. <see cref="ErrorKind.Input"/>: the text cannot be read, or its vocabulary has
    /// the word &lt;s&gt;. <see cref="ErrorKind.EmptyVocabulary"/>: the text has no sentence. <see cref="ErrorKind.Output"/>: a file cannot be written.
    /// </exception>
    public static NgramReport Write(CorpusSource source, NgramOptions options, string path, int threads, IProgress<CorpusProgress>? progress = null, ILogger? logger = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        logger ??= NullLogger.Instance;
        var watch = Stopwatch.StartNew();
        using PreparedCorpus corpus = PreparedCorpus.Prepare(source, options.Corpus, threads, epochs: 1, progress, logger, cancellation);
        var place = new GramStore.Place(options.SortFolder ?? Path.GetTempPath(), threads, cancellation);
        long memory = options.MemoryBytes > 0 ? options.MemoryBytes : CountingBudget.MemoryThereIs() / 4;
        var estimation = new KneserNey(corpus.Vocabulary, options.Order, memory, place, logger);
        using GramStore counted = Count(corpus, options.Order, memory / 4, place, threads, cancellation);
        NgramReport report = estimation.Report(counted, corpus.Statistics);
        AtomicFile.Write(path, 0, stream => estimation.Write(stream, ArpaWriter.IsCompressed(path)));
        return report with { Seconds = watch.Elapsed.TotalSeconds };
    }

    private static GramStore Count(PreparedCorpus corpus, int order, long memory, GramStore.Place place, int threads, CancellationToken cancellation)
    {
        Vocabulary vocabulary = corpus.Vocabulary;
        if (vocabulary.Find(ArpaWriter.StartOfSentence) >= 0)
            throw new NceFastException(ErrorKind.Input, $"The vocabulary has the word {ArpaWriter.StartOfSentence}, with which an n-gram model marks the start of a sentence; remove the word from the text, or use a vocabulary without it.");
        var store = new GramStore(memory, sorts: true, place);
        try
        {
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            IReadOnlyList<IBlockReader> readers = corpus.Blocks.Open(0, threads);
            Workers.Run(threads, stop, worker =>
            {
                using IBlockReader reader = readers[worker];
                Count(reader, new Sentences(store, order, (uint)vocabulary.Count + 1, (uint)vocabulary.Find(SpecialWords.EndOfSentence) + 1), stop.Token);
            });
            cancellation.ThrowIfCancellationRequested();
            store.Complete();
            return store;
        }
        catch
        {
            store.Dispose();
            throw;
        }
    }

    private static void Count(IBlockReader reader, Sentences sentences, CancellationToken stop)
    {
        using var block = new TokenBlock();
        while (!stop.IsCancellationRequested && reader.TryRead(block))
        {
            int start = 0;
            foreach (int end in block.SentenceEnds)
            {
                sentences.Add(block.Ids[start..end]);
                start = end;
            }
        }

        sentences.Flush();
    }

    /// <summary>Makes the n-grams of sentences and adds them to a store that threads share.</summary>
    private sealed class Sentences(GramStore store, int order, uint start, uint end)
    {
        private readonly Gram[] _grams = new Gram[LocalGrams];
        private int _used;

        public void Add(ReadOnlySpan<int> sentence)
        {
            Span<uint> columns = stackalloc uint[order];
            for (int last = 0; last <= sentence.Length; last++)
            {
                for (int c = 0; c < order; c++)
                    columns[c] = (last - c) switch { -1 => start, < -1 => 0, int at when at == sentence.Length => end, int at => (uint)sentence[at] + 1 };
                if (_used == _grams.Length)
                    Flush();
                _grams[_used++] = Gram.Of(columns, 1);
            }
        }

        public void Flush()
        {
            lock (store)
            {
                foreach (ref readonly Gram gram in _grams.AsSpan(0, _used))
                    store.Add(gram);
            }

            _used = 0;
        }
    }
}
