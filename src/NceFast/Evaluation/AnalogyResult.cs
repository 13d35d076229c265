namespace NceFast.Evaluation;

/// <summary>Represents the result of one section of analogy questions, or of several sections together.</summary>
/// <param name="Name">The name in the questions file, or <c>all</c>, <c>semantic</c> or <c>syntactic</c>.</param>
/// <param name="Correct">The number of questions answered correctly.</param>
/// <param name="Questions">The number of questions whose four words are all known.</param>
/// <param name="Skipped">The number of questions skipped because a word is unknown or is not among the words considered.</param>
public sealed record AnalogySection(string Name, int Correct, int Questions, int Skipped)
{
    /// <summary>Gets the fraction of correct answers, 0 to 1, or NaN if there are no questions.</summary>
    public double Accuracy => Questions == 0 ? double.NaN : (double)Correct / Questions;
}

/// <summary>Represents how well differences of word vectors solve analogies.</summary>
/// <param name="Sections">The sections, in the order of the file.</param>
/// <param name="InvalidLines">The number of lines ignored because they do not have four words; blank lines are not counted.</param>
public sealed record AnalogyResult(IReadOnlyList<AnalogySection> Sections, int InvalidLines)
{
    /// <summary>Gets the total of all sections.</summary>
    public AnalogySection All => Total("all", _ => true);

    /// <summary>Gets the total of the sections whose name does not begin with <c>gram</c>.</summary>
    public AnalogySection Semantic => Total("semantic", s => !IsSyntactic(s));

    /// <summary>Gets the total of the sections whose name begins with <c>gram</c>.</summary>
    public AnalogySection Syntactic => Total("syntactic", IsSyntactic);

    private static bool IsSyntactic(AnalogySection section) => section.Name.StartsWith("gram", StringComparison.Ordinal);

    private AnalogySection Total(string name, Func<AnalogySection, bool> taken)
    {
        AnalogySection[] some = [.. Sections.Where(taken)];
        return new AnalogySection(name, some.Sum(s => s.Correct), some.Sum(s => s.Questions), some.Sum(s => s.Skipped));
    }
}
