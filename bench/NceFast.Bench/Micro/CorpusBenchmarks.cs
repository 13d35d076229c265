using System.Text;
using BenchmarkDotNet.Attributes;
using NceFast.Blocks;
using NceFast.Corpus;
using NceFast.Numerics;

namespace NceFast.Bench.Micro;

/// <summary>
/// Measures reading, encoding and counting. One operation is a text of 32 MiB with Zipf frequencies in the page cache.
/// </summary>
[MemoryDiagnoser]
public class CorpusBenchmarks
{
    private const int TextBytes = 32 << 20;
    private string _path = "";
    private PreparedCorpus? _cached, _text;

    /// <summary>Gets or sets the number of threads.</summary>
    [Params(1, 2)]
    public int Threads { get; set; }

    /// <summary>Writes the text.</summary>
    [GlobalSetup]
    public void Setup()
    {
        _path = Path.GetTempFileName();
        var draws = new uint[1 << 16];
        var line = new StringBuilder();
        using (var writer = new StreamWriter(_path, false, Encoding.ASCII))
        {
            for (ulong block = 0; writer.BaseStream.Position < TextBytes; block++)
            {
                Philox4x32.Fill(PhiloxStream.For(1, DrawPurpose.Synthetic, 0, block), draws);
                line.Clear();
                foreach (uint draw in draws)
                    line.Append(Word((int)Math.Pow(60_000, draw / 4294967296.0))).Append(draw % 20 == 0 ? '\n' : ' ');
                writer.Write(line);
            }
        }

        _cached = Prepare(CacheMode.Always, 3);
        _text = Prepare(CacheMode.Never, 3);
    }

    /// <summary>Deletes the text.</summary>
    [GlobalCleanup]
    public void Cleanup()
    {
        _cached?.Dispose();
        _text?.Dispose();
        File.Delete(_path);
    }

    /// <summary>Measures counting the words of the text.</summary>
    [Benchmark]
    public int Vocabulary()
    {
        using PreparedCorpus corpus = Prepare(CacheMode.Never, 1);
        return corpus.Vocabulary.Count;
    }

    /// <summary>Measures reading token blocks from the text, with a known vocabulary.</summary>
    [Benchmark]
    public long EncodeText() => ReadAll(_text!.Blocks);

    /// <summary>Measures reading token blocks from the cache.</summary>
    [Benchmark]
    public long ReadCache() => ReadAll(_cached!.Blocks);

    private PreparedCorpus Prepare(CacheMode cache, int epochs) =>
        PreparedCorpus.Prepare(CorpusSource.FromPaths([_path]), new CorpusOptions { Cache = cache }, Threads, epochs);

    private long ReadAll(IBlockSource source)
    {
        long words = 0;
        IReadOnlyList<IBlockReader> readers = source.Open(0, Threads);
        Parallel.ForEach(readers, new ParallelOptions { MaxDegreeOfParallelism = Threads }, reader =>
        {
            using var block = new TokenBlock();
            while (reader.TryRead(block))
                Interlocked.Add(ref words, block.Words);
        });
        foreach (IBlockReader reader in readers)
            reader.Dispose();
        return words;
    }

    // Returns a word of letters. Frequent words are shorter, as in real text.
    private static string Word(int rank)
    {
        Span<char> letters = stackalloc char[8];
        int length = 0;
        for (int rest = rank + 30; rest > 0; rest /= 26)
            letters[length++] = (char)('a' + (rest % 26));
        return new string(letters[..length]);
    }
}
