using System.Runtime.InteropServices;
using System.Text;
using NceFast.Files;
using NceFast.Models;
using NceFast.Numerics;
using NceFast.Vocab;

namespace NceFast.Store;

/// <summary>
/// Reads and writes the file of a log-bilinear model. Its parts, all little-endian: the bytes "NCEFLM\r\n"; the version and
/// nine numbers of the shape; the length in bytes, the bytes and the count of each word; biases, log Z, context rows, target
/// rows unless they are shared, and position rows, as 32-bit floats without padding; a checksum of all before it; "DONE".
/// </summary>
internal static class LanguageModelFile
{
    private const int Version = 1;
    private const uint Done = 0x454E4F44;
    private static readonly byte[] Magic = "NCEFLM\r\n"u8.ToArray();

    public static void Save(LanguageModel model, string path)
    {
        AtomicFile.Write(path, Bytes(model), stream => Write(model, stream));
    }

    public static void Save(LanguageModel model, Stream stream) => LentOutput.Write(stream, to => Write(model, to));

    /// <summary>Returns the size of the file in bytes.</summary>
    public static long Bytes(LanguageModel model)
    {
        LanguageModelParameters p = model.Parameters;
        long floats = p.Bias.Length + p.LogZ.Length + Matrices(p).Sum(m => m.Rows * m.Columns);
        return Magic.Length + (10 * sizeof(int)) + VocabularyCodec.Bytes(model.Vocabulary) + (floats * sizeof(float)) + sizeof(ulong) + sizeof(uint);
    }

