using System.Text;
using MathNet.Numerics.Statistics;
using NceFast.Evaluation;
using NceFast.Store;
using NceFast.Tests.Exports;
using Xunit;

namespace NceFast.Tests.Evaluation;

public class SimilarityEvaluationTests
{
    /// <summary>Vectors whose cosines with a are 0.8 for b, 0.6 for c, 0 for d and -1 for e.</summary>
    private static WordVectors Vectors() => TestVectors.Make(
        ("a", [2f, 0f]), ("b", [0.8f, 0.6f]), ("c", [3f, 4f]), ("d", [0f, 1f]), ("e", [-5f, 0f]), ("B", [0f, -1f]), ("zero", [0f, 0f]));

    [Fact]
    public void Pairs_with_the_same_score_share_their_average_rank()
    {
        // The ranks are 1 2.5 2.5 4 and 1 3 2 4. Their covariance is 4.5 and their squares are 4.5 and 5: rho = 4.5 / sqrt(22.5).
        Assert.Equal(4.5 / Math.Sqrt(22.5), Run("a\te\t1\na\tc\t2\na\td\t2\na\tb\t3\n", 0).Spearman, 12);
        Assert.Equal(-1, Run("a\te\t3\na\td\t2\na\tb\t1\n", 0).Spearman);
    }

    [Fact]
    public void Pairs_are_read_matched_and_counted()
    {
        const string Pairs = "# comment\nWord 1\tWord 2\tScore\na\tb\t9\nA\tC\t8\n\na,d,7\na e 1 extra\na\tmissing\t3\nbroken\na\tb\tnan\n";
        SimilarityResult result = Run(Pairs, 0);
        Assert.Equal((4, 1, 2), (result.Pairs, result.Skipped, result.InvalidLines));
        Assert.Equal(0.2, result.OutOfVocabularyRate, 12);
        Assert.Equal(1, result.Spearman, 12);
        Assert.Equal(Correlation.Pearson(new double[] { 9, 8, 7, 1 }, new[] { 0.8, 0.6, 0, -1 }), result.Pearson, 6);
    }

    [Fact]
    public void The_restriction_takes_the_first_rows()
    {
        SimilarityResult result = Run("a\tb\t3\na\tc\t2\na\td\t1\nb\tc\t4\n", 3);
        Assert.Equal((3, 1), (result.Pairs, result.Skipped));
    }

    [Theory]
    [InlineData("", "0 lines could not be read", 0, 0)]
    [InlineData("x\ty\t3\n", "both words of 0", 0, 1)]
    [InlineData("a\tb\t3\na\tc\t2\nx\ty\t1\n", "both words of 2", 2, 1)] // Two points always lie on a line.
    [InlineData("a\tb\t3\na\tc\t3\na\td\t3\n", "scores of all 3", 3, 0)]
    [InlineData("a\tb\t1\na\tb\t2\nb\ta\t3\n", "cosines of all 3", 3, 0)]
    public void A_missing_correlation_is_an_error_with_the_reason_and_the_counts(string pairs, string reason, long known, long skipped)
    {
        var error = Assert.Throws<NceFastException>(() => Run(pairs, 0));
        Assert.Equal(ErrorKind.EmptyVocabulary, error.Kind);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        Assert.Equal((known, skipped), ((long)error.Data["pairs"]!, (long)error.Data["skipped"]!));
    }

    [Theory]
    [InlineData("Word 1\tWord 2\tHuman (mean)\n", 0)]
    [InlineData("word1,word2,score\n", 0)]
    [InlineData("a\tb\n", 1)] // A header needs three columns.
    public void Only_a_first_line_of_column_names_may_lack_a_score(string first, int invalid)
    {
        const string Pairs = "a\tb\t3\na\tc\t2\na\td\t1\n";
        Assert.Equal((3, invalid), (Run(first + Pairs, 0).Pairs, Run(first + Pairs, 0).InvalidLines));
        Assert.Equal(1, Run(Pairs + "Word 1\tWord 2\tScore\n", 0).InvalidLines);
    }

