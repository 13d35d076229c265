using System.Text;
using NceFast.Backends.Host;
using NceFast.Backends.Host.LanguageModels;
using NceFast.Models;
using NceFast.Numerics;
using NceFast.Objectives;
using NceFast.Store;

namespace NceFast.Evaluation;

/// <summary>Samples sentences from a left-to-right language model. This type is not thread-safe.</summary>
public sealed unsafe class TextGenerator : IDisposable
{
    private readonly LanguageModel _model;
    private readonly HostKernels _kernels;
    private readonly PredictionBatch _batch;
    private readonly double[] _weights;
    private readonly float _temperature;
    private readonly PhiloxStream _stream;
    private uint _drawn;
    private bool _disposed;

    /// <summary>Creates a generator.</summary>
    /// <param name="model">The model. It must outlive the generator and must not use context after the predicted word.</param>
    /// <param name="temperature">The number that scores are divided by, 0.01 to 100. A value of 1 samples the distribution of the model.</param>
    /// <param name="seed">The seed of the random numbers. The same seed produces the same text.</param>
    /// <exception cref="NceFastException">The model uses context after the predicted word, or the temperature is out of range (<see cref="ErrorKind.Usage"/>).</exception>
    public TextGenerator(LanguageModel model, double temperature = 1, ulong seed = 1)
    {
        ArgumentNullException.ThrowIfNull(model);
        if (model.Shape.After > 0)
            Throw.Usage($"This model reads {model.Shape.After} words after the predicted one, so it cannot make text from left to right; take a model that was trained without context after the word.");
        Throw.UnlessInRange(nameof(TextGenerator.Temperature), temperature, 0.01, 100);
        (_model, Temperature, _temperature) = (model, temperature, (float)temperature);
        _kernels = HostKernelCatalog.Create(null);
        _batch = new PredictionBatch(_kernels, model.Parameters, HostKernels.RowTile);
        _weights = new double[model.Shape.Words];
        _stream = PhiloxStream.For(seed, DrawPurpose.Synthetic, 0, 0);
    }

    /// <summary>Gets the number that scores are divided by: below 1 frequent words come more often, above 1 rare ones do.</summary>
    public double Temperature { get; }

    /// <summary>Samples one sentence.</summary>
    /// <param name="start">The words that begin the sentence; may be empty.</param>
    /// <param name="maxWords">The maximum number of words, including those of the start.</param>
    /// <param name="allowUnknown">Whether &lt;unk&gt; may be sampled.</param>
    /// <returns>The sentence, with words separated by spaces, without &lt;/s&gt;.</returns>
    /// <exception cref="ObjectDisposedException">The generator or its model was disposed.</exception>
    public string Generate(string start = "", int maxWords = 100, bool allowUnknown = false)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        using LanguageModelParameters.Hold held = _model.Parameters.Use();
        LanguageModelShape shape = _model.Shape;
        List<int> stream = [.. Enumerable.Repeat(shape.StartOfSentence, shape.Before), .. _model.Encode(start)];
        var text = new StringBuilder(string.Join(' ', start.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)));
        while (stream.Count - shape.Before < maxWords)
        {
            int next = Next(stream, allowUnknown);
            if (next == shape.EndOfSentence)
                break;
            stream.Add(next);
            text.Append(text.Length > 0 ? " " : "").Append(_model.Vocabulary.Words.GetString(next));
        }

        return text.ToString();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _disposed = true;
        _batch.Dispose();
    }

    private int Next(List<int> stream, bool allowUnknown)
    {
        LanguageModelParameters p = _model.Parameters;
        LanguageModelShape shape = _model.Shape;
        float[] bias = p.Bias;
        AlignedMatrix target = p.Target;
        int[] rows = [.. stream, shape.EndOfSentence];
        _batch.Load(rows, [rows.Length - 1]);
        for (int w = 0; w < _weights.Length; w++)
        {
            bool barred = w == shape.Unknown && !allowUnknown;
            _weights[w] = barred ? double.NegativeInfinity : (_kernels.Dot(_batch.Hidden.Pointer, target.RowPointer(w), _batch.Hidden.Stride) + bias[w]) / _temperature;
        }

        double sum = Softmax.ToParts(_weights);

        double rest = (Philox4x32.Draw(_stream, _drawn++) + 0.5) / 4294967296.0 * sum;
        int word = 0;
        while (word < _weights.Length - 1 && (rest -= _weights[word]) >= 0)
            word++;
        return word;
    }
}
