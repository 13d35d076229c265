using ILGPU.Runtime;
using NceFast.Kernels.WordVectors;
using NceFast.Models;
using NceFast.Sampling;

namespace NceFast.Kernels.LanguageModels;

/// <summary>Represents the parameters and tables of a log-bilinear model in the memory of a device, with 64-bit addresses.</summary>
internal sealed class LanguageModelBuffers : IDisposable
{
    private readonly LockedTables _locked;
    private readonly LanguageModelSpec _spec;
    private readonly LanguageModelParameters _parameters;
    private readonly Dictionary<string, GuardedBuffer<Float4>> _rows = [];
    private readonly Dictionary<string, GuardedBuffer<float>> _values = [];
    private readonly GuardedBuffer<float> _logNoise, _terms, _unigram;
    private readonly GuardedBuffer<BigramNoise.Slot> _bigramSlots;
    private readonly GuardedBuffer<int> _bigramStarts, _bigramWeights;
    private readonly GuardedBuffer<AliasTable.Cell> _cells;

    public LanguageModelBuffers(Accelerator accelerator, LanguageModelSpec spec, LanguageModelParameters parameters)
    {
        (_spec, _parameters) = (spec, parameters);
        _locked = new LockedTables(accelerator, parameters);
        foreach (ParameterTable table in parameters.Tables)
        {
            // A table without rows still gets one row, because kernels accept no empty memory.
            if (table.Stride == 1)
                _values[table.Name] = new GuardedBuffer<float>(accelerator, Math.Max(1, table.Rows));
            else
                _rows[table.Name] = new GuardedBuffer<Float4>(accelerator, Math.Max(1, table.Rows * (table.Stride / 4)));
        }

        _logNoise = new GuardedBuffer<float>(accelerator, spec.Shape.Words);
        _terms = new GuardedBuffer<float>(accelerator, spec.Shape.Words);
        _cells = new GuardedBuffer<AliasTable.Cell>(accelerator, spec.Shape.Words);
        _logNoise.View.CopyFromCPU(accelerator.DefaultStream, spec.LogNoise());
        _terms.View.CopyFromCPU(accelerator.DefaultStream, spec.TermsPerPrediction());
        _cells.View.CopyFromCPU(accelerator.DefaultStream, spec.Noise.Table.Cells.ToArray());
        // Kernels accept no empty memory.
        BigramNoise? bigrams = spec.Bigrams;
        (_bigramSlots, _unigram) = (new GuardedBuffer<BigramNoise.Slot>(accelerator, bigrams?.Slots.Length ?? 1), new GuardedBuffer<float>(accelerator, bigrams is null ? 1 : spec.Shape.Words));
        (_bigramStarts, _bigramWeights) = (new GuardedBuffer<int>(accelerator, bigrams?.Starts.Length ?? 1), new GuardedBuffer<int>(accelerator, bigrams?.Weights.Length ?? 1));
        if (bigrams is not null)
        {
            _bigramSlots.View.CopyFromCPU(accelerator.DefaultStream, bigrams.Slots.ToArray());
            _bigramStarts.View.CopyFromCPU(accelerator.DefaultStream, bigrams.Starts.ToArray());
            _bigramWeights.View.CopyFromCPU(accelerator.DefaultStream, bigrams.Weights.ToArray());
            _unigram.View.CopyFromCPU(accelerator.DefaultStream, Array.ConvertAll(spec.Noise.Probabilities.ToArray(), p => (float)p));
        }

        Upload(accelerator.DefaultStream);
    }

    public LanguageModelViews Views
    {
        get
        {
            LanguageModelShape shape = _spec.Shape;
            string target = shape.SharedRows ? "context" : "target";
            return new LanguageModelViews
            {
                Context = _rows["context"].View,
                Target = _rows[target].View,
                PlaceWeights = _rows["position"].View.SubView(0, Math.Max(1, shape.PlaceRows * (long)Columns(shape))),
                Bias = _values["bias"].View,
                LogZ = _values["log-z"].View,
                ContextSums = _values["context-sums"].View,
                TargetSums = _values[target + "-sums"].View,
                PlaceSums = _values["position-sums"].View,
                LogNoise = _logNoise.View,
                Terms = _terms.View,
                Cells = _cells.View,
                BigramSlots = _bigramSlots.View,
                BigramStarts = _bigramStarts.View,
                BigramWeights = _bigramWeights.View,
                Unigram = _unigram.View,
                NoiseFactor = _spec.NoiseFactor,
                Words = shape.Words,
                Dim = shape.Dim,
                Columns = Columns(shape),
                Before = shape.Before,
                Places = shape.Places,
            };
        }
    }

    private IEnumerable<IGuardedBuffer> All => [.. _rows.Values, .. _values.Values, _logNoise, _terms, _cells, _unigram, _bigramSlots, _bigramStarts, _bigramWeights];

    /// <summary>Gets the number of units of four floats per row.</summary>
    public static int Columns(LanguageModelShape shape) => Numerics.AlignedMatrix.PadColumns(shape.Dim) / 4;

    /// <summary>Computes the bytes that the parameters and tables of a model take on a device.</summary>
    public static long Bytes(LanguageModelSpec spec)
    {
        long sums = spec.AdaGrad ? (2L * spec.Shape.Words) + spec.Shape.PlaceRows : 0;
        return LanguageModelParameters.Bytes(spec.Shape) + (4 * (sums + spec.NormalizerRows)) + (16L * spec.Shape.Words) + (spec.BigramBytes == 0 ? 0 : spec.BigramBytes + (4L * spec.Shape.Words));
    }

    /// <summary>Copies the parameters from the host.</summary>
    public void Upload(AcceleratorStream stream) => Copy(stream, toDevice: true);

    /// <summary>Copies the parameters back to the host.</summary>
    public void Download(AcceleratorStream stream) => Copy(stream, toDevice: false);

    /// <summary>Names the first row of each table on the device that is not finite, as a clause of a sentence.</summary>
    public string NotFinite() => FiniteCheck.Describe(_parameters.Tables.Select(t =>
        _rows.TryGetValue(t.Name, out GuardedBuffer<Float4>? rows) ? FiniteCheck.First(t, rows.View) : FiniteCheck.First(t, _values[t.Name].View)));

    /// <summary>Determines whether nothing was written around the buffers.</summary>
    public bool AreIntact() => All.All(b => b.IsIntact());

    public void Dispose()
    {
        foreach (IGuardedBuffer buffer in All)
            buffer.Dispose();
        _locked.Dispose();
    }

    private unsafe void Copy(AcceleratorStream stream, bool toDevice)
    {
        foreach (ParameterTable table in _parameters.Tables.Where(t => t.Rows > 0))
        {
            if (_rows.TryGetValue(table.Name, out GuardedBuffer<Float4>? rows))
                WordVectorBuffers.Copy(stream, table.Pointer, rows.View, toDevice);
            else if (toDevice)
                _values[table.Name].View.CopyFromCPU(stream, new Span<float>(table.Pointer, (int)table.Rows));
            else
                _values[table.Name].View.CopyToCPU(stream, new Span<float>(table.Pointer, (int)table.Rows));
        }

        stream.Synchronize();
    }
}
