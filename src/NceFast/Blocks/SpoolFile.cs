using System.Runtime.InteropServices;
using NceFast.Files;

namespace NceFast.Blocks;

/// <summary>
/// The cache file of one worker, which contains token ids. On Unix the file is deleted from its folder as soon as it is open, so
/// that nothing remains after the process.
/// </summary>
internal sealed class SpoolFile : IDisposable
{
    private readonly WritableFile _file;
    private readonly string _folder;
    private readonly long _forecast;
    private readonly long _limit;
    private long _length;

    /// <summary>Uses an open file.</summary>
    /// <param name="file">The file.</param>
    /// <param name="folder">The folder of the file, for messages.</param>
    /// <param name="forecast">The expected size of the files of all workers in bytes; -1 when it is unknown.</param>
    /// <param name="limit">The size in bytes at which the file counts as full.</param>
    internal SpoolFile(WritableFile file, string folder, long forecast, long limit = long.MaxValue) => (_file, _folder, _forecast, _limit) = (file, folder, forecast, limit);

    public static SpoolFile Create(string folder, long forecast, long limit)
    {
        string path = Path.Combine(folder, $"ncefast-{Environment.ProcessId}-{Path.GetRandomFileName()}.ids");
        try
        {
            bool unlink = !OperatingSystem.IsWindows();
            WritableFile file = PrivateFile.Create(path, FileAccess.ReadWrite, unlink ? FileOptions.None : FileOptions.DeleteOnClose);
            if (unlink)
                FileActions.Delete(path);
            return new SpoolFile(file, folder, forecast, limit);
        }
        catch (Exception e) when (PrivateFile.IsFailure(e))
        {
            throw new NceFastException(ErrorKind.Output, $"The cache of token ids cannot be created in {folder}: {e.Message}; name another folder with {Member.Of(nameof(CorpusOptions.CacheDirectory))}, or turn the cache off with {Member.Of(nameof(CacheMode.Never))}.", e);
        }
    }

    /// <summary>Gets the number of bytes written.</summary>
    public long Length => _length;

    /// <summary>Appends codes and returns the position of their first byte.</summary>
    public long Append(ReadOnlySpan<int> codes)
    {
        long start = _length;
        ReadOnlySpan<byte> bytes = MemoryMarshal.AsBytes(codes);
        try
        {
            if (start + bytes.Length > _limit)
                throw new IOException("No space left");
            _file.WriteAt(bytes, start);
        }
        catch (Exception e) when (PrivateFile.IsFailure(e))
        {
            string forecast = _forecast < 0 ? "of unknown total size" : FormattableString.Invariant($"expected to take {_forecast:N0} bytes in total");
            throw new NceFastException(ErrorKind.Output,
                $"The cache of token ids in {_folder}, {forecast}, cannot be written after {start:N0} bytes of this worker: {e.Message}; free disk space, name another folder with {Member.Of(nameof(CorpusOptions.CacheDirectory))}, or turn the cache off with {Member.Of(nameof(CacheMode.Never))}.", e);
        }

        _length += bytes.Length;
        return start;
    }

    /// <summary>Removes the content, to return the space to the disk.</summary>
    public void Clear()
    {
        if (_length == 0)
            return;
        _length = 0;
        _file.SetLength(0);
    }

    public void Read(Span<int> codes, long start)
    {
        Span<byte> bytes = MemoryMarshal.AsBytes(codes);
        while (bytes.Length > 0)
        {
            int read = RandomAccess.Read(_file.Handle, bytes, start);
            if (read == 0)
                throw new NceFastException(ErrorKind.Input, $"The cache of token ids in {_folder} ends too early, at byte {start:N0}; check that no other program changes it, and start again.");
            start += read;
            bytes = bytes[read..];
        }
    }

    public void Dispose() => _file.Dispose();
}
