using Microsoft.Win32.SafeHandles;

namespace NceFast.Corpus;

/// <summary>One file or stream of a corpus.</summary>
internal abstract class CorpusItem(string name, long length)
{
    /// <summary>Path, or what messages call a stream.</summary>
    public string Name { get; } = name;

    /// <summary>Bytes, as they lie on disk; -1 when unknown.</summary>
    public long Length { get; } = length;

    /// <summary>Opens the text to be read from front to back.</summary>
    /// <param name="cancellation">Ends the wait for the first bytes.</param>
    public abstract TextInput OpenText(CancellationToken cancellation);
}

/// <summary>A file of plain text, read in shards at explicit places.</summary>
internal sealed class PlainFile(string path, long length, int textStart) : CorpusItem(path, length)
{
    private const int SearchBytes = 8192;

    /// <summary>Bytes of a byte order mark, 0 or 3.</summary>
    public int TextStart { get; } = textStart;

    public SafeFileHandle Open() => CorpusFiles.Open(Name);

    /// <inheritdoc/>
    public override TextInput OpenText(CancellationToken cancellation) => TextInput.Open(CorpusFiles.OpenStream(Name), Name, cancellation);

    /// <summary>Number of nominal shards, of which any may be empty.</summary>
    public long Shards(int shardBytes) => (Length - TextStart + shardBytes - 1) / shardBytes;

    /// <summary>Finds the text of a shard.</summary>
    /// <returns>Null when the shard is empty, because its text belongs to an earlier or later one.</returns>
    public ShardRange? FindShard(SafeFileHandle handle, long shard, int shardBytes)
    {
        long start = TextStart;
        if (shard > 0)
        {
            BorderSearch border = FindBorder(handle, shard, shardBytes);
            if (border.Place < 0 || (border.Place - 1 - TextStart) / shardBytes != shard)
                return null;
            start = border.Place;
        }

        for (long next = shard + 1; next < Shards(shardBytes); next++)
        {
            BorderSearch border = FindBorder(handle, next, shardBytes);
            if (border.State == BorderState.Undecided)
                break; // its line ends with the file
            if (border.State != BorderState.None)
                return new ShardRange(start, border.Place, border.State == BorderState.WordEnd);
        }

        return new ShardRange(start, Length, false);
    }

    /// <summary>The error of a file that lost bytes.</summary>
    public static NceFastException Shrunk(string path, long position, long length) => new(ErrorKind.Input,
        FormattableString.Invariant($"{path} ends at byte {position:N0} but had {length:N0} bytes when it was listed; keep corpus files unchanged while they are read."));

    private BorderSearch FindBorder(SafeFileHandle handle, long shard, int shardBytes)
    {
        var border = new BorderSearch(TextStart + (shard * shardBytes), shardBytes);
        Span<byte> buffer = stackalloc byte[SearchBytes];
        while (border.State == BorderState.Undecided && border.Position < Length)
        {
            int read = Read(handle, buffer[..(int)Math.Min(SearchBytes, Length - border.Position)], border.Position);
            border.Feed(buffer[..read]);
        }

        return border;
    }

    private int Read(SafeFileHandle handle, Span<byte> buffer, long place)
    {
        try
        {
            int read = RandomAccess.Read(handle, buffer, place);
            return read > 0 ? read : throw Shrunk(Name, place, Length);
        }
        catch (IOException e)
        {
            throw new NceFastException(ErrorKind.Input, $"{Name} cannot be read on from byte {place:N0}: {e.Message}", e);
        }
    }
}

/// <summary>The text of a shard within its file.</summary>
/// <param name="Start">Place of the first byte.</param>
/// <param name="End">Place after the last byte.</param>
/// <param name="DividesSentence">Whether the next shard goes on with words of the same line.</param>
internal readonly record struct ShardRange(long Start, long End, bool DividesSentence);

/// <summary>A text that can be read only from front to back.</summary>
/// <param name="name">What messages call it.</param>
/// <param name="length">Bytes below the text, or -1.</param>
/// <param name="canReopen">Whether it can be read more than once.</param>
/// <param name="open">Opens it.</param>
internal sealed class SequentialItem(string name, long length, bool canReopen, Func<CancellationToken, TextInput> open) : CorpusItem(name, length)
{
    private int _opened;

    public bool CanReopen { get; } = canReopen;

    /// <inheritdoc/>
    public override TextInput OpenText(CancellationToken cancellation)
    {
        if (Interlocked.Exchange(ref _opened, 1) == 1 && !CanReopen)
            throw new NceFastException(ErrorKind.Input, $"{Name} can be read only once and was read already; store it in a file, or allow the cache.");
        return open(cancellation);
    }
}
