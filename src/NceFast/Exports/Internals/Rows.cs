using System.Buffers;
using System.Runtime.InteropServices;
using NceFast.Numerics;
using NceFast.Store;
using NceFast.Vocab;

namespace NceFast.Exports.Internals;

/// <summary>Copies rows of floats between files, where they are dense, and matrices, where they are padded.</summary>
internal static class Rows
{
    private const int BufferBytes = 1 << 20;

    /// <summary>Gets the number of rows that fit into one buffer.</summary>
    private static int PerBuffer(int dim) => Math.Max(1, BufferBytes / (dim * sizeof(float)));

    /// <summary>Writes all rows as dense little-endian floats.</summary>
    public static void Write(Stream stream, WordVectors vectors, CancellationToken cancellation)
    {
        int dim = vectors.Dim;
        int step = PerBuffer(dim);
        float[] buffer = ArrayPool<float>.Shared.Rent(step * dim);
        try
        {
            for (int row = 0; row < vectors.Count; row += step)
            {
                cancellation.ThrowIfCancellationRequested();
                int rows = Math.Min(step, vectors.Count - row);
                for (int i = 0; i < rows; i++)
                    vectors.Matrix.Row(row + i).CopyTo(buffer.AsSpan(i * dim));
                stream.Write(MemoryMarshal.AsBytes(buffer.AsSpan(0, rows * dim)));
            }
        }
        finally
        {
            ArrayPool<float>.Shared.Return(buffer);
        }
    }

    /// <summary>Reads all rows from dense floats at the byte <paramref name="position"/>.</summary>
    public static void Read(InputFile file, long position, RowStore store, long count, CancellationToken cancellation)
    {
        int dim = store.Dim;
        int step = PerBuffer(dim);
        float[] buffer = ArrayPool<float>.Shared.Rent(step * dim);
        try
        {
            for (long row = 0; row < count; row += step)
            {
                cancellation.ThrowIfCancellationRequested();
                int rows = (int)Math.Min(step, count - row);
                Span<float> part = buffer.AsSpan(0, rows * dim);
                file.ReadExactly(MemoryMarshal.AsBytes(part), position + row * dim * sizeof(float));
                store.Reserve(row + rows);
                for (int i = 0; i < rows; i++)
                    part.Slice(i * dim, dim).CopyTo(store.Row(row + i));
            }
        }
        finally
        {
            ArrayPool<float>.Shared.Return(buffer);
        }
    }

    /// <summary>
    /// Creates the rows that a header states. First checks that the file is long enough for them, because a damaged header can state
    /// any number. The length of a compressed file is unknown, so memory is allocated as rows are read.
    /// </summary>
    public static RowStore Allocate(InputFile file, long words, long dim, long available, long bytesPerRow)
    {
        if (words > int.MaxValue || dim < 1 || dim > int.MaxValue / 64)
            throw file.Error("header", $"it states {words:N0} words of {dim:N0} floats; at most {int.MaxValue:N0} words of 1 to {int.MaxValue / 64:N0} floats are allowed.");
        if (file.IsCompressed)
            return RowStore.Growing((int)dim, file.ExpectedBytes);
        if (words > 0 && bytesPerRow > available / words)
            throw file.Error("header", $"it states {words:N0} words of {dim:N0} floats, which take at least {(decimal)words * bytesPerRow:N0} bytes, but only {available:N0} bytes follow; the file is truncated or its header is wrong.");
        return RowStore.Fixed(words, (int)dim);
    }

    public static long CountNonFinite(AlignedMatrix matrix)
    {
        long count = 0;
        for (long row = 0; row < matrix.Rows; row++)
        {
            Span<float> floats = matrix.Row(row);
            if (Magnitudes.Current.AreFinite(floats))
                continue;
            foreach (float f in floats)
                count += float.IsFinite(f) ? 0 : 1;
        }

        return count;
    }

    /// <summary>Keeps the first row of each word. If rows are removed, the given vectors are disposed.</summary>
    public static WordVectors WithoutDuplicates(WordVectors vectors, out int duplicates)
    {
        var index = new WordIndex(vectors.Words);
        duplicates = index.Duplicates;
        if (duplicates == 0)
            return vectors;
        using (vectors)
        {
            var matrix = new AlignedMatrix(vectors.Count - duplicates, vectors.Dim);
            var words = new WordList.Builder();
            int to = 0;
            for (int id = 0; id < vectors.Count; id++)
            {
                if (index.Find(vectors.Words[id]) != id)
                    continue;
                words.Add(vectors.Words[id]);
                vectors.Matrix.Row(id).CopyTo(matrix.Row(to++));
            }

            return new WordVectors(words.Build(), matrix);
        }
    }
}
