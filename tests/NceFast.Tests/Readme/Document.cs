using System.Text;
using System.Text.RegularExpressions;

namespace NceFast.Tests.Readme;

/// <summary>Represents a document in Markdown.</summary>
internal sealed partial class Document
{
    private Document(string path, string text)
    {
        (Path, Text) = (path, text);
        string language = "";
        bool inFence = false, wasCode = false;
        var block = new StringBuilder();
        string previous = "";
        foreach (string line in Text.Split('\n'))
        {
            if (line.StartsWith("```", StringComparison.Ordinal))
            {
                if (inFence)
                    Fenced.Add((language, block.ToString()));
                (inFence, language) = (!inFence, line[3..]);
                block.Clear();
            }
            else if (inFence)
            {
                block.Append(line).Append('\n');
            }
            else if (line.StartsWith("    ", StringComparison.Ordinal) && (wasCode || previous.Length == 0))
            {
                wasCode = true;
                Code.Add(line.Trim());
            }
            else
            {
                wasCode = wasCode && line.Length == 0;
                Prose.Add(line);
            }

            previous = line;
        }
    }

    /// <summary>Gets README.md and the documents that users read, without the reference, which is made from the program.</summary>
    public static IReadOnlyList<Document> OfUsers { get; } =
    [
        .. Files("src/docs").Where(path => !path.EndsWith("command-line.md", StringComparison.Ordinal)).Prepend("README.md").Append("src/deploy/README.md").Select(Read),
    ];

    /// <summary>Gets all documents of the project.</summary>
    public static IReadOnlyList<Document> All { get; } = [.. Files("").Select(Read)];

    /// <summary>Gets the path in the repository.</summary>
    public string Path { get; }

    public string Text { get; }

    /// <summary>Gets the indented lines, which are commands and their output.</summary>
    public List<string> Code { get; } = [];

    /// <summary>Gets the blocks between lines of three backticks, each with its language.</summary>
    public List<(string Language, string Text)> Fenced { get; } = [];

    /// <summary>Gets all other lines.</summary>
    public List<string> Prose { get; } = [];

    public static Document Read(string path) => new(path, File.ReadAllText(System.IO.Path.Combine(ReadmeTests.FindRoot(), path)).ReplaceLineEndings("\n"));

    /// <summary>Gets the lines of code below a heading, up to the next one of the same or a higher level.</summary>
    public IReadOnlyList<string> CodeBelow(string heading) => new Document(Path, Below(heading)).Code;

    /// <summary>Gets the text below a heading, up to the next one of the same or a higher level.</summary>
    public string Below(string heading)
    {
        int start = Text.IndexOf($"\n{heading}\n", StringComparison.Ordinal) + 1;
        if (start == 0)
            throw new ArgumentException($"{Path} has no line '{heading}'.", nameof(heading));
        start += heading.Length;
        Match end = Regex.Match(Text[start..], $"^#{{1,{heading.IndexOf(' ', StringComparison.Ordinal)}}} ", RegexOptions.Multiline);
        return end.Success ? Text[start..(start + end.Index)] : Text[start..];
    }

    /// <summary>Gets the texts between backticks.</summary>
    public IEnumerable<string> Spans() => Span().Matches(string.Join('\n', Prose)).Select(match => match.Groups[1].Value.ReplaceLineEndings(" "));

    /// <summary>Gets the targets of the links.</summary>
    public IEnumerable<string> Links() => Link().Matches(Span().Replace(string.Join('\n', Prose), "code")).Select(match => match.Groups[1].Value);

    /// <summary>Gets the anchors of the headings, as GitHub makes them.</summary>
    public IReadOnlySet<string> Anchors()
    {
        var anchors = new HashSet<string>();
        foreach (string line in Prose.Where(line => Heading().IsMatch(line)))
        {
            string anchor = string.Concat(line.TrimStart('#').Trim().ToLowerInvariant().Replace(' ', '-').Where(c => char.IsLetterOrDigit(c) || c is '-' or '_'));
            string unique = anchor;
            for (int i = 1; !anchors.Add(unique); i++)
                unique = $"{anchor}-{i}";
        }

        return anchors;
    }

    public override string ToString() => Path;

    private static IEnumerable<string> Files(string folder)
    {
        string root = ReadmeTests.FindRoot();
        return Directory.EnumerateFiles(System.IO.Path.Combine(root, folder), "*.md", SearchOption.AllDirectories)
            .Select(file => System.IO.Path.GetRelativePath(root, file).Replace('\\', '/'))
            .Where(file => !file.Split('/').Any(part => part is "bin" or "obj" or "shared" or ".git"))
            .Order(StringComparer.Ordinal);
    }

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Span();

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex("^#{1,6} ")]
    private static partial Regex Heading();
}
