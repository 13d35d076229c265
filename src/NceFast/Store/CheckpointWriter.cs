using System.Buffers.Binary;
using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text;
using NceFast.Models;

namespace NceFast.Store;

/// <summary>
/// Writes a checkpoint from front to back: the magic bytes, a version, and sections. A section is the length of its name (one
/// byte), the name, the length of its content (eight bytes), the content, and the XXH128 of all these. The last section is
/// "DONE"; its content is the XXH128 of the whole file before it. All numbers are little-endian.
/// </summary>
internal sealed class CheckpointWriter
{
    public const int Version = 3;
    public const int HashBytes = 16;
    public const string Done = "DONE";
    public static readonly byte[] Magic = "NCEFCK\r\n"u8.ToArray();

    private readonly HashedStream _file;

    /// <summary>Begins a checkpoint.</summary>
    /// <param name="stream">Receives the bytes; stays open.</param>
    public CheckpointWriter(Stream stream)
    {
        _file = new HashedStream(stream, long.MaxValue);
        _file.Write(Magic);
        _file.Write(BitConverter.GetBytes(Version));
    }

    /// <summary>Writes a section.</summary>
    /// <param name="name">Its name, up to 255 ASCII characters.</param>
    /// <param name="content">Its content.</param>
    public void Section(string name, ReadOnlySpan<byte> content)
    {
        HashedStream section = Begin(name, content.Length);
        section.Write(content);
        End(section);
    }

    /// <summary>Writes a section of a known length.</summary>
    /// <param name="name">Its name, up to 255 ASCII characters.</param>
    /// <param name="bytes">Length of the content.</param>
    /// <param name="write">Writes exactly that many bytes.</param>
    public void Section(string name, long bytes, Action<Stream> write)
    {
        HashedStream section = Begin(name, bytes);
        write(section);
        End(section);
    }

    /// <summary>Writes a table: its rows and columns, then the rows without their padding.</summary>
    /// <param name="name">Name of the section.</param>
    /// <param name="table">The table.</param>
    public void Table(string name, ParameterTable table) => Section(name, TableBytes(table), stream =>
    {
        Span<byte> sizes = stackalloc byte[12];
        BinaryPrimitives.WriteInt64LittleEndian(sizes, table.Rows);
        BinaryPrimitives.WriteInt32LittleEndian(sizes[8..], table.Columns);
        stream.Write(sizes);
        for (long row = 0; row < table.Rows; row++)
            stream.Write(MemoryMarshal.AsBytes(table.Row(row)));
    });

    /// <summary>Writes the last section, which marks the checkpoint as complete.</summary>
    public void Finish() => Section(Done, _file.Hash());

    /// <summary>Returns the bytes of the content of a table.</summary>
    public static long TableBytes(ParameterTable table) => 12 + (table.Rows * table.Columns * sizeof(float));

    private HashedStream Begin(string name, long bytes)
    {
        byte[] ascii = Encoding.ASCII.GetBytes(name);
        var section = new HashedStream(_file, 9 + ascii.Length + bytes);
        section.WriteByte(checked((byte)ascii.Length));
        section.Write(ascii);
        section.Write(BitConverter.GetBytes(bytes));
        return section;
    }

    private void End(HashedStream section)
    {
        if (section.Left != 0)
            throw new InvalidOperationException($"A section was announced {section.Left} bytes longer than it is.");
        _file.Write(section.Hash());
    }

    /// <summary>Represents a stream that forwards bytes and hashes them.</summary>
    private sealed class HashedStream(Stream inner, long limit) : Stream
    {
        private readonly XxHash128 _hash = new();

        public long Left { get; private set; } = limit;

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public byte[] Hash() => _hash.GetCurrentHash();

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            if (buffer.Length > Left)
                throw new InvalidOperationException("A section is longer than it was announced.");
            Left -= buffer.Length;
            _hash.Append(buffer);
            inner.Write(buffer);
        }

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override void WriteByte(byte value) => Write([value]);

        public override void Flush() => inner.Flush();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
