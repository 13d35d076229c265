using Microsoft.Win32.SafeHandles;

namespace NceFast.Corpus.Compressions;

/// <summary>Represents a compression of files. It is recognised by the first bytes of a file.</summary>
/// <param name="name">The name in messages, which is also the name of its command-line program.</param>
/// <param name="extensions">The endings of file names that promise this compression.</param>
/// <param name="signatures">The bytes with which compressed data begins.</param>
internal abstract class CompressionFormat(string name, string[] extensions, Signature[] signatures)
{
    /// <summary>Gets the name in messages.</summary>
    public string Name { get; } = name;

    /// <summary>Gets the endings of file names, in lower case.</summary>
    public IReadOnlyList<string> Extensions { get; } = extensions;

    /// <summary>Gets the bytes with which compressed data begins.</summary>
    public IReadOnlyList<Signature> Signatures { get; } = signatures;

    /// <summary>Opens compressed data, which may consist of several members.</summary>
    /// <param name="stored">The compressed bytes. The new stream disposes it.</param>
    /// <param name="source">The name of the file in messages.</param>
    /// <param name="start">The position in the file of the first compressed byte, for messages.</param>
    /// <returns>The decompressed bytes. Data that is damaged or ends too early is an error, not the end of the stream.</returns>
    public abstract DecodingStream Open(Stream stored, string source, long start = 0);

    /// <summary>
    /// Finds where the members that begin at a position may be separated from those that follow, so that both can be decompressed
    /// at the same time.
    /// </summary>
    /// <param name="file">The file.</param>
    /// <param name="length">The length of the file in bytes.</param>
    /// <param name="start">The position at which a member begins.</param>
    /// <returns>The position at which a later member begins, or the length of the file when none was found.</returns>
    public virtual long FindMember(SafeFileHandle file, long length, long start) => length;

    /// <summary>Creates the exception for data that cannot be decompressed.</summary>
    /// <param name="source">The name of the file.</param>
    /// <param name="position">The position that the decompression has reached.</param>
    /// <param name="inner">The cause; may be null.</param>
    public NceFastException Damaged(string source, long position, Exception? inner) => new(ErrorKind.Input,
        FormattableString.Invariant($"{source} is damaged {Name} data, at or shortly before byte {position:N0}; test it with '{Name} -t' and download it again."), inner);

    /// <summary>Creates the exception for data that ends too early, or is followed by other bytes.</summary>
    /// <param name="source">The name of the file.</param>
    /// <param name="position">The position that the decompression has reached.</param>
    /// <param name="inner">The cause; may be null.</param>
    public NceFastException Cut(string source, long position, Exception? inner) => new(ErrorKind.Input,
        FormattableString.Invariant($"{source} is cut short or has other bytes after its end: {Name} data does not end cleanly at byte {position:N0}; test it with '{Name} -t' and download it again."), inner);
}
