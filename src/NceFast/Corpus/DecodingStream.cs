using NceFast.Files;

namespace NceFast.Corpus;

/// <summary>Represents a stream of bytes that are decoded from stored bytes while they are read.</summary>
internal abstract class DecodingStream : ReadOnlyStream
{
    /// <summary>Gets how many stored bytes have been used so far, counted from the start of the file.</summary>
    public abstract long StoredPosition { get; }
}
