namespace NceFast.Evaluation;

/// <summary>Analogies of one section, or of several taken together.</summary>
/// <param name="Name">Name in the questions file, or <c>all</c>, <c>semantic</c>, <c>syntactic</c>.</param>
/// <param name="Correct">Questions answered right.</param>
/// <param name="Questions">Questions asked: all four words are known.</param>
/// <param name="Skipped">Questions left out because a word is unknown or beyond the restriction.</param>
public sealed record AnalogySection(string Name, int Correct, int Questions, int Skipped)
{
    /// <summary>Part answered right, 0 to 1; NaN when none was asked.</summary>
    public double Accuracy => Questions == 0 ? double.NaN : (double)Correct / Questions;
}

/// <summary>How well vector offsets solve analogies.</summary>
/// <param name="Sections">Each section, in the order of the file.</param>
/// <param name="InvalidLines">Lines left out because they do not hold four words; blank lines are not counted.</param>
public sealed record AnalogyResult(IReadOnlyList<AnalogySection> Sections, int InvalidLines)
{
    /// <summary>All sections together.</summary>
    public AnalogySection All => Total("all", _ => true);

    /// <summary>Sections whose name does not begin with <c>gram</c>.</summary>
    public AnalogySection Semantic => Total("semantic", s => !IsSyntactic(s));

    /// <summary>Sections whose name begins with <c>gram</c>.</summary>
    public AnalogySection Syntactic => Total("syntactic", IsSyntactic);

    private static bool IsSyntactic(AnalogySection section) => section.Name.StartsWith("gram", StringComparison.Ordinal);

    private AnalogySection Total(string name, Func<AnalogySection, bool> taken)
    {
        AnalogySection[] some = [.. Sections.Where(taken)];
        return new AnalogySection(name, some.Sum(s => s.Correct), some.Sum(s => s.Questions), some.Sum(s => s.Skipped));
    }
}
