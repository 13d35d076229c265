using Microsoft.Win32.SafeHandles;
using NceFast.Corpus;

namespace NceFast.Exports.Internals;

/// <summary>Determines whether a file is compressed.</summary>
internal static class StoredForm
{
    /// <summary>Opens the decompressed content of a file, or returns null if the file is not compressed.</summary>
    public static Stream? Decompress(SafeFileHandle handle, string path)
    {
        Span<byte> head = stackalloc byte[ContentKind.SniffBytes];
        head = head[..RandomAccess.Read(handle, head, 0)];
        return ContentKind.IsGzip(head) ? new GzipTextStream(new FileStream(handle, FileAccess.Read, 1), path) : null;
    }
}
