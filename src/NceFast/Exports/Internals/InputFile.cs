using Microsoft.Win32.SafeHandles;
using NceFast.Corpus;
using NceFast.Files;
using NceFast.Numerics;

namespace NceFast.Exports.Internals;

/// <summary>
/// Represents the content of a regular file or of a stream. A plain file has a known length and is read at any byte position. A
/// compressed file is decompressed while it is read: its length is unknown, and after <see cref="ReadOn"/> it is read in one
/// direction. A stream is read as a compressed file is. Every error contains the path of the file.
/// </summary>
internal sealed class InputFile : IDisposable
{
    private const int HeadBytes = 64, StepBytes = 1 << 16, StreamBytes = 1 << 22;

    private readonly SafeFileHandle? _handle;
    private readonly Stream? _content;
    private readonly LentStream? _lent;
    private readonly long _storedBytes;
    private byte[] _kept = [];
    private long _keptStart;
    private int _keptLength;
    private bool _readsOn;

    private InputFile(string path, SafeFileHandle handle, Stream? content, long storedBytes)
    {
        (Path, _handle, _content, _storedBytes) = (path, handle, content, storedBytes);
        ExpectedBytes = storedBytes;
        Length = content is null ? storedBytes : long.MaxValue;
    }

    private InputFile(LentStream lent, Stream content, long expectedBytes)
    {
        (Path, _lent, _content) = (LentOutput.Name, lent, content);
        ExpectedBytes = expectedBytes;
        Length = long.MaxValue;
    }

    public string Path { get; }

    /// <summary>Gets the length of the file on disk, or the number of bytes that were read from the stream.</summary>
    public long StoredBytes => _lent?.BytesRead ?? _storedBytes;

    /// <summary>Gets the length of the file on disk, or a guess for a stream whose length is unknown.</summary>
    public long ExpectedBytes { get; }

    /// <summary>Gets the length of the content, or <see cref="long.MaxValue"/> if the file is compressed or a stream.</summary>
    public long Length { get; }

    /// <summary>Gets whether the length of the content is unknown.</summary>
    public bool IsCompressed => _content is not null;

    /// <summary>Gets whether the content is that of a stream.</summary>
    public bool IsStream => _lent is not null;

