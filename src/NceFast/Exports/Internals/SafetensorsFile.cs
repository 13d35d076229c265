using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using NceFast.Files;
using NceFast.Store;
using NceFast.Vocab;

namespace NceFast.Exports.Internals;

/// <summary>Reads and writes safetensors: a length, a JSON header, and the tensors without gaps. The 64-bit tensor is first, for alignment.</summary>
internal static class SafetensorsFile
{
    public static void Write(string path, WordVectors vectors, CancellationToken cancellation)
    {
        (byte[] header, long[] ends) = Outline(vectors);
        long total = header.Length + vectors.Count * (8 + 4L * vectors.Dim) + (ends.Length > 0 ? ends[^1] : 0);
        AtomicFile.Write(path, total, stream => Write(stream, vectors, header, ends, cancellation));
    }

    public static void Write(Stream stream, WordVectors vectors, CancellationToken cancellation)
    {
        (byte[] header, long[] ends) = Outline(vectors);
        Write(stream, vectors, header, ends, cancellation);
    }

    public static WordVectors Read(InputFile file, CancellationToken cancellation)
    {
        var header = SafetensorsHeader.Read(file);
        SafetensorsTensor floats = header.Tensor("vectors", "F32", 4, 2);
        SafetensorsTensor bytes = header.Tensor("words", "U8", 1, 1);
        SafetensorsTensor ends = header.Tensor("word_ends", "I64", 8, 1);
        if (ends.Shape[0] != floats.Shape[0])
            throw file.Error("header", $"'word_ends' has {ends.Shape[0]:N0} entries but 'vectors' has {floats.Shape[0]:N0} rows; they must be equal.");
        using RowStore store = Rows.Allocate(file, floats.Shape[0], floats.Shape[1], floats.Bytes, 4 * floats.Shape[1]);
        byte[] wordBytes = [], wordEnds = [];
        file.ReadOn();
        foreach (SafetensorsTensor tensor in (SafetensorsTensor[])[.. new[] { floats, bytes, ends }.OrderBy(t => t.Start).ThenBy(t => t.Bytes)])
        {
            cancellation.ThrowIfCancellationRequested();
            if (ReferenceEquals(tensor, floats))
                Rows.Read(file, floats.Start, store, floats.Shape[0], cancellation);
            else if (ReferenceEquals(tensor, bytes))
                wordBytes = file.ReadPart(bytes.Start, bytes.Bytes, "'words'");
            else
                wordEnds = file.ReadPart(ends.Start, ends.Bytes, "'word_ends'");
        }

        return new WordVectors(WordsOf(file, wordBytes, MemoryMarshal.Cast<byte, long>(wordEnds)), store.Take(floats.Shape[0]));
    }

    private static (byte[] Header, long[] Ends) Outline(WordVectors vectors)
    {
        long[] ends = new long[vectors.Count];
        long wordBytes = 0;
        for (int id = 0; id < ends.Length; id++)
            ends[id] = wordBytes += vectors.Words[id].Length;
        return (Header(vectors.Count, vectors.Dim, wordBytes), ends);
    }

    private static void Write(Stream stream, WordVectors vectors, byte[] header, long[] ends, CancellationToken cancellation)
    {
        stream.Write(header);
        for (int id = 0; id < ends.Length; id += 1 << 16)
            stream.Write(MemoryMarshal.AsBytes(ends.AsSpan(id, Math.Min(1 << 16, ends.Length - id))));
        Rows.Write(stream, vectors, cancellation);
        for (int id = 0; id < ends.Length; id++)
            stream.Write(vectors.Words[id]);
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

    private static WordList WordsOf(InputFile file, ReadOnlySpan<byte> bytes, ReadOnlySpan<long> ends)
    {
        var words = new WordList.Builder();
        long start = 0;
        for (int row = 0; row < ends.Length; row++)
        {
            long end = ends[row];
            if (end < start || end > bytes.Length || end - start > WordList.Builder.MaxWordBytes)
                throw file.Error($"'word_ends', entry {row:N0}", $"{end:N0} follows {start:N0}; ends must not decrease, must be at most {bytes.Length:N0}, and a word may have at most {WordList.Builder.MaxWordBytes:N0} bytes. The file is damaged.");
            words.Add(bytes[(int)start..(int)end]);
            start = end;
        }

        if (start != bytes.Length)
            throw file.Error("'word_ends'", $"the last word ends at byte {start:N0} but 'words' has {bytes.Length:N0} bytes; both must be equal. The file is damaged.");
        return words.Build();
    }
}
