using System.Buffers.Binary;
using System.IO.Compression;
using NceFast.Exports;
using NceFast.Numerics;
using NceFast.Store;
using NceFast.Vocab;

namespace NceFast.Fuzz.Targets;

/// <summary>A file of word vectors; its format is recognised, so that any target may reach the readers of the others.</summary>
internal abstract class VectorTarget(VectorFormat format) : FileTarget
{
    public override double Cost => 2;

    public override IEnumerable<byte[]> Seeds() => SeedsOf(format);

    protected override string ReadFile(string path, byte[] input)
    {
        using WordVectors vectors = VectorFile.Read(path, out VectorFileInfo info);
        return $"{info.Format} words {About(vectors.Count)} dim {About(vectors.Dim)} twice {About(info.Duplicates)} odd {About(info.NonFinite)}";
    }

    protected virtual byte[] Pack(string path) => File.ReadAllBytes(path);

    protected IEnumerable<byte[]> SeedsOf(VectorFormat form) => [Write(form, 1, form == VectorFormat.GloVe ? 2 : 1), Write(form, 5, 3), Write(form, 40, 16), Write(form, 3, 17), .. form == VectorFormat.GloVe ? [] : new[] { Write(form, 0, 4) }];

    private byte[] Write(VectorFormat form, int count, int dim)
    {
        var words = new WordList.Builder();
        using var matrix = new AlignedMatrix(count, dim);
        for (int i = 0; i < count; i++)
        {
            words.Add(i % 3 == 0 ? $"wörd{i}" : $"w{i}");
            for (int c = 0; c < dim; c++)
                matrix.Row(i)[c] = (i - c) / 7f;
        }

        using var vectors = new WordVectors(words.Build(), matrix);
        VectorFile.Write(Path, vectors, form);
        return Pack(Path);
    }
}

internal sealed class Word2VecTextTarget() : VectorTarget(VectorFormat.Word2Vec)
{
    public override string Name => "word2vec-text";

    public override IEnumerable<byte[]> Seeds() => [.. base.Seeds(), .. Texts("\uFEFF2 2\nNew York 1 2.5\n. . . 3 4\n", "2 3\nWindows 7 0.5 0.25 0.125\na\t1\t2\t3\n")];

    public override IReadOnlyList<byte[]> Tokens => Texts("New York", ". . . ", "\uFEFF", "\n", "\r\n", " ", "\t", "nan", "inf", "1e38", "-", ".", "e+", "word 1 2 3\n", "3 3\n");
}

/// <summary>Text without a header, whose words may contain blanks.</summary>
internal sealed class GloVeTarget() : VectorTarget(VectorFormat.GloVe)
{
    public override string Name => "glove-text";

    public override IEnumerable<byte[]> Seeds() => [.. base.Seeds(), .. Texts("the 0.5 1e-3\n. . . 1.5 2.5\nat name@domain.com 1 nan\n", "\uFEFFa\t1.5\t2.5\r\nb\t3\t4\r\n\r\n")];

    public override IReadOnlyList<byte[]> Tokens => Texts("\n", "\n\n", "\r\n", " ", "\t", "nan", "inf", "1e38", "-", ".", "7 ", "New York ", "word 1.5 2.5\n", "3 3\n", "\uFEFF");
}

/// <summary>A compressed file of any format; an input is its content, so that the readers of streams are reached.</summary>
internal sealed class CompressedVectorTarget() : VectorTarget(VectorFormat.Word2Vec)
{
    public override string Name => "compressed-vectors";

    public override IEnumerable<byte[]> Seeds() => [.. Enum.GetValues<VectorFormat>().SelectMany(form => SeedsOf(form).Take(form == VectorFormat.Npy ? 1 : 4))];

    public override IReadOnlyList<byte[]> Tokens => Texts("\n", " ", "\t", "nan", "3 3\n", "2000000000 2\n", "2000000000", "\"data_offsets\":", "[0,1]", "(3, 4)", "\u001F\u008B");

