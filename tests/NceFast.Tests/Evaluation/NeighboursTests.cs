using NceFast.Evaluation;
using NceFast.Numerics;
using NceFast.Store;
using NceFast.Tests.Exports;
using Xunit;

namespace NceFast.Tests.Evaluation;

public class NeighboursTests
{
    private static WordVectors Vectors() => TestVectors.Make(
        ("king", [1f, 0f]), ("queen", [0.8f, 0.6f]), ("house", [0f, 2f]), ("prince", [10f, 1f]), ("zero", [0f, 0f]), ("anti", [-1f, 0f]));

    [Fact]
    public void Neighbours_come_nearest_first_without_the_word_itself()
    {
        using WordVectors vectors = Vectors();
        IReadOnlyList<IReadOnlyList<Neighbour>> found = Neighbours.Find(vectors, ["king", "house"], 2);
        Assert.Equal(["prince", "queen"], found[0].Select(n => n.Word));
        Assert.Equal(["queen", "prince"], found[1].Select(n => n.Word));
        Assert.Equal(0.8, found[0][1].Cosine, 1e-6);
        Assert.Equal(1, found[0][1].Row);
        Assert.Equal(5, Neighbours.Find(vectors, ["king"], 100)[0].Count);
        Assert.Equal(5, Neighbours.Find(vectors, ["king"], int.MaxValue)[0].Count);
        Assert.Equal(["queen", "house"], Neighbours.Find(vectors, ["king"], 5, restrict: 3)[0].Select(n => n.Word));
        Assert.Empty(Neighbours.Find(vectors, ["king"], 0)[0]);
    }

    [Fact]
    public void A_sum_of_words_is_searched_without_these_words()
    {
        using WordVectors vectors = TestVectors.Make(
            ("man", [1f, 0f, 0f]), ("woman", [3f, 0f, 3f]), ("king", [0f, 2f, 0f]), ("queen", [0f, 1f, 1f]), ("zero", [0f, 0f, 0f]), ("men", [5f, 0f, 0f]));
        IReadOnlyList<Neighbour> found = Neighbours.FindSum(vectors, ["king", "woman"], ["man"], 2);
        double u = Math.Sqrt(0.5); // king + woman - man with unit lengths is (u - 1, 1, u)
        Assert.Equal("queen", found[0].Word);
        Assert.Equal((1 + u) * Math.Sqrt(0.5) / Math.Sqrt((u - 1) * (u - 1) + 1 + u * u), found[0].Cosine, 1e-6);
        Assert.Equal(["queen", "zero", "men"], Neighbours.FindSum(vectors, ["king", "woman"], ["man"], 100).Select(n => n.Word));
        Assert.Equal(Neighbours.Find(vectors, ["king"], 3)[0], Neighbours.FindSum(vectors, ["king"], [], 3));
        Assert.Equal("man", Neighbours.FindSum(vectors, ["men"], [], 1)[0].Word);
    }

    [Fact]
    public void A_sum_with_an_unknown_word_or_without_a_direction_is_an_error()
    {
        using WordVectors vectors = Vectors();
        var error = Assert.Throws<NceFastException>(() => Neighbours.FindSum(vectors, ["king"], ["quen"]));
        Assert.Equal(ErrorKind.Usage, error.Kind);
        Assert.Contains("'quen' is not among the 6 words", error.Message, StringComparison.Ordinal);
        Assert.Contains("The sum of king - king is zero", Assert.Throws<NceFastException>(() => Neighbours.FindSum(vectors, ["king"], ["king"])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Vectors_that_changed_between_two_searches_are_found_as_they_are_now()
    {
        using WordVectors vectors = Vectors();
        Assert.Equal("prince", Neighbours.Find(vectors, ["king"], 1)[0][0].Word);
        (vectors.Matrix.Row(2)[0], vectors.Matrix.Row(2)[1]) = (3, 0);
        Assert.Equal(("house", 1f), Neighbours.Find(vectors, ["king"], 1)[0] is [var n] ? (n.Word, n.Cosine) : default);
    }

    [Fact]
    public void Raw_vectors_are_searched_and_not_changed()
    {
        using WordVectors vectors = Vectors();
        using var queries = new AlignedMatrix(1, 2);
        queries.Row(0)[1] = 5;
        Assert.Equal("house", Neighbours.Find(vectors, queries, 1)[0][0].Word);
        Assert.Equal(5f, queries.Row(0)[1]);
        using var wrong = new AlignedMatrix(1, 3);
        Assert.Throws<ArgumentException>(() => Neighbours.Find(vectors, wrong));
    }

    [Fact]
    public void An_unknown_word_is_reported_with_similar_spellings()
    {
        using WordVectors vectors = Vectors();
        var error = Assert.Throws<NceFastException>(() => Neighbours.Find(vectors, ["qeuen"]));
        Assert.Equal(ErrorKind.Usage, error.Kind);
        Assert.Contains("'qeuen' is not among the 6 words", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("house", error.Message, StringComparison.Ordinal);
        Assert.Contains("king", Assert.Throws<NceFastException>(() => Neighbours.Find(vectors, ["King"])).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("kitten", "sitting", 3)]
    [InlineData("", "abc", 3)]
    [InlineData("abc", "", 3)]
    [InlineData("same", "same", 0)]
    public void Edit_distance_counts_changes_of_letters(string a, string b, int expected) => Assert.Equal(expected, Spelling.Distance(a, b));
}
