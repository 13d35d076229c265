using System.IO.Pipelines;
using System.Text;

namespace NceFast.Corpus;

/// <summary>Writes an asynchronous sequence of sentences or texts to a pipe as UTF-8, one line per sentence.</summary>
internal static class SentencePump
{
    private const int FlushBytes = 64 * 1024;

    // Writes the value with a number, from 1, and returns the bytes.
    private delegate long Write<T>(T value, long number, PipeWriter writer);

    /// <summary>Opens a sequence of sentences.</summary>
    /// <param name="sentences">The sentences, each a list of words.</param>
    /// <param name="cancellation">Cancels the wait for the next sentence.</param>
    public static TextInput Open(IAsyncEnumerable<IReadOnlyList<string>> sentences, CancellationToken cancellation) => Open(() => sentences, WriteSentence, cancellation);

    /// <summary>Opens a sequence of texts.</summary>
    /// <param name="open">Opens the sequence at its beginning.</param>
    /// <param name="tokenize">Divides a text into words; null to write it as it is.</param>
    /// <param name="name">The name in messages.</param>
    /// <param name="cancellation">Cancels the wait for the next text.</param>
    public static TextInput OpenTexts(Func<IAsyncEnumerable<string>> open, Func<string, IReadOnlyList<string>>? tokenize, string name, CancellationToken cancellation) => Open(
        open,
        (text, number, writer) => text is null
            ? throw new NceFastException(ErrorKind.Input, $"Text {number} of {name} is null; leave it out, or give an empty text.")
            : tokenize is null ? WriteText(text, writer) : WriteTokens(tokenize(text), writer, number, name),
        cancellation);

    /// <summary>Converts a sequence of words to sentences. The word "\n" ends a sentence.</summary>
    public static async IAsyncEnumerable<IReadOnlyList<string>> Sentences(IAsyncEnumerable<string> words)
    {
        var sentence = new List<string>();
        await foreach (string word in words.ConfigureAwait(false))
        {
            if (word != "\n")
                sentence.Add(word);
            // The scanner splits a sentence at this length anyway.
            if (word == "\n" || sentence.Count == TokenBlock.MaxSentenceWords)
            {
                yield return sentence;
                sentence.Clear();
            }
        }

        yield return sentence;
    }

    private static TextInput Open<T>(Func<IAsyncEnumerable<T>> open, Write<T> write, CancellationToken cancellation)
    {
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 1 << 20, resumeWriterThreshold: 1 << 19, minimumSegmentSize: FlushBytes, useSynchronizationContext: false));
        _ = Task.Run(() => PumpAsync(open, write, pipe.Writer, cancellation), CancellationToken.None);
        return new TextInput(pipe.Reader);
    }

    private static async Task PumpAsync<T>(Func<IAsyncEnumerable<T>> open, Write<T> write, PipeWriter writer, CancellationToken cancellation)
    {
        try
        {
            long number = 0, unflushed = 0;
            await foreach (T value in open().WithCancellation(cancellation).ConfigureAwait(false))
            {
                number++;
                unflushed += write(value, number, writer);
                if (unflushed < FlushBytes)
                    continue;
                unflushed = 0;
                FlushResult flushed = await writer.FlushAsync(CancellationToken.None).ConfigureAwait(false);
                if (flushed.IsCompleted)
                    break;
            }

            await writer.CompleteAsync().ConfigureAwait(false);
        }
        catch (Exception e)
        {
            // The reader of the pipe receives the exception.
            await writer.CompleteAsync(e).ConfigureAwait(false);
        }
    }

    private static long WriteSentence(IReadOnlyList<string> sentence, long number, PipeWriter writer)
    {
        long bytes = 0;
        for (int i = 0; i < sentence.Count; i++)
        {
            string word = sentence[i];
            if (HasBlank(word))
                throw Divided($"Sentence {number}", i, word);
            bytes += Encoding.UTF8.GetBytes(word, writer);
            Put(writer, i + 1 == sentence.Count ? (byte)'\n' : (byte)' ');
        }

        return bytes + sentence.Count;
    }

    private static long WriteText(string text, PipeWriter writer)
    {
        long bytes = Encoding.UTF8.GetBytes(text, writer);
        if (text.EndsWith('\n'))
            return bytes;
        Put(writer, (byte)'\n');
        return bytes + 1;
    }

    // Only one byte separates two words, as in a text of the same words.
    private static long WriteTokens(IReadOnlyList<string>? words, PipeWriter writer, long number, string name)
    {
        if (words is null)
            throw new NceFastException(ErrorKind.Input, $"The tokeniser returned null for text {number} of {name}; return an empty list for a text without words.");
        long bytes = 0;
        bool inLine = false;
        for (int i = 0; i < words.Count; i++)
        {
            string word = words[i];
            if (string.IsNullOrEmpty(word))
                continue;
            bool isLineEnd = !word.AsSpan().ContainsAnyExcept('\r', '\n');
            if (isLineEnd || inLine)
                bytes += Put(writer, isLineEnd ? (byte)'\n' : (byte)' ');
            inLine = !isLineEnd;
            if (isLineEnd)
                continue;
            if (HasBlank(word))
                throw Divided($"Text {number} of {name}", i, word);
            bytes += Encoding.UTF8.GetBytes(word, writer);
        }

        return inLine ? bytes + Put(writer, (byte)'\n') : bytes;
    }

    private static NceFastException Divided(string text, int index, string word) => new(ErrorKind.Input,
        $"{text}, word {index + 1} ('{word}') holds a blank or control character, which separates words; divide it, or join its parts with '_'.");

    private static bool HasBlank(string word) => word.AsSpan().ContainsAnyInRange('\0', ' ');

    private static int Put(PipeWriter writer, byte separator)
    {
        writer.GetSpan(1)[0] = separator;
        writer.Advance(1);
        return 1;
    }
}
