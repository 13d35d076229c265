using System.Runtime.InteropServices;
using NceFast.Models;

namespace NceFast.Backends.Host.WordVectors;

/// <summary>The shared parameter tables of a host backend and how its workers merge their hot rows into them.</summary>
internal sealed unsafe class HostTables
{
    // Kept words of all workers together between two merges of one worker.
    private const int MergeWords = 40_000;

    private readonly WordVectorParameters _parameters;
    private readonly float[] _scales, _pulls, _weights;
    private readonly int _workers, _hot;
    private readonly object[] _inputLocks, _outputLocks, _offsetLocks, _logZLocks;

    public HostTables(WordVectorSpec spec, WordVectorParameters parameters, int workers, float rate)
    {
        _parameters = parameters;
        _workers = workers;
        // The more workers, the larger the sum of changes that none of them has seen: with eight of them and 2,048 or more rows
        // negative sampling became unstable.
        int most = Math.Max(MergeBands.FirstRows, 4 * MergeBands.MostRows / (workers * workers));
        _hot = Math.Min(MergeBands.Rows(spec.Words, workers), most);
        (_scales, _pulls, _weights) = (new float[_hot], new float[_hot], new float[_hot]);
        SetScales(spec, rate);
        _inputLocks = HotTable.CreateLocks(_hot);
        _outputLocks = HotTable.CreateLocks(_hot);
        _offsetLocks = HotTable.CreateLocks(_hot);
        _logZLocks = HotTable.CreateLocks(Math.Max(1, _hot));
    }

    /// <summary>When a worker merges which rows, in kept words of its own.</summary>
    public MergeBands Bands() => new(Math.Max(1000, MergeWords / _workers));

    public HotTable Input() => new(_parameters.Input.Pointer, _parameters.Input.Stride, _hot, _scales, _inputLocks, Pull());

    public HotTable Output() => new(_parameters.Output.Pointer, _parameters.Output.Stride, _hot, _scales, _outputLocks, Pull());

    /// <summary>Offsets b_w - log(k p_n(w)), empty for negative sampling.</summary>
    public HotTable Offsets() => new(Pinned(_parameters.Offset), 1, _parameters.Offset.Length == 0 ? 0 : _hot, _scales, _offsetLocks);

    /// <summary>The normalizer. One learned number is merged as a mean: each worker brings it all the way to its optimum between merges.</summary>
    public HotTable LogZ(WordVectorSpec spec) => spec.NormalizerRows switch
    {
        1 => new(Pinned(_parameters.LogZ), 1, _workers == 1 ? 0 : 1, [1f / _workers], _logZLocks),
        int rows when rows == spec.Words => new(Pinned(_parameters.LogZ), 1, _hot, _scales, _logZLocks),
        _ => new(Pinned(_parameters.LogZ), 1, 0, null, _logZLocks),
    };

    // A row that few predictions touch between merges takes the sum of the workers' changes, as a single table would. One
    // that each worker brings near its optimum by itself takes their mean: the sum would overshoot and oscillate.
    private void SetScales(WordVectorSpec spec, float rate)
    {
        MergeBands bands = Bands();
        ReadOnlySpan<double> noise = spec.Noise.Probabilities;
        for (int w = 0; w < _hot; w++)
        {
            double updates = bands.PeriodOf(w) * noise[w] * (spec.Model == ModelKind.SkipGram ? spec.Window + 1 : 1);
            _scales[w] = HotTable.Part(_workers, 0.1 * rate * updates);
            _pulls[w] = (float)(rate * updates * spec.K / 4); // the logistic function bends by at most a quarter
            _weights[w] = (float)noise[w];
        }
    }

    private CommonPull Pull() => new(_pulls, _weights, _workers, _parameters.Input.Stride);

    private static float* Pinned(float[] array) => (float*)Marshal.UnsafeAddrOfPinnedArrayElement(array, 0);
}
