using System.Buffers.Binary;
using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text;
using NceFast.Files;
using NceFast.Models;

namespace NceFast.Store;

/// <summary>
/// Represents a checkpoint that was read completely and matches all its checksums. Each length in it is checked against the size
/// of the file before it is used.
/// </summary>
internal sealed class CheckpointFile : IDisposable
{
    private const int BufferBytes = 1 << 20;
    private readonly FileStream _file;
    private readonly Dictionary<string, (long Place, long Bytes)> _sections = new(StringComparer.Ordinal);

    private CheckpointFile(string path, FileStream file) => (Path, _file) = (path, file);

    /// <summary>Gets the path of the file.</summary>
    public string Path { get; }

    /// <summary>Gets the names of its sections.</summary>
    public IReadOnlyCollection<string> Sections => _sections.Keys;

    /// <summary>Opens and checks a checkpoint.</summary>
    /// <param name="path">The file.</param>
    /// <param name="cancellation">Stops the checking.</param>
    /// <exception cref="NceFastException">The file is missing, is not a checkpoint, has another version, is truncated or damaged; the message names the section (<see cref="ErrorKind.Input"/>).</exception>
    public static CheckpointFile Open(string path, CancellationToken cancellation = default)
    {
        FileStream? file = null;
        try
        {
            file = FileActions.OpenRead(path, options: FileOptions.SequentialScan);
            var checkpoint = new CheckpointFile(path, file);
            checkpoint.Check(cancellation);
            return checkpoint;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            file?.Dispose();
            throw e is EndOfStreamException ? Damaged(path, "ends before it is complete") : new NceFastException(ErrorKind.Input, $"The checkpoint {path} cannot be read: {e.Message}", e);
        }
        catch
        {
            file?.Dispose();
            throw;
        }
    }

    /// <summary>Returns whether the checkpoint has a section.</summary>
    public bool Has(string name) => _sections.ContainsKey(name);

    /// <summary>Reads a section that fits into memory.</summary>
    /// <exception cref="NceFastException">There is none (<see cref="ErrorKind.Input"/>).</exception>
    public byte[] Read(string name)
    {
        (long place, long bytes) = Find(name);
        if (bytes > Array.MaxLength)
            throw Damaged(Path, $"has a section '{name}' of {bytes:N0} bytes");
        byte[] content = new byte[bytes];
        _file.Position = place;
        _file.ReadExactly(content);
        return content;
    }

    /// <summary>Reads a section into a table of the same size.</summary>
    /// <param name="name">Name of the section.</param>
    /// <param name="table">Receives the values.</param>
    /// <exception cref="NceFastException">There is none, or its size differs (<see cref="ErrorKind.Input"/>).</exception>
    public void Read(string name, ParameterTable table)
    {
        long bytes = Find(name).Bytes;
        (long rows, int columns) = TableSize(name);
        if (rows != table.Rows || columns != table.Columns || bytes != CheckpointWriter.TableBytes(table))
            throw Damaged(Path, $"has {rows:N0} rows of {columns:N0} floats in '{name}', not {table.Rows:N0} of {table.Columns:N0}");
        ReadRows(name, row => table.Row(row));
    }

    /// <summary>Reads a table row by row.</summary>
    /// <param name="name">Name of the section.</param>
    /// <param name="place">Returns the memory for a row, as many floats as the table has columns.</param>
    public void ReadRows(string name, PlaceOfRow place)
    {
        (long rows, int columns) = TableSize(name);
        if (rows < 0 || columns < 1 || rows > (Find(name).Bytes - 12) / columns / sizeof(float))
            throw Damaged(Path, $"has no table in '{name}'");
        _file.Position = Find(name).Place + 12;
        var buffered = new BufferedStream(_file, BufferBytes); // not disposed, because that would close the file
        for (long row = 0; row < rows; row++)
            buffered.ReadExactly(MemoryMarshal.AsBytes(place(row)));
    }

    /// <summary>Returns the memory for a row.</summary>
    public delegate Span<float> PlaceOfRow(long row);

