using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using NceFast.Files;
using NceFast.Numerics;
using NceFast.Store;
using NceFast.Vocab;

namespace NceFast.Exports.Internals;

/// <summary>Reads and writes safetensors: a length, a JSON header, and the tensors without gaps. The 64-bit tensor is first, for alignment.</summary>
internal static class SafetensorsFile
{
    public static void Write(string path, WordVectors vectors, CancellationToken cancellation)
    {
        long[] ends = new long[vectors.Count];
        long wordBytes = 0;
        for (int id = 0; id < ends.Length; id++)
            ends[id] = wordBytes += vectors.Words[id].Length;
        byte[] header = Header(vectors.Count, vectors.Dim, wordBytes);
        long total = header.Length + vectors.Count * (8 + 4L * vectors.Dim) + wordBytes;
        AtomicFile.Write(path, total, stream =>
        {
            stream.Write(header);
            for (int id = 0; id < ends.Length; id += 1 << 16)
                stream.Write(MemoryMarshal.AsBytes(ends.AsSpan(id, Math.Min(1 << 16, ends.Length - id))));
            Rows.Write(stream, vectors, cancellation);
            for (int id = 0; id < ends.Length; id++)
                stream.Write(vectors.Words[id]);
        });
    }

    public static WordVectors Read(InputFile file, CancellationToken cancellation)
    {
        var header = SafetensorsHeader.Read(file);
        SafetensorsTensor floats = header.Tensor("vectors", "F32", 4, 2);
        SafetensorsTensor bytes = header.Tensor("words", "U8", 1, 1);
        SafetensorsTensor ends = header.Tensor("word_ends", "I64", 8, 1);
        if (ends.Shape[0] != floats.Shape[0])
            throw file.Error("header", $"'word_ends' has {ends.Shape[0]:N0} entries but 'vectors' has {floats.Shape[0]:N0} rows; they must be equal.");
        AlignedMatrix matrix = Rows.Allocate(file, floats.Shape[0], floats.Shape[1], floats.Bytes, 4 * floats.Shape[1]);
        try
        {
            Rows.Read(file, floats.Start, matrix, cancellation);
            return new WordVectors(ReadWords(file, bytes, ends, cancellation), matrix);
        }
        catch
        {
            matrix.Dispose();
            throw;
        }
    }

    private static byte[] Header(int rows, int dim, long wordBytes)
    {
        long endsEnd = 8L * rows;
        long floatsEnd = endsEnd + 4L * rows * dim;
        string version = typeof(SafetensorsFile).Assembly.GetName().Version?.ToString(3) ?? "0";
        string json = string.Create(
            CultureInfo.InvariantCulture,
            $$$"""{"__metadata__":{"format":"word-vectors","producer":"NceFast {{{version}}}"},"word_ends":{"dtype":"I64","shape":[{{{rows}}}],"data_offsets":[0,{{{endsEnd}}}]},"vectors":{"dtype":"F32","shape":[{{{rows}}},{{{dim}}}],"data_offsets":[{{{endsEnd}}},{{{floatsEnd}}}]},"words":{"dtype":"U8","shape":[{{{wordBytes}}}],"data_offsets":[{{{floatsEnd}}},{{{floatsEnd + wordBytes}}}]}}""");
        byte[] header = new byte[(8 + json.Length + 63) & ~63];
        header.AsSpan().Fill((byte)' ');
        BinaryPrimitives.WriteInt64LittleEndian(header, header.Length - 8);
        Encoding.ASCII.GetBytes(json, header.AsSpan(8));
        return header;
    }

    private static WordList ReadWords(InputFile file, SafetensorsTensor bytes, SafetensorsTensor ends, CancellationToken cancellation)
    {
        const int Step = 1 << 14;
        var words = new WordList.Builder();
        long[] part = new long[Step];
        byte[] buffer = ArrayPool<byte>.Shared.Rent(1 << 12);
        long start = 0;
        for (long row = 0; row < ends.Shape[0]; row += Step)
        {
            cancellation.ThrowIfCancellationRequested();
            Span<long> some = part.AsSpan(0, (int)Math.Min(Step, ends.Shape[0] - row));
            file.ReadExactly(MemoryMarshal.AsBytes(some), ends.Start + 8 * row);
            long floor = start;
            foreach (long end in some)
            {
                if (end < floor || end > bytes.Bytes || end - floor > WordList.Builder.MaxWordBytes)
                    throw file.Error($"'word_ends' from entry {row:N0}", $"{end:N0} follows {floor:N0}; ends must not decrease, must be at most {bytes.Bytes:N0}, and a word may have at most {WordList.Builder.MaxWordBytes:N0} bytes. The file is damaged.");
                floor = end;
            }

            AddWords(file, bytes.Start, some, start, words, ref buffer);
            start = floor;
        }

        ArrayPool<byte>.Shared.Return(buffer);
        if (start != bytes.Bytes)
            throw file.Error("'word_ends'", $"the last word ends at byte {start:N0} but 'words' has {bytes.Bytes:N0} bytes; both must be equal. The file is damaged.");
        return words.Build();
    }

    /// <summary>Reads the words in parts of at most 1 MiB, or of one word if it is longer. This limits the size of the buffer.</summary>
    private static void AddWords(InputFile file, long dataStart, ReadOnlySpan<long> ends, long start, WordList.Builder words, ref byte[] buffer)
    {
        const int PartBytes = 1 << 20;
        for (int i = 0; i < ends.Length;)
        {
            int stop = i + 1;
            while (stop < ends.Length && ends[stop] - start <= PartBytes)
                stop++;
            int length = (int)(ends[stop - 1] - start);
            if (buffer.Length < length)
            {
                ArrayPool<byte>.Shared.Return(buffer);
                buffer = ArrayPool<byte>.Shared.Rent(length);
            }

            file.ReadExactly(buffer.AsSpan(0, length), dataStart + start);
            for (long from = start; i < stop; from = ends[i++])
                words.Add(buffer.AsSpan((int)(from - start), (int)(ends[i] - from)));
            start = ends[stop - 1];
        }
    }
}
