using System.IO.Compression;
using NceFast.Corpus;
using NceFast.Numerics;

namespace NceFast.Vocab;

/// <summary>
/// Reads sentences as word ids, front to back: words part at bytes 0x00 to 0x20, a line feed ends a sentence, however long
/// it is; lines without words are no sentences. Gzip is told by its first bytes. Not thread-safe.
/// </summary>
public sealed class SentenceReader : IDisposable
{
    private readonly Stream _stream;
    private readonly Vocabulary _vocabulary;
    private readonly int _unknown;
    private readonly string _name;
    private byte[] _buffer = new byte[1 << 18];
    private int _start, _end;
    private bool _ended, _begun, _disposed;

    /// <summary>Starts reading.</summary>
    /// <param name="stream">Text or gzip; owned by the reader.</param>
    /// <param name="name">What messages call it.</param>
    /// <param name="vocabulary">Gives the ids.</param>
    /// <param name="unknown">Id of every word outside the vocabulary; -1 leaves them out.</param>
    public SentenceReader(Stream stream, string name, Vocabulary vocabulary, int unknown)
    {
        var buffered = new BufferedStream(stream, 1 << 16);
        _stream = IsGzip(buffered) ? new GZipStream(buffered, CompressionMode.Decompress) : buffered;
        (_vocabulary, _unknown, _name) = (vocabulary, unknown, name);
    }

    /// <summary>Words read so far.</summary>
    public long Words { get; private set; }

    /// <summary>Words among them that the vocabulary lacks.</summary>
    public long UnknownWords { get; private set; }

    /// <summary>Opens a file, or standard input for "-".</summary>
    /// <param name="path">Text or gzip.</param>
    /// <param name="vocabulary">Gives the ids.</param>
    /// <param name="unknown">Id of every word outside the vocabulary; -1 leaves them out.</param>
    /// <exception cref="NceFastException">The file cannot be opened (<see cref="ErrorKind.Input"/>).</exception>
    public static SentenceReader Open(string path, Vocabulary vocabulary, int unknown)
    {
        try
        {
            Stream stream = path == "-" ? new MemoryStream(ReadAll(StandardInput.Open())) : new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1);
            return new SentenceReader(stream, path, vocabulary, unknown);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new NceFastException(ErrorKind.Input, $"{path} cannot be opened: {e.Message}", e);
        }
    }

    /// <summary>Reads the next sentence that has a word.</summary>
    /// <param name="ids">Emptied, then takes the ids; empty when an open vocabulary knows no word of the sentence.</param>
    /// <returns>False at the end of the text.</returns>
    /// <exception cref="NceFastException">The text cannot be read (<see cref="ErrorKind.Input"/>).</exception>
    /// <exception cref="ObjectDisposedException">The reader was disposed.</exception>
    public bool TryRead(List<int> ids)
    {
        ArgumentNullException.ThrowIfNull(ids);
        ObjectDisposedException.ThrowIf(_disposed, this);
        ids.Clear();
        long before = Words;
        while (true)
        {
            ReadOnlySpan<byte> rest = _buffer.AsSpan(_start, _end - _start);
            int length = rest.IndexOfAnyInRange((byte)0, (byte)0x20);
            if (length < 0 && !_ended)
            {
                Fill();
                continue;
            }

            bool last = length < 0;
            length = last ? rest.Length : length;
            Add(rest[..length], ids);
            bool lineEnds = last || rest[length] == '\n';
            _start += last ? length : length + 1;
            if (lineEnds && Words > before)
                return true;
            if (last)
                return false;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _disposed = true;
        _stream.Dispose();
    }

    private static byte[] ReadAll(Stream stream)
    {
        using var memory = new MemoryStream();
        stream.CopyTo(memory);
        return memory.ToArray();
    }

    private static bool IsGzip(Stream stream)
    {
        int first = stream.ReadByte(), second = stream.ReadByte();
        stream.Position = 0;
        return first == 0x1F && second == 0x8B;
    }

    private void Add(ReadOnlySpan<byte> word, List<int> ids)
    {
        if (!_begun)
        {
            _begun = true;
            if (word.StartsWith("\uFEFF"u8))
                word = word[3..];
        }

        if (word.IsEmpty)
            return;
        Words++;
        int id = _vocabulary.Find(word);
        if (id < 0)
        {
            UnknownWords++;
            id = _unknown;
        }

        if (id >= 0)
            ids.Add(id);
    }

    private void Fill()
    {
        if (_start == 0 && _end == _buffer.Length)
            Array.Resize(ref _buffer, checked(2 * _buffer.Length));
        _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
        (_start, _end) = (0, _end - _start);
        try
        {
            int read = _stream.Read(_buffer, _end, _buffer.Length - _end);
            _ended = read == 0;
            _end += read;
        }
        catch (Exception e) when (e is IOException or InvalidDataException)
        {
            throw new NceFastException(ErrorKind.Input, $"{_name} cannot be read: {e.Message}", e);
        }
    }
}
