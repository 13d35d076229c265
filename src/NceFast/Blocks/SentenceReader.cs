using System.Buffers;
using System.IO.Pipelines;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using NceFast.Corpus;
using NceFast.Vocab;

namespace NceFast.Blocks;

/// <summary>
/// Reads sentences or lines as word ids, sequentially, with the rules and checks of <see cref="CorpusSource"/>. It returns a line
/// as soon as it is complete: a line from a pipe needs no further byte after its end. It is not thread-safe.
/// </summary>
public sealed unsafe class SentenceReader : IDisposable
{
    /// <summary>The largest number of words in a line that <see cref="TryReadLine"/> returns.</summary>
    public const int MaxLineWords = 100_000_000;

    private readonly TextInput _input;
    private readonly Vocabulary _vocabulary;
    private readonly int _unknown;
    private readonly string _name;
    private readonly TextReading _reading;
    private readonly TextTransform? _transform;
    private readonly TextScanner _scanner = new() { TargetWords = int.MaxValue };
    private long _position;
    private bool _ended, _disposed;

    /// <summary>Starts reading a stream.</summary>
    /// <param name="stream">Text, plain or compressed. The reader owns and disposes it.</param>
    /// <param name="name">The name of the stream in messages.</param>
    /// <param name="vocabulary">The vocabulary, which contains the ids.</param>
    /// <param name="unknown">The id for words outside the vocabulary; -1 leaves them out.</param>
    /// <exception cref="NceFastException">The stream is in another format (<see cref="ErrorKind.Input"/>).</exception>
    public SentenceReader(Stream stream, string name, Vocabulary vocabulary, int unknown)
        : this(TextInput.Open(stream, name), name, isLive: true, vocabulary, unknown, new TextReading())
    {
    }

    private SentenceReader(TextInput input, string name, bool isLive, Vocabulary vocabulary, int unknown, TextReading reading)
    {
        IsLive = isLive;
        (_input, _name, _vocabulary, _unknown, _reading) = (input, name, vocabulary, unknown, reading);
        _transform = TextTransform.Create(reading.Options);
        _position = input.Start;
        _scanner.StartUnit(0);
    }

    /// <summary>Gets the number of words read so far, without those that are too long.</summary>
    public long Words { get; private set; }

    /// <summary>Gets how many of these words are not in the vocabulary.</summary>
    public long UnknownWords { get; private set; }

    /// <summary>Gets the number of words longer than 4,096 bytes. They are left out.</summary>
    public long OverlongWords => _scanner.Counts.OverlongWords;

    /// <summary>Gets the name of the text in messages.</summary>
    public string Name => _name;

    /// <summary>
    /// Gets whether the text may still be growing while it is read: standard input, a pipe, a device or a stream.
    /// </summary>
    public bool IsLive { get; }

    /// <summary>Gets the number of lines that <see cref="TryReadLine"/> has returned.</summary>
    public long Lines { get; private set; }

    /// <summary>Opens a file, or standard input for "-".</summary>
    /// <param name="path">A file of text, plain or compressed, or of records as the options specify.</param>
    /// <param name="vocabulary">The vocabulary, which contains the ids.</param>
    /// <param name="unknown">The id for words outside the vocabulary; -1 leaves them out.</param>
    /// <param name="logger">Receives warnings; may be null.</param>
    /// <param name="cancellation">Cancels waiting for text.</param>
    /// <param name="text">Where the text of the file is, and how its words are written; null for plain text.</param>
    /// <exception cref="NceFastException">
    /// The file cannot be opened, or is not text (<see cref="ErrorKind.Input"/>).
    /// </exception>
    public static SentenceReader Open(string path, Vocabulary vocabulary, int unknown, ILogger? logger = null, CancellationToken cancellation = default, TextOptions? text = null)
    {
        TextReading reading = Reading(text, logger, cancellation);
        CorpusItem item = new CorpusFiles(logger, cancellation, reading.Options).Find(path);
        return new SentenceReader(item.OpenText(reading), item.Name, isLive: item.Length < 0, vocabulary, unknown, reading);
    }

    /// <summary>Reads a text to its end, to find damage before work that depends on the text begins.</summary>
    /// <param name="path">A file that can be read more than once.</param>
    /// <param name="what">The purpose of the text, for messages.</param>
    /// <param name="cancellation">Cancels the reading.</param>
    /// <exception cref="NceFastException">The text cannot be read, or only once (<see cref="ErrorKind.Input"/>).</exception>
    internal static void EnsureReadable(string path, string what, CancellationToken cancellation) => HasWord(path, what, null, cancellation);

    /// <summary>Determines whether a text has a word. Reads compressed text to its end, to find damage before work that depends on it.</summary>
    /// <param name="path">A file that can be read more than once.</param>
    /// <param name="what">The purpose of the text, for messages.</param>
    /// <param name="text">Where the text of the file is; null for plain text.</param>
    /// <param name="cancellation">Cancels the reading.</param>
    /// <exception cref="NceFastException">The text cannot be read, or only once (<see cref="ErrorKind.Input"/>).</exception>
    internal static bool HasWord(string path, string what, TextOptions? text, CancellationToken cancellation)
    {
        CorpusFiles.EnsureRereadable(path, what);
        TextReading reading = Reading(text, null, cancellation);
        CorpusItem item = new CorpusFiles(null, cancellation, reading.Options).Find(path);
        using TextInput input = item.OpenText(reading);
        bool found = false, isPlain = item is PlainFile; // the first bytes have been checked, and any further bytes are valid text
        for (ReadResult result = default; !result.IsCompleted && !(found && isPlain);)
        {
            result = Read(input, item.Name, 0, cancellation);
            foreach (ReadOnlyMemory<byte> part in result.Buffer)
                found = found || part.Span.ContainsAnyInRange((byte)0x21, byte.MaxValue);
            input.Pipe.AdvanceTo(result.Buffer.End);
        }

        return found;
    }

