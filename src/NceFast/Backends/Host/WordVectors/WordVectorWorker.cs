using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using NceFast.Corpus;
using NceFast.Models;
using NceFast.Numerics;
using NceFast.Objectives;

namespace NceFast.Backends.Host.WordVectors;

/// <summary>
/// Trains on blocks with one thread. Consecutive positions share a set of noise words. Their input rows times the rows of the set
/// are one small matrix product, so that each noise row is read and written once per set instead of once per prediction. The
/// observed words follow in batches of <see cref="Batch"/> positions.
/// </summary>
/// <remarks>DESIGN.md in the parent folder explains why positions share noise words, and how large the sets are.</remarks>
internal abstract unsafe class WordVectorWorker<TObjective> : IHostWorker
    where TObjective : struct, IBinaryObjective
{
    /// <summary>The number of positions in a tile.</summary>
    protected const int Tile = 16;

    /// <summary>The number of positions whose observed words are scored before any of them is updated.</summary>
    protected const int Batch = 8;

    /// <summary>The number of positions between the prefetch of a row and its use. The update of a tile prefetches the rows of the next tile.</summary>
    private const int Ahead = Tile;

    private readonly int _setSize, _setShare;
    private readonly HotTables _tables;
    private readonly AlignedMatrix? _shares; // of the noise words of a tile in the sum of each input
    private double _loss;

    protected WordVectorWorker(WordVectorSpec spec, HostTables tables, HostKernels kernels)
    {
        Spec = spec;
        Kernels = kernels;
        Plan = new WordVectorPlan(spec);
        Input = tables.Input();
        Output = tables.Output();
        Input.Face(Output);
        Offsets = tables.Offsets();
        LogZ = tables.LogZ(spec);
        Scratch = new HostScratch(Math.Max(spec.NoiseSetSize, 2 * spec.Window * Batch), Input.Stride);
        _shares = TObjective.SumsNoise ? new AlignedMatrix(1, Scratch.Capacity) : null;
        for (int i = 0; i < Scratch.Capacity; i++)
            Scratch.Ones[i] = 1;
        Adaptive = spec.AdaGrad ? new AdaptiveRows(spec, tables, kernels, Scratch) : null;
        _tables = Adaptive is null
            ? new HotTables(tables.Clock(), Input, Output, Offsets, LogZ)
            : new HotTables(tables.Clock(), Input, Output, Offsets, LogZ, Adaptive.InputSums, Adaptive.OutputSums);
        _setSize = spec.NoiseSetSize;
        _setShare = (_setSize + spec.Sharing - 1) / spec.Sharing;
    }

    protected WordVectorSpec Spec { get; }

    protected HostKernels Kernels { get; }

    protected WordVectorPlan Plan { get; }

    protected HostScratch Scratch { get; }

    protected HotTable Input { get; }

    protected HotTable Output { get; }

    /// <summary>Gets the view of b_w - log(k p_n(w)) for each word.</summary>
    protected HotTable Offsets { get; }

    protected HotTable LogZ { get; }

    /// <summary>Gets what steps rows with AdaGrad; null for steps that all have the learning rate of the block.</summary>
    protected AdaptiveRows? Adaptive { get; }

    protected float Rate { get; private set; }

    /// <summary>Gets the factor of the logits' gradients that kernels compute: the learning rate, unless it differs between rows.</summary>
    protected float GradientRate => Adaptive is null ? Rate : 1;

    /// <summary>Gets the factor that turns a sum of such gradients into a step of log Z.</summary>
    protected float LogZRate => Adaptive is null ? 1 : Rate;

    public BlockResult Process(TokenBlock block, in BlockStep step)
    {
        Plan.Prepare(block, step.Epoch);
        Rate = step.LearningRate;
        _loss = 0;
        int sets = Plan.SetCount;
        for (int set = 0; set < sets; set++)
        {
            ProcessSet(set);
            _tables.Advance(Spec.Sharing);
        }

        return new BlockResult(_loss, Plan.Predictions);
    }

    public void Flush() => _tables.Merge();

    public void Reload() => _tables.Reload();

    public void Dispose()
    {
        Plan.Dispose();
        Scratch.Dispose();
        Adaptive?.Dispose();
        _shares?.Dispose();
        _tables.Dispose();
    }

    /// <summary>Trains on the positions that share one set of noise words.</summary>
    protected abstract void ProcessSet(int set);

    /// <summary>Gets the number of the row of log Z that position <paramref name="i"/> uses.</summary>
    protected abstract int NormalizerRow(int i);

    /// <summary>Gets the noise words of a set.</summary>
    protected ReadOnlySpan<int> NoiseSet(int set) => Plan.Noise.Slice(set * _setSize, _setSize);

    /// <summary>Gets log Z of a position's context; 0 when the objective has none, or has the sum over the noise words instead.</summary>
    protected float LogZOf(int i) => TObjective.LearnsNormalizer ? *LogZ.Row(NormalizerRow(i)) : 0;

    /// <summary>
    /// Prepares a tile: pads the inputs to a multiple of 4, and lays out output rows, shifts and weights. Element (i, m) gets the
    /// weight of input i. The caller may change single elements before it calls <see cref="NoiseTile"/>.
    /// </summary>
    /// <param name="inputs">Number of inputs in the scratch memory, 1 to 16.</param>
    /// <param name="noise">The noise words.</param>
    protected void LayOutTile(int inputs, ReadOnlySpan<int> noise)
    {
        HostScratch s = Scratch;
        int quads = (inputs + 3) / 4, count = noise.Length;
        for (int i = inputs; i < 4 * quads; i++)
        {
            s.Inputs[i] = s.Padding;
            s.InputWeights[i] = 0;
            s.InputLogZ[i] = 0;
        }

        for (int m = 0; m < count; m++)
            s.Outputs[m] = Output.Row(noise[m]);
        for (int q = 0; q < quads; q++)
        {
            Vector128<float> weight = Vector128.Load(s.InputWeights + (4 * q));
            float* w = s.Weights + (4 * q * count);
            for (int m = 0; m < count; m++)
                weight.Store(w + (4 * m));
        }

        if (!TObjective.HasBiases)
            return;
        for (int m = 0; m < count; m++)
            s.Scores[m] = *Offsets.Row(noise[m]);
        for (int q = 0; q < quads; q++)
        {
            Vector128<float> z = Vector128.Load(s.InputLogZ + (4 * q));
            float* shift = s.Shifts + (4 * q * count);
            for (int m = 0; m < count; m++)
                Logit.Shift(Vector128.Create(s.Scores[m]), z).Store(shift + (4 * m));
        }
    }

    /// <summary>
    /// Scores and updates the tile that <see cref="LayOutTile"/> prepared, and writes the sum of each input's steps to the scratch memory.
    /// With AdaGrad, the inputs are not stepped, and their gradients are those of <see cref="Adaptive"/>.
    /// </summary>
    protected void NoiseTile(int inputs, ReadOnlySpan<int> noise)
    {
        HostScratch s = Scratch;
        int quads = (inputs + 3) / 4, count = noise.Length, stride = Input.Stride;
        Kernels.ScoreTile(s.Inputs, quads, s.Outputs, count, stride, s.Scores);
        _loss += Kernels.StepLogits<TObjective>(s.Scores, s.Shifts, s.Weights, 0, 4 * quads * count, GradientRate);
        UpdateTile(inputs, noise);
    }

    /// <summary>
    /// Scores the tile that <see cref="LayOutTile"/> prepared, and makes the logarithm of each input's sum over the noise words its log Z.
    /// The observed words of the tile follow, whose steps the caller adds to the sums of the inputs. Then <see cref="StepSummedNoise"/> completes the tile.
    /// </summary>
    protected void SumNoise(int inputs, int count)
    {
        HostScratch s = Scratch;
        int quads = (inputs + 3) / 4;
        Kernels.ScoreTile(s.Inputs, quads, s.Outputs, count, Input.Stride, s.Scores);
        Kernels.ShareTile(s.Scores, s.Shifts, quads, count, _shares!.Pointer, s.InputLogZ);
        new Span<float>(s.InputSums, 4 * quads).Clear();
    }

    /// <summary>Updates the noise words of a tile by the steps of its observed words. The input rows are the updated ones.</summary>
    protected void StepSummedNoise(int inputs, ReadOnlySpan<int> noise)
    {
        HostScratch s = Scratch;
        int count = noise.Length;
        float* shares = _shares!.Pointer;
        for (int m = 0; m < count; m++)
            s.Outputs[m] = Output.Row(noise[m]);
        for (int i = 0; i < ((inputs + 3) & ~3); i++)
        {
            for (int e = (i / 4 * 4 * count) + (i % 4); e < ((i / 4) + 1) * 4 * count; e += 4)
                s.Scores[e] = Softmax.NoiseStep(shares[e], s.InputSums[i]);
        }

        UpdateTile(inputs, noise);
    }

    private void UpdateTile(int inputs, ReadOnlySpan<int> noise)
    {
        HostScratch s = Scratch;
        int quads = (inputs + 3) / 4, count = noise.Length, stride = Input.Stride;
        if (Adaptive is null)
            Kernels.UpdateTile(s.Inputs, quads, s.Outputs, count, stride, s.Scores, s.Ahead);
        else
            Adaptive.StepTile(s.Inputs, quads, s.Outputs, noise, s.Scores, Rate);
        if (!TObjective.HasBiases)
            return;
        float logZRate = LogZRate;
        float* steps = Adaptive is null ? s.Scores : Adaptive.Steps;
        for (int q = 0; q < quads; q++)
        {
            Vector128<float> sum = Vector128<float>.Zero;
            float* g = s.Scores + (4 * q * count);
            for (int m = 0; m < count; m++)
                sum += Vector128.Load(g + (4 * m));
            (logZRate * sum).Store(s.InputSums + (4 * q));
        }

        // Sums the steps of each output over all inputs, for four outputs at a time with one transposition.
        for (int m = 0; m < count; m += 4)
        {
            Vector128<float> a = Vector128<float>.Zero, b = a, c = a, d = a;
            for (int q = 0; q < quads; q++)
            {
                float* g = steps + (4 * ((q * count) + m));
                a += Vector128.Load(g);
                b += Vector128.Load(g + 4);
                c += Vector128.Load(g + 8);
                d += Vector128.Load(g + 12);
            }

            Vector128<float> sums = Simd128.Sum4(a, b, c, d);
            *Offsets.Row(noise[m]) += sums[0];
            *Offsets.Row(noise[m + 1]) += sums[1];
            *Offsets.Row(noise[m + 2]) += sums[2];
            *Offsets.Row(noise[m + 3]) += sums[3];
        }
    }

    /// <summary>
    /// Turns the scores of <paramref name="count"/> noise words and of the observed word after them in the scratch memory into steps, for
    /// objectives that sum noise words.
    /// </summary>
    protected void GradientOfPair(int count)
    {
        HostScratch s = Scratch;
        int room = AlignedMatrix.PadColumns(count + 1);
        for (int i = count + 1; i < room; i++)
            (s.Scores[i], s.Shifts[i]) = (Logit.Dropped, 0);
        float max = Kernels.AddAndMax(s.Scores, s.Shifts, room), observed = s.Scores[count];
        double sum = Kernels.ExpSum(s.Scores, room, max, 1), logZ = Softmax.LogZ(max, sum);
        _loss += Softmax.Loss(logZ, observed, 0);
        var scale = (float)(Softmax.Scale(logZ, 0) / sum);
        for (int i = 0; i < count; i++)
            s.Scores[i] *= GradientRate * scale;
        s.Scores[count] = GradientRate * Softmax.ObservedGradient(scale * s.Scores[count]);
    }

    /// <summary>Turns <paramref name="terms"/> scores in the scratch memory into steps; with AdaGrad, into gradients. All weights are 1 except those that the caller set to 0.</summary>
    protected void Gradient(int terms, float label)
    {
        HostScratch s = Scratch;
        int padded = (terms + 15) & ~15;
        for (int i = terms; i < padded; i++)
        {
            s.Scores[i] = 0;
            s.Ones[i] = 0;
        }

        _loss += Kernels.StepLogits<TObjective>(s.Scores, s.Shifts, s.Ones, label, terms, GradientRate);
        for (int i = terms; i < padded; i++)
            s.Ones[i] = 1;
    }

    /// <summary>Sets the shift of term <paramref name="term"/>, which is the word's offset minus log Z.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    protected void SetShift(int term, int word, float logZ)
    {
        if (TObjective.HasBiases)
            Scratch.Shifts[term] = Logit.Shift(*Offsets.Row(word), logZ);
    }

    /// <summary>Adds the step of a logit to the word's offset, and thereby to its bias.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    protected void AddOffset(int word, float g)
    {
        if (TObjective.HasBiases)
            *Offsets.Row(word) += g;
    }

    /// <summary>
    /// Moves log Z by the sum of the steps of <paramref name="predictions"/> predictions (dD/dlogZ = -1). A single learned number moves
    /// by their mean, because every prediction of a set moves it and the sum would overshoot.
    /// </summary>
    protected void MoveLogZ(int i, float sum, int predictions)
    {
        if (!TObjective.LearnsNormalizer || Spec.Normalizer == NormalizerKind.Fixed)
            return;
        *LogZ.Row(NormalizerRow(i)) -= Spec.Normalizer == NormalizerKind.Learned ? sum / Math.Max(1, predictions) : sum;
    }

    /// <summary>
    /// Collects the rows of the next tile's positions, which <see cref="NoiseTile"/> then prefetches into the second-level cache. The
    /// first level is too small for them. Rows beyond what the tile can prefetch are prefetched here. Frequent words are included:
    /// a test for them is a branch that the processor cannot predict, and costs more than the prefetch.
    /// </summary>
    /// <param name="first">First position of the tile.</param>
    /// <param name="end">Position after the last one of the tile.</param>
    /// <param name="inputs">Number of inputs of the tile.</param>
    protected void LookAhead(int first, int end, int inputs)
    {
        if (!Sse.IsSupported)
            return;
        int room = Adaptive is null ? HostKernels.AheadRows((inputs + 3) / 4, _setSize) : 0, rows = 0, sharing = Spec.Sharing;
        int last = Math.Min(Plan.Count, end + Ahead);
        ReadOnlySpan<int> kept = Plan.Kept;
        for (int i = first + Ahead; i < last; i++)
        {
            TakeAhead(Input.Row(kept[i]), room, ref rows);
            TakeAhead(Output.Row(kept[i]), room, ref rows);

            // Each position takes its share of the noise words of its set.
            int set = i / sharing, from = (i - (set * sharing)) * _setShare;
            if (from >= _setSize)
                continue;
            foreach (int word in Plan.Noise.Slice((set * _setSize) + from, Math.Min(_setShare, _setSize - from)))
            {
                TakeAhead(Output.Row(word), room, ref rows);
                if (TObjective.HasBiases)
                    RowPrefetch.Line(Offsets.Row(word));
            }
        }

        while (rows < room)
            TakeAhead(Scratch.Padding, room, ref rows);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void TakeAhead(float* row, int room, ref int rows)
    {
        if (rows < room)
            Scratch.Ahead[rows++] = row;
        else
            RowPrefetch.Row(row, Input.Stride);
    }
}
