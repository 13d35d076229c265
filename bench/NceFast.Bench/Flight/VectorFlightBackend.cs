using System.Runtime.InteropServices;
using NceFast.Backends;
using NceFast.Corpus;
using NceFast.Models;

namespace NceFast.Bench.Flight;

/// <summary>
/// Simulates a device that trains word vectors with the register kernel, a number of groups in flight, and one stream. The groups take
/// turns in a random order, a pair of outputs per turn. The normalizer must be fixed.
/// </summary>
internal sealed class VectorFlightBackend : IBackend, IBlockWorker
{
    private readonly WordVectorParameters _parameters;
    private readonly VectorFlightSettings _settings;
    private readonly WordVectorPlan _plan;
    private readonly VectorFlightWeights _weights;
    private readonly VectorFlightStep _step;
    private readonly FlightGroup[] _groups;
    private readonly Stack<FlightGroup> _idle;
    private readonly List<FlightGroup> _flying = [];
    private readonly Random _random;
    private double _loss;
    private float _rate;
    private long _sets;
    private int _blocks;

    public VectorFlightBackend(WordVectorSpec spec, WordVectorParameters parameters, VectorFlightSettings settings)
    {
        (_parameters, _settings, _plan, _random) = (parameters, settings, new WordVectorPlan(spec), new Random((int)spec.Seed));
        _weights = new VectorFlightWeights(spec, parameters);
        _step = new VectorFlightStep(spec, parameters, _weights, settings.Common.Rule);
        _groups = [.. Enumerable.Range(0, settings.Common.Groups).Select(_ => new FlightGroup(spec, settings.NoiseFirst))];
        _idle = new Stack<FlightGroup>(_groups);
    }

    /// <inheritdoc/>
    public string Description => $"{_settings}";

    /// <inheritdoc/>
    public IReadOnlyList<IBlockWorker> Workers => [this];

    /// <inheritdoc/>
    public BlockResult Process(TokenBlock block, in BlockStep step)
    {
        _plan.Prepare(block, step.Epoch);
        _rate = step.LearningRate;
        int sets = _plan.SetCount, groups = _settings.Common.After(_sets);
        _sets += sets;
        if (_settings.Common.Rule == FlightRule.Weigh)
            _weights.Compute(_plan, groups, _rate);

        // Each group takes consecutive sets.
        int share = Math.Max(1, (sets + groups - 1) / groups), columns = (sets + share - 1) / share;
        for (int i = 0; i < columns * share; i++)
        {
            int set = (i % columns * share) + (i / columns);
            if (set < sets)
                Start(set, groups);
        }

        if (++_blocks % _settings.BlocksPerLaunch == 0)
            Flush();
        double loss = _loss;
        _loss = 0;
        return new BlockResult(loss, _plan.Predictions);
    }

    /// <inheritdoc/>
    public void Flush()
    {
        while (_flying.Count > 0)
            Round();
    }

    /// <inheritdoc/>
    public void Synchronize() => Flush();

    /// <inheritdoc/>
    public void Reload()
    {
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (FlightGroup group in _groups)
            group.Dispose();
        _step.Dispose();
        _weights.Dispose();
        _plan.Dispose();
    }

    private void Start(int set, int groups)
    {
        while (_flying.Count >= groups)
            Round();
        FlightGroup group = _idle.Pop();
        if (group.Begin(_plan, set, _parameters))
            _flying.Add(group);
        else
            _idle.Push(group);
    }

    // Each group trains the pair that it has loaded and loads another.
    private void Round()
    {
        _random.Shuffle(CollectionsMarshal.AsSpan(_flying));
        foreach (FlightGroup group in _flying)
        {
            _loss += _step.Run(group, _rate);
            if (group.Ended)
                _idle.Push(group);
        }

        _flying.RemoveAll(group => group.Ended);
    }
}
