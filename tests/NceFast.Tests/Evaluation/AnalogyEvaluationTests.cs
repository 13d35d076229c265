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
    public void A_file_without_a_question_is_reported()
    {
        foreach (string text in (string[])[": s\n", "", "one\ttwo\n"])
            Assert.Equal(ErrorKind.EmptyVocabulary, Assert.Throws<NceFastException>(() => Run(text, 0)).Kind);
    }

    [Fact]
    public void Questions_before_any_section_have_the_name_of_their_file_and_no_kind()
    {
        using var folder = new TempFolder();
        using WordVectors vectors = Vectors();
        AnalogyResult result = AnalogyEvaluation.Run(vectors, folder.Write("msr.txt", Encoding.UTF8.GetBytes("\uFEFFman woman king queen\nman woman king lost\nthree words only\n: family\nman men king kings\n")), 0);
        Assert.Equal([new AnalogySection("msr", 1, 1, 1) { IsNamed = false }, new AnalogySection("family", 1, 1, 0)], result.Sections);
        Assert.Equal((2, 1, 0, 1), (result.All.Questions, result.Semantic.Questions, result.Syntactic.Questions, result.InvalidLines));
        Assert.Equal("questions", Run("man woman king queen\n", 0).Sections[0].Name);
    }

    [Fact]
    public void Each_pair_is_asked_with_each_other_as_its_example_and_has_several_answers()
    {
        // man:woman and king:queen ask each other, and "rare" is known but has no known answer.
        AnalogyResult result = Run("man\tlost/woman\nking\tqueen/KING\nrare\tlost\nunknown\tqueen\n", 0);
        Assert.Equal((2, 2, 12 - 2), (result.All.Correct, result.All.Questions, result.All.Skipped));
        Assert.Equal(2, Run("man\twrong/woman\nking\tmen/queen\n", 0).All.Correct);
        Assert.Equal(1, Run("man\twrong/woman\nking\tmen\n", 0).All.Questions - Run("man\twrong/woman\nking\tmen\n", 0).All.Correct);
        Assert.Equal((0, 1), (Run("man woman king queen\n: one\nman\twoman\n", 0).Sections[1].Questions, Run("man woman king queen\n: one\nman\twoman\n", 0).InvalidLines));
    }

    [Fact]
    public void A_folder_of_files_is_one_set_whose_sections_are_the_files()
    {
        string folder = Directory.CreateTempSubdirectory("ncefast").FullName;
        try
        {
            foreach (string name in (string[])["1_Inflectional/I01 [noun - plural_reg].txt", "3_Encyclopedic/E01 [male - female].txt", ".hidden"])
            {
                Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(folder, name))!);
                File.WriteAllText(Path.Combine(folder, name), name[0] == '1' ? "man\tmen\nking\tkings\n" : "man\twoman\nking\tqueen\n");
            }

            using WordVectors vectors = Vectors();
            AnalogyResult result = AnalogyEvaluation.Run(vectors, folder, 0);
            Assert.Equal(["I01 [noun - plural_reg]", "E01 [male - female]"], result.Sections.Select(s => s.Name));
            Assert.Equal((4, 2, 2), (result.All.Questions, result.Semantic.Questions, result.Syntactic.Questions));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        using WordVectors some = Vectors();
        using var empty = new TempFolder();
        Assert.Contains("is a folder without files", Assert.Throws<NceFastException>(() => AnalogyEvaluation.Run(some, empty["."], 0)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Too_many_pairs_in_a_section_are_an_error()
    {
        string pairs = string.Concat(Enumerable.Range(0, 1001).Select(i => $"a{i}\tb{i}\n"));
        Assert.Contains("line 1001 is pair 1,001 of its section; at most 1,000", Assert.Throws<NceFastException>(() => Run(pairs, 0)).Message, StringComparison.Ordinal);
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
