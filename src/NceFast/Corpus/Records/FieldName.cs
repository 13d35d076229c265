using System.Text;

namespace NceFast.Corpus.Records;

/// <summary>Splits the name of a nested field at its dots. <c>\.</c> is a dot in a name, and <c>\\</c> a backslash.</summary>
internal static class FieldName
{
    private const char Separator = '.', Escape = '\\';

    /// <summary>Splits a name, the outermost part first.</summary>
    public static string[] Split(string name)
    {
        var parts = new List<string>();
        var part = new StringBuilder();
        for (int i = 0; i < name.Length; i++)
        {
            if (name[i] == Escape && i + 1 < name.Length && name[i + 1] is Separator or Escape)
            {
                part.Append(name[++i]);
            }
            else if (name[i] == Separator)
            {
                parts.Add(part.ToString());
                part.Clear();
            }
            else
            {
                part.Append(name[i]);
            }
        }

        parts.Add(part.ToString());
        return [.. parts];
    }

    /// <summary>Joins parts to the name that <see cref="Split"/> splits into them.</summary>
    public static string Join(IEnumerable<string> parts) =>
        string.Join(Separator, parts.Select(part => part.Replace("\\", "\\\\", StringComparison.Ordinal).Replace(".", "\\.", StringComparison.Ordinal)));
}
