using NceFast.Models;
using NceFast.Numerics;
using NceFast.Store;
using NceFast.Vocab;

namespace NceFast.Training;

/// <summary>Which vectors are taken from a model.</summary>
public enum VectorKind
{
    /// <summary>Those predictions are made from: what is usually meant by word vectors.</summary>
    Input,

    /// <summary>Those of predicted words.</summary>
    Output,

    /// <summary>The mean of both.</summary>
    Mean,
}

/// <summary>A trained model in memory.</summary>
/// <param name="vocabulary">The words.</param>
/// <param name="parameters">The parameters; the model owns them.</param>
/// <param name="report">How the training went.</param>
public sealed class TrainedModel(Vocabulary vocabulary, WordVectorParameters parameters, TrainingReport report) : IDisposable
{
    private bool _disposed;

    /// <summary>The words.</summary>
    public Vocabulary Vocabulary { get; } = vocabulary;

    /// <summary>The parameters; valid until the model is disposed.</summary>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    public WordVectorParameters Parameters
    {
        get
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return parameters;
        }
    }

    /// <summary>How the training went.</summary>
    public TrainingReport Report { get; } = report;

    /// <summary>
    /// The word vectors. Input and output vectors share the model's memory: keep the model as long as they are used, and
    /// dispose one of both. The mean is a copy.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    public WordVectors GetVectors(VectorKind kind = VectorKind.Input) => new(Vocabulary.Words, kind switch
    {
        VectorKind.Input => Parameters.Input,
        VectorKind.Output => Parameters.Output,
        _ => Mean(),
    });

    /// <inheritdoc/>
    public void Dispose()
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
