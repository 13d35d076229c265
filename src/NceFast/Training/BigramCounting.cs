using System.Buffers.Binary;
using Microsoft.Extensions.Logging;
using NceFast.Blocks;
using NceFast.Corpus;
using NceFast.Distribution;
using NceFast.Numerics;
using NceFast.Sampling;

namespace NceFast.Training;

/// <summary>
/// Counts the bigrams of a text, or of a file of counts, in bounded memory. Counts are exact, and the same for any number of workers
/// and ranks: a pass that does not have enough memory counts a part of the bigrams, and further passes count the rest.
/// </summary>
/// <param name="rows">The words.</param>
/// <param name="bytes">The memory that the noise may take; the counting takes no more at a time.</param>
/// <param name="threads">Workers.</param>
/// <param name="ranks">The processes, each of which counts its part of the text.</param>
/// <param name="logger">Receives the results and warnings.</param>
/// <param name="cancellation">Stops the counting.</param>
internal sealed class BigramCounting(BigramRows rows, long bytes, int threads, ICommunicator ranks, ILogger logger, CancellationToken cancellation)
{
    private const int MostPerBlock = 2 * TokenBlock.Capacity;
    private const int BytesPerEntry = 16;

    /// <summary>Counts a text.</summary>
    /// <param name="blocks">The blocks of this process.</param>
    /// <exception cref="NceFastException">The text cannot be read, or only once (<see cref="ErrorKind.Input"/>).</exception>
    public BigramCounts Of(IBlockSource blocks) => Count(table => Read(blocks, table), merges: ranks.Size > 1);

    /// <summary>Reads a file of counts, which is the same on all ranks.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="NceFastException">The file cannot be read, a line is invalid, or none has known words (<see cref="ErrorKind.Input"/>).</exception>
    public BigramCounts Of(string path)
    {
        ranks.EnsureAlike("The file of bigram counts", InputFingerprint.Of(path).Content, "Give all ranks the same file.");
        var file = new BigramFile(path, rows);
        BigramCounts counts = Count(table => ReadFile(file, table), merges: false);
        if (file.Lines == file.UnknownLines)
            Throw.Input($"{path} has {file.Lines:N0} lines, and none names two words of the vocabulary. Give counts of this text's words; spelling and case must agree.");
        if (file.UnknownLines > 0)
            BigramLog.Unknown(logger, file.UnknownLines, file.Lines, path);
        return counts;
    }

    private BigramCounts Count(Action<BigramTable> pass, bool merges)
    {
        var selection = new BigramSelection(rows.Count, Math.Min(int.MaxValue / 2, BigramNoise.BigramsWithin(bytes)));
        for (ulong low = 0; low < BigramTable.End;)
        {
            using var table = new BigramTable(low, bytes, (long)threads * MostPerBlock);
            ranks.TogetherUnlessStopped(() =>
            {
                pass(table);
                cancellation.ThrowIfCancellationRequested();
            });
            using BigramTable all = merges ? Merge(table) : table;
            foreach ((int previous, int word, long count) in all.Entries())
                selection.Add(previous, word, count);
            low = all.High;
        }

        BigramCounts counts = selection.ToCounts();
        BigramLog.Counted(logger, counts.Words.Length, counts.Rows, BigramNoise.SlotsFor(counts.Words.Length) * (double)BytesPerEntry / 1048576);
        if (counts.Words.Length == 0)
            BigramLog.None(logger);
        if (counts.Dropped > 0)
            BigramLog.Dropped(logger, counts.Dropped, counts.Dropped + counts.Words.Length, 100 * counts.DroppedPart, bytes >> 20, selection.Least, Member.Of(nameof(LanguageModelOptions.BigramMemoryBytes)).ToString());
        return counts;
    }

