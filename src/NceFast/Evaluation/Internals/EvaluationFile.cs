using System.Text;
using NceFast.Corpus;

namespace NceFast.Evaluation.Internals;

/// <summary>Opens evaluation sets: small text files, plain or compressed. Applies the checks that apply to all text input.</summary>
internal static class EvaluationFile
{
    public static StreamReader Open(string path) => Reader(new CorpusFiles().Find(path).OpenText(new TextReading()));

    public static StreamReader Open(Stream stream) => Reader(TextInput.Open(stream, "the stream"));

    /// <summary>Reads the lines of a file.</summary>
    public static IEnumerable<string> ReadLines(string path)
    {
        using StreamReader reader = Open(path);
        while (reader.ReadLine() is { } line)
            yield return line;
    }

    private static StreamReader Reader(TextInput input) => new(input.Pipe.AsStream(), Encoding.UTF8, detectEncodingFromByteOrderMarks: false);
}
