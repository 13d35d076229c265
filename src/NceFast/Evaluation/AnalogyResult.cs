namespace NceFast.Evaluation;

/// <summary>Represents the result of one section of analogy questions, or of several sections together.</summary>
/// <param name="Name">The name in the questions file, or that of the file, or <c>all</c>, <c>semantic</c> or <c>syntactic</c>.</param>
/// <param name="Correct">The number of questions answered correctly.</param>
/// <param name="Questions">The number of questions whose four words are all known.</param>
/// <param name="Skipped">The number of questions skipped because a word is unknown or is not among the words considered.</param>
public sealed record AnalogySection(string Name, int Correct, int Questions, int Skipped)
{
    /// <summary>Gets the fraction of correct answers, 0 to 1, or NaN if there are no questions.</summary>
    public double Accuracy => Questions == 0 ? double.NaN : (double)Correct / Questions;

    /// <summary>Gets whether the name is in the questions file. Otherwise it is the name of the file.</summary>
    public bool IsNamed { get; init; } = true;
}

/// <summary>Represents how well differences of word vectors solve analogies.</summary>
/// <param name="Sections">The sections, in the order of the file.</param>
/// <param name="InvalidLines">The number of lines ignored because they have neither four words nor a pair of words that can be asked; blank lines are not counted.</param>
public sealed record AnalogyResult(IReadOnlyList<AnalogySection> Sections, int InvalidLines)
{
    /// <summary>Gets the total of all sections.</summary>
    public AnalogySection All => Total("all", _ => true);

    /// <summary>
    /// Gets the total of the sections of semantic questions: those whose name does not begin with <c>gram</c>, and E and L of BATS. A
    /// section with the name of its file belongs to neither kind, unless it is one of BATS.
    /// </summary>
    public AnalogySection Semantic => Total("semantic", s => IsSyntactic(s) == false);

    /// <summary>Gets the total of the sections of syntactic questions: those whose name begins with <c>gram</c>, and I and D of BATS.</summary>
    public AnalogySection Syntactic => Total("syntactic", s => IsSyntactic(s) == true);

    private static bool? IsSyntactic(AnalogySection section) => section switch
    {
        { Name: ['I' or 'D', >= '0' and <= '9', >= '0' and <= '9', ' ', ..] } => true,
        { Name: ['E' or 'L', >= '0' and <= '9', >= '0' and <= '9', ' ', ..] } => false,
        { IsNamed: false } => null,
        _ => section.Name.StartsWith("gram", StringComparison.Ordinal),
    };

    private AnalogySection Total(string name, Func<AnalogySection, bool> taken)
    {
        AnalogySection[] some = [.. Sections.Where(taken)];
        return new AnalogySection(name, some.Sum(s => s.Correct), some.Sum(s => s.Questions), some.Sum(s => s.Skipped));
    }
}
