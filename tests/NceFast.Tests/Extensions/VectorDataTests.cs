using System.Linq.Expressions;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.VectorData;
using NceFast.Extensions.AI;
using NceFast.Store;
using NceFast.Tests.Exports;
using Xunit;

namespace NceFast.Tests.Extensions;

/// <summary>Tests that a vector store of Microsoft.Extensions.VectorData works with the embeddings.</summary>
public sealed class VectorDataTests
{
    [Fact]
    public async Task A_store_embeds_records_and_queries_by_the_generator()
    {
        using WordVectors vectors = TestVectors.Make(("cat", [1f, 0f, 0.1f]), ("kitten", [0.9f, 0.2f, 0f]), ("ship", [0f, 1f, 0f]), ("harbour", [0.1f, 0.9f, 0.2f]));
        using var generator = new WordVectorEmbeddingGenerator(vectors);
        var definition = new VectorStoreCollectionDefinition
        {
            EmbeddingGenerator = generator,
            Properties =
            [
                new VectorStoreKeyProperty(nameof(Article.Id), typeof(int)),
                new VectorStoreVectorProperty(nameof(Article.Text), typeof(string), dimensions: vectors.Dim) { DistanceFunction = DistanceFunction.CosineSimilarity },
            ],
        };
        using var store = new MemoryCollection(definition);
        await store.UpsertAsync([new Article(1, "A ship in the harbour"), new Article(2, "The cat and its kitten")]);
        List<VectorSearchResult<Article>> found = await store.SearchAsync("kitten", top: 2).ToListAsync();
        Assert.Equal([2, 1], found.Select(result => result.Record.Id));
        Assert.InRange(found[0].Score!.Value, 0.9, 1.00001);
        Assert.Same(vectors, definition.EmbeddingGenerator.GetService(typeof(WordVectors)));
    }

    private sealed record Article(int Id, string Text);

    /// <summary>A store in memory. The abstractions contain none.</summary>
    private sealed class MemoryCollection(VectorStoreCollectionDefinition definition) : VectorStoreCollection<int, Article>
    {
        private readonly Dictionary<int, (Article Record, float[] Vector)> _records = [];
        private readonly IEmbeddingGenerator<string, Embedding<float>> _generator = (IEmbeddingGenerator<string, Embedding<float>>)definition.EmbeddingGenerator!;

        public override string Name => "articles";

        public override Task<bool> CollectionExistsAsync(CancellationToken cancellationToken = default) => Task.FromResult(true);

        public override Task EnsureCollectionExistsAsync(CancellationToken cancellationToken = default) => Task.CompletedTask;

        public override Task EnsureCollectionDeletedAsync(CancellationToken cancellationToken = default) => Task.CompletedTask;

        public override Task<Article?> GetAsync(int key, RecordRetrievalOptions? options = null, CancellationToken cancellationToken = default) =>
            Task.FromResult(_records.TryGetValue(key, out (Article Record, float[] Vector) found) ? found.Record : null);

        public override IAsyncEnumerable<Article> GetAsync(Expression<Func<Article, bool>> filter, int top, FilteredRecordRetrievalOptions<Article>? options = null, CancellationToken cancellationToken = default) =>
            throw new NotSupportedException();

        public override Task DeleteAsync(int key, CancellationToken cancellationToken = default) => Task.FromResult(_records.Remove(key));

        public override Task UpsertAsync(Article record, CancellationToken cancellationToken = default) => UpsertAsync([record], cancellationToken);

        public override async Task UpsertAsync(IEnumerable<Article> records, CancellationToken cancellationToken = default)
        {
            Article[] all = [.. records];
            GeneratedEmbeddings<Embedding<float>> embeddings = await _generator.GenerateAsync(all.Select(article => article.Text), cancellationToken: cancellationToken);
            for (int i = 0; i < all.Length; i++)
                _records[all[i].Id] = (all[i], embeddings[i].Vector.ToArray());
        }

        public override async IAsyncEnumerable<VectorSearchResult<Article>> SearchAsync<TInput>(
            TInput searchValue, int top, VectorSearchOptions<Article>? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            ReadOnlyMemory<float> query = await _generator.GenerateVectorAsync((string)(object)searchValue, cancellationToken: cancellationToken);
            foreach ((Article record, float[] vector) in _records.Values.OrderByDescending(r => TensorPrimitives.CosineSimilarity(r.Vector, query.Span)).Take(top))
                yield return new VectorSearchResult<Article>(record, TensorPrimitives.CosineSimilarity(vector, query.Span));
        }

        public override object? GetService(Type serviceType, object? serviceKey = null) => null;
    }
}
