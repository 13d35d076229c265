using NceFast.Backends.Host;
using NceFast.Backends.Host.LanguageModels;
using NceFast.Evaluation.Internals;
using NceFast.Models;
using NceFast.Store;

namespace NceFast.Evaluation;

/// <summary>
/// Scores sentences with a language model in microseconds. The score is the sum of s(w, c) - log Z(c) over a sentence, where
/// log Z is that of the model (0 or a learned value), so no sum over the vocabulary is needed. For self-normalising models
/// the score is the log-probability up to a small error. This type is not thread-safe; create one scorer per thread.
/// </summary>
public sealed unsafe class SentenceScorer : IDisposable
{
    private const int Batch = 48;
    private readonly LanguageModel _model;
    private readonly HostKernels _kernels;
    private readonly PredictionBatch _batch;
    private readonly LanguageModelPlan _plan;
    private readonly MixtureCursor? _cursor;
    private VocabularySoftmax? _softmax;
    private bool _disposed;

    /// <summary>Creates a scorer.</summary>
    /// <param name="model">The model. It must outlive the scorer.</param>
    /// <param name="mixture">
    /// The mixture of this model with others; null for the model alone. All scores are then exact log-probabilities of the mixture. Its cache
    /// holds the words of the same sentence only.
    /// </param>
    /// <exception cref="ArgumentException">The mixture is that of another model, or its cache continues over the ends of sentences.</exception>
    public SentenceScorer(LanguageModel model, ModelMixture? mixture = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        if (mixture is not null && (mixture.Model != model || mixture.Cache is { Scope: not CacheScope.Sentence }))
            throw new ArgumentException($"The mixture must be one of this model, with {nameof(CacheScope)}.{nameof(CacheScope.Sentence)}.", nameof(mixture));
        _cursor = mixture is null ? null : new MixtureCursor(mixture);
        _model = model;
        _kernels = HostKernelCatalog.Create(null);
        _batch = new PredictionBatch(_kernels, model.Parameters, Batch);
        _plan = new LanguageModelPlan(model.Shape);
    }

    /// <summary>Computes the unnormalised score of a sentence, nats. The score of a sentence without words is that of its end, or NaN if the model does not predict ends.</summary>
    /// <param name="sentence">The word ids from <see cref="LanguageModel.Encode"/>, without &lt;/s&gt;.</param>
    /// <exception cref="ObjectDisposedException">The scorer or its model was disposed.</exception>
    public double Score(ReadOnlySpan<int> sentence) => Sum(sentence, normalized: _cursor is not null);

    /// <summary>Computes the exact log-probability of a sentence, nats, with a sum over the vocabulary for each word. The log-probability of a sentence without words is that of its end, or NaN if the model does not predict ends.</summary>
    /// <param name="sentence">The word ids, without &lt;/s&gt;.</param>
    /// <exception cref="ObjectDisposedException">The scorer or its model was disposed.</exception>
    public double LogProbability(ReadOnlySpan<int> sentence) => Sum(sentence, normalized: true);

    /// <inheritdoc/>
    public void Dispose()
    {
        _disposed = true;
        _batch.Dispose();
        _softmax?.Dispose();
    }

    private double Sum(ReadOnlySpan<int> sentence, bool normalized)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        using LanguageModelParameters.Hold held = _model.Parameters.Use();
        _plan.Clear();
        _plan.Add(sentence);
        ReadOnlySpan<int> targets = _plan.Targets;
        if (targets.IsEmpty)
            return double.NaN; // Not 0, because that is the score of a sentence with probability 1.
        double sum = 0;
        _cursor?.StartSentence();
        for (int first = 0; first < targets.Length; first += Batch)
        {
            _batch.Load(_plan.Stream, targets.Slice(first, Math.Min(Batch, targets.Length - first)));
            if (normalized)
                (_softmax ??= new VocabularySoftmax(_kernels, _model.Parameters, Batch)).Normalize(_batch);
            for (int b = 0; b < _batch.Count; b++)
            {
                double log = Score(b) - (normalized ? _softmax!.LogZ[b] : _model.Parameters.LogZ[_batch.Bucket(b)]);
                sum += _cursor is null ? log : _cursor.Next(_batch.Targets[b], log);
            }
        }

        return sum;
    }

    private double Score(int b)
    {
        LanguageModelParameters p = _model.Parameters;
        int target = _batch.Targets[b];
        return _kernels.Dot(_batch.Hidden.RowPointer(b), p.Target.RowPointer(target), _batch.Hidden.Stride) + (double)p.Bias[target];
    }
}
