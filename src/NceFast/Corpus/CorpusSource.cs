using System.IO.Pipelines;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;
using NceFast.Files;

namespace NceFast.Corpus;

/// <summary>Represents the text to train on: files, standard input, a stream, a pipe, a sequence or records.</summary>
/// <remarks>
/// Words are separated by bytes 0x00 to 0x20. A line feed ends a sentence.
/// Every text is divided into shards of about 1 MiB. A shard begins after a line end. Where a line is longer than
/// <see cref="TokenBlock.MaxSentenceWords"/> words, its sentence is split anyway, and a shard may begin after a word of it.
/// Any number of workers read the shards of plain files. Gzip (recognised by its first bytes), all other
/// texts are read sequentially. All these forms give the same sentences, blocks and block numbers.
/// Files and <see cref="FromRecords"/> can be read more than once. All other sources can be read only once; a training of several
/// epochs then keeps their word ids in a cache on disk, see <see cref="CanReadAgain"/>.
/// An instance does not change. Several threads can read it at the same time, except a source that can be read only once, such as a
/// stream.
/// </remarks>
public sealed class CorpusSource
{
    private readonly Lazy<IReadOnlyList<InputFingerprint>> _fingerprints;

    private CorpusSource(List<CorpusItem> items, TextOptions? text = null)
    {
        Items = items;
        Text = text ?? new TextOptions();
        Text.Validate();
        Deal = DealTo(1);
        _fingerprints = new Lazy<IReadOnlyList<InputFingerprint>>(() => FingerprintsOf(items));
    }

    private CorpusSource(CorpusSource other)
    {
        (Items, Text, Part, Deal, ShardBytes, BlockWords) = (other.Items, other.Text, other.Part, other.Deal, other.ShardBytes, other.BlockWords);
        _fingerprints = other._fingerprints;
    }

    /// <summary>
    /// Gets the size in bytes of all files as stored (compressed size for gzip), or -1 when the size of a stream is unknown.
    /// </summary>
    public long Bytes => Items.Any(item => item.Length < 0) ? -1 : Items.Sum(item => item.Length);

    /// <summary>
    /// Gets whether the text can be read more than once: true for files and <see cref="FromRecords"/>, false for standard input, streams, pipes and
    /// sequences.
    /// </summary>
    public bool CanReadAgain => Items.All(item => item is PlainFile or SequentialItem { CanReopen: true });

    /// <summary>Gets whether some part of the text can be read only sequentially: gzip, a stream or a sequence.</summary>
    public bool IsSequential => Items.Any(item => item is SequentialItem);

    /// <summary>Gets the names of the files and streams, in reading order.</summary>
    public IReadOnlyList<string> Names => Items.ConvertAll(item => item.Name);

    /// <summary>Computes the fingerprints of the files and streams, in reading order. Later calls return the same ones.</summary>
    /// <exception cref="NceFastException">A file cannot be read (<see cref="ErrorKind.Input"/>); the first one is named.</exception>
    internal IReadOnlyList<InputFingerprint> Fingerprints() => _fingerprints.Value;

    /// <summary>Throws when a file of this part cannot be opened, or is no longer the one that was listed.</summary>
    /// <exception cref="NceFastException">The first such file is named (<see cref="ErrorKind.Input"/>).</exception>
    internal void EnsureUnchanged() => OrderedWork.Run(Items.Count, i =>
    {
        if (IsFile(Items[i]) && Items[i].Length >= 0 && Deal.Reads(i, Part))
            EnsureUnchanged(Items[i], _fingerprints.IsValueCreated ? _fingerprints.Value[i] : null);
    });

    internal List<CorpusItem> Items { get; }

    /// <summary>Gets where the text of a file is, and how its words are separated and written.</summary>
    public TextOptions Text { get; }

    /// <summary>Gets the number of the part of the text that is read.</summary>
    internal int Part { get; private init; }