    [Theory]
    [InlineData("word1\tword2\tPOS\tSimLex999\tconc(w1)\tconc(w2)\n{0}\t{1}\tA\t{2}\t2.72\t2.81\n")] // SimLex-999
    [InlineData("word1 word2 POS SimLex999 conc(w1)\n{0} {1} N {2} 2.72\n")]
    [InlineData("Word 1,Word 2,Human (mean)\n{0},{1},{2}\n")] // WordSim-353, combined.csv
    [InlineData("Word 1\tWord 2\tHuman (mean)\r\n{0}\t{1}\t{2}\r\n")]
    [InlineData("{0} {1} {2}\n")] // MEN
    [InlineData("{0}-n {1}-j {2}\n")]
    [InlineData("{0}\t{1}\t{2}\t5\t7\t3\n")] // RareWords
    [InlineData("{0}\t{1}\tV\t{2}\tSYNONYMS\n")] // SimVerb-3500
    [InlineData("{0};{1};{2}\n")] // RG-65
    [InlineData("id;word1;word2;rating\n17;{0};{1};{3}\n")] // decimal commas
    [InlineData("\"score\",\"note, further\",\"w2\",\"w1\"\n\"{2}\",\"a, \"\"b\"\"\",\"{1}\",\"{0}\"\n")]
    [InlineData(",word1,word2,similarity\n0,{0},{1},{2}\n")] // an index
    [InlineData("\uFEFFWord1\tWord2\tMean\n{0}\t{1}\t{2}\n")]
    public void Published_tables_are_read_as_they_are(string form)
    {
        int line = form.IndexOf("{0}", StringComparison.Ordinal), start = form.LastIndexOf('\n', line) + 1;
        string[] rows = [.. new[] { ("a", "b", 9.25), ("a", "c", 8.5), ("a", "d", 7), ("A", "E", 1.75), ("a", "lost", 3) }
            .Select(r => string.Format(System.Globalization.CultureInfo.InvariantCulture, form[start..], r.Item1, r.Item2, r.Item3, r.Item3.ToString(System.Globalization.CultureInfo.InvariantCulture).Replace('.', ',')))];
        SimilarityResult result = Run(form[..start] + string.Concat(rows), 0);
        Assert.Equal((4, 1, 0), (result.Pairs, result.Skipped, result.InvalidLines));
        Assert.Equal(Correlation.Pearson(new double[] { 9.25, 8.5, 7, 1.75 }, new[] { 0.8, 0.6, 0, -1 }), result.Pearson, 6);
    }

    [Fact]
    public void Words_in_quotes_may_contain_the_separator()
    {
        using WordVectors vectors = TestVectors.Make(("a, b", [2f, 0f]), ("\"", [0.8f, 0.6f]), ("c", [3f, 4f]), ("d;", [0f, 1f]));
        SimilarityResult result = SimilarityEvaluation.Run(vectors, new MemoryStream(Encoding.UTF8.GetBytes("\"a, b\",\"\"\"\",9\n\"a, b\", c ,8\n\"a, b\",\"d;\",1\n\"unclosed,c,3\nc,\"d;\"\n")), 0);
        Assert.Equal((3, 0, 2), (result.Pairs, result.Skipped, result.InvalidLines));
    }

    [Fact]
    public void The_score_is_in_one_column_and_lines_without_it_are_counted()
    {
        SimilarityResult result = Run("a\tb\tN\t9\na\tc\tN\t8\na\td\tN\t2\na\td\t5\na\td\t5\tx\n", 0);
        Assert.Equal((3, 2), (result.Pairs, result.InvalidLines));
    }

    [Fact]
    public void A_zero_vector_has_cosine_zero() =>
        Assert.Equal(1, Run("a\tb\t3\na\tzero\t2\na\te\t1\n", 0).Spearman, 12);

    [Fact]
    public void A_file_without_pairs_is_reported()
    {
        Assert.Equal(ErrorKind.EmptyVocabulary, Assert.Throws<NceFastException>(() => Run("nothing here\n", 0)).Kind);
        using WordVectors vectors = Vectors();
        Assert.Contains("does not exist", Assert.Throws<NceFastException>(() => SimilarityEvaluation.Run(vectors, "/no/such/file")).Message, StringComparison.Ordinal);
    }

    private static SimilarityResult Run(string pairs, int restrict)
    {
        using WordVectors vectors = Vectors();
        return SimilarityEvaluation.Run(vectors, new MemoryStream(Encoding.UTF8.GetBytes(pairs)), restrict);
    }
}
