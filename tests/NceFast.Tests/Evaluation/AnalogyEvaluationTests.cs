using System.Text;
using NceFast.Evaluation;
using NceFast.Store;
using NceFast.Tests.Exports;
using Xunit;

namespace NceFast.Tests.Evaluation;

public class AnalogyEvaluationTests
{
    /// <summary>Vectors with one axis per theme, plus axes 2 and 3 for two relations. "rex" would be a wrong answer if case variants counted.</summary>
    private static WordVectors Vectors() => TestVectors.Make(
        ("man", [1f, 0f, 0f, 0f]), ("woman", [1f, 0f, 1f, 0f]), ("king", [0f, 1f, 0f, 0f]), ("queen", [0f, 1f, 1f, 0f]),
        ("KING", [0f, 1.1f, 0.9f, 0f]), ("men", [1f, 0f, 0f, 1f]), ("kings", [0f, 1f, 0f, 1f]), ("rare", [0f, -1f, -1f, -1f]));

    [Fact]
    public void Offsets_are_answered_and_counted_by_section()
    {
        AnalogyResult result = Run(": family\nman woman king queen\nMan Woman King queen\nman woman king rare\nman woman king lost\nthree words only\n\n: gram1-plural\nman men king kings\n", 0);
        Assert.Equal([new AnalogySection("family", 2, 3, 1), new AnalogySection("gram1-plural", 1, 1, 0)], result.Sections);
        Assert.Equal(new AnalogySection("all", 3, 4, 1), result.All);
        Assert.Equal(new AnalogySection("semantic", 2, 3, 1), result.Semantic);
        Assert.Equal(new AnalogySection("syntactic", 1, 1, 0), result.Syntactic);
        Assert.Equal(1, result.InvalidLines);
        Assert.Equal(0.75, result.All.Accuracy);
    }

    [Fact]
    public void The_restriction_limits_questions_and_answers()
    {
        Assert.Equal(ErrorKind.EmptyVocabulary, Assert.Throws<NceFastException>(() => Run(": s\nman woman king queen\n", 3)).Kind);
        Assert.Equal(1, Run(": s\nman woman king queen\n", 4).All.Correct);
        Assert.Equal(1, Run(": s\nman men king kings\nman woman king queen\n", 6).All.Skipped);
    }

    [Fact]
    public void Many_questions_agree_with_a_plain_loop()
    {
        using WordVectors vectors = TestVectors.Random(400, 6, 4);
        var random = new Random(9);
        int[][] questions = [.. Enumerable.Range(0, 300).Select(_ => Enumerable.Range(0, 3).Select(_ => random.Next(400)).ToArray())];
        int[] answers = [.. questions.Select(q => Answer(vectors, q))];

        // Every third question has a wrong expected answer, so that both outcomes occur.
        string text = ": s\n" + string.Concat(questions.Select((q, i) => $"w{q[0]} w{q[1]} w{q[2]} w{(i % 3 == 0 ? q[0] : answers[i])}\n"));
        AnalogyResult result = AnalogyEvaluation.Run(vectors, new MemoryStream(Encoding.UTF8.GetBytes(text)), 0);
        Assert.Equal(new AnalogySection("all", 200, 300, 0), result.All);
    }

    [Fact]
    public void A_question_before_any_section_and_an_empty_file_are_reported()
    {
        Assert.Contains("line 2", Assert.Throws<NceFastException>(() => Run("\nman woman king queen\n", 0)).Message, StringComparison.Ordinal);
        Assert.Equal(ErrorKind.EmptyVocabulary, Assert.Throws<NceFastException>(() => Run(": s\n", 0)).Kind);
    }

    [Fact]
    public void A_section_without_a_known_question_has_no_accuracy_and_a_file_without_one_is_an_error()
    {
        AnalogyResult result = Run(": known\nman woman king queen\n: lost\nman woman king lost\n", 0);
        Assert.Equal((1, double.NaN), (result.Sections[0].Accuracy, result.Sections[1].Accuracy));
        Assert.True(double.IsNaN(result.Syntactic.Accuracy));
        var error = Assert.Throws<NceFastException>(() => Run(": lost\nman woman king lost\n", 0));
        Assert.Equal(ErrorKind.EmptyVocabulary, error.Kind);
        Assert.Equal(1L, error.Data["skipped"]);
    }

    private static AnalogyResult Run(string questions, int restrict)
    {
        using WordVectors vectors = Vectors();
        return AnalogyEvaluation.Run(vectors, new MemoryStream(Encoding.UTF8.GetBytes(questions)), restrict);
    }

    private static int Answer(WordVectors vectors, int[] q)
    {
        double[] Unit(int row)
        {
            double length = Math.Sqrt(vectors.Matrix.Row(row).ToArray().Sum(f => (double)f * f));
            return [.. vectors.Matrix.Row(row).ToArray().Select(f => f / length)];
        }

        double[] a = Unit(q[0]), b = Unit(q[1]), c = Unit(q[2]);
        return Enumerable.Range(0, vectors.Count).Except(q)
            .MaxBy(row => Unit(row).Select((u, k) => u * (b[k] - a[k] + c[k])).Sum());
    }
}
