using Microsoft.Win32.SafeHandles;

namespace NceFast.Corpus;

/// <summary>Represents one file or stream of a corpus.</summary>
internal abstract class CorpusItem(string name, long length)
{
    /// <summary>Gets the path of the file, or the name of the stream in messages.</summary>
    public string Name { get; } = name;

    /// <summary>Gets the size in bytes as stored, or -1 when it is unknown.</summary>
    public long Length { get; } = length;

    /// <summary>Opens the text for sequential reading.</summary>
    /// <param name="reading">What all texts of the reading share.</param>
    public abstract TextInput OpenText(TextReading reading);
}

/// <summary>Represents a file of plain text, whose shards are read independently of each other.</summary>
internal sealed class PlainFile(string path, long length, int textStart) : CorpusItem(path, length)
{
    private const int SearchBytes = 8192;

    /// <summary>Gets the size of the byte order mark: 0 or 3 bytes.</summary>
    public int TextStart { get; } = textStart;

    public SafeFileHandle Open() => CorpusFiles.Open(Name);

    /// <inheritdoc/>
    public override TextInput OpenText(TextReading reading) => TextInput.Open(CorpusFiles.OpenStream(Name), Name, reading);

    /// <summary>Returns the number of nominal shards. Some of them may be empty.</summary>
    public long Shards(int shardBytes) => (Length - TextStart + shardBytes - 1) / shardBytes;

    /// <summary>Finds the byte range of a shard.</summary>
    /// <returns>Null when the shard is empty because its text belongs to an earlier or later shard.</returns>
    public ShardRange? FindShard(SafeFileHandle handle, long shard, int shardBytes)
    {
        long start = TextStart;
        if (shard > 0)
        {
            BorderSearch border = FindBorder(handle, shard, shardBytes);
            if (border.ShardStart < 0 || (border.ShardStart - 1 - TextStart) / shardBytes != shard)
                return null;
            start = border.ShardStart;
        }

        for (long next = shard + 1; next < Shards(shardBytes); next++)
        {
            BorderSearch border = FindBorder(handle, next, shardBytes);
            if (border.State == BorderState.Undecided)
                break; // the rest of the file belongs to this shard
            if (border.State != BorderState.None)
                return new ShardRange(start, border.ShardStart, border.State == BorderState.WordEnd);
        }

        return new ShardRange(start, Length, false);
    }

    /// <summary>Creates the exception for a file that became shorter while it was read.</summary>
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

    private int Read(SafeFileHandle handle, Span<byte> buffer, long position)
    {
        try
        {
            int read = RandomAccess.Read(handle, buffer, position);
            return read > 0 ? read : throw Shrunk(Name, position, Length);
        }
        catch (IOException e)
        {
            throw new NceFastException(ErrorKind.Input, $"{Name} cannot be read on from byte {position:N0}: {e.Message}", e);
        }
    }
}

/// <summary>The byte range of a shard within its file.</summary>
/// <param name="Start">The position of the first byte.</param>
/// <param name="End">The position after the last byte.</param>
/// <param name="DividesSentence">Whether the next shard continues the same line.</param>
internal readonly record struct ShardRange(long Start, long End, bool DividesSentence);

/// <summary>Represents a text that can be read only sequentially.</summary>
/// <param name="name">The name in messages.</param>
/// <param name="length">The size in bytes as stored, or -1 when it is unknown.</param>
/// <param name="canReopen">Whether the text can be read more than once.</param>
/// <param name="open">Opens the text.</param>
internal sealed class SequentialItem(string name, long length, bool canReopen, Func<TextReading, TextInput> open) : CorpusItem(name, length)
{
    private int _opened;

    public bool CanReopen { get; } = canReopen;

    /// <summary>Gets whether the name is the path of a file.</summary>
    public bool IsFile { get; init; } = canReopen;

    /// <inheritdoc/>
    public override TextInput OpenText(TextReading reading)
    {
        if (Interlocked.Exchange(ref _opened, 1) == 1 && !CanReopen)
            throw new NceFastException(ErrorKind.Input, $"{Name} can be read only once, and it was read already; store it in a file, or allow the cache.");
        return open(reading);
    }
}