    // An epoch that no training has, so that no block counts as finished.
    private void Read(IBlockSource blocks, BigramTable table)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        IReadOnlyList<IBlockReader> readers = blocks.Open(int.MaxValue, threads);
        try
        {
            Workers.Run(threads, stop, worker =>
            {
                using var block = new TokenBlock();
                while (!stop.IsCancellationRequested && readers[worker].TryRead(block))
                    table.AddMany(to => Add(block, to));
            });
        }
        finally
        {
            foreach (IBlockReader reader in readers)
                reader.Dispose();
        }
    }

    private void Add(TokenBlock block, BigramTable table)
    {
        int start = 0;
        foreach (int end in block.SentenceEnds)
        {
            rows.Add(block.Ids[start..end], table);
            start = end;
        }
    }

    private void ReadFile(BigramFile file, BigramTable table)
    {
        var page = new List<(int Previous, int Word, long Count)>(MostPerBlock);
        file.Read(
            (previous, word, count) =>
            {
                if (!rows.IsCounted(previous))
                    return;
                page.Add((previous, word, count));
                if (page.Count == MostPerBlock)
                    Flush();
            },
            cancellation);
        Flush();

        void Flush()
        {
            table.AddMany(to => page.ForEach(entry => to.Add(entry.Previous, entry.Word, entry.Count)));
            page.Clear();
        }
    }

    // All ranks add the same pages in the same order, so that their tables are alike, also in what they give up.
    private BigramTable Merge(BigramTable own)
    {
        long high = ranks.Gather((long)own.High).Min();
        own.Restrict((ulong)high);
        var all = new BigramTable(own.Low, bytes, MostPerBlock);
        all.Restrict((ulong)high);
        for (int root = 0; root < ranks.Size; root++)
        {
            using IEnumerator<byte[]> pages = (ranks.Rank == root ? Pages(own) : []).GetEnumerator();
            for (byte[] page; (page = ranks.Share(pages.MoveNext() ? pages.Current : [], root)).Length > 0;)
                all.AddMany(to => AddPage(page, to));
        }

        return all;
    }

    private static IEnumerable<byte[]> Pages(BigramTable table)
    {
        foreach ((int Previous, int Word, long Count)[] entries in table.Entries().Chunk(MostPerBlock))
        {
            var page = new byte[entries.Length * BytesPerEntry];
            for (int i = 0; i < entries.Length; i++)
            {
                Span<byte> to = page.AsSpan(i * BytesPerEntry);
                BinaryPrimitives.WriteInt32LittleEndian(to, entries[i].Previous);
                BinaryPrimitives.WriteInt32LittleEndian(to[4..], entries[i].Word);
                BinaryPrimitives.WriteInt64LittleEndian(to[8..], entries[i].Count);
            }

            yield return page;
        }
    }

    private static void AddPage(byte[] page, BigramTable table)
    {
        for (ReadOnlySpan<byte> rest = page; !rest.IsEmpty; rest = rest[BytesPerEntry..])
            table.Add(BinaryPrimitives.ReadInt32LittleEndian(rest), BinaryPrimitives.ReadInt32LittleEndian(rest[4..]), BinaryPrimitives.ReadInt64LittleEndian(rest[8..]));
    }
}

internal static partial class BigramLog
{
    [LoggerMessage(60, LogLevel.Information, "Bigram noise has {Bigrams} bigrams in {Size:F1} MiB; the vocabulary and <s> have {Rows} rows.")]
    public static partial void Counted(ILogger logger, int bigrams, int rows, double size);

    [LoggerMessage(61, LogLevel.Warning, "{Dropped} of {All} repeated bigrams, {Part:F1} % of all occurrences, do not fit into {Size} MiB and were dropped: those that occur fewer than {Least} times. The unigram noise takes their place; raise {Option} to keep more.")]
    public static partial void Dropped(ILogger logger, long dropped, long all, double part, long size, long least, string option);

    [LoggerMessage(63, LogLevel.Warning, "No word follows another one twice, so that bigram noise is unigram noise here.")]
    public static partial void None(ILogger logger);

    [LoggerMessage(62, LogLevel.Warning, "{Unknown} of {Lines} lines of {Path} name a word that this model does not have, and are left out.")]
    public static partial void Unknown(ILogger logger, long unknown, long lines, string path);
}
