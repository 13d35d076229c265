using System.Text;

namespace NceFast.Cli;

/// <summary>
/// Text from files, as a terminal may show it. Characters that a terminal obeys instead of showing are written as <c>\u001b</c>:
/// control characters (C0, DEL, C1), line separators, what overrides the direction of text (U+202A to U+202E, U+2066 to
/// U+206F), and halves of surrogate pairs. Right-to-left words, their marks (U+200E, U+200F) and joiners (U+200D) stay as they are.
/// </summary>
internal static class PrintableText
{
    /// <summary>Escapes what a terminal would obey.</summary>
    /// <param name="text">Any text.</param>
    /// <param name="keepLines">Whether line ends are the program's own and stay.</param>
    public static string Escape(string text, bool keepLines = false)
    {
        int first = 0;
        while (first < text.Length && !IsObeyed(text, first, keepLines))
            first++;
        if (first == text.Length)
            return text;
        var escaped = new StringBuilder(text, 0, first, text.Length + 16);
        for (int i = first; i < text.Length; i++)
        {
            if (IsObeyed(text, i, keepLines))
                escaped.Append("\\u").Append(((int)text[i]).ToString("x4"));
            else
                escaped.Append(text[i]);
        }

        return escaped.ToString();
    }

    /// <summary>Whether a terminal may act on a single character.</summary>
    public static bool IsObeyed(char c) => c is (< ' ' and not '\t') or (>= '\x7F' and <= '\x9F') or (>= '\u2028' and <= '\u202E') or (>= '\u2066' and <= '\u206F');

    private static bool IsObeyed(string text, int i, bool keepLines)
    {
        char c = text[i];
        if (char.IsSurrogate(c))
            return char.IsHighSurrogate(c) ? i + 1 == text.Length || !char.IsLowSurrogate(text[i + 1]) : i == 0 || !char.IsHighSurrogate(text[i - 1]);
        if (keepLines && (c == '\n' || (c == '\r' && i + 1 < text.Length && text[i + 1] == '\n')))
            return false;
        return IsObeyed(c);
    }
}

/// <summary>
/// Writes to a terminal what a terminal does not obey: a line written by <see cref="WriteLine(string)"/> stays one line,
/// while text written by <see cref="Write(string)"/> keeps its line ends.
/// </summary>
/// <param name="inner">Takes the escaped text.</param>
internal sealed class PrintableWriter(TextWriter inner) : TextWriter
{
    public override Encoding Encoding => inner.Encoding;

    public override void Write(char value)
    {
        if (value is not '\n' && PrintableText.IsObeyed(value))
            inner.Write(PrintableText.Escape(value.ToString()));
        else
            inner.Write(value);
    }

    public override void Write(char[] buffer, int index, int count) => Write(new string(buffer, index, count));

    public override void Write(ReadOnlySpan<char> buffer) => Write(buffer.ToString());

    public override void Write(string? value)
    {
        if (value is not null)
            inner.Write(PrintableText.Escape(value, keepLines: true));
    }

    public override void WriteLine(string? value) => inner.WriteLine(value is null ? null : PrintableText.Escape(value));

    public override void Flush() => inner.Flush();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            inner.Dispose();
        base.Dispose(disposing);
    }
}
