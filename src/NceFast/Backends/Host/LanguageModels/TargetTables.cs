using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using NceFast.Merging;
using NceFast.Models;
using NceFast.Objectives;

namespace NceFast.Backends.Host.LanguageModels;

/// <summary>The target side of a log-bilinear model, and how workers merge their private copies of its hot rows.</summary>
internal sealed unsafe class TargetTables
{
    private readonly LanguageModelSpec _spec;
    private readonly LanguageModelParameters _parameters;
    private readonly MergeClock _clock = TargetView.Clock();
    private readonly int _workers, _hot;
    private readonly object[] _rowLocks, _biasLocks, _logZLocks, _sumLocks;

    public TargetTables(LanguageModelSpec spec, LanguageModelParameters parameters, int workers)
    {
        (_spec, _parameters, _workers) = (spec, parameters, workers);
        // The exact softmax steps every row in every batch: no row is hotter than another.
        _hot = spec.Objective.Traits().StepsEveryRow ? 0 : HotRows.Of(spec.Shape.Words, workers);
        (_rowLocks, _biasLocks, _sumLocks, _logZLocks) = (HotTable.CreateLocks(_hot), HotTable.CreateLocks(_hot), HotTable.CreateLocks(_hot), HotTable.CreateLocks(1));
    }

    /// <summary>One worker's view.</summary>
    public TargetView CreateView()
    {
        var weights = new float[_hot];
        int hotLogZ = _hot > 0 && _parameters.LogZ.Length == 1 ? 1 : 0; // one learned number: each worker brings it to its optimum, so the mean
        return new TargetView(
            new HotTable(_parameters.Target.Pointer, _parameters.Target.Stride, _hot, weights, _rowLocks),
            new HotTable(Pinned(_parameters.Bias), 1, _hot, weights, _biasLocks),
            new HotTable(Pinned(_parameters.LogZ), 1, hotLogZ, [MergeWeight.Mean(_workers)], _logZLocks),
            new HotTable(Pinned(_parameters.TargetSums), 1, _parameters.TargetSums.Length == 0 ? 0 : _hot, null, _sumLocks),
            rate => SetWeights(weights, rate));
    }

    private void SetWeights(float[] weights, float rate)
    {
        ReadOnlySpan<double> noise = _spec.Noise.Probabilities;
        for (int w = 0; w < weights.Length; w++)
            weights[w] = MergeWeight.Of(RowPull.OfTarget(rate * _clock.PeriodOf(w), noise[w]), _workers);
    }

    private static float* Pinned(float[] array) => (float*)Marshal.UnsafeAddrOfPinnedArrayElement(array, 0);
}

/// <summary>
/// One worker's view of target rows, biases and log Z.
/// </summary>
internal sealed unsafe class TargetView(HotTable rows, HotTable biases, HotTable logZ, HotTable sums, Action<float> setWeights) : IDisposable
{
    private readonly HotTables _tables = new(Clock(), rows, biases, logZ, sums);
    private float _rate = float.NaN;

    /// <summary>When rows are merged, in predictions of one worker.</summary>
    public static MergeClock Clock() => new(HotRows.LanguageModelPeriod);

    public HotTable Rows { get; } = rows;

    public HotTable Biases { get; } = biases;

    public HotTable LogZ { get; } = logZ;

    /// <summary>AdaGrad's sums, where steps are adaptive.</summary>
    public HotTable Sums { get; } = sums;

    /// <summary>Computes the factor by which AdaGrad multiplies the gradient of a row, with its new mean square counted.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float Adapt(int word, float meanSquare, float rate) => HostUpdates.Adapt(ref *Sums.Row(word), meanSquare, rate);

    /// <summary>Sets the learning rate, on which the weights of merges depend.</summary>
    public float Rate
    {
        set
        {
            if (value != _rate)
                setWeights(value);
            _rate = value;
        }
    }

    /// <summary>Counts predictions and merges what is due when enough have come together.</summary>
    public void Advance(int predictions) => _tables.Advance(predictions);

    /// <summary>Merges all rows.</summary>
    public void Merge() => _tables.Merge();

    /// <summary>Takes all rows anew, dropping changes not merged.</summary>
    public void Reload() => _tables.Reload();

    public void Dispose() => _tables.Dispose();
}
