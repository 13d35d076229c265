using Microsoft.Win32.SafeHandles;

namespace NceFast.Corpus;

/// <summary>One file or stream of a corpus.</summary>
internal abstract class CorpusItem(string name, long length)
{
    /// <summary>Path, or what messages call a stream.</summary>
    public string Name { get; } = name;

    /// <summary>Bytes, as they lie on disk; -1 when unknown.</summary>
    public long Length { get; } = length;
}

/// <summary>A file of plain text, read in shards at explicit places.</summary>
internal sealed class PlainFile(string path, long length, int textStart) : CorpusItem(path, length)
{
    /// <summary>Bytes of a byte order mark, 0 or 3.</summary>
    public int TextStart { get; } = textStart;

    public SafeFileHandle Open() => CorpusFiles.Open(Name);
}

/// <summary>A text that can be read only from front to back.</summary>
/// <param name="name">What messages call it.</param>
/// <param name="length">Bytes below the text, or -1.</param>
/// <param name="canReopen">Whether it can be read more than once.</param>
/// <param name="open">Opens it.</param>
internal sealed class SequentialItem(string name, long length, bool canReopen, Func<TextInput> open) : CorpusItem(name, length)
{
    private int _opened;

    public bool CanReopen { get; } = canReopen;

    public TextInput Open()
    {
        if (Interlocked.Exchange(ref _opened, 1) == 1 && !CanReopen)
            throw new NceFastException(ErrorKind.Input, $"{Name} can be read only once and was read already; store it in a file, or allow the cache.");
        return open();
    }
}
