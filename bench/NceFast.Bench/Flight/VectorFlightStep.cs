using NceFast.Backends.Host;
using NceFast.Merging;
using NceFast.Models;
using NceFast.Numerics;
using NceFast.Objectives;

namespace NceFast.Bench.Flight;

/// <summary>Trains one pair of a group: the arithmetic of the register kernel.</summary>
internal sealed unsafe class VectorFlightStep : IDisposable
{
    private const int Slots = FlightLists.Slots, Quads = Slots / 4;
    private readonly WordVectorParameters _parameters;
    private readonly VectorFlightWeights _weights;
    private readonly FlightRule _rule;
    private readonly HostKernels _kernels = HostKernelCatalog.Create(null);
    private readonly RowMath _math = RowMath.Current;
    private readonly AlignedMatrix _scores, _scratch;
    private readonly int _stride;
    private readonly bool _storesInputs;

    public VectorFlightStep(WordVectorSpec spec, WordVectorParameters parameters, VectorFlightWeights weights, FlightRule rule)
    {
        (_parameters, _weights, _rule, _stride) = (parameters, weights, rule, parameters.Input.Stride);
        _storesInputs = rule == FlightRule.Store && spec.Model == ModelKind.SkipGram;
        (_scores, _scratch) = (new AlignedMatrix(1, 2 * Slots), new AlignedMatrix(2, spec.Dim));
    }

    /// <summary>Trains the pair of a group and loads the next one.</summary>
    /// <returns>The loss, nats.</returns>
    public double Run(FlightGroup group, float rate)
    {
        FlightPair pair = group.Pair;
        double loss = Score(group, pair, rate);
        for (int p = 0; p < pair.Count; p++)
            Update(group, pair, p);
        if (group.MoveNext(_parameters.Output))
            return loss;
        group.BeginPass(_parameters.Output);
        if (_rule != FlightRule.Store || group.Ended)
            WriteInputs(group);
        return loss;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _scores.Dispose();
        _scratch.Dispose();
    }

    // Element (slot, output) of a tile with two outputs.
    private float* Score(int slot, int p) => _scores.Pointer + (8 * (slot / 4)) + (4 * p) + (slot % 4);

    // Turns scores into steps, and steps the biases.
    private double Score(FlightGroup group, FlightPair pair, float rate)
    {
        float** inputs = stackalloc float*[Slots], outputs = stackalloc float*[2];
        for (int s = 0; s < Slots; s++)
            inputs[s] = group.Input(s);
        outputs[0] = group.Output(0);
        outputs[1] = group.Output(pair.Count - 1);
        _kernels.ScoreTile(inputs, Quads, outputs, 2, _stride, _scores.Pointer);
        float[] offsets = _parameters.Offset;
        float label = pair.Observed ? 1 : 0;
        double loss = 0;
        for (int p = 0; p < pair.Count; p++)
        {
            int word = group.Lists.Outputs[pair.Place + p];
            ReadOnlySpan<float> terms = group.Lists.Outputs.Terms(pair.Place + p);
            float shift = offsets.Length > 0 ? Logit.Shift(offsets[word], _parameters.LogZ[0]) : 0, sum = 0;
            for (int s = 0; s < group.Lists.SlotCount; s++)
            {
                float* score = Score(s, p);
                float gradient = 0;
                if (terms[s] > 0)
                    loss += terms[s] * BinaryLogistic.LossAndGradient(*score + shift, label, out gradient);
                *score = -rate * terms[s] * gradient;
                sum += *score;
            }

            if (offsets.Length > 0)
                offsets[word] += _weights.Bias[word] * sum;
        }

        return loss;
    }

    // The inputs of an observed word see the changes of the slots before them. All inputs of a noise word see the same row.
    private void Update(FlightGroup group, FlightPair pair, int p)
    {
        int word = group.Lists.Outputs[pair.Place + p];
        float* output = group.Output(p), old = _scratch.RowPointer(0), row = _parameters.Output.RowPointer(word);
        Copy(output, old);
        for (int s = 0; s < group.Lists.SlotCount; s++)
        {
            float step = *Score(s, p);
            if (step == 0)
                continue;
            _kernels.AddScaled(group.Changed(s), pair.Observed ? output : old, step, _stride);
            _kernels.AddScaled(output, group.Input(s), step, _stride);
        }

        if (_rule == FlightRule.Store)
        {
            Copy(output, row);
            return;
        }

        if (_weights.OutputAlong[word] < 1)
            _math.ScaleAlong(output, old, _weights.InputMean.Unit, _weights.OutputAlong[word], _stride);
        _math.AddChange(row, output, old, _weights.Output[word], _stride);
    }

    private void WriteInputs(FlightGroup group)
    {
        WordTerms inputs = group.Lists.Inputs;
        float* sum = _scratch.RowPointer(0), zero = _scratch.RowPointer(1);
        for (int i = 0; i < inputs.Count; i++)
        {
            int word = inputs[i];
            float* row = _parameters.Input.RowPointer(word);
            if (_storesInputs)
            {
                Copy(group.Changed(i), row); // a word of skip-gram has one slot, in the same order
                continue;
            }

            Copy(zero, sum);
            ReadOnlySpan<float> terms = inputs.Terms(i);
            for (int s = 0; s < group.Lists.SlotCount; s++)
            {
                if (terms[s] > 0)
                    _math.AddChange(sum, group.Changed(s), group.Written(s), terms[s], _stride);
            }

            if (_weights.InputAlong[word] < 1)
                _math.ScaleAlong(sum, zero, _weights.OutputMean.Unit, _weights.InputAlong[word], _stride);
            _kernels.AddScaled(row, sum, _weights.Input[word], _stride);
        }

        group.SetWritten();
    }

    private void Copy(float* from, float* to) => new Span<float>(from, _stride).CopyTo(new Span<float>(to, _stride));
}
