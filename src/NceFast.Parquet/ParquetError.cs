using System.Runtime.InteropServices;

namespace NceFast.Parquet;

/// <summary>Converts failures of the Parquet library to errors that name the file and what to do.</summary>
internal static class ParquetError
{
    private const string MessageStart = "(message: '", MessageEnd = "')";

    /// <summary>Determines whether a failure comes from the file or from the library. Other failures keep their type.</summary>
    public static bool IsOfFile(Exception failure) => failure is not (NceFastException or OutOfMemoryException or ObjectDisposedException);

    /// <summary>Returns the error for a failure.</summary>
    /// <param name="path">The file.</param>
    /// <param name="place">The place in the file, with a blank before it; may be empty.</param>
    /// <param name="failure">The failure.</param>
    public static NceFastException Of(string path, string place, Exception failure) =>
        failure is DllNotFoundException or BadImageFormatException or EntryPointNotFoundException or TypeInitializationException
            ? new NceFastException(ErrorKind.Input, $"{path} is a Parquet file, but the native library that reads Parquet cannot be loaded on this machine ({RuntimeInformation.RuntimeIdentifier}): {FirstSentence(failure)}. Convert the file to JSON Lines, or read it on Linux (glibc), Windows or macOS, x64 or arm64.", failure)
            : Damaged(path, place, Reason(failure), failure);

    /// <summary>Returns the error for a file that contradicts itself.</summary>
    /// <param name="path">The file.</param>
    /// <param name="place">The place in the file, with a blank before it; may be empty.</param>
    /// <param name="reason">What is wrong, as a clause.</param>
    /// <param name="inner">The cause, when another exception was caught.</param>
    public static NceFastException Damaged(string path, string place, string reason, Exception? inner = null) =>
        new(ErrorKind.Input, $"{path} cannot be read as a Parquet file{place}: {reason}. The file is damaged, cut short, encrypted or still being written; load it again, or leave it out.", inner);

    // The runtime lists every path where it has searched.
    private static string FirstSentence(Exception failure) => failure.Message.ReplaceLineEndings(". ").Split(". ")[0].TrimEnd('.', ' ');

    // The library writes "class parquet::ParquetException (message: '...')".
    private static string Reason(Exception failure)
    {
        string text = failure.Message;
        int start = text.IndexOf(MessageStart, StringComparison.Ordinal), end = text.LastIndexOf(MessageEnd, StringComparison.Ordinal);
        if (start >= 0 && end > start)
            text = text[(start + MessageStart.Length)..end];
        return text.ReplaceLineEndings(" ").TrimEnd('.', ' ');
    }
}
