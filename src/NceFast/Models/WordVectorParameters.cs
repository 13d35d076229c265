using NceFast.Numerics;
using NceFast.Objectives;

namespace NceFast.Models;

/// <summary>
/// Represents the parameters of word vectors. Matrices, tables and their rows are valid until the parameters are disposed; every
/// member then throws <see cref="ObjectDisposedException"/>.
/// </summary>
/// <remarks>Several threads can read an instance at the same time, as long as none changes its values or disposes it.</remarks>
public sealed class WordVectorParameters : ModelParameters
{
    /// <summary>The name of the table of input vectors.</summary>
    internal const string InputTable = "input";

    private readonly float[] _logKNoise, _offset, _logZ, _inputSums, _outputSums;
    private readonly AlignedMatrix _input, _output;
    private readonly TableRows _normalizerRows;
    private readonly ObjectiveTraits _objective;

    /// <summary>Allocates the parameters of a model, all zero except log Z.</summary>
    /// <exception cref="NceFastException">The memory cannot be allocated (<see cref="ErrorKind.Memory"/>).</exception>
    public WordVectorParameters(WordVectorSpec spec)
    {
        _input = new AlignedMatrix(spec.Words, spec.Dim);
        _output = new AlignedMatrix(spec.Words, spec.Dim);
        _logKNoise = spec.LogKNoise;
        _objective = spec.Objective.Traits();
        _offset = GC.AllocateArray<float>(_objective.HasBiases ? spec.Words : 0, pinned: true);
        _logZ = GC.AllocateArray<float>(spec.NormalizerRows, pinned: true);
        _logZ.AsSpan().Fill(spec.LogZ);
        _inputSums = GC.AllocateArray<float>(spec.AdaGrad ? spec.Words : 0, pinned: true);
        _outputSums = GC.AllocateArray<float>(spec.AdaGrad ? spec.Words : 0, pinned: true);
        _normalizerRows = spec.NormalizerRows == spec.Words ? TableRows.Words : TableRows.Model;
    }

    /// <summary>Gets the vectors of the words that predict: <c>[words, dim]</c>.</summary>
    public AlignedMatrix Input => Alive(_input);

    /// <summary>Gets the vectors of the words that are predicted: <c>[words, dim]</c>.</summary>
    public AlignedMatrix Output => Alive(_output);

    /// <summary>
    /// Gets b_w - log(k p_n(w)): <c>[words]</c> for NCE, else empty; pinned. The bias is learned in this form, which takes one look-up
    /// per term instead of two.
    /// </summary>
    public float[] Offset => Alive(_offset);

    /// <summary>Gets log Z: empty for negative sampling, one value when fixed or learned, else one per context; pinned.</summary>
    public float[] LogZ => Alive(_logZ);

    /// <summary>Gets AdaGrad's sum of mean squared gradients per input row: <c>[words]</c>, or empty; pinned.</summary>
    public float[] InputSums => Alive(_inputSums);

    /// <summary>Gets the same per output row, whose gradient includes that of the word's bias: <c>[words]</c>, or empty; pinned.</summary>
    public float[] OutputSums => Alive(_outputSums);

    /// <summary>
    /// Starts a training: input rows uniform in (-0.5, 0.5) / dim, output rows 0 (as word2vec does), biases log unigram,
    /// so that an NCE model with log Z = 0 is normalised at step 0.
    /// </summary>
    /// <param name="seed">Seed of the draws.</param>
    /// <param name="counts">Occurrences per word: <c>[words]</c>.</param>
    public override void Initialize(ulong seed, ReadOnlySpan<long> counts)
    {
        int dim = Input.Columns, padded = (dim + Philox4x32.Tile - 1) / Philox4x32.Tile * Philox4x32.Tile;
        Failures.Unwrap(() => Parallel.For(0L, (Input.Rows + 1023) / 1024, chunk =>
        {
            var draws = new uint[padded];
            for (long row = chunk * 1024; row < Math.Min(Input.Rows, (chunk + 1) * 1024); row++)
            {
                Philox4x32.Fill(PhiloxStream.For(seed, DrawPurpose.Initialize, 0, (ulong)row), draws);
                Span<float> values = Input.Row(row);
                for (int i = 0; i < values.Length; i++)
                    values[i] = (((int)(draws[i] >> 8) + 0.5f) / (1 << 24) - 0.5f) / dim;
            }
        }));

        InputSums.AsSpan().Fill(_objective.AdaGradStart);
        OutputSums.AsSpan().Fill(_objective.AdaGradStart);
        double total = 0;
        foreach (long count in counts)
            total += count;
        for (int w = 0; w < Offset.Length; w++)
            SetBias(w, (float)Math.Log(Math.Max(counts[w], 0.5) / total));
    }

    /// <summary>Gets the bias b_w of a word; 0 for negative sampling.</summary>
    public float Bias(int word) => Offset.Length == 0 ? 0 : Offset[word] - (float)_objective.Offset(0, _logKNoise[word]);

    /// <summary>Sets the bias b_w of a word of an NCE model.</summary>
    public void SetBias(int word, float bias) => Offset[word] = (float)_objective.Offset(bias, _logKNoise[word]);

    /// <summary>Keeps the memory while an operation uses it, even if the parameters are disposed meanwhile.</summary>
    /// <exception cref="ObjectDisposedException">The parameters were disposed.</exception>
    internal Hold Use() => new(Input.Use(), Output.Use());

    private protected override IEnumerable<ParameterTable> ListTables()
    {
        yield return ParameterTable.Of(InputTable, TableRows.Words, Input);
        yield return ParameterTable.Of("output", TableRows.Words, Output);
        yield return ParameterTable.Of("offset", TableRows.Words, Offset);
        yield return ParameterTable.Of("log-z", _normalizerRows, LogZ);
        if (InputSums.Length == 0)
            yield break;
        yield return ParameterTable.Of("input-sums", TableRows.Words, InputSums, isState: true);
        yield return ParameterTable.Of("output-sums", TableRows.Words, OutputSums, isState: true);
    }

    private protected override void Free()
    {
        _input.Dispose();
        _output.Dispose();
    }

    /// <summary>Represents an operation that uses the parameters.</summary>
    internal readonly struct Hold(AlignedMatrix.Hold input, AlignedMatrix.Hold output) : IDisposable
    {
        public void Dispose()
        {
            input.Dispose();
            output.Dispose();
        }
    }
}
