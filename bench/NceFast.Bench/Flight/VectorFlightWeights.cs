using NceFast.Merging;
using NceFast.Models;
using NceFast.Objectives;

namespace NceFast.Bench.Flight;

/// <summary>
/// Computes the weights with which groups add their changes in a block: 1 / (1 + pull), where pull is how far the other groups in flight
/// pull the row. All changes of a row in a block have the same weight, so that its optimum does not move.
/// </summary>
internal sealed class VectorFlightWeights : IDisposable
{
    // Outputs of a pair, which a group holds at the same time.
    private const double Held = 2;
    private readonly WordVectorSpec _spec;
    private readonly bool _hasBiases;
    private readonly int[] _tokens;
    private readonly float[] _ofInput, _ofOutput;
    private readonly double _outputsPerSet;

    public VectorFlightWeights(WordVectorSpec spec, WordVectorParameters parameters)
    {
        (_spec, _hasBiases) = (spec, spec.Objective.Traits().HasBiases);
        (InputMean, OutputMean) = (new FlightMean(parameters.Input), new FlightMean(parameters.Output));
        (_tokens, _ofInput, _ofOutput) = (new int[spec.Words], new float[spec.Words], new float[spec.Words]);
        (Input, Output, Bias) = (new float[spec.Words], new float[spec.Words], new float[spec.Words]);
        (InputAlong, OutputAlong) = (new float[spec.Words], new float[spec.Words]);
        foreach (float[] weights in new[] { Input, Output, Bias, InputAlong, OutputAlong })
            Array.Fill(weights, 1);
        _outputsPerSet = spec.NoiseSetSize + (spec.Model == ModelKind.Cbow ? FlightLists.Slots : FlightLists.Slots / FlightLists.Batch * (FlightLists.Batch + (2 * spec.Window)));
    }

    /// <summary>Gets the weight of a change of each word's input row: <c>[words]</c>.</summary>
    public float[] Input { get; }

    /// <summary>Gets the weight of a change of each word's output row: <c>[words]</c>.</summary>
    public float[] Output { get; }

    /// <summary>Gets the weight of a change of each word's bias: <c>[words]</c>.</summary>
    public float[] Bias { get; }

    /// <summary>Gets the further weight of an input row's change along the mean of the output rows: <c>[words]</c>.</summary>
    public float[] InputAlong { get; }

    /// <summary>Gets the further weight of an output row's change along the mean of the input rows: <c>[words]</c>.</summary>
    public float[] OutputAlong { get; }

    /// <summary>Gets the mean of the frequent input rows.</summary>
    public FlightMean InputMean { get; }

    /// <summary>Gets the mean of the frequent output rows.</summary>
    public FlightMean OutputMean { get; }

    /// <summary>Computes the weights of a block.</summary>
    /// <param name="plan">The plan of the block.</param>
    /// <param name="groups">Groups in flight.</param>
    /// <param name="rate">Learning rate.</param>
    public void Compute(WordVectorPlan plan, int groups, float rate)
    {
        Count(plan);
        double share = Math.Min(1, (groups - 1.0) / Math.Max(1, plan.SetCount)), kept = Math.Max(1, plan.Count), perToken = plan.Predictions / kept;
        double inputSteps = rate * share * (_spec.Model == ModelKind.Cbow ? 2.0 / _spec.WindowWords : perToken);
        double outputSteps = rate * share * plan.Predictions * Held / _outputsPerSet;
        for (int w = 0; w < _tokens.Length; w++)
        {
            int others = Math.Max(0, _tokens[w] - 1);
            double predictions = inputSteps * others, terms = outputSteps * ((_spec.K * _spec.Noise.Probabilities[w]) + (others / kept));
            Input[w] = Weight(Curvature.InFlight * predictions);
            Output[w] = Weight(Curvature.InFlight * terms / (1 + _spec.K));
            Bias[w] = Weight(Curvature.Logistic * terms);
            if (_hasBiases)
                continue;
            InputAlong[w] = Along(Input[w], predictions * (1 + _spec.K) * OutputMean.Square);
            OutputAlong[w] = Along(Output[w], terms * InputMean.Square);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        InputMean.Dispose();
        OutputMean.Dispose();
    }

    private static float Weight(double pull) => (float)(1 / (1 + pull));

    private static float Along(float weight, double steps) => Math.Min(1, Weight(Curvature.Logistic / PullLimits.AlongMeanInFlight * steps) / weight);

    private void Count(WordVectorPlan plan)
    {
        Array.Clear(_tokens);
        foreach (int word in plan.Kept)
            _tokens[word]++;
        if (_hasBiases)
            return;
        for (int w = 0; w < _tokens.Length; w++)
        {
            _ofInput[w] = _tokens[w] / (float)Math.Max(1, plan.Count);
            _ofOutput[w] = _ofInput[w] + (float)(_spec.K * _spec.Noise.Probabilities[w]);
        }

        InputMean.Take(_ofInput);
        OutputMean.Take(_ofOutput);
    }
}
