using System.Buffers.Text;
using CommunityToolkit.HighPerformance.Buffers;
using NceFast.Corpus;
using NceFast.Files;

namespace NceFast.Vocab;

/// <summary>Reads and writes a vocabulary as text, one word and its count per line.</summary>
internal static class VocabularyFile
{
    private const int MaxLine = TextScanner.MaxWordBytes + 32;
    private const int BufferBytes = 1 << 18;

    public static Vocabulary Load(string path) =>
        Load(path, $"The vocabulary {path}", () => new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 0, FileOptions.SequentialScan));

    public static Vocabulary Load(Stream stream)
    {
        LentOutput.EnsureReadable(stream);
        return Load(LentOutput.Name, LentOutput.Name, () => new LentStream(stream));
    }

    private static Vocabulary Load(string path, string name, Func<Stream> open)
    {
        try
        {
            using var parser = new Parser(path, open());
            return parser.Parse(name);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new NceFastException(ErrorKind.Input, $"{name} cannot be read: {e.Message}", e);
        }
    }

    public static void Write(Vocabulary vocabulary, Stream file)
    {
        using SpanOwner<byte> owner = SpanOwner<byte>.Allocate(BufferBytes);
        Span<byte> buffer = owner.Span;
        int used = 0;
        for (int id = 0; id < vocabulary.Count; id++)
        {
            if (used + MaxLine > buffer.Length)
            {
                file.Write(buffer[..used]);
                used = 0;
            }

            ReadOnlySpan<byte> word = vocabulary.Words[id];
            word.CopyTo(buffer[used..]);
            used += word.Length;
            buffer[used++] = (byte)' ';
            Utf8Formatter.TryFormat(vocabulary.Counts[id], buffer[used..], out int digits);
            used += digits;
            buffer[used++] = (byte)'\n';
        }

        file.Write(buffer[..used]);
    }

    /// <summary>Reads the lines in constant memory. Messages name the line that is invalid.</summary>
    private sealed class Parser : IDisposable
    {
        private readonly WordList.Builder _words = new();
        private readonly List<long> _counts = [];
        private readonly Utf8Table _seen = new();
        private readonly string _path;
        private readonly LineFile _lines;
        private long _total;

        public Parser(string path, Stream stream)
        {
            _path = path;
            _lines = new LineFile(stream, path, MaxLine, () => Wrong($"is longer than {MaxLine:N0} bytes"));
        }

        public Vocabulary Parse(string name)
        {
            while (_lines.TryRead(out ReadOnlySpan<byte> line))
                Line(line);
            if (_counts.Count == 0)
                throw new NceFastException(ErrorKind.EmptyVocabulary, $"{name} contains no word; each line must be a word, a blank and a count.");
            return new Vocabulary(_words.Build(), System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_counts));
        }

        public void Dispose()
        {
            _lines.Dispose();
            _seen.Dispose();
        }

        private void Line(ReadOnlySpan<byte> line)
        {
            if (line.EndsWith("\r"u8))
                line = line[..^1];
            int blank = line.LastIndexOfAny((byte)' ', (byte)'\t');
            if (blank < 0)
                throw Wrong("has no blank between word and count");
            ReadOnlySpan<byte> word = line[..blank], digits = line[(blank + 1)..];
            if (IsUnusedEnd(word, digits))
                return;
            if (!Utf8Parser.TryParse(digits, out long count, out int used) || used != digits.Length || count < 1)
                throw Wrong($"has the count '{Show(digits)}'; a whole number from 1 to {long.MaxValue} is allowed");
            if (!Vocabulary.IsWord(word))
                throw Wrong($"has a word that is empty, longer than {TextScanner.MaxWordBytes} bytes or holds a blank or control character ('{Show(word)}')");
            if (!_seen.TryAppend(word, count))
                throw Wrong($"repeats the word '{Show(word)}'");
            if (count > Vocabulary.MaxTotalWords - _total)
                throw Wrong(FormattableString.Invariant($"has the count {count:N0}, with which the counts add up to more than {Vocabulary.MaxTotalWords:N0}, the most that is allowed"));
            _total += count;
            _words.Add(word);
            _counts.Add(count);
        }

        // word2vec.c writes its end of a sentence as the first entry, with the count 0 if the text has only one line.
        private static bool IsUnusedEnd(ReadOnlySpan<byte> word, ReadOnlySpan<byte> digits) =>
            digits is [(byte)'0'] && word.SequenceEqual("</s>"u8);

        private static string Show(ReadOnlySpan<byte> bytes) => System.Text.Encoding.UTF8.GetString(bytes[..Math.Min(40, bytes.Length)]);

        private NceFastException Wrong(string what) => new(ErrorKind.Input,
            $"{_path}, line {_lines.Number} {what}; each line must be a word, a blank and a count.");
    }
}
