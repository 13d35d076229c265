using System.IO.Compression;

namespace NceFast.Training;

/// <summary>
/// Compresses a large section of JSON with gzip. A corpus of 100,000 files has 25 MB of names and hashes, which every rank stores in every
/// checkpoint; compressed, it is a quarter. JSON does not begin with the first byte of gzip, so that a reader recognises a compressed section.
/// </summary>
internal static class Packed
{
    private const byte GzipStart = 0x1F;
    private const int Small = 64 << 10;

    // Damaged or forged data must not expand to memory without a limit.
    private const int MostExpansion = 100;

    /// <summary>Compresses JSON if it is large.</summary>
    public static byte[] Encode(byte[] json)
    {
        if (json.Length <= Small)
            return json;
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
            gzip.Write(json);
        return packed.ToArray();
    }

    /// <summary>Returns the JSON of a section.</summary>
    /// <exception cref="InvalidDataException">The compressed data is damaged, or it expands to more than it can.</exception>
    public static byte[] Decode(byte[] section)
    {
        if (section is not [GzipStart, ..])
            return section;
        using var gzip = new GZipStream(new MemoryStream(section), CompressionMode.Decompress);
        using var json = new MemoryStream();
        byte[] buffer = new byte[1 << 16];
        for (int read; (read = gzip.Read(buffer)) > 0;)
        {
            json.Write(buffer, 0, read);
            if (json.Length > (long)MostExpansion * section.Length)
                throw new InvalidDataException($"it expands to more than {MostExpansion} times its size");
        }

        return json.ToArray();
    }
}
