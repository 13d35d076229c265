using System.Numerics.Tensors;
using System.Text.RegularExpressions;
using Microsoft.Extensions.AI;
using NceFast.Numerics;
using NceFast.Store;

namespace NceFast.Extensions.AI;

/// <summary>
/// Computes embeddings of texts from word vectors: the mean of the vectors of the words, each weighted by a / (a + p(w)), without the
/// direction that all texts have in common (SIF; Arora, Liang and Ma 2017, algorithm 1).
/// </summary>
/// <remarks>
/// Several threads can use an instance at the same time. It computes on the calling thread. The vectors belong to the caller and must not
/// be disposed before the last call has ended.
/// </remarks>
public sealed partial class WordVectorEmbeddingGenerator : IEmbeddingGenerator<string, Embedding<float>>
{
    private readonly WordVectors _vectors;
    private readonly WordVectorEmbeddingOptions _options;
    private readonly EmbeddingGeneratorMetadata _metadata;
    private readonly float[] _weights;

    /// <summary>Creates a generator and computes the weights of all words.</summary>
    /// <param name="vectors">The vectors, which the caller disposes.</param>
    /// <param name="options">How texts become embeddings; null for the defaults.</param>
    /// <exception cref="ArgumentOutOfRangeException"><see cref="WordVectorEmbeddingOptions.Smoothing"/> is not greater than 0.</exception>
    /// <exception cref="ArgumentException"><see cref="WordVectorEmbeddingOptions.CommonDirection"/> has another number of floats than the vectors.</exception>
    public WordVectorEmbeddingGenerator(WordVectors vectors, WordVectorEmbeddingOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(vectors);
        _vectors = vectors;
        _options = options ?? new();
        if (!(_options.Smoothing > 0))
            throw new ArgumentOutOfRangeException(nameof(options), _options.Smoothing, "WordVectorEmbeddingOptions.Smoothing must be greater than 0; use 0.001 if in doubt.");
        if (_options.CommonDirection.Length is var length && length != 0 && length != vectors.Dim)
            throw new ArgumentException($"WordVectorEmbeddingOptions.CommonDirection has {length} floats but the vectors have {vectors.Dim}; both must be equal.", nameof(options));
        _metadata = new EmbeddingGeneratorMetadata("ncefast", null, _options.ModelId, vectors.Dim);
        _weights = Weights(vectors, _options);
    }

    /// <summary>
    /// Finds the direction that the embeddings of a sample of texts have in common: the first singular vector of their matrix, for
    /// <see cref="WordVectorEmbeddingOptions.CommonDirection"/>. The direction of this generator is not removed first.
    /// </summary>
    /// <param name="texts">The texts. A few thousand are enough.</param>
    /// <param name="cancellation">A token that stops the computation.</param>
    /// <returns>A vector of unit length, <c>[dim]</c>, with a positive sum; zeros if no text has a known word.</returns>
    /// <exception cref="KeyNotFoundException">A word is unknown and the options refuse that.</exception>
    public float[] FindCommonDirection(IEnumerable<string> texts, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(texts);
        int dim = _vectors.Dim;
        var products = new double[dim][]; // the sum of x x' over all embeddings x
        for (int row = 0; row < dim; row++)
            products[row] = new double[dim];
        double[] wide = new double[dim];
        foreach (string text in texts)
        {
            cancellation.ThrowIfCancellationRequested();
            TensorPrimitives.ConvertTruncating<float, double>(Mean(text, out _), wide);
            for (int row = 0; row < dim; row++)
                TensorPrimitives.MultiplyAdd(wide, wide[row], products[row], products[row]);
        }

        double[] direction = PrincipalDirections.Largest(products, 1, cancellation)[0];
        float side = TensorPrimitives.Sum<double>(direction) < 0 ? -1 : 1;
        return Array.ConvertAll(direction, x => side * (float)x);
    }

    /// <summary>Computes the embedding of a text.</summary>
    /// <param name="text">The text.</param>
    /// <returns>The embedding, <c>[dim]</c>; zeros if the text has no known word.</returns>
    /// <exception cref="KeyNotFoundException">A word is unknown and the options refuse that.</exception>
    public float[] Embed(string text) => Embed(text, out _);

