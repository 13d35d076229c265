using System.Buffers.Text;
using System.Globalization;
using System.IO.Compression;
using System.Text;
using NceFast.Vocab;

namespace NceFast.NGrams.Internals;

/// <summary>Writes an ARPA file, plain or compressed with gzip. Logarithms have base 10 and the digits that identify a float.</summary>
internal sealed class ArpaWriter : IDisposable
{
    /// <summary>The word that begins each sentence and is never predicted.</summary>
    public const string StartOfSentence = "<s>";

    private const int BufferBytes = 1 << 16, NumberBytes = 32;
    private readonly Vocabulary _vocabulary;
    private readonly Stream _stream;
    private readonly bool _compressed;
    private readonly byte[] _buffer = new byte[BufferBytes];
    private int _used;

    /// <summary>Starts a file.</summary>
    /// <param name="stream">Receives the file; the caller disposes it.</param>
    /// <param name="compressed">Whether to compress with gzip.</param>
    /// <param name="vocabulary">The words, without &lt;s&gt;.</param>
    /// <param name="counts">The number of n-grams of each order, from 1.</param>
    public ArpaWriter(Stream stream, bool compressed, Vocabulary vocabulary, IReadOnlyList<long> counts)
    {
        (_vocabulary, _compressed) = (vocabulary, compressed);
        _stream = compressed ? new GZipStream(stream, CompressionLevel.Fastest, leaveOpen: true) : stream;
        Write("\\data\\\n");
        for (int n = 1; n <= counts.Count; n++)
            Write(string.Create(CultureInfo.InvariantCulture, $"ngram {n}={counts[n - 1]}\n"));
    }

    /// <summary>Returns whether a file of this name is compressed.</summary>
    public static bool IsCompressed(string path) => path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase);

    /// <summary>Begins the n-grams of an order.</summary>
    public void Begin(int order) => Write(string.Create(CultureInfo.InvariantCulture, $"\n\\{order}-grams:\n"));

    /// <summary>Writes an n-gram.</summary>
    /// <param name="gram">Its words, from the first one on.</param>
    /// <param name="order">The number of its words.</param>
    /// <param name="probability">Its probability.</param>
    /// <param name="backoff">The weight of the lower order after it; NaN if nothing follows it.</param>
    public void Add(in Gram gram, int order, double probability, double backoff)
    {
        Write((float)Math.Log10(probability), (byte)'\t');
        for (int i = 0; i < order; i++)
        {
            if (i > 0)
                Write(" "u8);
            int id = (int)gram[i] - 1;
            Write(id == _vocabulary.Count ? "<s>"u8 : _vocabulary.Words[id]);
        }

        if (!double.IsNaN(backoff))
        {
            Write("\t"u8);
            Write((float)Math.Log10(backoff), (byte)'\n');
        }
        else
        {
            Write("\n"u8);
        }
    }

    /// <summary>Ends the file.</summary>
    public void End()
    {
        Write("\n\\end\\\n");
        Flush();
    }

    public void Dispose()
    {
        if (_compressed)
            _stream.Dispose();
    }

    private void Write(string text) => Write(Encoding.ASCII.GetBytes(text));

    private void Write(float number, byte after)
    {
        if (_used + NumberBytes > BufferBytes)
            Flush();
        Utf8Formatter.TryFormat(number, _buffer.AsSpan(_used), out int digits);
        _used += digits;
        _buffer[_used++] = after;
    }

    private void Write(ReadOnlySpan<byte> bytes)
    {
        if (_used + bytes.Length > BufferBytes)
            Flush();
        bytes.CopyTo(_buffer.AsSpan(_used));
        _used += bytes.Length;
    }

    private void Flush()
    {
        _stream.Write(_buffer.AsSpan(0, _used));
        _used = 0;
    }
}
