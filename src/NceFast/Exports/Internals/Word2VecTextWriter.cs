using System.Buffers;
using System.Globalization;
using System.Text;
using NceFast.Files;
using NceFast.Numerics;
using NceFast.Store;

namespace NceFast.Exports.Internals;

/// <summary>
/// Writes word2vec text, or GloVe text, which has no header. All cores format chunks of rows into pooled buffers. While the chunks of one set are written in
/// order, the next set is formatted.
/// </summary>
internal sealed class Word2VecTextWriter
{
    private const int ChunkBytes = 1 << 20;

    private readonly WordVectors _vectors;
    private readonly int _rowsPerChunk;
    private readonly byte[][] _pages;
    private readonly int[] _used;

    private Word2VecTextWriter(WordVectors vectors, int chunks)
    {
        _vectors = vectors;
        _rowsPerChunk = Math.Clamp(ChunkBytes / (vectors.Dim * 12), 1, 1 << 16);
        _pages = new byte[chunks][];
        Array.Fill(_pages, []);
        _used = new int[chunks];
    }

    public static void Write(string path, WordVectors vectors, bool header, CancellationToken cancellation)
    {
        Check(path, vectors, header);
        long guess = VectorFile.EstimateBytes(vectors.Count, vectors.Dim, 8L * vectors.Count, VectorFormat.Word2Vec);
        AtomicFile.Write(path, guess, stream => WriteContent(stream, vectors, header, cancellation), exact: false);
    }

    public static void Write(Stream stream, WordVectors vectors, bool header, CancellationToken cancellation)
    {
        Check(LentOutput.Name, vectors, header);
        WriteContent(stream, vectors, header, cancellation);
    }

    private static void Check(string name, WordVectors vectors, bool header) =>
        Separators.Check(name, vectors, " \t\r\n"u8, emptyAllowed: false, header ? "word2vec text" : "GloVe text");

    private static void WriteContent(Stream stream, WordVectors vectors, bool header, CancellationToken cancellation)
    {
        if (header)
            stream.Write(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{vectors.Count} {vectors.Dim}\n")));
        WriteRows(stream, vectors, cancellation);
    }

    private static void WriteRows(Stream stream, WordVectors vectors, CancellationToken cancellation)
    {
        int chunks = Environment.ProcessorCount * 2;
        Word2VecTextWriter now = new(vectors, chunks), other = new(vectors, chunks);
        Task writing = Task.CompletedTask;
        var options = new ParallelOptions { CancellationToken = cancellation };
        try
        {
            for (long row = 0; row < vectors.Count; row += (long)chunks * now._rowsPerChunk)
            {
                Word2VecTextWriter set = now;
                long first = row;
                Failures.Unwrap(() => Parallel.For(0, chunks, options, i => set.Format(i, first + (long)i * set._rowsPerChunk)));
                writing.GetAwaiter().GetResult();
                writing = Task.Run(() => set.Flush(stream), CancellationToken.None);
                (now, other) = (other, now);
            }
        }
        finally
        {
            // The current write uses the buffers, so they are returned only after it ends, even if formatting was cancelled.
            ((IAsyncResult)writing).AsyncWaitHandle.WaitOne();
            now.Return();
            other.Return();
        }

        writing.GetAwaiter().GetResult();
    }

    private void Format(int chunk, long first)
    {
        int used = 0;
        long end = Math.Min(_vectors.Count, first + _rowsPerChunk);
        for (long row = first; row < end; row++)
        {
            ReadOnlySpan<byte> word = _vectors.Words[(int)row];
            ReadOnlySpan<float> floats = _vectors.Matrix.Row(row);
            Reserve(ref _pages[chunk], used, word.Length + 1 + floats.Length * (1 + FloatText.LongestFloat));
            Span<byte> page = _pages[chunk];
            word.CopyTo(page[used..]);
            used += word.Length;
            foreach (float f in floats)
            {
                page[used++] = (byte)' ';
                used += FloatText.Write(f, page[used..]);
            }

            page[used++] = (byte)'\n';
        }

        _used[chunk] = used;
    }

    private void Flush(Stream stream)
    {
        for (int i = 0; i < _pages.Length; i++)
            stream.Write(_pages[i].AsSpan(0, _used[i]));
    }

    private void Return()
    {
        foreach (byte[] page in _pages)
        {
            if (page.Length > 0)
                ArrayPool<byte>.Shared.Return(page);
        }
    }

    private static void Reserve(ref byte[] page, int used, int more)
    {
        if (page.Length - used >= more)
            return;
        byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(used + more, page.Length * 2));
        page.AsSpan(0, used).CopyTo(larger);
        if (page.Length > 0)
            ArrayPool<byte>.Shared.Return(page);
        page = larger;
    }
}
