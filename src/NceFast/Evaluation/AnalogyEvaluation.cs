using NceFast.Evaluation.Internals;
using NceFast.Numerics;
using NceFast.Store;

namespace NceFast.Evaluation;

/// <summary>
/// Answers questions of the form "a is to b as c is to ?". The answer is the word whose vector has the highest cosine with
/// b - a + c, where a, b and c are scaled to unit length (3CosAdd; Mikolov, Yih and Zweig 2013). Words are compared without
/// regard to case, the three given words cannot be the answer, and questions with an unknown word are skipped. The results
/// agree with those of gensim's <c>evaluate_word_analogies</c>.
/// </summary>
public static class AnalogyEvaluation
{
    /// <summary>The number of candidates to examine besides the three given rows; case variants of a given word are skipped.</summary>
    private const int Candidates = 5;

    private const int GivenWords = 3;

    /// <summary>Evaluates a file of questions.</summary>
    /// <param name="vectors">The vectors, most frequent word first.</param>
    /// <param name="questionsPath">
    /// A file, or a folder of files. A line has four words, or a word, a tab and its related words separated by slashes (BATS), each
    /// of which is then a correct answer, and each pair of a section is an example for each other pair. A line <c>: name</c> begins a
    /// section. Questions before the first section form a section with the name of the file.
    /// </param>
    /// <param name="restrict">How many of the most frequent words to consider, both as given words and as answers; 0 for all.</param>
    /// <param name="cancellation">A token that stops the evaluation.</param>
    /// <returns>The counts per section and in total.</returns>
    /// <exception cref="NceFastException">
    /// The file is missing or has more than 1,000 pairs in a section (<see cref="ErrorKind.Input"/>), or no question has four known
    /// words (<see cref="ErrorKind.EmptyVocabulary"/>).
    /// </exception>
    /// <exception cref="OperationCanceledException">The evaluation was cancelled.</exception>
    public static AnalogyResult Run(WordVectors vectors, string questionsPath, int restrict = SimilarityEvaluation.DefaultRestrict, CancellationToken cancellation = default)
    {
        return Run(vectors, questionsPath, restrict, cancellation, set =>
        {
            foreach (string path in EvaluationFile.FilesOf(questionsPath))
            {
                using StreamReader reader = EvaluationFile.Open(path);
                set.Read(reader, path, Path.GetFileNameWithoutExtension(path));
            }
        });
    }

    /// <summary>Evaluates questions from a stream.</summary>
    /// <param name="vectors">The vectors, most frequent word first.</param>
    /// <param name="questions">The questions, as UTF-8 text; the stream is closed.</param>
    /// <param name="restrict">How many of the most frequent words to consider; 0 for all.</param>
    /// <param name="cancellation">A token that stops the evaluation.</param>
    /// <returns>The counts per section and in total.</returns>
    /// <exception cref="NceFastException">
    /// The stream has more than 1,000 pairs in a section (<see cref="ErrorKind.Input"/>), or no question has four known words
    /// (<see cref="ErrorKind.EmptyVocabulary"/>).
    /// </exception>
    /// <exception cref="OperationCanceledException">The evaluation was cancelled.</exception>
    public static AnalogyResult Run(WordVectors vectors, Stream questions, int restrict = SimilarityEvaluation.DefaultRestrict, CancellationToken cancellation = default)
    {
        using StreamReader reader = EvaluationFile.Open(questions);
        return Run(vectors, "the questions", restrict, cancellation, set => set.Read(reader, "the questions", "questions"));
    }

    private static AnalogyResult Run(WordVectors vectors, string name, int restrict, CancellationToken cancellation, Action<AnalogyQuestions> read)
    {
        int rows = UpperCase.Restricted(vectors, restrict);
        var words = new UpperCase(vectors, rows);
        var set = new AnalogyQuestions(words);
        read(set);
        set.EnsureAny(name);
        int[] correct = new int[set.Sections.Count];
        if (set.Questions.Count > 0)
        {
            var search = new CosineSearch(vectors.Matrix, rows);
            using AlignedMatrix queries = Queries(vectors, search, set.Questions);
            Scored[][] found = search.Find(queries, Candidates + GivenWords, cancellation);
            for (int i = 0; i < found.Length; i++)
                correct[set.Questions[i].Section] += IsRight(set.Questions[i], found[i], words) ? 1 : 0;
        }

        AnalogySection[] sections = [.. set.Sections.Select((s, i) => new AnalogySection(s.Name, correct[i], s.Asked, s.Skipped) { IsNamed = s.IsNamed })];
        var result = new AnalogyResult(sections, set.InvalidLines);
        return result.All.Questions > 0 ? result : throw NoMeasurement.Because(
            $"None of the {result.All.Skipped:N0} questions in {name} has all four words among the {rows:N0} most frequent words of the vectors; consider more words, or check the language and the spelling.",
            ("questions", 0), ("skipped", result.All.Skipped), ("invalidLines", result.InvalidLines));
    }

    /// <summary>Computes b - a + c for each question and scales it to unit length, <c>[questions, dim]</c>.</summary>
    private static AlignedMatrix Queries(WordVectors vectors, CosineSearch search, List<AnalogyQuestion> questions)
    {
        var queries = new AlignedMatrix(questions.Count, vectors.Dim);
        for (int i = 0; i < questions.Count; i++)
        {
            AnalogyQuestion q = questions[i];
            Span<float> a = vectors.Matrix.Row(q.A), b = vectors.Matrix.Row(q.B), c = vectors.Matrix.Row(q.C), to = queries.Row(i);
            float sa = search.Scale(q.A), sb = search.Scale(q.B), sc = search.Scale(q.C);
            for (int k = 0; k < to.Length; k++)
                to[k] = b[k] * sb + c[k] * sc - a[k] * sa;
            float scale = CosineSearch.ScaleOf(to);
            foreach (ref float f in to)
                f *= scale;
        }

        return queries;
    }

    /// <summary>
    /// Skips the given rows and examines the next five candidates. The answer is the first of them that is not a case
    /// variant of a given word, or the last of them if all are.
    /// </summary>
    private static bool IsRight(AnalogyQuestion question, Scored[] found, UpperCase words)
    {
        string answer = "";
        int looked = 0;
        foreach (Scored candidate in found)
        {
            if (candidate.Row == question.A || candidate.Row == question.B || candidate.Row == question.C)
                continue;
            if (looked++ == Candidates)
                break;
            answer = words.Form(candidate.Row);
            if (answer != words.Form(question.A) && answer != words.Form(question.B) && answer != words.Form(question.C))
                break;
        }

        return question.Expected.Any(row => answer == words.Form(row));
    }
}
