using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using NceFast.Files;
using NceFast.Numerics;
using NceFast.Store;
using NceFast.Vocab;

namespace NceFast.Exports.Internals;

/// <summary>Reads and writes the array file of NumPy with float32 in C order, and a second file with one word per line.</summary>
internal static class NpyFile
{
    private const int MaxHeader = 1 << 16;
    private const int MagicBytes = 6;

    public static void Write(string path, WordVectors vectors, CancellationToken cancellation)
    {
        string wordsPath = path + VectorFile.NpyWordsSuffix;
        Separators.Check(wordsPath, vectors, "\r\n"u8, emptyAllowed: true, "a list with one word per line");
        byte[] header = Header(vectors.Count, vectors.Dim);
        using AtomicFile array = AtomicFile.Create(path, header.Length + 4L * vectors.Count * vectors.Dim);
        using AtomicFile words = AtomicFile.Create(wordsPath);
        array.Stream.Write(header);
        Rows.Write(array.Stream, vectors, cancellation);
        for (int id = 0; id < vectors.Count; id++)
        {
            words.Stream.Write(vectors.Words[id]);
            words.Stream.WriteByte((byte)'\n');
        }

        words.Commit();
        array.Commit();
    }

    public static WordVectors Read(InputFile file, CancellationToken cancellation)
    {
        if (file.IsStream)
            throw file.Error("byte 0", "it contains a NumPy array, whose words are in a second file; save both files and read them by their path.");
        (long rows, long dim, int start) = ReadHeader(file);
        using RowStore store = Rows.Allocate(file, rows, dim, file.Length - start, 4 * dim);
        if (!file.IsCompressed && file.Length - start != 4 * rows * dim)
            throw file.Error($"byte {start:N0}", $"{file.Length - start:N0} bytes follow the header, but its shape needs {4 * rows * dim:N0}; the file is damaged.");
        file.ReadOn();
        Rows.Read(file, start, store, rows, cancellation);
        if (file.Read(stackalloc byte[1], start + 4 * rows * dim) > 0)
            throw file.Error($"byte {start + 4 * rows * dim:N0}", $"further bytes follow the {4 * rows * dim:N0} bytes that the shape needs; the file is damaged.");
        return new WordVectors(ReadWords(WordsPath(file), rows), store.Take(rows));
    }

    /// <summary>Returns the path of the words. The name of the words of a compressed array may lack the suffix of the compression.</summary>
    private static string WordsPath(InputFile file)
    {
        string path = file.Path + VectorFile.NpyWordsSuffix, plain = Path.ChangeExtension(file.Path, null) + VectorFile.NpyWordsSuffix;
        if (!file.IsCompressed || File.Exists(path))
            return path;
        string packed = plain + Path.GetExtension(file.Path);
        return File.Exists(plain) ? plain : File.Exists(packed) ? packed : path;
    }

