using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace NceFast.Reporting.Internals;

/// <summary>
/// Writes event files of TensorBoard. A record of the file (TFRecord) has the length of its data as 8 bytes, their masked CRC-32C, the data, and
/// the masked CRC-32C of the data, all little-endian. The data are a message <c>Event</c> of tensorflow/core/util/event.proto as protocol buffer.
/// </summary>
internal sealed class EventFile
{
    private const int WallTime = 1, Step = 2, FileVersion = 3, Summary = 5, Value = 1, Tag = 1, SimpleValue = 2;
    private const int Varint = 0, Fixed64 = 1, Bytes = 2, Fixed32 = 5;
    private readonly Stream _stream;

    /// <summary>Begins a file.</summary>
    /// <param name="stream">The file, which the caller disposes.</param>
    /// <param name="time">The time of its first event.</param>
    public EventFile(Stream stream, DateTimeOffset time)
    {
        _stream = stream;
        using var data = new MemoryStream();
        Add(data, WallTime, UnixSeconds(time));
        Add(data, FileVersion, "brain.Event:2"u8);
        Append(data);
    }

    /// <summary>Appends a value of a curve.</summary>
    /// <param name="time">The time of the value.</param>
    /// <param name="step">The position on the horizontal axis.</param>
    /// <param name="tag">The name of the curve.</param>
    /// <param name="value">The value.</param>
    public void Append(DateTimeOffset time, long step, string tag, double value)
    {
        using MemoryStream data = new(), summary = new(), single = new();
        Add(single, Tag, Encoding.UTF8.GetBytes(tag));
        Key(single, SimpleValue, Fixed32);
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteSingleLittleEndian(number, (float)value);
        single.Write(number);
        Add(summary, Value, single.ToArray());
        Add(data, WallTime, UnixSeconds(time));
        Key(data, Step, Varint);
        Whole(data, (ulong)step);
        Add(data, Summary, summary.ToArray());
        Append(data);
    }

    private void Append(MemoryStream data)
    {
        Span<byte> number = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(number, data.Length);
        _stream.Write(number);
        WriteSum(number);
        _stream.Write(data.ToArray());
        WriteSum(data.ToArray());
    }

    // The sum is rotated and shifted, so that the sum of data that contain sums is not a special value.
    private void WriteSum(ReadOnlySpan<byte> data)
    {
        uint crc = uint.MaxValue;
        foreach (byte b in data)
            crc = BitOperations.Crc32C(crc, b);
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(number, BitOperations.RotateRight(~crc, 15) + 0xA282EAD8u);
        _stream.Write(number);
    }

    private static double UnixSeconds(DateTimeOffset time) => time.ToUnixTimeMilliseconds() / 1000.0;

    private static void Key(MemoryStream message, int field, int kind) => Whole(message, (ulong)((field << 3) | kind));

    private static void Add(MemoryStream message, int field, double value)
    {
        Key(message, field, Fixed64);
        Span<byte> number = stackalloc byte[8];
        BinaryPrimitives.WriteDoubleLittleEndian(number, value);
        message.Write(number);
    }

    private static void Add(MemoryStream message, int field, ReadOnlySpan<byte> bytes)
    {
        Key(message, field, Bytes);
        Whole(message, (ulong)bytes.Length);
        message.Write(bytes);
    }

    // Seven bits per byte, the lowest first; the highest bit says that more follow.
    private static void Whole(MemoryStream message, ulong value)
    {
        for (; value > 0x7F; value >>= 7)
            message.WriteByte((byte)(value | 0x80));
        message.WriteByte((byte)value);
    }
}