    /// <summary>Reads the next sentence, which is a line that has a word, of any length.</summary>
    /// <param name="ids">
    /// Receives the ids; its old content is removed. It is empty when the sentence has only words without an id.
    /// </param>
    /// <returns>False at the end of the text.</returns>
    /// <exception cref="NceFastException">
    /// The text cannot be read, or the line has more than <see cref="MaxLineWords"/> words (<see cref="ErrorKind.Input"/>).
    /// </exception>
    /// <exception cref="ObjectDisposedException">The reader was disposed.</exception>
    public bool TryRead(List<int> ids)
    {
        long before = Words;
        while (TryReadLine(ids))
        {
            if (Words > before)
                return true;
        }

        return false;
    }

    /// <summary>Reads the next line as a whole, of any length. A blank line counts too.</summary>
    /// <param name="ids">Receives the ids; its old content is removed.</param>
    /// <returns>False at the end of the text.</returns>
    /// <exception cref="NceFastException">
    /// The text cannot be read, or the line has more than <see cref="MaxLineWords"/> words (<see cref="ErrorKind.Input"/>).
    /// </exception>
    public bool TryReadLine(List<int> ids)
    {
        ArgumentNullException.ThrowIfNull(ids);
        ObjectDisposedException.ThrowIf(_disposed, this);
        ids.Clear();
        var sink = new IdSink(this, ids);
        bool any = false;
        _scanner.StartBlock();
        while (!_ended)
        {
            ReadResult result = Read(_input, _name, _position, _reading.Cancellation);
            ReadOnlySequence<byte> text = result.Buffer;
            SequencePosition? lineEnd = text.PositionOf((byte)'\n');
            any |= !text.IsEmpty;
            Scan(lineEnd is { } at ? text.Slice(0, text.GetPosition(1, at)) : text, isLast: lineEnd is not null, ref sink);
            _input.Pipe.AdvanceTo(lineEnd is { } end ? text.GetPosition(1, end) : text.End);
            if (lineEnd is not null)
            {
                Lines++;
                return true;
            }

            if (ids.Count > MaxLineWords)
                throw new NceFastException(ErrorKind.Input, $"{_name}, line {Lines + 1} has more than {MaxLineWords:N0} words; divide it into shorter lines.");
            _ended = result.IsCompleted;
        }

        Scan(default, isLast: true, ref sink);
        _scanner.Finish(ref sink);
        Lines += any ? 1 : 0;
        return any;
    }

    /// <summary>Logs what was left out, after the text has been read.</summary>
    internal void Warn(ILogger? logger)
    {
        if (logger is not null && OverlongWords > 0)
            CorpusLog.Overlong(logger, OverlongWords, TextScanner.MaxWordBytes, FormattableString.Invariant($"{_name}, byte {_scanner.Counts.FirstOverlongPosition:N0}"));
        if (logger is not null && _scanner.Counts.Nuls > 0)
            CorpusLog.Nuls(logger, _scanner.Counts.Nuls);
        if (logger is not null && _reading.Records.Count > 0)
            CorpusLog.BadRecords(logger, _reading.Records.Count, _reading.Records.First!);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _disposed = true;
        _input.Dispose();
        _scanner.Dispose();
    }

    // A long line that the scanner splits remains one line here.
    private void Scan(in ReadOnlySequence<byte> text, bool isLast, ref IdSink sink)
    {
        foreach (ReadOnlyMemory<byte> segment in text)
        {
            Scan(_transform is null ? segment.Span : _transform.Apply(segment.Span, isLast: false).Span, ref sink);
            _position += segment.Length;
        }

        if (isLast && _transform is not null)
            Scan(_transform.Apply(default, isLast: true).Span, ref sink);
    }

    private void Scan(ReadOnlySpan<byte> text, ref IdSink sink)
    {
        fixed (byte* p = text)
        {
            for (int used = 0; used < text.Length;)
                used += _scanner.Scan(p + used, text.Length - used, _position + used, ref sink, out _);
        }
    }

    private static TextReading Reading(TextOptions? text, ILogger? logger, CancellationToken cancellation)
    {
        text ??= new TextOptions();
        text.Validate();
        return new TextReading { Options = text, Logger = logger ?? NullLogger.Instance, Cancellation = cancellation };
    }

    private static ReadResult Read(TextInput input, string name, long position, CancellationToken cancellation)
    {
        try
        {
            return TextInput.Read(input.Pipe, cancellation);
        }
        catch (Exception e) when (e is not (NceFastException or OperationCanceledException))
        {
            throw new NceFastException(ErrorKind.Input, $"{name} cannot be read on from byte {position:N0}: {e.Message}", e);
        }
    }

    private readonly struct IdSink(SentenceReader reader, List<int> ids) : ITokenSink
    {
        public void Short(ulong low, ulong high, int length)
        {
            Utf8Table table = reader._vocabulary.Table;
            Add(table.FindShort(low, high, table.Prefetch(low, high)));
        }

        public void Long(ReadOnlySpan<byte> word) => Add(reader._vocabulary.Table.FindLong(word));

        public void EndSentence()
        {
        }

        private void Add(int id)
        {
            reader.Words++;
            if (id < 0)
            {
                reader.UnknownWords++;
                id = reader._unknown;
            }

            if (id >= 0)
                ids.Add(id);
        }
    }
}