    /// <summary>Creates a header of version 1.0, padded so that the floats begin at a multiple of 64 bytes.</summary>
    private static byte[] Header(int rows, int dim)
    {
        string dictionary = string.Create(CultureInfo.InvariantCulture, $"{{'descr': '<f4', 'fortran_order': False, 'shape': ({rows}, {dim}), }}");
        int total = (MagicBytes + 4 + dictionary.Length + 1 + 63) & ~63;
        byte[] header = new byte[total];
        header.AsSpan().Fill((byte)' ');
        header[0] = 0x93;
        "NUMPY"u8.CopyTo(header.AsSpan(1));
        (header[6], header[7]) = (1, 0);
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(8), (ushort)(total - 10));
        Encoding.ASCII.GetBytes(dictionary, header.AsSpan(10));
        header[^1] = (byte)'\n';
        return header;
    }

    private static (long Rows, long Dim, int Start) ReadHeader(InputFile file)
    {
        Span<byte> fixedPart = stackalloc byte[12];
        int got = file.Read(fixedPart, 0);
        if (got < 10)
            throw file.Error("byte 6", "the header is incomplete; the file is truncated.");
        byte version = fixedPart[6];
        if (version is < 1 or > 3 || (version > 1 && got < 12))
            throw file.Error("byte 6", $"the NumPy format version is {version}; the allowed versions are 1 to 3.");
        int start = version == 1 ? 10 : 12;
        uint length = version == 1
            ? BinaryPrimitives.ReadUInt16LittleEndian(fixedPart[8..])
            : BinaryPrimitives.ReadUInt32LittleEndian(fixedPart[8..]);
        if (length > MaxHeader || length > file.Length - start)
            throw file.Error("byte 8", $"the header length is {length:N0} bytes; at most {Math.Min(MaxHeader, file.Length - start):N0} are allowed. The file is damaged.");
        byte[] bytes = new byte[length];
        file.ReadExactly(bytes, start);
        (long rows, long dim) = ReadDictionary(file, Encoding.UTF8.GetString(bytes));
        return (rows, dim, start + (int)length);
    }

    private static (long Rows, long Dim) ReadDictionary(InputFile file, string text)
    {
        string type = Value(file, text, "descr").Trim('\'', '"');
        if (type != "<f4")
            throw file.Error("header", $"the array has type '{type}'; only '<f4' is allowed. Convert it with array.astype('<f4').");
        if (Value(file, text, "fortran_order") != "False")
            throw file.Error("header", "the array is in Fortran order; only C order is allowed. Convert it with numpy.ascontiguousarray.");
        string shape = Value(file, text, "shape");
        string[] sizes = shape.Trim('(', ')').Split(',', StringSplitOptions.TrimEntries);
        if (sizes.Length != 2 || !long.TryParse(sizes[0], NumberStyles.None, CultureInfo.InvariantCulture, out long rows)
            || !long.TryParse(sizes[1], NumberStyles.None, CultureInfo.InvariantCulture, out long dim))
            throw file.Error("header", $"the array has shape {shape}; only (words, dim) is allowed.");
        return (rows, dim);
    }

    /// <summary>Gets the value of a key in the dictionary of the header. A value ends at a comma, and a shape ends at its bracket.</summary>
    private static string Value(InputFile file, string text, string key)
    {
        int at = text.IndexOf($"'{key}':", StringComparison.Ordinal);
        if (at < 0)
            throw file.Error("header", $"the key '{key}' is missing from '{text.Trim()}'.");
        string rest = text[(at + key.Length + 3)..].TrimStart();
        int end = rest.StartsWith('(') ? rest.IndexOf(')') + 1 : rest.IndexOfAny([',', '}']);
        if (end <= 0)
            throw file.Error("header", $"the value of '{key}' has no end in '{text.Trim()}'.");
        return rest[..end].Trim();
    }

    private static WordList ReadWords(string path, long rows)
    {
        if (!File.Exists(path))
            Throw.Input($"{path} does not exist; it must contain the words of the array, one word per line.");
        using InputFile file = InputFile.Open(path);
        file.ReadOn();
        byte[] bytes = file.ReadPart(0, file.Length, "the file");
        var words = new WordList.Builder();
        ReadOnlySpan<byte> rest = bytes;
        long count = 0;
        while (!rest.IsEmpty)
        {
            int newline = rest.IndexOf((byte)'\n');
            ReadOnlySpan<byte> word = newline < 0 ? rest : rest[..newline];
            if (word.Length > WordList.Builder.MaxWordBytes)
                throw file.Error($"line {count + 1:N0}", $"the word has {word.Length:N0} bytes; at most {WordList.Builder.MaxWordBytes:N0} are allowed.");
            words.Add(word);
            count++;
            rest = newline < 0 ? [] : rest[(newline + 1)..];
        }

        if (count != rows)
            throw file.Error($"line {count + 1:N0}", $"the file ends after {count:N0} words but the array has {rows:N0} rows; use two files from the same export.");
        return words.Build();
    }
}
