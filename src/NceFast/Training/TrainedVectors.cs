using NceFast.Models;
using NceFast.Numerics;
using NceFast.Store;
using NceFast.Vocab;

namespace NceFast.Training;

/// <summary>Represents trained word vectors, with the report of their training.</summary>
/// <remarks>Several threads can use an instance at the same time. Dispose it when none does any more.</remarks>
/// <param name="vocabulary">The words.</param>
/// <param name="parameters">The parameters; they are disposed with this object.</param>
/// <param name="report">The course and the figures of the training.</param>
public sealed class TrainedVectors(Vocabulary vocabulary, WordVectorParameters parameters, TrainingReport report) : TrainedModel(vocabulary, report)
{
    private bool _disposed;

    /// <summary>Gets the parameters, which are valid until this object is disposed.</summary>
    /// <exception cref="ObjectDisposedException">This object was disposed.</exception>
    public WordVectorParameters Parameters
    {
        get
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return parameters;
        }
    }

    /// <summary>
    /// Gets the word vectors. Input and output vectors are the memory of this object: keep it as long as they are used, and
    /// dispose only one of both. The mean is a copy.
    /// </summary>
    /// <param name="kind">Which vectors.</param>
    /// <exception cref="ObjectDisposedException">This object was disposed.</exception>
    public WordVectors GetVectors(VectorKind kind = VectorKind.Input) => new(Vocabulary.Words, kind switch
    {
        VectorKind.Input => Parameters.Input,
        VectorKind.Output => Parameters.Output,
        _ => Mean(),
    });

    /// <inheritdoc/>
    public override void Dispose()
    {
        _disposed = true;
        parameters.Dispose();
    }

    private AlignedMatrix Mean()
    {
        var mean = new AlignedMatrix(Parameters.Input.Rows, Parameters.Input.Columns);
        for (long row = 0; row < mean.Rows; row++)
        {
            Span<float> target = mean.Row(row), input = Parameters.Input.Row(row), output = Parameters.Output.Row(row);
            for (int c = 0; c < target.Length; c++)
                target[c] = (input[c] + output[c]) / 2;
        }

        return mean;
    }
}
