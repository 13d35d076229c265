using NceFast.Evaluation.Internals;
using NceFast.Store;

namespace NceFast.Evaluation;

/// <summary>Result of a sentence completion.</summary>
/// <param name="Questions">Questions answered.</param>
/// <param name="Correct">Right answers.</param>
/// <param name="UnknownOptions">Options that are not in the vocabulary.</param>
/// <param name="Splits">Questions and right answers of each split, in order of first sight.</param>
public sealed record CompletionResult(int Questions, int Correct, int UnknownOptions, IReadOnlyList<(string Split, int Questions, int Correct)> Splits)
{
    /// <summary>Correct / questions.</summary>
    public double Accuracy => Questions == 0 ? double.NaN : Correct / (double)Questions;
}

/// <summary>
/// Sentence completion (Zweig and Burges 2011): of the options for a blank, that whose whole sentence scores best is the
/// answer. The table has a header line and columns id, split, answer, left, right, then an option each; tabs part them,
/// answer is the letter of the right one (a for the first).
/// </summary>
public static class CompletionEvaluation
{
    private const int FirstOption = 5;

    /// <summary>Answers a table of questions.</summary>
    /// <param name="model">The model.</param>
    /// <param name="path">The table, UTF-8, plain or gzip.</param>
    /// <param name="normalized">Whether scores are exactly normalised, which is slower.</param>
    /// <param name="cancellation">Stops at the next question.</param>
    /// <exception cref="NceFastException">The table cannot be read or a line is wrong, which is named (<see cref="ErrorKind.Input"/>).</exception>
    public static CompletionResult Run(LanguageModel model, string path, bool normalized = false, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        var splits = new List<(string Split, int Questions, int Correct)>();
        int unknown = 0, number = 1;
        using var scorer = new SentenceScorer(model);
        foreach (string line in EvaluationFile.ReadLines(path).Skip(1))
        {
            cancellation.ThrowIfCancellationRequested();
            number++;
            if (line.Length == 0)
                continue;
            string[] fields = line.Split('\t');
            int answer = fields.Length > 2 && fields[2].Length == 1 ? char.ToLowerInvariant(fields[2][0]) - 'a' : -1;
            if (fields.Length < FirstOption + 2 || answer < 0 || answer >= fields.Length - FirstOption)
                throw new NceFastException(ErrorKind.Input, $"{path}, line {number}: {fields.Length} columns and answer '{(fields.Length > 2 ? fields[2] : "")}' found; columns id, split, answer, left, right and at least two options are needed, parted by tabs, and answer is a letter that names an option.");
            unknown += fields[FirstOption..].Count(option => option.Split(' ', StringSplitOptions.RemoveEmptyEntries).Any(w => model.Vocabulary.Find(w) < 0));
            bool right = Best(model, scorer, fields, normalized) == answer;
            Count(splits, fields[1], right);
        }

        int questions = splits.Sum(s => s.Questions);
        if (questions == 0)
            throw new NceFastException(ErrorKind.Input, $"{path} has no question after its header line.");
        return new CompletionResult(questions, splits.Sum(s => s.Correct), unknown, splits);
    }

    private static int Best(LanguageModel model, SentenceScorer scorer, string[] fields, bool normalized)
    {
        double best = double.NegativeInfinity;
        int chosen = 0;
        for (int option = FirstOption; option < fields.Length; option++)
        {
            int[] ids = model.Encode($"{fields[3]} {fields[option]} {fields[4]}");
            double score = normalized ? scorer.LogProbability(ids) : scorer.Score(ids);
            if (score > best)
                (best, chosen) = (score, option - FirstOption);
        }

        return chosen;
    }

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
