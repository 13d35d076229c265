using System.Buffers;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using NceFast.Files;
using NceFast.Store;

namespace NceFast.Exports.Internals;

/// <summary>Writes word2vec binary: a header line, then a word, a space, floats and a line feed for each row.</summary>
internal static class Word2VecBinary
{
    private const int BufferBytes = 1 << 20;

    public static void Write(string path, WordVectors vectors, CancellationToken cancellation)
    {
        Separators.Check(path, vectors, " \n"u8, emptyAllowed: false, "word2vec binary");
        AtomicFile.Write(path, Header(vectors).Length + Length(vectors), stream => WriteContent(stream, vectors, cancellation));
    }

    public static void Write(Stream stream, WordVectors vectors, CancellationToken cancellation)
    {
        Separators.Check(LentOutput.Name, vectors, " \n"u8, emptyAllowed: false, "word2vec binary");
        WriteContent(stream, vectors, cancellation);
    }

    private static byte[] Header(WordVectors vectors) => Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{vectors.Count} {vectors.Dim}\n"));

    private static void WriteContent(Stream stream, WordVectors vectors, CancellationToken cancellation)
    {
        stream.Write(Header(vectors));
        WriteRows(stream, vectors, cancellation);
    }

    private static long Length(WordVectors vectors)
    {
        long bytes = vectors.Count * (2 + 4L * vectors.Dim);
        for (int id = 0; id < vectors.Count; id++)
            bytes += vectors.Words[id].Length;
        return bytes;
    }

    private static void WriteRows(Stream stream, WordVectors vectors, CancellationToken cancellation)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            int used = 0;
            for (int id = 0; id < vectors.Count; id++)
            {
                ReadOnlySpan<byte> word = vectors.Words[id];
                ReadOnlySpan<byte> floats = MemoryMarshal.AsBytes(vectors.Matrix.Row(id));
                int need = word.Length + floats.Length + 2;
                if (buffer.Length - used < need)
                {
                    cancellation.ThrowIfCancellationRequested();
                    stream.Write(buffer.AsSpan(0, used));
                    used = 0;
                    Grow(ref buffer, need);
                }

                word.CopyTo(buffer.AsSpan(used));
                used += word.Length;
                buffer[used++] = (byte)' ';
                floats.CopyTo(buffer.AsSpan(used));
                used += floats.Length;
                buffer[used++] = (byte)'\n';
            }

            stream.Write(buffer.AsSpan(0, used));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static void Grow(ref byte[] buffer, int size)
    {
        if (buffer.Length >= size)
            return;
        ArrayPool<byte>.Shared.Return(buffer);
        buffer = ArrayPool<byte>.Shared.Rent(size);
    }
}
