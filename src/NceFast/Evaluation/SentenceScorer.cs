using NceFast.Backends.Host;
using NceFast.Backends.Host.LanguageModels;
using NceFast.Models;
using NceFast.Store;

namespace NceFast.Evaluation;

/// <summary>
/// Scores sentences with a language model in microseconds: the sum of s(w, c) - log Z(c) over a sentence, with log Z as the
/// model has it (0, or what it learned), so that no sum over the vocabulary is needed; for models that normalise
/// themselves this is the log-probability but for a small error. Not thread-safe; a scorer a thread.
/// </summary>
public sealed unsafe class SentenceScorer : IDisposable
{
    private const int Batch = 48;
    private readonly LanguageModel _model;
    private readonly HostKernels _kernels;
    private readonly PredictionBatch _batch;
    private readonly LanguageModelPlan _plan;
    private VocabularySoftmax? _softmax;
    private bool _disposed;

    /// <summary>Creates a scorer.</summary>
    /// <param name="model">The model; it must outlive the scorer.</param>
    public SentenceScorer(LanguageModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        _model = model;
        _kernels = HostKernelCatalog.Create(null);
        _batch = new PredictionBatch(_kernels, model.Parameters, Batch);
        _plan = new LanguageModelPlan(model.Shape);
    }

    /// <summary>Unnormalised score of a sentence, nats; that of a sentence without words is the score of its end alone, and NaN where the model predicts no end.</summary>
    /// <param name="sentence">Word ids, without &lt;/s&gt;, as <see cref="LanguageModel.Encode"/> makes them.</param>
    /// <exception cref="ObjectDisposedException">The scorer or its model was disposed.</exception>
    public double Score(ReadOnlySpan<int> sentence) => Sum(sentence, normalized: false);

    /// <summary>Exact log-probability of a sentence, nats: costs a sum over the vocabulary for each word. A sentence without words has that of its end alone, and NaN where the model predicts no end.</summary>
    /// <param name="sentence">Word ids, without &lt;/s&gt;.</param>
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
            return double.NaN; // 0 would be the score of a certain sentence
        double sum = 0;
        for (int first = 0; first < targets.Length; first += Batch)
        {
            _batch.Load(_plan.Stream, targets.Slice(first, Math.Min(Batch, targets.Length - first)));
            if (normalized)
                (_softmax ??= new VocabularySoftmax(_kernels, _model.Parameters, Batch)).Normalize(_batch);
            for (int b = 0; b < _batch.Count; b++)
                sum += Score(b) - (normalized ? _softmax!.LogZ[b] : _model.Parameters.LogZ[_batch.Bucket(b)]);
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
