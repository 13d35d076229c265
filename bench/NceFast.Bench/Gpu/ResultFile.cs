using System.Globalization;
using System.Text;

namespace NceFast.Bench.Gpu;

/// <summary>Collects a result in Markdown. It is written again after every step, so that a step that ends the process loses only itself.</summary>
/// <param name="path">The file.</param>
internal sealed class ResultFile(string path)
{
    private readonly StringBuilder _text = new();
    private readonly Lock _gate = new();

    /// <summary>Adds a line, prints it, and writes the file.</summary>
    public void Line(FormattableString line) => Line(line.ToString(CultureInfo.InvariantCulture));

    /// <inheritdoc cref="Line(FormattableString)"/>
    public void Line(string line = "")
    {
        lock (_gate)
        {
            _text.Append(line).Append('\n');
            Console.WriteLine(line);
            File.WriteAllText(path, _text.ToString());
        }
    }

    /// <summary>Adds a heading.</summary>
    public void Heading(string title)
    {
        Line();
        Line($"## {title}");
        Line();
    }

    /// <summary>Adds the first lines of a table.</summary>
    public void Table(params string[] columns)
    {
        Line($"| {string.Join(" | ", columns)} |");
        Line(string.Concat(Enumerable.Repeat("|---", columns.Length)) + "|");
    }
}
