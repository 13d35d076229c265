using System.Runtime.InteropServices;
using NceFast.Files;

namespace NceFast.NGrams.Internals;

/// <summary>
/// The grams of a store that do not fit its memory. On Unix the file is deleted from its folder as soon as it is open, so that nothing
/// remains after the process.
/// </summary>
internal sealed class RunFile : IDisposable
{
    private const int GramBytes = 32;
    private readonly WritableFile _file;
    private readonly string _folder;

    public RunFile(string folder)
    {
        _folder = folder;
        string path = Path.Combine(folder, $"ncefast-{Environment.ProcessId}-{Path.GetRandomFileName()}.grams");
        try
        {
            bool unlink = !OperatingSystem.IsWindows();
            _file = PrivateFile.Create(path, FileAccess.ReadWrite, unlink ? FileOptions.None : FileOptions.DeleteOnClose);
            if (unlink)
                FileActions.Delete(path);
        }
        catch (Exception e) when (PrivateFile.IsFailure(e))
        {
            throw Failure("be created", e);
        }
    }

    /// <summary>Gets the number of grams in the file.</summary>
    public long Count { get; private set; }

    /// <summary>Appends grams.</summary>
    public void Append(ReadOnlySpan<Gram> grams)
    {
        try
        {
            _file.WriteAt(MemoryMarshal.AsBytes(grams), Count * GramBytes);
        }
        catch (Exception e) when (PrivateFile.IsFailure(e))
        {
            throw Failure(FormattableString.Invariant($"be written after {Count * GramBytes:N0} bytes"), e);
        }

        Count += grams.Length;
    }

    /// <summary>Opens a part of the file.</summary>
    /// <param name="start">The index of its first gram.</param>
    /// <param name="count">The number of grams.</param>
    /// <param name="buffer">The number of grams that are read at once.</param>
    public GramReader Open(long start, long count, int buffer) => new PartReader(this, start, count, buffer);

    public void Dispose() => _file.Dispose();

    private int Read(Span<Gram> grams, long start)
    {
        Span<byte> bytes = MemoryMarshal.AsBytes(grams);
        for (int done = 0; done < bytes.Length;)
        {
            int read = RandomAccess.Read(_file.Handle, bytes[done..], (start * GramBytes) + done);
            if (read == 0)
                throw new NceFastException(ErrorKind.Input, $"The file of sorted n-grams in {_folder} ends too early; check that no other program changes it, and start again.");
            done += read;
        }

        return grams.Length;
    }

    private NceFastException Failure(string what, Exception e) => new(ErrorKind.Output,
        $"The file of sorted n-grams in {_folder} cannot {what}: {e.Message}; free disk space, name another folder with {Member.Of(nameof(NgramOptions.SortFolder))}, or raise {Member.Of(nameof(NgramOptions.MemoryBytes))}.", e);

    private sealed class PartReader(RunFile file, long next, long left, int buffer) : GramReader
    {
        private readonly Gram[] _grams = new Gram[(int)Math.Min(buffer, left)];
        private int _at, _filled;

        public override bool Read(out Gram gram)
        {
            if (_at == _filled)
            {
                if (left == 0)
                {
                    gram = default;
                    return false;
                }

                _filled = file.Read(_grams.AsSpan(0, (int)Math.Min(_grams.Length, left)), next);
                _at = 0;
                next += _filled;
                left -= _filled;
            }

            gram = _grams[_at++];
            return true;
        }
    }
}
