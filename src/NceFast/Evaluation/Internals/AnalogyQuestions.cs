namespace NceFast.Evaluation.Internals;

/// <summary>Represents a question whose words are all known, by the row of each word.</summary>
internal readonly record struct AnalogyQuestion(int A, int B, int C, int Expected, int Section);

/// <summary>Represents a questions file whose words are resolved to rows.</summary>
internal sealed class AnalogyQuestions
{
    private AnalogyQuestions()
    {
    }

    public List<AnalogyQuestion> Questions { get; } = [];

    public List<(string Name, int Asked, int Skipped)> Sections { get; } = [];

    public int InvalidLines { get; private set; }

    public static AnalogyQuestions Read(StreamReader reader, string name, UpperCase words)
    {
        var set = new AnalogyQuestions();
        int lineNumber = 0;
        while (reader.ReadLine() is { } line)
        {
            lineNumber++;
            if (line.StartsWith(':'))
                set.Sections.Add((line.TrimStart(':', ' ').Trim(), 0, 0));
            else if (string.IsNullOrWhiteSpace(line))
                continue;
            else if (set.Sections.Count == 0)
                throw new NceFastException(ErrorKind.Input, $"{name}, line {lineNumber} is a question before the first section; begin the file with a line ': name'.");
            else
                set.Add(line, words);
        }

        if (set.Sections.Sum(s => s.Asked + s.Skipped) == 0)
            throw NoMeasurement.Because($"{name} has no question ({set.InvalidLines:N0} lines could not be read); after a line ': name', each line must have four words.", ("questions", 0), ("skipped", 0), ("invalidLines", set.InvalidLines));
        return set;
    }

    private void Add(string line, UpperCase words)
    {
        string[] parts = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length != 4)
        {
            InvalidLines++;
            return;
        }

        int[] rows = [.. parts.Select(p => words.Find(UpperCase.Of(p)))];
        (string name, int asked, int skipped) = Sections[^1];
        if (rows.Contains(-1))
        {
            Sections[^1] = (name, asked, skipped + 1);
            return;
        }

        Questions.Add(new AnalogyQuestion(rows[0], rows[1], rows[2], rows[3], Sections.Count - 1));
        Sections[^1] = (name, asked + 1, skipped);
    }
}