    protected override string ReadFile(string path, byte[] input)
    {
        using (FileStream file = File.Create(path))
        using (var gzip = new GZipStream(file, CompressionLevel.Fastest))
            gzip.Write(input);
        File.WriteAllText(path + VectorFile.NpyWordsSuffix, "one\n");
        return base.ReadFile(path, input);
    }
}

internal sealed class Word2VecBinaryTarget() : VectorTarget(VectorFormat.Word2VecBinary)
{
    public override string Name => "word2vec-binary";

    public override IReadOnlyList<byte[]> Tokens => [.. Texts("\n", " ", "word ", "3 3\n"), [0, 0, 0xC0, 0x7F], [0, 0, 0x80, 0xFF]];
}

/// <summary>A NumPy file and its words; an input ends with the words and their length.</summary>
internal sealed class NpyTarget() : VectorTarget(VectorFormat.Npy)
{
    public override string Name => "npy";

    public override IReadOnlyList<byte[]> Tokens =>
        Texts("'descr': ", "'<f4'", "'|f4'", "'>f4'", "'<f8'", "'fortran_order': ", "True", "False", "'shape': ", "(3, 4)", "(3,)", "()", "[", "{", "}", "\"", ", ", "\n", "L", "\u0093NUMPY");

    // The correct length of the header, up to the line feed after its brace.
    public override byte[] Repair(byte[] input)
    {
        int brace = input.AsSpan().IndexOf((byte)'}'), end = brace < 0 ? -1 : input.AsSpan(brace).IndexOf((byte)'\n');
        if (end < 0 || brace + end + 1 - 10 is < 0 or > ushort.MaxValue)
            return input;
        byte[] repaired = [.. input];
        ReadOnlySpan<byte> magic = [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y', 1, 0];
        magic.CopyTo(repaired);
        BinaryPrimitives.WriteUInt16LittleEndian(repaired.AsSpan(8), (ushort)(brace + end + 1 - 10));
        return repaired;
    }

    protected override string ReadFile(string path, byte[] input)
    {
        int length = input.Length < 4 ? 0 : (int)(BinaryPrimitives.ReadUInt32LittleEndian(input.AsSpan(input.Length - 4)) % (uint)(input.Length - 3));
        int end = Math.Max(0, input.Length - 4 - length);
        File.WriteAllBytes(path, input[..end]);
        File.WriteAllBytes(path + VectorFile.NpyWordsSuffix, input[end..(end + length)]);
        return base.ReadFile(path, input);
    }

    protected override byte[] Pack(string path)
    {
        byte[] words = File.ReadAllBytes(path + VectorFile.NpyWordsSuffix), length = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, words.Length);
        return [.. File.ReadAllBytes(path), .. words, .. length];
    }
}

/// <summary>Safetensors; repaired inputs have the correct length of the header.</summary>
internal sealed class SafetensorsTarget() : VectorTarget(VectorFormat.Safetensors)
{
    public override string Name => "safetensors";

    public override IReadOnlyList<byte[]> Tokens =>
        Texts("\"vectors\":", "\"words\":", "\"word_ends\":", "\"dtype\":", "\"F32\"", "\"F16\"", "\"U8\"", "\"I64\"", "\"shape\":", "\"data_offsets\":", "[0,1]", "[", "]", "{", "}", ",", "\\ud800", "\"__metadata__\":", "null", "1e400");

    public override byte[] Repair(byte[] input)
    {
        int end = input.Length < 10 ? -1 : input.AsSpan(8).LastIndexOf((byte)'}');
        if (end < 0)
            return input;
        int padded = end + 1;
        while (padded < input.Length - 8 && input[8 + padded] == ' ')
            padded++;
        byte[] repaired = [.. input];
        BinaryPrimitives.WriteInt64LittleEndian(repaired, padded);
        return repaired;
    }
}
