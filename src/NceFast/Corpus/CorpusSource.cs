using Microsoft.Extensions.Logging;
using NceFast.Files;
using NceFast.Numerics;

namespace NceFast.Corpus;

/// <summary>
/// Where the text comes from. Words are separated by bytes 0x00 to 0x20; a line feed ends a sentence.
/// Every text is divided into shards of about 1 MiB, each of which begins after a line end; where a line goes on for more than
/// <see cref="TokenBlock.MaxSentenceWords"/> words, after which its sentence is split anyway, a shard begins after a word.
/// Plain files are read shard by shard by any number of workers. Gzip (recognised by its first bytes), standard input and
/// streams are read front to back. Sentences, blocks and their numbers are the same for each of these forms.
/// </summary>
public sealed class CorpusSource
{
    private CorpusSource(List<CorpusItem> items) => Items = items;

    /// <summary>Bytes of all files as they lie on disk (compressed where they are); -1 when a stream's size is unknown.</summary>
    public long Bytes => Items.Any(item => item.Length < 0) ? -1 : Items.Sum(item => item.Length);

    /// <summary>Whether the text can be read more than once: true for files, false for streams and sequences.</summary>
    public bool CanReadAgain => Items.All(item => item is PlainFile or SequentialItem { CanReopen: true });

    /// <summary>Whether some part can be read only front to back: gzip, streams, sequences.</summary>
    public bool IsSequential => Items.Any(item => item is SequentialItem);

    /// <summary>Names of the files and streams, in reading order.</summary>
    public IReadOnlyList<string> Names => Items.ConvertAll(item => item.Name);

    /// <summary>Fingerprints of the files and streams, in reading order.</summary>
    /// <exception cref="NceFastException">A file cannot be read (<see cref="ErrorKind.Input"/>).</exception>
    public IReadOnlyList<InputFingerprint> Fingerprints()
    {
        var all = new InputFingerprint[Items.Count];
        Failures.Unwrap(() => Parallel.For(0, all.Length, i => all[i] = Items[i] is PlainFile or SequentialItem { CanReopen: true } ? InputFingerprint.Of(Items[i].Name) : new InputFingerprint(Items[i].Name, -1, null, null)));
        return all;
    }

    internal List<CorpusItem> Items { get; }

    /// <summary>Which part of the text is read: shards are dealt to the parts in turn.</summary>
    internal (int Number, int Of) Part { get; private init; } = (0, 1);

    /// <summary>
    /// A part of this text, for a process of several: every n-th shard. A text that can be read only front to back is read whole
    /// by each process, which keeps its shards. Blocks keep their numbers.
    /// </summary>
    /// <param name="number">Number of the part, from 0.</param>
    /// <param name="of">Parts in all.</param>
    /// <exception cref="NceFastException">The text is a stream that exists only once (<see cref="ErrorKind.Usage"/>).</exception>
    internal CorpusSource TakePart(int number, int of)
    {
        if (of > 1 && !CanReadAgain)
            throw new NceFastException(ErrorKind.Usage, $"{Names[0]} can be read only once and by one process, and {of} processes train together; store the text in a file that all can read.");
        return new CorpusSource(Items) { Part = (number, of), ShardBytes = ShardBytes, BlockWords = BlockWords };
    }

    /// <summary>This text in blocks of another size.</summary>
    /// <param name="words">Words of text after which a block ends, 1 to <see cref="TokenBlock.TargetWords"/>.</param>
    internal CorpusSource WithBlocks(int words) => new(Items) { Part = Part, ShardBytes = ShardBytes, BlockWords = words };

    /// <summary>A block ends at the first sentence end after this many words of text.</summary>
    internal int BlockWords { get; private init; } = TokenBlock.TargetWords;

    /// <summary>Nominal bytes of text of a shard; fixed, because blocks are numbered by shard. Tests make it small.</summary>
    internal int ShardBytes { get; set; } = 1 << 20;

    /// <summary>
    /// A corpus of files, in the order given: file names, folders (all files below, names that begin with a dot left
    /// out, by ordinal path), globs with * and ** (by ordinal path), "-" for standard input.
    /// </summary>
    /// <param name="paths">At least one path.</param>
    /// <exception cref="NceFastException">
    /// <see cref="ErrorKind.Input"/>: a path is missing or unreadable, a folder is empty, a glob matches nothing, a file
    /// is no text. <see cref="ErrorKind.Usage"/>: no path, or "-" twice.
    /// </exception>
    public static CorpusSource FromPaths(params IEnumerable<string> paths) => FromPaths(paths, StandardInput.Open);

    /// <summary>
    /// A corpus of files, as <see cref="FromPaths(IEnumerable{string})"/> makes it. A named pipe is opened at once, which waits
    /// until a program opens it for writing.
    /// </summary>
    /// <param name="paths">At least one path.</param>
    /// <param name="logger">Takes warnings: which entries of folders were left out, and which pipe is waited for.</param>
    /// <param name="cancellation">Ends the wait for a pipe.</param>
    /// <exception cref="NceFastException">As for the other method.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static CorpusSource FromPaths(IEnumerable<string> paths, ILogger logger, CancellationToken cancellation = default) =>
        new(new CorpusFiles(logger, cancellation).Resolve(paths, StandardInput.Open));

    /// <summary>A corpus from one stream of UTF-8 text or gzip, which is read once, front to back, then closed.</summary>
    /// <param name="stream">A readable stream, at the first byte to read.</param>
    /// <param name="name">What messages call it.</param>
    public static CorpusSource FromStream(Stream stream, string name = "the stream")
    {
        ArgumentNullException.ThrowIfNull(stream);
        return new([new SequentialItem(name, stream.CanSeek ? stream.Length - stream.Position : -1, false, cancellation => TextInput.Open(stream, name, cancellation))]);
    }

    /// <summary>A corpus from sentences made elsewhere; each is a list of words without blanks. Read once.</summary>
    /// <param name="sentences">Sentences; a list may be reused once the next is asked for.</param>
    public static CorpusSource FromSentences(IAsyncEnumerable<IReadOnlyList<string>> sentences)
    {
        ArgumentNullException.ThrowIfNull(sentences);
        return new([new SequentialItem("the sequence of sentences", -1, false, _ => SentencePump.Open(sentences))]);
    }

    /// <summary>A corpus from words made elsewhere; a word that is one line feed ends a sentence. Read once.</summary>
    /// <param name="words">Words without blanks.</param>
    public static CorpusSource FromWords(IAsyncEnumerable<string> words)
    {
        ArgumentNullException.ThrowIfNull(words);
        return FromSentences(SentencePump.Sentences(words));
    }

    /// <summary>Whether a file that does not exist yet would become part of a corpus: one in a folder, or one that a glob matches.</summary>
    /// <param name="paths">Paths as <see cref="FromPaths(IEnumerable{string})"/> takes them.</param>
    /// <param name="file">The file.</param>
    public static bool WouldRead(IEnumerable<string> paths, string file) => paths.Any(path => CorpusFiles.WouldRead(path, file));

    internal static CorpusSource FromPaths(IEnumerable<string> paths, Func<Stream> standardInput) =>
        new(new CorpusFiles().Resolve(paths, standardInput));
}