    /// <exception cref="NceFastException">The file is missing, cannot be opened, or is not a regular file (<see cref="ErrorKind.Input"/>).</exception>
    public static InputFile Open(string path)
    {
        if (Directory.Exists(path))
            Throw.Input($"{path} is a folder; specify a file.");
        SafeFileHandle? handle = null;
        try
        {
            handle = File.OpenHandle(path, options: FileOptions.SequentialScan);
            long length = RandomAccess.GetLength(handle);
            Span<byte> head = stackalloc byte[HeadBytes];
            head = head[..RandomAccess.Read(handle, head, 0)];
            Stream? content = !SafetensorsHeader.IsLikely(head) && Compression.Of(head) is { } format ? CompressedFile.Open(handle, path, format, Environment.ProcessorCount) : null;
            return new InputFile(path, handle, content, length);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new NceFastException(ErrorKind.Input, $"{path} does not exist; check the path.", e);
        }
        catch (NceFastException)
        {
            handle?.Dispose();
            throw;
        }
        catch (NotSupportedException e)
        {
            handle?.Dispose();
            throw new NceFastException(ErrorKind.Input, $"{path} is a pipe or device; vectors can be read from regular files only, so save the content to a file first.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            handle?.Dispose();
            throw new NceFastException(ErrorKind.Input, $"{path} could not be opened: {e.Message}", e);
        }
    }

    /// <summary>Opens the content of a stream from its position on, which may be compressed. The stream stays open.</summary>
    /// <exception cref="ArgumentException">The stream cannot be read.</exception>
    public static InputFile Open(Stream stream)
    {
        LentOutput.EnsureReadable(stream);
        long expected = stream.CanSeek ? Math.Max(0, stream.Length - stream.Position) : StreamBytes;
        byte[] head = new byte[HeadBytes];
        ReadOnlyMemory<byte> start = head.AsMemory(0, stream.ReadAtLeast(head, HeadBytes, throwOnEndOfStream: false));
        var lent = new LentStream(stream, start);
        Stream content = !SafetensorsHeader.IsLikely(start.Span) && Compression.Of(start.Span) is { } format ? format.Open(lent, LentOutput.Name) : lent;
        return new InputFile(lent, content, expected);
    }

    /// <summary>
    /// Begins reading in one direction: from here on, the position of a read is at or after the end of the read before. A compressed
    /// file then keeps no bytes.
    /// </summary>
    public void ReadOn() => _readsOn = true;

    /// <summary>Fills <paramref name="buffer"/> and returns the number of bytes read, which is smaller only at the end of the file.</summary>
    public int Read(Span<byte> buffer, long position)
    {
        if (_content is not null)
            return _readsOn ? ReadNext(buffer, position) : ReadKept(buffer, position);
        int total = 0;
        while (total < buffer.Length)
        {
            int got = RandomAccess.Read(_handle!, buffer[total..], position + total);
            if (got == 0)
                break;
            total += got;
        }

        return total;
    }

    /// <summary>Fills <paramref name="buffer"/>, or throws if the file ends before.</summary>
    public void ReadExactly(Span<byte> buffer, long position)
    {
        int got = Read(buffer, position);
        if (got == buffer.Length)
            return;
        throw IsCompressed
            ? Error($"byte {position + got:N0}", $"the {(IsStream ? "stream" : "decompressed content")} ends here, but its header states at least {position + buffer.Length:N0} bytes; the file is truncated or damaged.")
            : new NceFastException(ErrorKind.Input, $"{Path}: the file ended before byte {position + buffer.Length:N0} although it had {Length:N0} bytes when it was opened; do not change it while it is read.");
    }

    /// <summary>Reads a part of the content.</summary>
    /// <param name="position">The position of the first byte.</param>
    /// <param name="length">The number of bytes, or <see cref="long.MaxValue"/> for all up to the end.</param>
    /// <param name="what">The part, for messages.</param>
    public byte[] ReadPart(long position, long length, string what)
    {
        bool toEnd = length == long.MaxValue;
        if (!toEnd && length > Array.MaxLength)
            throw Error("size", $"{what} has {length:N0} bytes; at most {Array.MaxLength:N0} are allowed.");
        byte[] bytes = ReadUpTo(position, (int)Math.Min(length, Array.MaxLength));
        if (toEnd && bytes.Length == Array.MaxLength)
            throw Error("size", $"{what} has at least {Array.MaxLength:N0} bytes; fewer are allowed.");
        if (!toEnd && bytes.Length < length)
            ReadExactly(new byte[1], position + bytes.Length); // reports the end
        return bytes;
    }

    /// <summary>Reads up to a number of bytes. Memory is allocated as bytes are read, because a damaged header can state any length.</summary>
    public byte[] ReadUpTo(long position, int most)
    {
        byte[] bytes = new byte[Math.Clamp(IsCompressed ? StepBytes : Length - position, 0, most)];
        int used = 0;
        while (true)
        {
            used += Read(bytes.AsSpan(used), position + used);
            if (used < bytes.Length)
                return bytes[..used];
            if (used == most || !IsCompressed)
                return bytes;
            Array.Resize(ref bytes, (int)Math.Min(most, 2L * used));
        }
    }

    /// <summary>Creates the error for a place in the content.</summary>
    public NceFastException Error(string place, string message) => new(ErrorKind.Input, $"{Path}, {place}: {message}");

    public void Dispose()
    {
        _content?.Dispose();
        _handle?.Dispose();
    }

    private int ReadKept(Span<byte> buffer, long position)
    {
        int end = checked((int)(position + buffer.Length));
        while (_keptLength < end)
        {
            if (_keptLength == _kept.Length)
                Array.Resize(ref _kept, Math.Max(StepBytes, 2 * _kept.Length));
            int more = _content!.Read(_kept.AsSpan(_keptLength));
            if (more == 0)
                break;
            _keptLength += more;
        }

        int got = Math.Clamp(_keptLength - (int)position, 0, buffer.Length);
        _kept.AsSpan((int)position, got).CopyTo(buffer);
        return got;
    }

    private int ReadNext(Span<byte> buffer, long position)
    {
        if (position < _keptStart)
            throw Error($"byte {position:N0}", $"this part of the {(IsStream ? "stream" : "compressed file")} overlaps an earlier part; it is damaged.");
        Skip(position);
        int got = Math.Min(buffer.Length, _keptLength);
        _kept.AsSpan(0, got).CopyTo(buffer);
        Drop(got);
        int more = got < buffer.Length ? _content!.ReadAtLeast(buffer[got..], buffer.Length - got, throwOnEndOfStream: false) : 0;
        _keptStart += more;
        return got + more;
    }

    private void Skip(long position)
    {
        Drop((int)Math.Min(_keptLength, position - _keptStart));
        if (_keptStart == position)
            return;
        byte[] skipped = new byte[StepBytes];
        for (int got = 1; got > 0 && _keptStart < position; _keptStart += got)
            got = _content!.Read(skipped.AsSpan(0, (int)Math.Min(StepBytes, position - _keptStart)));
    }

    private void Drop(int bytes)
    {
        _kept.AsSpan(bytes, _keptLength - bytes).CopyTo(_kept);
        (_keptStart, _keptLength) = (_keptStart + bytes, _keptLength - bytes);
        if (_keptLength == 0)
            _kept = [];
    }
}
