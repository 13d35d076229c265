namespace NceFast.Evaluation.Internals;

/// <summary>Represents a question whose words are all known, by the row of each word.</summary>
/// <param name="A">The first word of the example.</param>
/// <param name="B">The second word of the example.</param>
/// <param name="C">The word that is asked about.</param>
/// <param name="Expected">The accepted answers.</param>
/// <param name="Section">The index of the section.</param>
internal readonly record struct AnalogyQuestion(int A, int B, int C, int[] Expected, int Section);

/// <summary>Represents a section of a questions file.</summary>
/// <param name="name">The name in the file, or that of the file.</param>
/// <param name="isNamed">Whether the name is in the file.</param>
internal sealed class QuestionSection(string name, bool isNamed)
{
    public string Name => name;

    public bool IsNamed => isNamed;

    public int Asked { get; set; }

    public int Skipped { get; set; }

    /// <summary>Gets the pairs of related words; the second word may have several forms.</summary>
    public List<(string First, string[] Second)> Pairs { get; } = [];
}

/// <summary>
/// Represents questions files whose words are resolved to rows. A line has the four words of a question, or, as in BATS, a word, a tab
/// and its related words separated by slashes. Each pair of a section is then an example for each other pair.
/// </summary>
internal sealed class AnalogyQuestions(UpperCase words)
{
    /// <summary>The largest number of pairs of a section, because the number of questions is its square.</summary>
    private const int MaxPairs = 1_000;

    public List<AnalogyQuestion> Questions { get; } = [];

    public List<QuestionSection> Sections { get; } = [];

    public int InvalidLines { get; private set; }

    /// <summary>Reads a file.</summary>
    /// <param name="reader">The file.</param>
    /// <param name="name">The name of the file in messages.</param>
    /// <param name="section">The name of the section of questions before the first line <c>: name</c>.</param>
    public void Read(StreamReader reader, string name, string section)
    {
        QuestionSection? current = null;
        int lineNumber = 0;
        while (reader.ReadLine() is { } line)
        {
            lineNumber++;
            if (line.StartsWith(':'))
            {
                Combine(current);
                Sections.Add(current = new QuestionSection(line.TrimStart(':', ' ').Trim(), isNamed: true));
            }
            else if (!string.IsNullOrWhiteSpace(line))
            {
                if (current is null)
                    Sections.Add(current = new QuestionSection(section, isNamed: false));
                Add(current, line);
                if (current.Pairs.Count > MaxPairs)
                    throw new NceFastException(ErrorKind.Input, $"{name}, line {lineNumber} is pair {current.Pairs.Count:N0} of its section; at most {MaxPairs:N0} are allowed, because each pair is asked with each other. Divide the section with lines ': name'.");
            }
        }

        Combine(current);
    }

    /// <summary>Throws if there is no question.</summary>
    public void EnsureAny(string name)
    {
        if (Sections.Sum(s => s.Asked + s.Skipped) == 0)
            throw NoMeasurement.Because($"{name} has no question ({InvalidLines:N0} lines could not be read); each line must have four words, or a word, a tab and its related words separated by '/' in at least two lines.", ("questions", 0), ("skipped", 0), ("invalidLines", InvalidLines));
    }

    private void Add(QuestionSection section, string line)
    {
        string[] parts = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        string[] pair = line.Split('\t', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        string[] related = pair.Length == 2 ? pair[1].Split('/', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) : [];
        if (parts.Length == 4)
            Ask(section, Row(parts[0]), Row(parts[1]), Row(parts[2]), Row(parts[3]) is var row and >= 0 ? [row] : []);
        else if (related.Length > 0)
            section.Pairs.Add((pair[0], related));
        else
            InvalidLines++;
    }

    private void Combine(QuestionSection? section)
    {
        if (section is null)
            return;
        if (section.Pairs.Count == 1)
            InvalidLines++; // No other pair can be its example.
        (int First, int[] Second)[] rows = [.. section.Pairs.Select(p => (Row(p.First), p.Second.Select(Row).Where(r => r >= 0).Distinct().ToArray()))];
        for (int asked = 0; asked < rows.Length; asked++)
        {
            for (int example = 0; example < rows.Length; example++)
            {
                if (example != asked)
                    Ask(section, rows[example].First, rows[example].Second.FirstOrDefault(-1), rows[asked].First, rows[asked].Second);
            }
        }

        section.Pairs.Clear();
    }

    private void Ask(QuestionSection section, int a, int b, int c, int[] expected)
    {
        if (a < 0 || b < 0 || c < 0 || expected.Length == 0)
        {
            section.Skipped++;
            return;
        }

        Questions.Add(new AnalogyQuestion(a, b, c, expected, Sections.Count - 1));
        section.Asked++;
    }

    private int Row(string word) => words.Find(UpperCase.Of(word));
}