    /// <summary>Gets which shards belong to which part.</summary>
    internal FileDeal Deal { get; private init; }

    /// <summary>Returns one part of this text for one of several processes, see <see cref="FileDeal"/>. Blocks keep their numbers.</summary>
    /// <param name="number">The number of the part, from 0.</param>
    /// <param name="of">The number of parts.</param>
    /// <exception cref="NceFastException">The text can be read only once (<see cref="ErrorKind.Usage"/>).</exception>
    internal CorpusSource TakePart(int number, int of)
    {
        if (of > 1 && !CanReadAgain)
            throw new NceFastException(ErrorKind.Usage, $"{Names[0]} can be read only once and by one process, and {of} processes train together; store the text in a file that all can read.");
        return new CorpusSource(this) { Part = number, Deal = DealTo(of) };
    }

    /// <summary>Returns this text with another block size.</summary>
    /// <param name="words">The number of words of text after which a block ends, 1 to <see cref="TokenBlock.TargetWords"/>.</param>
    internal CorpusSource WithBlocks(int words) => new(this) { BlockWords = words };

    /// <summary>Gets the number of words of text after which a block ends, at the next end of a sentence.</summary>
    internal int BlockWords { get; private init; } = TokenBlock.TargetWords;

    /// <summary>
    /// Gets or sets the nominal size of a shard in bytes. It is fixed because block numbers depend on it; only tests change it.
    /// </summary>
    internal int ShardBytes { get; set; } = 1 << 20;

    /// <summary>
    /// Creates a corpus of files, in the order given. A path is a file, a folder (all files below it, in ordinal order of their
    /// paths, without names that begin with a dot), a glob with * and ** (matches in ordinal order), or "-" for standard input.
    /// </summary>
    /// <param name="paths">At least one path.</param>
    /// <exception cref="NceFastException">
    /// <see cref="ErrorKind.Input"/>: a path is missing or unreadable, a folder is empty, a glob matches nothing, or a file
    /// is not text. <see cref="ErrorKind.Usage"/>: no path is given, or "-" is given twice.
    /// </exception>
    public static CorpusSource FromPaths(params IEnumerable<string> paths) => FromPaths(paths, StandardInput.Open);

    /// <summary>
    /// Creates a corpus of files, as <see cref="FromPaths(IEnumerable{string})"/> does. A named pipe is opened immediately; opening
    /// it waits until another program opens it for writing.
    /// </summary>
    /// <param name="paths">At least one path.</param>
    /// <param name="logger">Receives warnings: which entries of folders are left out, and which pipe has no writer yet.</param>
    /// <param name="cancellation">Cancels the wait for a pipe.</param>
    /// <exception cref="NceFastException">The same cases as for <see cref="FromPaths(IEnumerable{string})"/>.</exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    public static CorpusSource FromPaths(IEnumerable<string> paths, ILogger logger, CancellationToken cancellation = default) =>
        FromPaths(paths, new TextOptions(), logger, cancellation);

