using System.Runtime.CompilerServices;
using NceFast.Models;
using NceFast.Numerics;
using NceFast.Objectives;

namespace NceFast.Backends.Host.LanguageModels;

/// <summary>
/// Computes scores of a batch against the whole vocabulary, a tile of words at a time, so that memory never holds batch x
/// vocabulary. The exact softmax and evaluation use it. A tile is target rows times the transposed batch: the batch is
/// transposed once instead of every tile of rows, and the lanes of a vector are predictions, so that maxima and sums over
/// words never combine lanes.
/// </summary>
internal sealed unsafe class VocabularySoftmax : IDisposable
{
    /// <summary>Words of a tile.</summary>
    public const int TileWords = 64;

    private readonly HostKernels _kernels;
    private readonly LanguageModelParameters _parameters;
    private readonly AlignedMatrix _hidden, _last, _lanes;
    private readonly double[] _sums;

    public VocabularySoftmax(HostKernels kernels, LanguageModelParameters parameters, int batch)
    {
        (_kernels, _parameters) = (kernels, parameters);
        _hidden = new AlignedMatrix(parameters.Shape.Dim, batch);
        _last = new AlignedMatrix(TileWords, parameters.Shape.Dim);
        _lanes = new AlignedMatrix(3, batch);
        new Span<float>(Ones, _lanes.Stride).Fill(1);
        Scores = new AlignedMatrix(TileWords, batch);
        (_sums, LogZ) = (new double[batch], new double[batch]);
    }

    /// <summary>Scores of the tile with biases, one row per word: <c>[TileWords, batch]</c>.</summary>
    public AlignedMatrix Scores { get; }

    /// <summary>A 1 for each column of the scores: <c>[batch]</c>.</summary>
    public float* Ones => _lanes.RowPointer(2);

    /// <summary>log of the sum of exp(s) over the vocabulary for each prediction, set by <see cref="Normalize"/>.</summary>
    public double[] LogZ { get; }

    /// <summary>Computes <see cref="LogZ"/> of a batch.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Normalize(PredictionBatch batch)
    {
        Transpose(batch);
        float* max = _lanes.RowPointer(0);
        Array.Clear(_sums);
        new Span<float>(max, Scores.Stride).Fill(float.NegativeInfinity);
        for (int first = 0; first < _parameters.Shape.Words; first += TileWords)
        {
            int words = Score(first);
            Raise(batch.Count, words);
            float* sums = _lanes.RowPointer(1);
            _kernels.ExpColumns(Scores.Pointer, Scores.Stride, words, Scores.Stride, max, Ones, sums);
            for (int b = 0; b < batch.Count; b++)
                _sums[b] += sums[b];
        }

        for (int b = 0; b < batch.Count; b++)
            LogZ[b] = Softmax.LogZ(max[b], _sums[b]);
    }

    /// <summary>Scores the batch last normalised against the words from <paramref name="first"/> on.</summary>
    /// <returns>Words of the tile.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public int Score(int first)
    {
        AlignedMatrix table = _parameters.Target;
        int words = Math.Min(TileWords, _parameters.Shape.Words - first), dim = _parameters.Shape.Dim;
        float* rows = words == TileWords ? table.RowPointer(first) : Last(first, words);
        for (int i = 0; i < words; i++)
            Scores.Row(i).Fill(_parameters.Bias[first + i]);

        int next = first + words, ahead = Math.Min(TileWords, _parameters.Shape.Words - next);
        _kernels.MultiplyAdd(
            rows, table.Stride, 1, _hidden.Pointer, _hidden.Stride, Scores.Pointer, Scores.Stride, PredictionBatch.Padded(words), dim, Scores.Stride, table.RowPointer(next), (nint)ahead * table.Stride);
        return words;
    }

    public void Dispose()
    {
        _hidden.Dispose();
        _last.Dispose();
        _lanes.Dispose();
        Scores.Dispose();
    }

    // Products are made of whole row tiles, and the table may end within one.
    private float* Last(int first, int words)
    {
        new Span<float>(_parameters.Target.RowPointer(first), words * _last.Stride).CopyTo(new Span<float>(_last.Pointer, words * _last.Stride));
        return _last.Pointer;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Transpose(PredictionBatch batch)
    {
        int dim = _parameters.Shape.Dim, stride = _hidden.Stride;
        float* to = _hidden.Pointer;
        _hidden.ClearRows(dim);
        for (int b = 0; b < batch.Count; b++)
        {
            float* row = batch.Hidden.RowPointer(b);
            for (int c = 0; c < dim; c++)
                to[(c * stride) + b] = row[c];
        }
    }

    // Brings the maxima up to the tile and the sums to the new maxima; most tiles raise none.
    private void Raise(int count, int words)
    {
        float* max = _lanes.RowPointer(0), old = _lanes.RowPointer(1);
        new Span<float>(max, count).CopyTo(new Span<float>(old, count));
        _kernels.MaxColumns(Scores.Pointer, Scores.Stride, words, Scores.Stride, max);
        for (int b = 0; b < count; b++)
        {
            if (max[b] > old[b])
                _sums[b] = Softmax.Rebase(_sums[b], old[b], max[b]);
        }
    }
}