    /// <summary>Computes the embeddings of texts before it returns.</summary>
    /// <param name="values">The texts.</param>
    /// <param name="options">The options of the request. Their number of dimensions must be that of the vectors, if it is given.</param>
    /// <param name="cancellationToken">A token that stops the computation.</param>
    /// <returns>A task with one embedding per text. Its usage counts the known words.</returns>
    /// <exception cref="ArgumentException">The options request another number of dimensions.</exception>
    /// <exception cref="KeyNotFoundException">A word is unknown and the options refuse that.</exception>
    public Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(IEnumerable<string> values, EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(values);
        if (options?.Dimensions is { } dimensions && dimensions != _vectors.Dim)
            throw new ArgumentException($"The request is for {dimensions} dimensions but the vectors have {_vectors.Dim}; request none.", nameof(options));
        var all = new GeneratedEmbeddings<Embedding<float>>();
        long words = 0;
        foreach (string text in values)
        {
            if (cancellationToken.IsCancellationRequested)
                return Task.FromCanceled<GeneratedEmbeddings<Embedding<float>>>(cancellationToken);
            all.Add(new Embedding<float>(Embed(text, out int known)) { CreatedAt = DateTimeOffset.UtcNow, ModelId = options?.ModelId ?? _options.ModelId });
            words += known;
        }

        all.Usage = new UsageDetails { InputTokenCount = words, TotalTokenCount = words };
        return Task.FromResult(all);
    }

    /// <inheritdoc/>
    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        return serviceKey is not null ? null
            : serviceType == typeof(EmbeddingGeneratorMetadata) ? _metadata
            : serviceType.IsInstanceOfType(this) ? this
            : serviceType.IsInstanceOfType(_vectors) ? _vectors
            : null;
    }

    /// <summary>Does nothing, because the vectors belong to the caller.</summary>
    public void Dispose()
    {
    }

    private static float[] Weights(WordVectors vectors, WordVectorEmbeddingOptions options)
    {
        double harmonic = 0;
        for (int row = 0; row < vectors.Count; row++)
            harmonic += 1.0 / (row + 1);
        float[] weights = new float[vectors.Count];
        for (int row = 0; row < weights.Length; row++)
        {
            double p = options.Vocabulary is { } vocabulary ? Probability(vocabulary, vectors.Words[row]) : 1 / ((row + 1) * harmonic);
            weights[row] = double.IsPositiveInfinity(options.Smoothing) ? 1 : (float)(options.Smoothing / (options.Smoothing + p));
        }

        return weights;
    }

    private static double Probability(Vocab.Vocabulary vocabulary, ReadOnlySpan<byte> word)
    {
        int id = vocabulary.Find(word);
        return id < 0 ? 0 : (double)vocabulary.Counts[id] / vocabulary.TotalWords;
    }

    private float[] Embed(string text, out int known)
    {
        float[] mean = Mean(text, out known);
        if (_options.CommonDirection.Span is { IsEmpty: false } direction)
            TensorPrimitives.MultiplyAdd(direction, -TensorPrimitives.Dot(mean, direction), mean, mean);
        return mean;
    }

    private float[] Mean(string text, out int known)
    {
        ArgumentNullException.ThrowIfNull(text);
        float[] sum = new float[_vectors.Dim];
        known = 0;
        foreach (string word in _options.Tokenizer?.Invoke(text) ?? Word().Matches(text).Select(match => match.Value))
        {
            int row = RowOf(word);
            if (row < 0)
                continue;
            TensorPrimitives.MultiplyAdd(_vectors.Matrix.Row(row), _weights[row], sum, sum);
            known++;
        }

        if (known > 0)
            TensorPrimitives.Divide(sum, known, sum);
        return sum;
    }

    private int RowOf(string word)
    {
        int row = _vectors.IndexOf(word);
        if (row < 0)
            row = _vectors.IndexOf(word.ToLowerInvariant());
        if (row < 0 && _options.UnknownWords == UnknownWordMode.Refuse)
            _ = _vectors[word]; // throws with the spellings that are similar
        return row;
    }

    [GeneratedRegex(@"[\p{L}\p{N}\p{M}]+(?:['’][\p{L}\p{N}\p{M}]+)*")]
    private static partial Regex Word();
}
