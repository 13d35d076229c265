using System.Text;
using NceFast.Corpus;

namespace NceFast.Evaluation.Internals;

/// <summary>Opens evaluation sets: small text files, plain or compressed. Applies the checks that apply to all text input.</summary>
internal static class EvaluationFile
{
    public static StreamReader Open(string path) => Reader(new CorpusFiles().Find(path).OpenText(new TextReading()));

    public static StreamReader Open(Stream stream) => Reader(TextInput.Open(stream, "the stream"));

    /// <summary>Returns the files below a folder in the order of their paths, without hidden ones; or the path itself if it is not a folder.</summary>
    /// <exception cref="NceFastException">The folder cannot be read or has no file (<see cref="ErrorKind.Input"/>).</exception>
    public static IReadOnlyList<string> FilesOf(string path)
    {
        if (!Directory.Exists(path))
            return [path];
        try
        {
            string[] files = [.. Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories).Where(file => Path.GetFileName(file)[0] != '.').Order(StringComparer.Ordinal)];
            return files.Length > 0 ? files : throw new NceFastException(ErrorKind.Input, $"{path} is a folder without files; specify a file or a folder of files.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new NceFastException(ErrorKind.Input, $"{path} cannot be read: {e.Message}", e);
        }
    }

    /// <summary>Reads the lines of a file.</summary>
    public static IEnumerable<string> ReadLines(string path)
    {
        using StreamReader reader = Open(path);
        while (reader.ReadLine() is { } line)
            yield return line;
    }

    private static StreamReader Reader(TextInput input) => new(input.Pipe.AsStream(), Encoding.UTF8, detectEncodingFromByteOrderMarks: false);
}
