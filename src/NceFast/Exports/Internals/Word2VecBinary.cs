using System.Buffers;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using NceFast.Numerics;
using NceFast.Store;
using NceFast.Vocab;

namespace NceFast.Exports.Internals;

/// <summary>word2vec binary: header line, then word, space, floats, newline. The newline may be absent when read.</summary>
internal static class Word2VecBinary
{
    private const int BufferBytes = 1 << 20;

    public static void Write(string path, WordVectors vectors, CancellationToken cancellation)
    {
        Separators.Check(path, vectors, " \n"u8, emptyAllowed: false, "word2vec binary");
        byte[] header = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{vectors.Count} {vectors.Dim}\n"));
        AtomicFile.Write(path, header.Length + Length(vectors), stream =>
        {
            stream.Write(header);
            WriteRows(stream, vectors, cancellation);
        });
    }

    public static WordVectors Read(InputFile file, CancellationToken cancellation)
    {
        FormatProbe.TryHeader(file, out Word2VecHeader header);
        AlignedMatrix matrix = Rows.Allocate(file, header.Words, header.Dim, file.Length - header.End, 2 + 4 * header.Dim);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            return new WordVectors(ReadRows(file, header.End, matrix, ref buffer, cancellation), matrix);
        }
        catch
        {
            matrix.Dispose();
            throw;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
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
                    Grow(ref buffer, 0, need);
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

    private static WordList ReadRows(InputFile file, long offset, AlignedMatrix matrix, ref byte[] buffer, CancellationToken cancellation)
    {
        var words = new WordList.Builder();
        int floatBytes = matrix.Columns * sizeof(float);
        int at = 0, length = 0, row = 0;
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            int got = file.Read(buffer.AsSpan(length), offset);
            offset += got;
            length += got;
            while (row < matrix.Rows && TryRow(buffer.AsSpan(at, length - at), floatBytes, out Range word, out int end))
            {
                MemoryMarshal.Cast<byte, float>(buffer.AsSpan(at + end - floatBytes, floatBytes)).CopyTo(matrix.Row(row++));
                words.Add(buffer.AsSpan(at, end)[word]);
                at += end;
            }

            long place = offset - (length - at);
            if (row == matrix.Rows)
            {
                CheckTail(file, place);
                return words.Build();
            }

            if (got == 0 && length < buffer.Length)
                throw file.Error($"byte {place:N0}", $"the file ends within word {row + 1:N0} of {matrix.Rows:N0}; it is truncated or its header wrong.");
            CheckWord(file, buffer.AsSpan(at, length - at), place);
            buffer.AsSpan(at, length - at).CopyTo(buffer);
            length -= at;
            at = 0;
            if (length == buffer.Length)
                Grow(ref buffer, length, buffer.Length * 2);
        }
    }

    /// <summary>Finds one row; newlines before its word are the end of the row before.</summary>
    private static bool TryRow(ReadOnlySpan<byte> bytes, int floatBytes, out Range word, out int end)
    {
        int start = 0;
        while (start < bytes.Length && bytes[start] == '\n')
            start++;
        int length = bytes[start..].IndexOf((byte)' ');
        word = start..(start + Math.Max(0, length));
        end = start + length + 1 + floatBytes;
        return length >= 0 && end <= bytes.Length && length <= WordList.Builder.MaxWordBytes;
    }

    private static void CheckWord(InputFile file, ReadOnlySpan<byte> bytes, long place)
    {
        int space = bytes.IndexOf((byte)' ');
        if ((space < 0 ? bytes.Length : space) > WordList.Builder.MaxWordBytes)
            throw file.Error($"byte {place:N0}", $"no space follows within {WordList.Builder.MaxWordBytes:N0} bytes, the longest word allowed; the dimension in the header is wrong or the file damaged.");
    }

    private static void CheckTail(InputFile file, long place)
    {
        Span<byte> tail = stackalloc byte[64];
        tail = tail[..file.Read(tail, place)];
        if (tail.ContainsAnyExcept(" \r\n"u8))
            throw file.Error($"byte {place:N0}", $"{file.Length - place:N0} bytes stand after the last word the header promises; the header is wrong or the file damaged.");
    }

    private static void Grow(ref byte[] buffer, int keep, int size)
    {
        if (buffer.Length >= size)
            return;
        byte[] larger = ArrayPool<byte>.Shared.Rent(size);
        buffer.AsSpan(0, keep).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(buffer);
        buffer = larger;
    }
}
