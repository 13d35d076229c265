using Microsoft.Extensions.AI;
using NceFast.Extensions.AI;
using NceFast.Store;
using NceFast.Tests.Exports;
using NceFast.Vocab;
using Xunit;

namespace NceFast.Tests.Extensions;

/// <summary>Tests embeddings of texts from word vectors.</summary>
public sealed class EmbeddingGeneratorTests
{
    [Fact]
    public async Task An_embedding_is_the_weighted_mean_of_the_words()
    {
        using WordVectors vectors = Words();
        var counts = new WordList.Builder();
        foreach (string word in new[] { "the", "cat", "dog" })
            counts.Add(word);
        using var generator = new WordVectorEmbeddingGenerator(vectors, new() { Smoothing = 0.1, Vocabulary = new Vocabulary(counts.Build(), [70, 20, 10]), ModelId = "small" });
        GeneratedEmbeddings<Embedding<float>> found = await generator.GenerateAsync(["The cat, the unknown!", "dog", "?"]);
        float the = 0.1f / 0.8f, cat = 0.1f / 0.3f, dog = 0.1f / 0.2f;
        AssertNear([2 * the / 3, 2 * cat / 3], found[0].Vector.Span);
        AssertNear([3 * dog, 4 * dog], found[1].Vector.Span);
        AssertNear([0, 0], found[2].Vector.Span);
        Assert.Equal(("small", 4L), (found[1].ModelId, found.Usage!.InputTokenCount!.Value));
    }

    [Fact]
    public void Without_counts_the_probabilities_follow_the_rank()
    {
        using WordVectors vectors = Words();
        using var generator = new WordVectorEmbeddingGenerator(vectors, new() { Smoothing = 0.1 });
        double harmonic = 1 + (1 / 2.0) + (1 / 3.0);
        AssertNear([(float)(0.1 / (0.1 + (1 / harmonic))), 0], generator.Embed("the"));
        AssertNear([0, (float)(2 * 0.1 / (0.1 + (1 / (2 * harmonic))))], generator.Embed("cat"));
        using var plain = new WordVectorEmbeddingGenerator(vectors, new() { Smoothing = double.PositiveInfinity });
        AssertNear([1.5f, 3], plain.Embed("cat dog"));
    }

    [Fact]
    public void Words_come_from_the_tokenizer()
    {
        using WordVectors vectors = Words();
        using var generator = new WordVectorEmbeddingGenerator(vectors, new() { Smoothing = double.PositiveInfinity, Tokenizer = text => text.Split('|') });
        AssertNear([3, 4], generator.Embed("dog|a dog"));
    }

    [Fact]
    public void An_unknown_word_is_refused_when_that_is_asked()
    {
        using WordVectors vectors = Words();
        using var generator = new WordVectorEmbeddingGenerator(vectors, new() { UnknownWords = UnknownWordMode.Refuse });
        Assert.Contains("Similar words: cat", Assert.Throws<KeyNotFoundException>(() => generator.Embed("the caat")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_common_direction_is_found_and_removed()
    {
        using WordVectors vectors = TestVectors.Make([.. Enumerable.Range(0, 50).Select(i => ($"w{i}", new[] { 3f, 4f, (i % 5) - 2f, (i % 3) - 1f }))]);
        using var generator = new WordVectorEmbeddingGenerator(vectors);
        string[] texts = [.. Enumerable.Range(0, 50).Select(i => $"w{i} w{(i * 7) % 50}")];
        float[] direction = generator.FindCommonDirection(texts);
        AssertNear([0.6f, 0.8f, 0, 0], direction, 0.1f);
        Assert.Equal(1, direction.Sum(x => x * x), 1e-5f);
        using var without = new WordVectorEmbeddingGenerator(vectors, new() { CommonDirection = direction });
        Assert.All(texts, text => Assert.Equal(0, without.Embed(text).Zip(direction, (a, b) => a * b).Sum(), 1e-4f));
        Assert.Equal([0f, 0f, 0f, 0f], generator.FindCommonDirection(["unknown"]));
    }

    [Fact]
    public async Task Requests_that_cannot_be_served_are_errors()
    {
        using WordVectors vectors = Words();
        Assert.Throws<ArgumentOutOfRangeException>(() => new WordVectorEmbeddingGenerator(vectors, new() { Smoothing = 0 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => new WordVectorEmbeddingGenerator(vectors, new() { Smoothing = double.NaN }));
        Assert.Contains("has 3 floats but the vectors have 2", Assert.Throws<ArgumentException>(() => new WordVectorEmbeddingGenerator(vectors, new() { CommonDirection = new float[3] })).Message, StringComparison.Ordinal);
        using var generator = new WordVectorEmbeddingGenerator(vectors);
        await Assert.ThrowsAsync<ArgumentException>(() => generator.GenerateAsync(["cat"], new EmbeddingGenerationOptions { Dimensions = 5 }));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => generator.GenerateAsync(["cat"], cancellationToken: new CancellationToken(canceled: true)));
    }

    [Fact]
    public void The_generator_describes_itself_and_leaves_the_vectors_alone()
    {
        using WordVectors vectors = Words();
        var generator = new WordVectorEmbeddingGenerator(vectors, new() { ModelId = "small" });
        EmbeddingGeneratorMetadata metadata = generator.GetService<EmbeddingGeneratorMetadata>()!;
        Assert.Equal(("ncefast", "small", 2), (metadata.ProviderName, metadata.DefaultModelId, metadata.DefaultModelDimensions!.Value));
        Assert.Same(vectors, generator.GetService<WordVectors>());
        Assert.Null(generator.GetService<string>());
        generator.Dispose();
        Assert.Equal([1f, 0f], vectors["the"]);
    }

    private static WordVectors Words() => TestVectors.Make(("the", [1f, 0f]), ("cat", [0f, 2f]), ("dog", [3f, 4f]));

    private static void AssertNear(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, float tolerance = 1e-6f)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], actual[i], tolerance);
    }
}
