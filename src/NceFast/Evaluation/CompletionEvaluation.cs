using NceFast.Evaluation.Internals;
using NceFast.Numerics;
using NceFast.Store;

namespace NceFast.Evaluation;

/// <summary>Represents the result of a sentence completion test.</summary>
/// <param name="Questions">The number of questions answered.</param>
/// <param name="Correct">The number of correct answers.</param>
/// <param name="UnknownOptions">The number of options, over all questions, with a word that is not in the vocabulary.</param>
/// <param name="Splits">The number of questions and correct answers of each split, in order of first appearance.</param>
public sealed record CompletionResult(int Questions, int Correct, int UnknownOptions, IReadOnlyList<(string Split, int Questions, int Correct)> Splits)
{
    /// <summary>Gets the number of questions, answered or not, with at least one option that contains an unknown word.</summary>
    public int QuestionsWithUnknownOptions { get; init; }

    /// <summary>Gets the number of questions that are not counted because the model cannot score any of their options.</summary>
    public int Unanswerable { get; init; }

    /// <summary>Gets the fraction of correct answers, 0 to 1, or NaN if there are no questions.</summary>
    public double Accuracy => Questions == 0 ? double.NaN : Correct / (double)Questions;
}

/// <summary>
/// Evaluates a language model by sentence completion (Zweig and Burges 2011). Each question is a sentence with a blank and
/// several options for it. The answer is the option whose whole sentence has the highest score, or the highest sum of the scores of several models.
/// </summary>
/// <remarks>
/// <para>The table has the columns id, split, answer, left and right, followed by one column per option. The columns are
/// separated by tabs, or else by semicolons or commas, where a column in double quotes may contain these. The answer is the letter of the
/// correct option (a for the first). The first line is a header if it has no answer, or if its answer is not a single letter.</para>
/// <para>A model with an open vocabulary omits unknown words, and a sentence with fewer words would score higher. Such a model
/// therefore never chooses an option that contains an unknown word. A question is not counted if all its options contain one,
/// and it is answered wrongly if its correct option contains one. A model with a closed vocabulary scores an unknown word as
/// &lt;unk&gt;.</para>
/// </remarks>
public static class CompletionEvaluation
{
    private const int FirstOption = 5;

    /// <summary>Answers the questions of a table.</summary>
    /// <param name="model">The model.</param>
    /// <param name="path">The path of the table: UTF-8, plain or gzip.</param>
    /// <param name="normalized">Whether to normalise scores exactly, which is slower.</param>
    /// <param name="cancellation">A token that stops the evaluation at the next question.</param>
    /// <param name="mixture">
    /// The mixture of this model with others, whose scores are always normalised exactly and whose cache holds the words of the same sentence
    /// only; null for the model alone.
    /// </param>
    /// <param name="with">
    /// More models, whose scores are added to those of the model, for example one that predicts each word from the words after it; null for none.
    /// </param>
    /// <exception cref="NceFastException">
    /// The table cannot be read or has an invalid line (<see cref="ErrorKind.Input"/>), or no question can be answered
    /// (<see cref="ErrorKind.EmptyVocabulary"/>).
    /// </exception>
    public static CompletionResult Run(LanguageModel model, string path, bool normalized = false, CancellationToken cancellation = default, ModelMixture? mixture = null, IReadOnlyList<LanguageModel>? with = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        LanguageModel[] models = [model, .. with ?? []];
        List<Question> asked = Read(models, path, cancellation);
        var chosen = new int[asked.Count];
        Failures.Unwrap(() => Parallel.For(0, asked.Count, new ParallelOptions { CancellationToken = cancellation }, () => new Scorers(models, mixture, normalized), (i, _, scorers) =>
        {
            chosen[i] = Best(scorers, asked[i]);
            return scorers;
        }, scorers => scorers.Dispose()));
        var splits = new List<(string Split, int Questions, int Correct)>();
        for (int i = 0; i < chosen.Length; i++)
        {
            if (chosen[i] >= 0)
                Count(splits, asked[i].Fields[1], chosen[i] == asked[i].Answer);
        }

        int unanswerable = chosen.Count(c => c < 0), unknown = asked.Sum(q => q.Known.Count(k => !k)), withUnknown = asked.Count(q => q.Known.Contains(false));
        int questions = splits.Sum(s => s.Questions);
        if (questions == 0)
        {
            throw NoMeasurement.Because(
                unanswerable == 0 ? $"{path} has no question; each line must have id, split, answer, left, right and the options, separated by tabs." : $"None of the {unanswerable:N0} questions in {path} has an option that the model can score; check that the table and the model have the same language and spelling.",
                ("questions", 0), ("correct", 0), ("unknownOptions", unknown), ("questionsWithUnknownOptions", withUnknown), ("unanswerable", unanswerable));
        }

        return new CompletionResult(questions, splits.Sum(s => s.Correct), unknown, splits) { QuestionsWithUnknownOptions = withUnknown, Unanswerable = unanswerable };
    }

