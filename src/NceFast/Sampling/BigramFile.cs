using System.Buffers.Text;
using NceFast.Corpus;
using NceFast.Vocab;

namespace NceFast.Sampling;

/// <summary>Reads counts of bigrams from a file, plain or compressed, with lines <c>previous word count</c>; &lt;s&gt; is the start of a sentence.</summary>
/// <param name="path">The file.</param>
/// <param name="rows">The words.</param>
internal sealed class BigramFile(string path, BigramRows rows)
{
    private const int MaxLine = (2 * TextScanner.MaxWordBytes) + 32;
    private long _total;

    /// <summary>Gets the number of lines of the last reading.</summary>
    public long Lines { get; private set; }

    /// <summary>Gets how many of them name a word that the model does not have in this place.</summary>
    public long UnknownLines { get; private set; }

    /// <summary>Reads the file.</summary>
    /// <param name="add">Receives each bigram; one that occurs in several lines comes several times.</param>
    /// <param name="cancellation">Stops the reading.</param>
    /// <exception cref="NceFastException">The file cannot be read, or a line is invalid (<see cref="ErrorKind.Input"/>).</exception>
    public void Read(Action<int, int, long> add, CancellationToken cancellation)
    {
        (Lines, UnknownLines, _total) = (0, 0, 0);
        try
        {
            using var lines = new LineFile(path, MaxLine, TooLong);
            while (lines.TryRead(out ReadOnlySpan<byte> line))
            {
                cancellation.ThrowIfCancellationRequested();
                Lines = lines.Number;
                Line(line, add);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or InvalidDataException)
        {
            throw new NceFastException(ErrorKind.Input, $"The bigram counts {path} cannot be read: {e.Message}", e);
        }
    }

    private void Line(ReadOnlySpan<byte> line, Action<int, int, long> add)
    {
        if (line.EndsWith("\r"u8))
            line = line[..^1];
        int first = line.IndexOfAny((byte)' ', (byte)'\t'), last = line.LastIndexOfAny((byte)' ', (byte)'\t');
        if (first < 0 || first == last)
            throw Wrong($"is '{Show(line)}'");
        ReadOnlySpan<byte> previous = line[..first], word = line[(first + 1)..last], digits = line[(last + 1)..];
        if (!Utf8Parser.TryParse(digits, out long count, out int used) || used != digits.Length || count < 1)
            throw Wrong($"has the count '{Show(digits)}', but a whole number from 1 to {Vocabulary.MaxTotalWords:N0} is allowed");
        if (count > Vocabulary.MaxTotalWords - _total)
            throw Wrong(FormattableString.Invariant($"has the count {count:N0}, with which the counts add up to more than {Vocabulary.MaxTotalWords:N0}, the most that is allowed"));
        if (!Vocabulary.IsWord(previous) || !Vocabulary.IsWord(word))
            throw Wrong($"has a word that is empty, longer than {TextScanner.MaxWordBytes} bytes or holds a blank or control character ('{Show(line)}')");
        _total += count;
        (int row, int id) = (rows.PreviousOf(previous), rows.WordOf(word));
        if (row < 0 || id < 0)
            UnknownLines++;
        else
            add(row, id, count);
    }

    private NceFastException TooLong()
    {
        Lines++;
        return Wrong($"is longer than {MaxLine:N0} bytes");
    }

    private static string Show(ReadOnlySpan<byte> bytes) => System.Text.Encoding.UTF8.GetString(bytes[..Math.Min(40, bytes.Length)]);

    private NceFastException Wrong(string what) => new(ErrorKind.Input,
        $"{path}, line {Lines} {what}; each line must be the previous word, a word and a count, separated by single blanks or tabs.");
}
