using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using NceFast.Files;

namespace NceFast.Blocks;

/// <summary>One worker's cache of token ids on disk. The file has no name once open (on Unix), so that nothing stays behind.</summary>
internal sealed class SpoolFile : IDisposable
{
    private readonly SafeFileHandle _handle;
    private readonly string _folder;
    private readonly long _forecast;
    private readonly long _limit;
    private long _length;

    /// <summary>Uses an open file.</summary>
    /// <param name="handle">The file.</param>
    /// <param name="folder">Its folder, for messages.</param>
    /// <param name="forecast">Bytes all caches together are expected to take; -1 when unknown.</param>
    /// <param name="limit">Bytes after which it is taken for full.</param>
    internal SpoolFile(SafeFileHandle handle, string folder, long forecast, long limit = long.MaxValue) => (_handle, _folder, _forecast, _limit) = (handle, folder, forecast, limit);

    public static SpoolFile Create(string folder, long forecast, long limit)
    {
        string path = Path.Combine(folder, $"ncefast-{Environment.ProcessId}-{Path.GetRandomFileName()}.ids");
        try
        {
            bool unlink = !OperatingSystem.IsWindows();
            FileStream file = PrivateFile.Create(path, 0, FileAccess.ReadWrite, unlink ? FileOptions.None : FileOptions.DeleteOnClose);
            if (unlink)
                File.Delete(path);
            return new SpoolFile(file.SafeFileHandle, folder, forecast, limit);
        }
        catch (Exception e) when (PrivateFile.IsFailure(e))
        {
            throw new NceFastException(ErrorKind.Output, $"The cache of token ids cannot be made in {folder}: {e.Message}; name another folder with {Member.Of(nameof(CorpusOptions.CacheDirectory))}, or turn the cache off with {Member.Of(nameof(CacheMode.Never))}.", e);
        }
    }

    /// <summary>Bytes written.</summary>
    public long Length => _length;

    /// <summary>Appends codes; returns where they begin.</summary>
    public long Append(ReadOnlySpan<int> codes)
    {
        long place = _length;
        ReadOnlySpan<byte> bytes = MemoryMarshal.AsBytes(codes);
        try
        {
            if (place + bytes.Length > _limit)
                throw new IOException("No space left");
            RandomAccess.Write(_handle, bytes, place);
        }
        catch (Exception e) when (PrivateFile.IsFailure(e))
        {
            string forecast = _forecast < 0 ? "of unknown size in all" : FormattableString.Invariant($"expected to take {_forecast:N0} bytes in all");
            throw new NceFastException(ErrorKind.Output,
                $"The cache of token ids in {_folder}, {forecast}, cannot be written after {place:N0} bytes of this worker: {e.Message}; free the disk, name another folder with {Member.Of(nameof(CorpusOptions.CacheDirectory))}, or turn the cache off with {Member.Of(nameof(CacheMode.Never))}.", e);
        }

        _length += bytes.Length;
        return place;
    }

    /// <summary>Gives the space back to the disk.</summary>
    public void Clear()
    {
        if (_length == 0)
            return;
        _length = 0;
        RandomAccess.SetLength(_handle, 0);
    }

    public void Read(Span<int> codes, long place)
    {
        Span<byte> bytes = MemoryMarshal.AsBytes(codes);
        while (bytes.Length > 0)
        {
            int read = RandomAccess.Read(_handle, bytes, place);
            if (read == 0)
                throw new NceFastException(ErrorKind.Input, $"The cache of token ids in {_folder} ends too early, at byte {place:N0}; was it changed from outside?");
            place += read;
            bytes = bytes[read..];
        }
    }

    public void Dispose() => _handle.Dispose();
}
