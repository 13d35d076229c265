using System.IO.Pipelines;
using System.Text;

namespace NceFast.Corpus;

/// <summary>Writes an asynchronous sequence of sentences to a pipe as UTF-8, one line per sentence.</summary>
internal static class SentencePump
{
    private const int FlushBytes = 64 * 1024;

    public static TextInput Open(IAsyncEnumerable<IReadOnlyList<string>> sentences)
    {
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 1 << 20, resumeWriterThreshold: 1 << 19, minimumSegmentSize: FlushBytes, useSynchronizationContext: false));
        _ = Task.Run(() => PumpAsync(sentences, pipe.Writer));
        return new TextInput(pipe.Reader);
    }

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

    private static async Task PumpAsync(IAsyncEnumerable<IReadOnlyList<string>> sentences, PipeWriter writer)
    {
        try
        {
            long number = 0, unflushed = 0;
            await foreach (IReadOnlyList<string> sentence in sentences.ConfigureAwait(false))
            {
                number++;
                unflushed += Write(sentence, number, writer);
                if (unflushed < FlushBytes)
                    continue;
                unflushed = 0;
                FlushResult flushed = await writer.FlushAsync().ConfigureAwait(false);
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

    private static long Write(IReadOnlyList<string> sentence, long number, PipeWriter writer)
    {
        long bytes = 0;
        for (int i = 0; i < sentence.Count; i++)
        {
            string word = sentence[i];
            if (word.AsSpan().IndexOfAnyInRange('\0', ' ') >= 0)
            {
                throw new NceFastException(ErrorKind.Input,
                    $"Sentence {number}, word {i + 1} ('{word}') holds a blank or control character, which separates words; divide it, or join its parts with '_'.");
            }

            bytes += Encoding.UTF8.GetBytes(word, writer);
            Put(writer, i + 1 == sentence.Count ? (byte)'\n' : (byte)' ');
        }

        return bytes + sentence.Count;
    }

    private static void Put(PipeWriter writer, byte separator)
    {
        writer.GetSpan(1)[0] = separator;
        writer.Advance(1);
    }
}
