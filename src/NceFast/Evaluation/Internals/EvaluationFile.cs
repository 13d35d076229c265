using System.Text;

namespace NceFast.Evaluation.Internals;

/// <summary>Opens evaluation sets, which are small text files.</summary>
internal static class EvaluationFile
{
    public static StreamReader Open(string path)
    {
        try
        {
            return Open(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new NceFastException(ErrorKind.Input, $"{path} does not exist; name an evaluation file.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new NceFastException(ErrorKind.Input, $"{path} could not be opened: {e.Message}", e);
        }
    }

    public static StreamReader Open(Stream stream) => new(stream, Encoding.UTF8);
}
