using System.Text;

namespace NceFast.Evaluation.Internals;

/// <summary>
/// Divides lines of published tables into fields: by tabs, or else semicolons, or else commas, or else spaces. A field in double
/// quotes may contain the separator, and two double quotes in it are one.
/// </summary>
internal static class TableLine
{
    private const char Quote = '"';

    /// <summary>Divides a line at the first separator that gives enough fields, or else at spaces.</summary>
    /// <param name="line">The line.</param>
    /// <param name="least">The number of fields that are enough.</param>
    /// <param name="separator">The separator; a space stands for any number of spaces and tabs.</param>
    public static string[] Split(string line, int least, out char separator)
    {
        foreach (char candidate in "\t;,")
        {
            separator = candidate;
            if (line.Contains(candidate) && Split(line, candidate) is { } fields && fields.Length >= least)
                return fields;
        }

        separator = ' ';
        return line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
    }

    // Returns null if a quoted field does not end.
    private static string[]? Split(string line, char separator)
    {
        if (!line.Contains(Quote))
            return line.Split(separator, StringSplitOptions.TrimEntries);
        var fields = new List<string>();
        for (int at = 0; at <= line.Length;)
        {
            int start = at;
            while (start < line.Length && line[start] == ' ')
                start++;
            int end;
            if (start < line.Length && line[start] == Quote)
            {
                if (!TryQuoted(line, start, out string field, out int after))
                    return null;
                end = line.IndexOf(separator, after);
                end = end < 0 ? line.Length : end;
                fields.Add(field + line[after..end].TrimEnd());
            }
            else
            {
                end = line.IndexOf(separator, at);
                end = end < 0 ? line.Length : end;
                fields.Add(line[at..end].Trim());
            }

            at = end + 1;
        }

        return [.. fields];
    }

    private static bool TryQuoted(string line, int start, out string field, out int after)
    {
        var text = new StringBuilder();
        for (after = start + 1; after < line.Length; after++)
        {
            if (line[after] != Quote)
            {
                text.Append(line[after]);
            }
            else if (after + 1 < line.Length && line[after + 1] == Quote)
            {
                text.Append(Quote);
                after++;
            }
            else
            {
                after++;
                field = text.ToString().Trim();
                return true;
            }
        }

        field = "";
        return false;
    }
}
