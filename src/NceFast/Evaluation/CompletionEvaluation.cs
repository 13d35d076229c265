using NceFast.Evaluation.Internals;
using NceFast.Store;

namespace NceFast.Evaluation;

/// <summary>Result of a sentence completion.</summary>
/// <param name="Questions">Questions answered.</param>
/// <param name="Correct">Right answers.</param>
/// <param name="UnknownOptions">Options with a word that is not in the vocabulary, in all questions.</param>
/// <param name="Splits">Questions and right answers of each split, in order of first sight.</param>
public sealed record CompletionResult(int Questions, int Correct, int UnknownOptions, IReadOnlyList<(string Split, int Questions, int Correct)> Splits)
{
    /// <summary>Questions, answered or not, with at least one such option.</summary>
    public int QuestionsWithUnknownOptions { get; init; }

    /// <summary>Questions that are not counted, because the model can score none of their options.</summary>
    public int Unanswerable { get; init; }

    /// <summary>Correct / questions.</summary>
    public double Accuracy => Questions == 0 ? double.NaN : Correct / (double)Questions;
}

/// <summary>
/// Sentence completion (Zweig and Burges 2011): of the options for a blank, that whose whole sentence scores best is the
/// answer. The table has columns id, split, answer, left, right, then an option each; tabs part them, answer is the letter of
/// the right one (a for the first). A first line without an answer, or whose answer is no single letter, is a header.
/// </summary>
/// <remarks>
/// In an open vocabulary unknown words are left out, and a sentence of fewer words scores higher: an option with an
/// unknown word is therefore impossible, as its probability is 0. A question whose options are all impossible is not
/// answerable and counts neither as right nor as wrong; one whose right option is impossible is answered wrongly. In a
/// closed vocabulary an unknown word is scored as &lt;unk&gt;.
/// </remarks>
public static class CompletionEvaluation
{
    private const int FirstOption = 5;

    /// <summary>Answers a table of questions.</summary>
    /// <param name="model">The model.</param>
    /// <param name="path">The table, UTF-8, plain or gzip.</param>
    /// <param name="normalized">Whether scores are exactly normalised, which is slower.</param>
    /// <param name="cancellation">Stops at the next question.</param>
    /// <exception cref="NceFastException">
    /// The table cannot be read or a line is wrong, which is named (<see cref="ErrorKind.Input"/>), or no question can be answered
    /// (<see cref="ErrorKind.EmptyVocabulary"/>).
    /// </exception>
    public static CompletionResult Run(LanguageModel model, string path, bool normalized = false, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        var splits = new List<(string Split, int Questions, int Correct)>();
        int unknown = 0, withUnknown = 0, unanswerable = 0, number = 0;
        bool isFirst = true;
        using var scorer = new SentenceScorer(model);
        foreach (string line in EvaluationFile.ReadLines(path))
        {
            cancellation.ThrowIfCancellationRequested();
            number++;
            if (line.Length == 0)
                continue;
            string[] fields = line.Split('\t');
            bool isHeader = isFirst && (fields.Length < 3 || fields[2].Trim().Length > 1);
            isFirst = false;
            if (isHeader)
                continue;
            int answer = AnswerOf(fields, path, number);
            bool[] known = [.. fields[FirstOption..].Select(option => Words(option).All(w => model.Vocabulary.Find(w) >= 0))];
            unknown += known.Count(k => !k);
            withUnknown += known.Contains(false) ? 1 : 0;
            int best = Best(model, scorer, fields, known, normalized);
            if (best < 0)
                unanswerable++;
            else
                Count(splits, fields[1], best == answer);
        }

        int questions = splits.Sum(s => s.Questions);
        if (questions == 0)
        {
            throw Nothing.Measured(
                unanswerable == 0 ? $"{path} holds no question; lines must hold id, split, answer, left, right and the options, separated by tabs." : $"None of the {unanswerable:N0} questions of {path} has an option that the model can score; is the table of another language or spelling than the model?",
                ("questions", 0), ("correct", 0), ("unknownOptions", unknown), ("questionsWithUnknownOptions", withUnknown), ("unanswerable", unanswerable));
        }

        return new CompletionResult(questions, splits.Sum(s => s.Correct), unknown, splits) { QuestionsWithUnknownOptions = withUnknown, Unanswerable = unanswerable };
    }

    private static int AnswerOf(string[] fields, string path, int number)
    {
        string given = fields.Length > 2 ? fields[2].Trim() : "";
        int answer = given.Length == 1 ? char.ToLowerInvariant(given[0]) - 'a' : -1;
        if (fields.Length < FirstOption + 2 || answer < 0 || answer >= fields.Length - FirstOption)
            throw new NceFastException(ErrorKind.Input, $"{path}, line {number}: {fields.Length} columns and answer '{given}' found; columns id, split, answer, left, right and at least two options are needed, separated by tabs, and answer is a letter that names an option.");
        return answer;
    }

    // -1 when no option has a score.
    private static int Best(LanguageModel model, SentenceScorer scorer, string[] fields, bool[] known, bool normalized)
    {
        double best = double.NegativeInfinity;
        int chosen = -1;
        for (int option = 0; option < known.Length; option++)
        {
            if (!known[option] && model.Shape.Unknown < 0)
                continue;
            int[] ids = model.Encode($"{fields[3]} {fields[FirstOption + option]} {fields[4]}");
            double score = normalized ? scorer.LogProbability(ids) : scorer.Score(ids);
            if (score > best)
                (best, chosen) = (score, option);
        }

        return chosen;
    }

    private static string[] Words(string text) => text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);

    private static void Count(List<(string Split, int Questions, int Correct)> splits, string split, bool right)
    {
        int at = splits.FindIndex(s => s.Split == split);
        if (at < 0)
        {
            at = splits.Count;
            splits.Add((split, 0, 0));
        }

        (_, int questions, int correct) = splits[at];
        splits[at] = (split, questions + 1, correct + (right ? 1 : 0));
    }
}
