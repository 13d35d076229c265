using NceFast.Merging;
using NceFast.Models;
using NceFast.Numerics;

namespace NceFast.Bench.Flight;

/// <summary>Represents a group of threads in flight: its lists, the rows that it has loaded, and the pair that it trains next.</summary>
internal sealed unsafe class FlightGroup(WordVectorSpec spec, bool noiseFirst) : IDisposable
{
    private const int Slots = FlightLists.Slots;
    private readonly AlignedMatrix _rows = new((3 * Slots) + 4, spec.Dim);
    private readonly RowMath _math = RowMath.Current;
    private int _pair, _pass;

    /// <summary>Gets the lists of the set.</summary>
    public FlightLists Lists { get; } = new(spec, noiseFirst);

    /// <summary>Gets the pair to train.</summary>
    public FlightPair Pair => Lists.Pairs[_pair];

    /// <summary>Gets a value indicating whether all passes are made.</summary>
    public bool Ended => _pass == Lists.PassEnds.Count;

    /// <summary>Gets a slot's input vector as it was before this pass, by which the pass is scored: <c>[dim]</c>.</summary>
    public float* Input(int slot) => _rows.RowPointer(slot);

    /// <summary>Gets a slot's input vector with the changes of this pass: <c>[dim]</c>.</summary>
    public float* Changed(int slot) => _rows.RowPointer(Slots + slot);

    /// <summary>Gets a slot's input vector as it was when it was loaded, or when changes were last written to the table: <c>[dim]</c>.</summary>
    public float* Written(int slot) => _rows.RowPointer((2 * Slots) + slot);

    /// <summary>Gets an output row of the pair: <c>[dim]</c>.</summary>
    public float* Output(int which) => _rows.RowPointer((3 * Slots) + which);

    /// <summary>Begins a set: makes its lists, and loads its inputs and first pairs.</summary>
    /// <returns>Whether the set has anything to train.</returns>
    public bool Begin(WordVectorPlan plan, int set, WordVectorParameters parameters)
    {
        (_pair, _pass) = (0, 0);
        if (!Lists.Make(plan, set))
            return false;
        _rows.ClearRows(Slots);
        for (int i = 0; i < Lists.Inputs.Count; i++)
        {
            ReadOnlySpan<float> terms = Lists.Inputs.Terms(i);
            float* row = parameters.Input.RowPointer(Lists.Inputs[i]);
            for (int s = 0; s < Lists.SlotCount; s++)
            {
                if (terms[s] > 0)
                    _math.AddScaled(Input(s), row, terms[s], _rows.Stride);
            }
        }

        Copy(Input(0), Changed(0), Slots);
        Copy(Input(0), Written(0), Slots);
        LoadPass(parameters.Output);
        return true;
    }

    /// <summary>Moves to the next pair of the pass, and loads the pair after it.</summary>
    /// <returns>Whether there is one; otherwise the pass is at its end.</returns>
    public bool MoveNext(AlignedMatrix outputs)
    {
        if (++_pair == Lists.PassEnds[_pass])
            return false;
        Copy(Output(2), Output(0), 2);
        Load(outputs, _pair + 1, 2);
        return true;
    }

    /// <summary>Begins the next pass, which is scored by the inputs with the changes so far.</summary>
    public void BeginPass(AlignedMatrix outputs)
    {
        _pass++;
        Copy(Changed(0), Input(0), Slots);
        if (!Ended)
            LoadPass(outputs);
    }

    /// <summary>Notes that the changes of the inputs so far are in the table.</summary>
    public void SetWritten() => Copy(Changed(0), Written(0), Slots);

    /// <inheritdoc/>
    public void Dispose() => _rows.Dispose();

    private void LoadPass(AlignedMatrix outputs)
    {
        Load(outputs, _pair, 0);
        Load(outputs, _pair + 1, 2);
    }

    private void Load(AlignedMatrix outputs, int pair, int at)
    {
        if (pair >= Lists.PassEnds[_pass])
            return;
        FlightPair next = Lists.Pairs[pair];
        for (int p = 0; p < next.Count; p++)
            Copy(outputs.RowPointer(Lists.Outputs[next.Place + p]), Output(at + p), 1);
    }

    private void Copy(float* from, float* to, int rows) => new Span<float>(from, rows * _rows.Stride).CopyTo(new Span<float>(to, rows * _rows.Stride));
}
