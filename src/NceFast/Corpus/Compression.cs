using NceFast.Corpus.Compressions;

namespace NceFast.Corpus;

/// <summary>Lists the compressions that are read, and decompresses data whose first bytes are those of one of them.</summary>
internal static class Compression
{
    /// <summary>Gets all compressions.</summary>
    public static IReadOnlyList<CompressionFormat> All { get; } = [new Gzip(), new Zstd(), new Bzip2(), new Xz(), new Lz4()];

    /// <summary>Gets the names of all compressions, for messages.</summary>
    public static string Names { get; } = string.Join(", ", All.SkipLast(1).Select(format => format.Name)) + " or " + All[^1].Name;

    /// <summary>Returns the compression whose signature a file begins with; null when there is none.</summary>
    public static CompressionFormat? Of(ReadOnlySpan<byte> head)
    {
        foreach (CompressionFormat format in All)
        {
            foreach (Signature signature in format.Signatures)
            {
                if (signature.Matches(head))
                    return format;
            }
        }

        return null;
    }

    /// <summary>Decompresses a stream if its first bytes are those of a known compression.</summary>
    /// <param name="stored">The stream. The new stream disposes it.</param>
    /// <param name="name">The name of the stream in messages.</param>
    /// <returns>The decompressed bytes, or the same bytes when they are not compressed.</returns>
    /// <exception cref="NceFastException">The stream cannot be read (<see cref="ErrorKind.Input"/>).</exception>
    public static Stream Decompress(Stream stored, string name)
    {
        var input = new PeekableInput(stored, name, CancellationToken.None);
        return Of(input.Peek()) is { } format ? format.Open(input.Pipe.AsStream(), name) : input.Pipe.AsStream();
    }

    /// <summary>Determines whether these bytes are too few to decide, and a file that begins with them may be compressed.</summary>
    public static bool MayFollow(ReadOnlySpan<byte> head)
    {
        foreach (CompressionFormat format in All)
        {
            foreach (Signature signature in format.Signatures)
            {
                if (signature.MayFollow(head))
                    return true;
            }
        }

        return false;
    }

    /// <summary>Returns the compression that the name of a file promises; null when there is none.</summary>
    /// <param name="path">The file.</param>
    /// <param name="plain">The name without the ending of the compression.</param>
    public static CompressionFormat? NamedBy(string path, out string plain)
    {
        foreach (CompressionFormat format in All)
        {
            if (format.Extensions.FirstOrDefault(end => path.EndsWith(end, StringComparison.OrdinalIgnoreCase)) is { } ending)
            {
                plain = path[..^ending.Length];
                return format;
            }
        }

        plain = path;
        return null;
    }

    /// <summary>Throws when the name of a file promises a compression that its first bytes do not show.</summary>
    /// <exception cref="NceFastException">The content is in another format (<see cref="ErrorKind.Input"/>).</exception>
    public static void EnsureNamedRightly(string path, ReadOnlySpan<byte> head)
    {
        if (NamedBy(path, out _) is not { } named || Of(head) is not null)
            return;
        throw new NceFastException(ErrorKind.Input, $"{path} is named {Path.GetExtension(path)} but does not begin with the bytes of {named.Name}; rename it if it is plain text, otherwise download it again.");
    }
}
