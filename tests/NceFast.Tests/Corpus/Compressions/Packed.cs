using K4os.Compression.LZ4.Streams;
using SharpCompress.Compressors.BZip2;
using ZstdSharp;

namespace NceFast.Tests.Corpus.Compressions;

/// <summary>Compresses test data.</summary>
internal static class Packed
{
    /// <summary>"one two three\nthree two\none\n" as one xz stream.</summary>
    public static readonly byte[] Xz = Convert.FromBase64String("/Td6WFoAAATm1rRGAgAhARYAAAB0L+Wj4AAbABldADebiM524vTjZd79IVAZ365oEBVrm6OxqqcAAAAAmRXYvsNqQFQAATUc0iu2lh+2830BAAAAAARZWg==");

    /// <summary>The same text as two xz streams with different checks, followed by eight zero bytes.</summary>
    public static readonly byte[] XzTwice = Convert.FromBase64String("/Td6WFoAAATm1rRGAgAhARYAAAB0L+WjAQANb25lIHR3byB0aHJlZQoAAADBk6S/2khh5QABJg4IG+AEH7bzfQEAAAAABFla/Td6WFoAAAFpIt42AgAhARYAAAB0L+WjAQANdGhyZWUgdHdvCm9uZQoAAABOh9FBAAEiDgzejGCQQpkNAQAAAAABWVoAAAAAAAAAAA==");

    public static byte[] As(string format, byte[] bytes)
    {
        if (format == "gzip")
            return TextFiles.Gzip(bytes);
        var packed = new MemoryStream();
        using (Stream stream = format switch
        {
            "zstd" => Checked(new CompressionStream(packed, leaveOpen: true)),
            "bzip2" => BZip2Stream.Create(packed, SharpCompress.Compressors.CompressionMode.Compress, decompressConcatenated: false, leaveOpen: true),
            "lz4" => LZ4Stream.Encode(packed, new LZ4EncoderSettings { ContentChecksum = true }, leaveOpen: true),
            _ => throw new ArgumentOutOfRangeException(nameof(format)),
        })
            stream.Write(bytes);
        return packed.ToArray();
    }

    private static CompressionStream Checked(CompressionStream stream)
    {
        stream.SetParameter(ZstdSharp.Unsafe.ZSTD_cParameter.ZSTD_c_checksumFlag, 1);
        return stream;
    }

    public static byte[] Unpack(byte[] packed, string name = "the data")
    {
        using Stream stream = NceFast.Corpus.Compression.Decompress(new MemoryStream(packed), name);
        var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }
}
