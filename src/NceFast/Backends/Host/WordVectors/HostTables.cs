using System.Runtime.InteropServices;
using NceFast.Merging;
using NceFast.Models;

namespace NceFast.Backends.Host.WordVectors;

/// <summary>Represents the shared parameter tables of a host backend, and how its workers merge their hot rows into them.</summary>
internal sealed unsafe class HostTables
{
    private readonly WordVectorParameters _parameters;
    private readonly float[] _weights, _pulls, _meanWeights;
    private readonly int _workers, _hot;
    private readonly object[] _inputLocks, _outputLocks, _offsetLocks, _logZLocks, _inputSumLocks, _outputSumLocks;

    public HostTables(WordVectorSpec spec, WordVectorParameters parameters, int workers, float rate)
    {
        _parameters = parameters;
        _workers = workers;
        _hot = HotRows.OfWordVectors(spec.Words, workers);
        (_weights, _pulls, _meanWeights) = (new float[_hot], new float[_hot], new float[_hot]);
        SetWeights(spec, spec.RateOfFrequentRows(rate));
        _inputLocks = HotTable.CreateLocks(_hot);
        _outputLocks = HotTable.CreateLocks(_hot);
        _offsetLocks = HotTable.CreateLocks(_hot);
        _logZLocks = HotTable.CreateLocks(Math.Max(1, _hot));
        _inputSumLocks = HotTable.CreateLocks(_hot);
        _outputSumLocks = HotTable.CreateLocks(_hot);
    }

    /// <summary>Creates the clock that decides which rows a worker merges and when, in kept words of that worker.</summary>
    public MergeClock Clock() => new(HotRows.WordVectorPeriod(_workers));

    public HotTable Input() => new(_parameters.Input.Pointer, _parameters.Input.Stride, _hot, _weights, _inputLocks, Pull());

    public HotTable Output() => new(_parameters.Output.Pointer, _parameters.Output.Stride, _hot, _weights, _outputLocks, Pull());

    /// <summary>Creates a view of the offsets b_w - log(k p_n(w)), which are empty for negative sampling.</summary>
    public HotTable Offsets() => new(Pinned(_parameters.Offset), 1, _parameters.Offset.Length == 0 ? 0 : _hot, _weights, _offsetLocks);

    /// <summary>Creates a view of AdaGrad's sums of input rows. The sums of all workers add up.</summary>
    public HotTable InputSums() => new(Pinned(_parameters.InputSums), 1, _hot, null, _inputSumLocks);

    /// <summary>Creates a view of AdaGrad's sums of output rows.</summary>
    public HotTable OutputSums() => new(Pinned(_parameters.OutputSums), 1, _hot, null, _outputSumLocks);

    /// <summary>Creates a view of the normalizer. A single learned number is merged as the mean, because each worker brings it to its optimum between merges.</summary>
    public HotTable LogZ(WordVectorSpec spec) => spec.NormalizerRows switch
    {
        1 => new(Pinned(_parameters.LogZ), 1, _workers == 1 ? 0 : 1, [MergeWeight.Mean(_workers)], _logZLocks),
        int rows when rows == spec.Words => new(Pinned(_parameters.LogZ), 1, _hot, _weights, _logZLocks),
        _ => new(Pinned(_parameters.LogZ), 1, 0, null, _logZLocks),
    };

    private void SetWeights(WordVectorSpec spec, float rate)
    {
        MergeClock clock = Clock();
        ReadOnlySpan<double> noise = spec.Noise.Probabilities;
        for (int w = 0; w < _hot; w++)
        {
            double steps = clock.PeriodOf(w) * RowPull.UpdatesPerWord(spec, noise[w]) * rate;
            _weights[w] = MergeWeight.Of(RowPull.Of(steps), _workers);
            _pulls[w] = (float)RowPull.AlongMean(steps, spec.K);
            _meanWeights[w] = (float)noise[w];
        }
    }

    private CommonPull Pull() => new(_pulls, _meanWeights, _workers, _parameters.Input.Stride);

    private static float* Pinned(float[] array) => (float*)Marshal.UnsafeAddrOfPinnedArrayElement(array, 0);
}
