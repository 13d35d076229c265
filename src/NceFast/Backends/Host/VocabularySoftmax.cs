using NceFast.Models;
using NceFast.Numerics;

namespace NceFast.Backends.Host;

/// <summary>
/// Scores of a batch against the whole vocabulary, a tile of words at a time, so that memory never holds batch x
/// vocabulary: what the exact softmax and evaluation are made of.
/// </summary>
internal sealed unsafe class VocabularySoftmax : IDisposable
{
    /// <summary>Words of a tile.</summary>
    public const int TileWords = 128;

    private readonly HostKernels _kernels;
    private readonly LogBilinearParameters _parameters;
    private readonly AlignedMatrix _columns, _shifts;
    private readonly double[] _sums;
    private readonly float[] _max;

    public VocabularySoftmax(HostKernels kernels, LogBilinearParameters parameters, int batch)
    {
        (_kernels, _parameters) = (kernels, parameters);
        _columns = new AlignedMatrix(parameters.Shape.Dim, TileWords);
        Scores = new AlignedMatrix(PredictionBatch.Padded(batch), TileWords);
        _shifts = new AlignedMatrix(1, TileWords);
        (_sums, _max, LogZ) = (new double[batch], new float[batch], new double[batch]);
    }

    /// <summary>Scores of the tile: <c>[batch, TileWords]</c>, without biases.</summary>
    public AlignedMatrix Scores { get; }

    /// <summary>Biases of the tile: <c>[TileWords]</c>; -1e30 past the vocabulary's end.</summary>
    public float* Shifts => _shifts.Pointer;

    /// <summary>log of the sum of exp(s) over the vocabulary for each prediction, set by <see cref="Normalize"/>.</summary>
    public double[] LogZ { get; }

    /// <summary>Computes <see cref="LogZ"/> of a batch.</summary>
    public void Normalize(PredictionBatch batch)
    {
        Array.Clear(_sums);
        Array.Fill(_max, float.NegativeInfinity);
        for (int first = 0; first < _parameters.Shape.Words; first += TileWords)
        {
            Score(batch, first);
            for (int b = 0; b < batch.Count; b++)
            {
                float* scores = Scores.RowPointer(b);
                float max = Math.Max(_max[b], _kernels.AddAndMax(scores, Shifts, TileWords));
                _sums[b] = (_sums[b] * Math.Exp(_max[b] - max)) + _kernels.ExpSum(scores, TileWords, max, 1);
                _max[b] = max;
            }
        }

        for (int b = 0; b < batch.Count; b++)
            LogZ[b] = _max[b] + Math.Log(_sums[b]);
    }

    /// <summary>Scores a batch against the words from <paramref name="first"/> on.</summary>
    public void Score(PredictionBatch batch, int first)
    {
        AlignedMatrix table = _parameters.Target;
        int words = Math.Min(TileWords, _parameters.Shape.Words - first), dim = _parameters.Shape.Dim, padded = PredictionBatch.Padded(batch.Count);
        float* columns = _columns.Pointer;
        for (int i = 0; i < words; i++)
        {
            float* row = table.RowPointer(first + i);
            for (int c = 0; c < dim; c++)
                columns[(c * TileWords) + i] = row[c];
        }

        _parameters.Bias.AsSpan(first, words).CopyTo(new Span<float>(Shifts, words));
        new Span<float>(Shifts + words, TileWords - words).Fill(-1e30f);
        new Span<float>(Scores.Pointer, padded * TileWords).Clear();
        _kernels.MultiplyAdd(batch.Hidden.Pointer, batch.Hidden.Stride, 1, columns, TileWords, Scores.Pointer, TileWords, padded, dim, TileWords);
    }

    public void Dispose()
    {
        _columns.Dispose();
        _shifts.Dispose();
        Scores.Dispose();
    }
}