    public static bool IsLanguageModel(string path)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 0);
            byte[] start = new byte[Magic.Length];
            return file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) == start.Length && start.AsSpan().SequenceEqual(Magic);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    public static LanguageModel Load(string path) => Guarded(path, () =>
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 17);
        return Load(path, file, file.Length);
    });

    /// <summary>Reads a model and leaves the stream open, at the byte after the model.</summary>
    public static LanguageModel Load(Stream stream)
    {
        LentOutput.EnsureReadable(stream);
        return Guarded(LentOutput.Name, () => Load(LentOutput.Name, stream, stream.CanSeek ? stream.Length - stream.Position : long.MaxValue));
    }

    private static LanguageModel Load(string name, Stream stream, long length)
    {
        using var summed = new ChecksumStream(stream);
        using var reader = new BinaryReader(summed, Encoding.UTF8, leaveOpen: true);
        return Read(name, length, summed, reader);
    }

    private static LanguageModel Guarded(string path, Func<LanguageModel> load)
    {
        try
        {
            return load();
        }
        catch (EndOfStreamException e)
        {
            throw Damaged(path, "ends before the model is complete", e);
        }
        catch (InvalidDataException e)
        {
            throw Damaged(path, e.Message, e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new NceFastException(ErrorKind.Input, $"{path} cannot be read: {e.Message}", e);
        }
    }

    private static void Write(LanguageModel model, Stream stream)
    {
        LanguageModelParameters p = model.Parameters;
        LanguageModelShape s = p.Shape;
        using var summed = new ChecksumStream(stream);
        using var writer = new BinaryWriter(summed, Encoding.UTF8, leaveOpen: true);
        writer.Write(Magic);
        foreach (int number in new[] { Version, s.Words, s.Dim, s.Before, s.After, (int)s.PlaceWeights, s.SharedRows ? 1 : 0, s.EndOfSentence, s.Unknown, p.LogZ.Length })
            writer.Write(number);
        VocabularyCodec.Write(writer, model.Vocabulary);
        writer.Write(MemoryMarshal.AsBytes(p.Bias.AsSpan()));
        writer.Write(MemoryMarshal.AsBytes(p.LogZ.AsSpan()));
        foreach (AlignedMatrix matrix in Matrices(p))
        {
            for (long row = 0; row < matrix.Rows; row++)
                writer.Write(MemoryMarshal.AsBytes(matrix.Row(row)));
        }

        writer.Flush();
        ulong sum = summed.Sum;
        writer.Write(sum);
        writer.Write(Done);
    }

    private static LanguageModel Read(string path, long length, ChecksumStream summed, BinaryReader reader)
    {
        if (!reader.ReadBytes(Magic.Length).AsSpan().SequenceEqual(Magic))
            throw new NceFastException(ErrorKind.Input, $"{path} is not a language model of this program (its first 8 bytes differ).");
        int version = reader.ReadInt32();
        if (version != Version)
            throw new NceFastException(ErrorKind.Input, $"{path} has version {version} of the format; this program reads version {Version}.");
        (LanguageModelShape shape, int normalizers) = ReadShape(path, length, reader);
        Vocabulary vocabulary = VocabularyCodec.Read(reader, shape.Words);
        var parameters = new LanguageModelParameters(shape, normalizers);
        try
        {
            reader.BaseStream.ReadExactly(MemoryMarshal.AsBytes(parameters.Bias.AsSpan()));
            reader.BaseStream.ReadExactly(MemoryMarshal.AsBytes(parameters.LogZ.AsSpan()));
            foreach (AlignedMatrix matrix in Matrices(parameters))
            {
                for (long row = 0; row < matrix.Rows; row++)
                    reader.BaseStream.ReadExactly(MemoryMarshal.AsBytes(matrix.Row(row)));
            }

            ulong sum = summed.Sum;
            if (reader.ReadUInt64() != sum || reader.ReadUInt32() != Done)
                throw Damaged(path, "does not match its checksum", null);
            return new LanguageModel(vocabulary, parameters);
        }
        catch
        {
            parameters.Dispose();
            throw;
        }
    }

    // The sizes must fit the file before memory is allocated.
    private static (LanguageModelShape Shape, int Normalizers) ReadShape(string path, long length, BinaryReader reader)
    {
        int[] n = [.. Enumerable.Range(0, 9).Select(_ => reader.ReadInt32())];
        var shape = new LanguageModelShape(n[0], n[1], n[2], n[3], (PlaceWeightKind)n[4], n[5] == 1, n[6], n[7]);
        bool sane = n[0] > 0 && n[1] is > 0 and <= 65_536 && n[2] is >= 0 and <= 1000 && n[3] is >= 0 and <= 1000 && n[2] + n[3] > 0
            && n[4] is >= 0 and <= 2 && n[5] is 0 or 1 && n[6] >= 0 && n[6] < n[0] && n[7] >= -1 && n[7] < n[0] && n[8] is 1 or LanguageModelSpec.ContextBuckets;
        long rows = sane ? ((n[5] == 1 ? 1L : 2L) * n[0]) + shape.PlaceRows : 0;
        if (!sane || ((rows * n[1]) + n[0] + n[8]) * sizeof(float) > length)
            throw Damaged(path, "claims sizes that are not possible", null);
        return (shape, n[8]);
    }

    private static IEnumerable<AlignedMatrix> Matrices(LanguageModelParameters p) =>
        p.Target == p.Context ? [p.Context, p.PlaceWeights] : [p.Context, p.Target, p.PlaceWeights];

    private static NceFastException Damaged(string path, string what, Exception? inner) =>
        new(ErrorKind.Input, $"{path} {what}; the file is damaged or was cut short. Write or copy it again.", inner);

    /// <summary>Represents a stream that forwards bytes and computes their checksum: FNV-1a over words of 8 bytes, which is faster than the disk.</summary>
    private sealed class ChecksumStream(Stream inner) : Stream
    {
        private readonly byte[] _pending = new byte[8];
        private int _held;
        private ulong _sum = 14695981039346656037;

        public ulong Sum
        {
            get
            {
                ulong sum = _sum;
                for (int i = 0; i < _held; i++)
                    sum = (sum ^ _pending[i]) * 1099511628211;
                return sum;
            }
        }

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => inner.Length;

        public override long Position { get => inner.Position; set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            int read = inner.Read(buffer);
            Add(buffer[..read]);
            return read;
        }

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            inner.Write(buffer);
            Add(buffer);
        }

        public override void Flush() => inner.Flush();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        private void Add(ReadOnlySpan<byte> bytes)
        {
            while (_held > 0 && !bytes.IsEmpty)
            {
                _pending[_held++] = bytes[0];
                bytes = bytes[1..];
                if (_held == 8)
                {
                    Mix(BitConverter.ToUInt64(_pending));
                    _held = 0;
                }
            }

            foreach (ulong word in MemoryMarshal.Cast<byte, ulong>(bytes))
                Mix(word);
            ReadOnlySpan<byte> rest = bytes[(bytes.Length / 8 * 8)..];
            rest.CopyTo(_pending.AsSpan(_held));
            _held += rest.Length;
        }

        private void Mix(ulong word) => _sum = (System.Numerics.BitOperations.RotateLeft(_sum, 5) ^ word) * 1099511628211;
    }
}
