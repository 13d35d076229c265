using NceFast.Evaluation.Internals;
using NceFast.Numerics;
using NceFast.Store;

namespace NceFast.Evaluation;

/// <summary>
/// Answers "a is to b as c is to ?" with the word whose vector has the highest cosine with b - a + c, unit vectors
/// taken (3CosAdd; Mikolov, Yih and Zweig 2013). Words match without regard to case, the given words cannot be the
/// answer, and questions with an unknown word are left out, as in gensim's <c>evaluate_word_analogies</c>, with whose
/// figures these agree.
/// </summary>
public static class AnalogyEvaluation
{
    /// <summary>Candidates looked at after the three given rows are taken out: a case variant of a given word is passed over.</summary>
    private const int Candidates = 5;

    private const int GivenWords = 3;

    /// <summary>Evaluates a file of questions.</summary>
    /// <param name="vectors">Vectors in order of falling frequency.</param>
    /// <param name="questionsPath">Lines of four words in sections, each begun by a line <c>: name</c>.</param>
    /// <param name="restrict">Most frequent words considered, as given words and as answers; 0 for all.</param>
    /// <param name="cancellation">Stops the evaluation.</param>
    /// <returns>Counts by section and in total.</returns>
    /// <exception cref="NceFastException">
    /// The file is missing or holds a question before its first section (<see cref="ErrorKind.Input"/>), or no question with four
    /// known words (<see cref="ErrorKind.EmptyVocabulary"/>).
    /// </exception>
    /// <exception cref="OperationCanceledException">The evaluation was cancelled.</exception>
    public static AnalogyResult Run(WordVectors vectors, string questionsPath, int restrict = SimilarityEvaluation.DefaultRestrict, CancellationToken cancellation = default)
    {
        using StreamReader reader = EvaluationFile.Open(questionsPath);
        return Run(vectors, reader, questionsPath, restrict, cancellation);
    }

    /// <summary>Evaluates questions from a stream; see the other overload.</summary>
    /// <param name="vectors">Vectors in order of falling frequency.</param>
    /// <param name="questions">The questions, as UTF-8 text; the stream is closed.</param>
    /// <param name="restrict">Most frequent words considered; 0 for all.</param>
    /// <param name="cancellation">Stops the evaluation.</param>
    /// <returns>Counts by section and in total.</returns>
    /// <exception cref="NceFastException">
    /// The stream holds a question before its first section (<see cref="ErrorKind.Input"/>), or no question with four known words
    /// (<see cref="ErrorKind.EmptyVocabulary"/>).
    /// </exception>
    /// <exception cref="OperationCanceledException">The evaluation was cancelled.</exception>
    public static AnalogyResult Run(WordVectors vectors, Stream questions, int restrict = SimilarityEvaluation.DefaultRestrict, CancellationToken cancellation = default)
    {
        using StreamReader reader = EvaluationFile.Open(questions);
        return Run(vectors, reader, "the questions", restrict, cancellation);
    }

    private static AnalogyResult Run(WordVectors vectors, StreamReader reader, string name, int restrict, CancellationToken cancellation)
    {
        int rows = UpperCase.Restricted(vectors, restrict);
        var words = new UpperCase(vectors, rows);
        AnalogyQuestions set = AnalogyQuestions.Read(reader, name, words);
        int[] correct = new int[set.Sections.Count];
        if (set.Questions.Count > 0)
        {
            var search = new CosineSearch(vectors.Matrix, rows);
            using AlignedMatrix queries = Queries(vectors, search, set.Questions);
            Scored[][] found = search.Find(queries, Candidates + GivenWords, cancellation);
            for (int i = 0; i < found.Length; i++)
                correct[set.Questions[i].Section] += IsRight(set.Questions[i], found[i], words) ? 1 : 0;
        }

        AnalogySection[] sections = [.. set.Sections.Select((s, i) => new AnalogySection(s.Name, correct[i], s.Asked, s.Skipped))];
        var result = new AnalogyResult(sections, set.InvalidLines);
        return result.All.Questions > 0 ? result : throw Nothing.Measured(
            $"None of the {result.All.Skipped:N0} questions of {name} has four words that the vectors know among the {rows:N0} considered; take more words, or check language and spelling.",
            ("questions", 0), ("skipped", result.All.Skipped), ("invalidLines", result.InvalidLines));
    }

    /// <summary>Unit vectors of b - a + c, <c>[questions, dim]</c>.</summary>
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
            float scale = (float)CosineSearch.InverseLength(to);
            foreach (ref float f in to)
                f *= scale;
        }

        return queries;
    }

    /// <summary>
    /// Takes the given rows out of the candidates; the answer is the first of the next five that is no case variant of
    /// a given word, or the last of them when all are.
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

        return answer == words.Form(question.Expected);
    }
}