    /// <summary>Creates a corpus of files and of the files of a list, in this order.</summary>
    /// <param name="paths">Paths as <see cref="FromPaths(IEnumerable{string})"/> takes them; may be empty.</param>
    /// <param name="list">The list, which may name thousands of files. An error about one of them names its line.</param>
    /// <param name="text">Where the text of a file is, and how its words are separated and written; null for plain text.</param>
    /// <param name="logger">Receives warnings; may be null.</param>
    /// <param name="cancellation">Cancels the wait for a pipe.</param>
    /// <exception cref="NceFastException">
    /// The same cases as for <see cref="FromPaths(IEnumerable{string})"/>, or the options are invalid (<see cref="ErrorKind.Usage"/>).
    /// </exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    public static CorpusSource FromPaths(IEnumerable<string> paths, FileList list, TextOptions? text = null, ILogger? logger = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(paths);
        ArgumentNullException.ThrowIfNull(list);
        text ??= new TextOptions();
        text.Validate();
        return new(new CorpusFiles(logger, cancellation, text).Resolve(paths, list, StandardInput.Open), text);
    }

    /// <summary>Creates a corpus of files whose text is in records, or whose words are changed, as the options specify.</summary>
    /// <param name="paths">At least one path.</param>
    /// <param name="text">Where the text of a file is, and how its words are separated and written.</param>
    /// <param name="logger">Receives warnings; may be null.</param>
    /// <param name="cancellation">Cancels the wait for a pipe.</param>
    /// <exception cref="NceFastException">
    /// The same cases as for <see cref="FromPaths(IEnumerable{string})"/>, or the options are invalid (<see cref="ErrorKind.Usage"/>).
    /// </exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    public static CorpusSource FromPaths(IEnumerable<string> paths, TextOptions text, ILogger? logger = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(text);
        text.Validate();
        return new(new CorpusFiles(logger, cancellation, text).Resolve(paths, null, StandardInput.Open), text);
    }

    /// <summary>Creates a corpus from one stream of text, plain or compressed. It can be read only once; the stream is then closed.</summary>
    /// <param name="stream">A readable stream, positioned at the first byte to read.</param>
    /// <param name="name">The name of the stream in messages.</param>
    /// <param name="text">Where the text is in the stream, and how its words are written; null for plain text.</param>
    /// <exception cref="NceFastException">The options are invalid (<see cref="ErrorKind.Usage"/>).</exception>
    public static CorpusSource FromStream(Stream stream, string name = "the stream", TextOptions? text = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        return new([new SequentialItem(name, stream.CanSeek ? stream.Length - stream.Position : -1, false, reading => TextInput.Open(stream, name, reading))], text);
    }

    /// <summary>Creates a corpus from one pipe of text, plain or compressed. It can be read only once; the reader is then completed.</summary>
    /// <param name="reader">The end of the pipe to read from. A writer that stops with an exception stops the reading with its message.</param>
    /// <param name="name">The name of the pipe in messages.</param>
    /// <param name="text">Where the text is in the pipe, and how its words are written; null for plain text.</param>
    /// <exception cref="NceFastException">The options are invalid (<see cref="ErrorKind.Usage"/>).</exception>
    public static CorpusSource FromPipe(PipeReader reader, string name = "the pipe", TextOptions? text = null)
    {
        ArgumentNullException.ThrowIfNull(reader);
        return FromStream(reader.AsStream(), name, text);
    }

    /// <summary>
    /// Creates a corpus from texts, each of which is a document. It can be read only once; <see cref="FromRecords"/> can be read again.
    /// </summary>
    /// <remarks>
    /// The words of a text are those that <paramref name="tokenize"/> returns, so that any tokeniser can be used. The end of a text ends a
    /// sentence, and so does a word that consists only of line ends. Empty words are left out. A word may not hold a blank or another
    /// control character. Texts are tokenised one after the other on one thread.
    /// </remarks>
    /// <param name="texts">The texts.</param>
    /// <param name="tokenize">Divides a text into words. It may return the same list each time. With null, words and lines are those of a text file.</param>
    /// <param name="name">The name of the texts in messages.</param>
    public static CorpusSource FromTexts(IAsyncEnumerable<string> texts, Func<string, IReadOnlyList<string>>? tokenize = null, string name = "the sequence of texts")
    {
        ArgumentNullException.ThrowIfNull(texts);
        return Texts(() => texts, tokenize, name, canReopen: false);
    }

    /// <summary>
    /// Creates a corpus from records, each of which is a document: rows of a database, messages of a queue, fields of a file. It can be read
    /// more than once, because each reading calls <paramref name="open"/>.
    /// </summary>
    /// <remarks>Words and sentences are those of <see cref="FromTexts"/>.</remarks>
    /// <param name="open">Opens the records at their beginning. It must return the same records in the same order each time.</param>
    /// <param name="tokenize">Divides a record into words. It may return the same list each time. With null, words and lines are those of a text file.</param>
    /// <param name="name">The name of the records in messages.</param>
    public static CorpusSource FromRecords(Func<IAsyncEnumerable<string>> open, Func<string, IReadOnlyList<string>>? tokenize = null, string name = "the records")
    {
        ArgumentNullException.ThrowIfNull(open);
        return Texts(open, tokenize, name, canReopen: true);
    }

    /// <summary>
    /// Creates a corpus from a sequence of sentences. It can be read only once. A sentence is a list of words without blanks.
    /// </summary>
    /// <param name="sentences">The sentences. The producer may reuse a list as soon as the next sentence is requested.</param>
    public static CorpusSource FromSentences(IAsyncEnumerable<IReadOnlyList<string>> sentences)
    {
        ArgumentNullException.ThrowIfNull(sentences);
        return new([new SequentialItem("the sequence of sentences", -1, false, reading => SentencePump.Open(sentences, reading.Cancellation))]);
    }

    /// <summary>Creates a corpus from a sequence of words. It can be read only once. The word "\n" ends a sentence.</summary>
    /// <param name="words">The words, without blanks.</param>
    public static CorpusSource FromWords(IAsyncEnumerable<string> words)
    {
        ArgumentNullException.ThrowIfNull(words);
        return FromSentences(SentencePump.Sentences(words));
    }

    /// <summary>
    /// Determines whether a file that does not exist yet would become part of a corpus, because it lies in a folder or matches a
    /// glob.
    /// </summary>
    /// <param name="paths">Paths as <see cref="FromPaths(IEnumerable{string})"/> takes them.</param>
    /// <param name="file">The file.</param>
    public static bool WouldRead(IEnumerable<string> paths, string file) => paths.Any(path => CorpusFiles.WouldRead(path, file));

    private static CorpusSource Texts(Func<IAsyncEnumerable<string>> open, Func<string, IReadOnlyList<string>>? tokenize, string name, bool canReopen) =>
        new([new SequentialItem(name, -1, canReopen, reading => SentencePump.OpenTexts(open, tokenize, name, reading.Cancellation)) { IsFile = false }]);

    internal static CorpusSource FromPaths(IEnumerable<string> paths, Func<Stream> standardInput) =>
        new(new CorpusFiles().Resolve(paths, null, standardInput));

    // The shards of plain files are dealt in turn, and so are those of texts of unknown length.
    private FileDeal DealTo(int parts) => new(Items.Select(item => item is SequentialItem { Length: >= 0 } ? item.Length : FileDeal.InTurn).ToArray(), parts);

    private static bool IsFile(CorpusItem item) => item is PlainFile or SequentialItem { IsFile: true };

    private static InputFingerprint[] FingerprintsOf(List<CorpusItem> items)
    {
        var all = new InputFingerprint[items.Count];
        long limit = InputFingerprint.LimitFor(items.Count);
        OrderedWork.Run(all.Length, i => all[i] = IsFile(items[i]) ? InputFingerprint.Of(items[i].Name, limit) : new InputFingerprint(items[i].Name, -1, null, null));
        return all;
    }

    // The content is compared if a fingerprint was taken and the time of change is another one, because a touched file is the same text.
    private void EnsureUnchanged(CorpusItem item, InputFingerprint? then)
    {
        using SafeFileHandle handle = CorpusFiles.Open(item.Name);
        long bytes = RandomAccess.GetLength(handle);
        string? difference = bytes != item.Length ? FormattableString.Invariant($"{item.Name} had {item.Length:N0} bytes when it was listed and has {bytes:N0} now")
            : then is null || then.Modified == File.GetLastWriteTimeUtc(handle) ? null
            : then.DifferenceTo(InputFingerprint.Of(item.Name, InputFingerprint.LimitFor(Items.Count)));
        if (difference is not null)
            throw new NceFastException(ErrorKind.Input, $"{difference}; keep corpus files unchanged while they are read.");
    }
}
