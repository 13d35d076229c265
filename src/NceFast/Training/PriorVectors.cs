using System.Globalization;
using System.IO.Hashing;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using NceFast.Distribution;
using NceFast.Exports;
using NceFast.Models;
using NceFast.Numerics;
using NceFast.Store;
using NceFast.Vocab;

namespace NceFast.Training;

/// <summary>
/// Represents a file of vectors to start from. Words that the vocabulary and the file have begin with the vectors of the file as input
/// vectors. Their output vectors and biases, and all other words, begin as in any training.
/// </summary>
internal sealed class PriorVectors : PriorModel
{
    private readonly string _path;
    private readonly ICommunicator _ranks;
    private readonly ILogger _logger;
    private readonly WordVectors _vectors;

    /// <summary>Reads a file.</summary>
    /// <exception cref="NceFastException">The file cannot be read or has vectors that are not finite (<see cref="ErrorKind.Input"/>), or the dimensions differ (<see cref="ErrorKind.Usage"/>).</exception>
    public PriorVectors(string path, int dim, ICommunicator ranks, ILogger logger, CancellationToken cancellation)
    {
        (_path, _ranks, _logger) = (path, ranks, logger);
        _vectors = VectorFile.Read(path, out VectorFileInfo info, cancellation);
        try
        {
            if (info.Doubt is { } doubt)
                TrainingLog.Warning(logger, $"{path} may be read wrongly: {doubt}");
            if (info.NonFinite > 0)
                Throw.Input($"{path} holds {info.NonFinite:N0} floats that are NaN or infinite, from which a training cannot start; write the vectors again without them.");
            if (_vectors.Dim != dim)
                Throw.Usage($"The vectors of {path} have {_vectors.Dim:N0} floats, but {Member.Of(nameof(TrainingOptions.Dim))} is {dim:N0}; both must be equal.");
        }
        catch
        {
            _vectors.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public override long Bytes => (long)_vectors.Matrix.ByteLength;

    /// <inheritdoc/>
    public override void CopyTo(IReadOnlyList<ParameterTable> tables, Vocabulary vocabulary, float[]? logKNoise)
    {
        ParameterTable input = tables.First(t => t.Name == WordVectorParameters.InputTable);
        var hash = new XxHash64();
        int found = 0;
        for (int id = 0; id < vocabulary.Count; id++)
        {
            int row = _vectors.IndexOf(vocabulary.Words[id]);
            if (row < 0)
                continue;
            Span<float> vector = _vectors.Matrix.Row(row);
            vector.CopyTo(input.Row(id));
            hash.Append(MemoryMarshal.AsBytes(vector));
            found++;
        }

        int given = _vectors.Count;
        Dispose();
        _ranks.EnsureAlike("The vectors that the training starts from", $"{found} words, {hash.GetCurrentHashAsUInt64().ToString("x", CultureInfo.InvariantCulture)}", "Give all ranks the same file.");
        if (found == 0)
            Throw.Input($"{_path} has none of the {vocabulary.Count:N0} words of the vocabulary among its {given:N0} words, so that the training would not start from it; check the language, the case and the tokenisation.");
        TrainingLog.Began(_logger, 2 * found < vocabulary.Count ? LogLevel.Warning : LogLevel.Information, found, vocabulary.Count, _path, given - found);
    }

    /// <inheritdoc/>
    public override void Dispose() => _vectors.Dispose();
}