    /// <summary>Returns the rows and columns of a table.</summary>
    public (long Rows, int Columns) TableSize(string name)
    {
        Span<byte> sizes = stackalloc byte[12];
        (long place, long bytes) = Find(name);
        if (bytes < sizes.Length)
            throw Damaged(Path, $"has no table in '{name}'");
        _file.Position = place;
        _file.ReadExactly(sizes);
        return (BinaryPrimitives.ReadInt64LittleEndian(sizes), BinaryPrimitives.ReadInt32LittleEndian(sizes[8..]));
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    /// <summary>Returns the error for a damaged file.</summary>
    public static NceFastException Damaged(string path, string what) =>
        new(ErrorKind.Input, $"The checkpoint {path} {what}; it is damaged. Take an older one, or a copy.");

    private (long Place, long Bytes) Find(string name) =>
        _sections.TryGetValue(name, out (long Place, long Bytes) found) ? found : throw Damaged(Path, $"has no section '{name}'");

    private void Check(CancellationToken cancellation)
    {
        var hash = new XxHash128();
        byte[] buffer = new byte[BufferBytes];
        Span<byte> head = stackalloc byte[CheckpointWriter.Magic.Length + sizeof(int)];
        ReadHashed(head, hash);
        if (!head.StartsWith(CheckpointWriter.Magic))
            throw new NceFastException(ErrorKind.Input, $"{Path} is not a checkpoint of this program (its first {CheckpointWriter.Magic.Length} bytes differ).");
        int version = BinaryPrimitives.ReadInt32LittleEndian(head[CheckpointWriter.Magic.Length..]);
        if (version != CheckpointWriter.Version)
            throw new NceFastException(ErrorKind.Input, $"The checkpoint {Path} has version {version} of the format; this program reads version {CheckpointWriter.Version}. Continue with the program that wrote it, or start a new run.");
        while (!_sections.ContainsKey(CheckpointWriter.Done))
        {
            byte[] before = hash.GetCurrentHash();
            string name = CheckSection(hash, buffer, cancellation);
            if (name == CheckpointWriter.Done && !Read(name).AsSpan().SequenceEqual(before))
                throw Damaged(Path, "does not end as it was written");
        }

        if (_sections[CheckpointWriter.Done].Place + (2 * CheckpointWriter.HashBytes) != _file.Length)
            throw Damaged(Path, "is longer than its sections");
    }

    private string CheckSection(XxHash128 whole, byte[] buffer, CancellationToken cancellation)
    {
        long start = _file.Position;
        var hash = new XxHash128();
        Span<byte> head = stackalloc byte[1 + byte.MaxValue + sizeof(long)];
        ReadHashed(head[..1], hash, whole);
        int length = head[0];
        ReadHashed(head.Slice(1, length + sizeof(long)), hash, whole);
        string name = Encoding.ASCII.GetString(head.Slice(1, length));
        long bytes = BinaryPrimitives.ReadInt64LittleEndian(head[(1 + length)..]), place = _file.Position;
        if (bytes < 0 || bytes > _file.Length - place - CheckpointWriter.HashBytes)
            throw Damaged(Path, $"has a section at byte {start:N0} that would end after the file");
        for (long left = bytes; left > 0;)
        {
            cancellation.ThrowIfCancellationRequested();
            Span<byte> part = buffer.AsSpan(0, (int)Math.Min(left, buffer.Length));
            ReadHashed(part, hash, whole);
            left -= part.Length;
        }

        Span<byte> sum = stackalloc byte[CheckpointWriter.HashBytes];
        ReadHashed(sum, whole);
        if (!hash.GetCurrentHash().AsSpan().SequenceEqual(sum))
            throw Damaged(Path, $"has a section '{Printable(name)}' at byte {start:N0} that does not agree with its checksum");
        if (!_sections.TryAdd(name, (place, bytes)))
            throw Damaged(Path, $"has the section '{Printable(name)}' twice");
        if (name == CheckpointWriter.Done && bytes != CheckpointWriter.HashBytes)
            throw Damaged(Path, "does not end as it was written");
        return name;
    }

    private void ReadHashed(Span<byte> bytes, params ReadOnlySpan<XxHash128> hashes)
    {
        _file.ReadExactly(bytes);
        foreach (XxHash128 hash in hashes)
            hash.Append(bytes);
    }

    private static string Printable(string name) => new([.. name.Where(c => c is >= ' ' and <= '~')]);
}
