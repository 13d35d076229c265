using Microsoft.Extensions.Logging;

namespace NceFast.Corpus;

/// <summary>Log messages about opening texts.</summary>
internal static partial class InputLog
{
    [LoggerMessage(51, LogLevel.Warning, "{Path} is a {Type} and was left out: a folder or a pattern selects only regular files; name it directly to read it.")]
    public static partial void NotRegular(ILogger logger, string path, string type);

    [LoggerMessage(52, LogLevel.Warning, "{Path} was left out: its name is not valid UTF-8 (shown here with '\uFFFD'); rename it, or pipe its text to standard input and name '-'.")]
    public static partial void NameNotUtf8(ILogger logger, string path);

    [LoggerMessage(53, LogLevel.Warning, "Waiting for a program to open the pipe {Path} for writing.")]
    public static partial void WaitingForWriter(ILogger logger, string path);

    [LoggerMessage(54, LogLevel.Warning, "{Path} looks like {Doubt}. It is read as plain text; to read the text in its records, name the field with {Option}.")]
    public static partial void NotPlainText(ILogger logger, string path, string doubt, Member option);
}
