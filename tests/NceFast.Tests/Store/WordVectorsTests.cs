using System.Numerics.Tensors;
using NceFast.Evaluation;
using NceFast.Store;
using NceFast.Tests.Exports;
using Xunit;

namespace NceFast.Tests.Store;

public class WordVectorsTests
{
    [Fact]
    public void Every_word_is_found_and_no_other()
    {
        using WordVectors vectors = TestVectors.Random(5000, 1, 1);
        for (int i = 0; i < vectors.Count; i++)
            Assert.Equal(i, vectors.IndexOf(vectors.Words[i]));
        Assert.Equal(-1, vectors.IndexOf("w5000"));
        Assert.Equal(-1, vectors.IndexOf(""));
    }

    [Fact]
    public void Of_equal_words_the_first_is_found()
    {
        using WordVectors vectors = TestVectors.Make(("a", [1f]), ("b", [2f]), ("b", [3f]));
        Assert.Equal(1, vectors.IndexOf("b"));
    }

    [Fact]
    public void The_vector_of_a_word_is_its_row()
    {
        using WordVectors vectors = Words();
        Assert.Equal([0.8f, 0.6f], vectors["queen"]);
        Assert.True(vectors.TryGetVector("house", out ReadOnlySpan<float> house));
        Assert.Equal([0f, 2f], house);
        Assert.True(vectors.TryGetVector("house"u8, out ReadOnlySpan<float> same));
        Assert.True(house == same); // the same memory
        Assert.False(vectors.TryGetVector("houses", out ReadOnlySpan<float> none));
        Assert.True(none.IsEmpty);
        Assert.False(vectors.TryGetVector(new string('é', 1000), out _));
        Assert.Throws<ArgumentNullException>(() => vectors.TryGetVector((string)null!, out _));
    }

    [Fact]
    public void Long_words_outside_ascii_are_found()
    {
        string word = new('é', 300);
        using WordVectors vectors = TestVectors.Make(("a", [1f]), (word, [2f]), ("日本", [3f]));
        Assert.Equal(1, vectors.IndexOf(word));
        Assert.Equal([3f], vectors["日本"]);
    }

    [Fact]
    public void An_unknown_word_is_reported_with_similar_spellings()
    {
        using WordVectors vectors = Words();
        Assert.Equal("The word 'qeen' is not among the 5 words of the vectors. Similar words: queen.", Assert.Throws<KeyNotFoundException>(() => vectors["qeen"].Length).Message);
        Assert.Throws<KeyNotFoundException>(() => vectors.Similarity("king", "qeen"));
        Assert.Throws<KeyNotFoundException>(() => vectors.MostSimilar("qeen"));
        Assert.Throws<KeyNotFoundException>(() => vectors.MostSimilar(["king"], ["qeen"]));
    }

    [Fact]
    public void Looking_up_a_word_allocates_nothing()
    {
        using WordVectors vectors = Words();
        vectors.TryGetVector("king", out _);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++)
            vectors.TryGetVector("queen", out _);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 16)]
    [InlineData(3, 1)]
    [InlineData(5, 17)]
    [InlineData(40, 100)]
    public void The_tensor_is_a_view_of_the_rows(int words, int dim)
    {
        using WordVectors vectors = TestVectors.Random(words, dim, 1);
        TensorSpan<float> tensor = vectors.AsTensorSpan();
        Assert.Equal([words, dim], tensor.Lengths);
        for (int row = 0; row < words; row++)
        {
            for (int column = 0; column < dim; column++)
                Assert.Equal(vectors.Matrix.Row(row)[column], tensor[row, column]);
        }

        tensor[words - 1, dim - 1] = 7;
        Assert.Equal(7f, vectors.Matrix.Row(words - 1)[dim - 1]);
        Assert.Equal(words * dim, tensor.FlattenedLength);
    }

    [Fact]
    public void Similarity_is_the_cosine()
    {
        using WordVectors vectors = Words();
        Assert.Equal(0.8f, vectors.Similarity("king", "queen"), 1e-6f);
        Assert.Equal(0.6f, vectors.Similarity("queen", "house"), 1e-6f);
        Assert.Equal(0f, vectors.Similarity("queen", "zero"));
    }

    [Fact]
    public void Most_similar_words_are_those_of_neighbours()
    {
        using WordVectors vectors = TestVectors.Random(3000, 33, 1);
        Assert.Equal(Neighbours.Find(vectors, ["w7"], 5)[0], vectors.MostSimilar("w7", 5));
        Assert.Equal(Neighbours.FindSum(vectors, ["w7", "w8"], ["w9"], 5), vectors.MostSimilar(["w7", "w8"], ["w9"], 5));
        Assert.Equal(Neighbours.FindSum(vectors, ["w7", "w8"], []), vectors.MostSimilar(["w7", "w8"]));
        Assert.All(vectors.MostSimilar("w7", 5, restrict: 100), n => Assert.InRange(n.Row, 0, 99));
        IReadOnlyList<Neighbour> found = vectors.MostSimilar(vectors["w7"], 6);
        Assert.Equal("w7", found[0].Word);
        Assert.Equal(vectors.MostSimilar("w7", 5), found.Skip(1));
    }

    [Fact]
    public void A_query_that_cannot_be_answered_is_an_error()
    {
        using WordVectors vectors = Words();
        Assert.Contains("has 3 floats but the vectors have 2", Assert.Throws<ArgumentException>(() => vectors.MostSimilar(new float[3])).Message, StringComparison.Ordinal);
        Assert.Equal("top", Assert.Throws<ArgumentOutOfRangeException>(() => vectors.MostSimilar("king", -1)).ParamName);
        Assert.Equal("restrict", Assert.Throws<ArgumentOutOfRangeException>(() => vectors.MostSimilar(new float[2], restrict: -1)).ParamName);
        Assert.Contains("The sum of king - king is zero", Assert.Throws<NceFastException>(() => vectors.MostSimilar(["king"], ["king"])).Message, StringComparison.Ordinal);
        Assert.ThrowsAny<OperationCanceledException>(() => vectors.MostSimilar("king", cancellation: new CancellationToken(canceled: true)));
    }

    [Fact]
    public void Threads_can_query_at_the_same_time()
    {
        using WordVectors vectors = TestVectors.Random(2000, 20, 1);
        string[] nearest = [.. Enumerable.Range(0, 100).Select(i => vectors.MostSimilar($"w{i}", 1)[0].Word)];
        using WordVectors other = TestVectors.Random(2000, 20, 1);
        Parallel.For(0, 100, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i => Assert.Equal(nearest[i], other.MostSimilar($"w{i}", 1)[0].Word));
    }

    private static WordVectors Words() => TestVectors.Make(("king", [1f, 0f]), ("queen", [0.8f, 0.6f]), ("house", [0f, 2f]), ("zero", [0f, 0f]), ("anti", [-1f, 0f]));
}