    private static List<Question> Read(LanguageModel[] models, string path, CancellationToken cancellation)
    {
        var asked = new List<Question>();
        int number = 0;
        bool isFirst = true;
        foreach (string line in EvaluationFile.ReadLines(path))
        {
            cancellation.ThrowIfCancellationRequested();
            number++;
            if (line.Length == 0)
                continue;
            string[] fields = FieldsOf(line);
            bool isHeader = isFirst && (fields.Length < 3 || fields[2].Trim().Length > 1);
            isFirst = false;
            if (isHeader)
                continue;
            int answer = AnswerOf(fields, path, number);
            asked.Add(new Question(fields, answer, [.. fields[FirstOption..].Select(option => Words(option).All(w => models.All(model => model.Vocabulary.Find(w) >= 0)))]));
        }

        return asked;
    }

    private static string[] FieldsOf(string line)
    {
        if (line.Contains('\t'))
            return line.Split('\t');
        string[] fields = TableLine.Split(line, FirstOption + 2, out char separator);
        return separator == ' ' ? [line] : fields;
    }

    private static int AnswerOf(string[] fields, string path, int number)
    {
        string given = fields.Length > 2 ? fields[2].Trim() : "";
        int answer = given.Length == 1 ? char.ToLowerInvariant(given[0]) - 'a' : -1;
        if (fields.Length < FirstOption + 2 || answer < 0 || answer >= fields.Length - FirstOption)
            throw new NceFastException(ErrorKind.Input, $"{path}, line {number} has {fields.Length} columns and the answer '{given}'; a line must have id, split, answer, left, right and at least two options, separated by tabs, and the answer must be the letter of an option.");
        return answer;
    }

    // Returns -1 if no option has a score.
    private static int Best(Scorers scorers, Question question)
    {
        double best = double.NegativeInfinity;
        int chosen = -1;
        for (int option = 0; option < question.Known.Length; option++)
        {
            if (!question.Known[option] && !scorers.ScoresUnknownWords)
                continue;
            double score = scorers.Score($"{question.Fields[3]} {question.Fields[FirstOption + option]} {question.Fields[4]}");
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

    /// <summary>Represents a question.</summary>
    /// <param name="Fields">The columns of its line.</param>
    /// <param name="Answer">The index of the correct option.</param>
    /// <param name="Known">For each option, whether all vocabularies have all of its words.</param>
    private sealed record Question(string[] Fields, int Answer, bool[] Known);

    /// <summary>Scores sentences with several models on one thread.</summary>
    private sealed class Scorers(LanguageModel[] models, ModelMixture? mixture, bool normalized) : IDisposable
    {
        private readonly SentenceScorer[] _scorers = [.. models.Select((model, i) => new SentenceScorer(model, i == 0 ? mixture : null))];

        /// <summary>Gets a value indicating whether all models have a word that represents unknown ones.</summary>
        public bool ScoresUnknownWords { get; } = models.All(model => model.Shape.Unknown >= 0);

        public double Score(string sentence)
        {
            double sum = 0;
            for (int i = 0; i < models.Length; i++)
            {
                int[] ids = models[i].Encode(sentence);
                sum += normalized ? _scorers[i].LogProbability(ids) : _scorers[i].Score(ids);
            }

            return sum;
        }

        public void Dispose()
        {
            foreach (SentenceScorer scorer in _scorers)
                scorer.Dispose();
        }
    }
}
