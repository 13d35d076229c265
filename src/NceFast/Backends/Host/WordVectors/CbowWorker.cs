using NceFast.Models;
using NceFast.Numerics;
using NceFast.Objectives;

namespace NceFast.Backends.Host.WordVectors;

/// <summary>
/// Trains CBOW, which predicts the word in the middle from the mean of its window. The gradient of the mean is divided by the
/// number of context words, which the usual programs omit.
/// </summary>
internal sealed unsafe class CbowWorker<TObjective>(WordVectorSpec spec, HostTables tables, HostKernels kernels)
    : WordVectorWorker<TObjective>(spec, tables, kernels)
    where TObjective : struct, IBinaryObjective
{
    private readonly int[] _positions = new int[Tile], _targets = new int[Tile];
    private float _logZSum;
    private int _predictions;

    protected override void ProcessSet(int set)
    {
        int first = set * Spec.Sharing, end = Math.Min(Plan.Count, first + Spec.Sharing);
        _logZSum = 0;
        _predictions = 0;
        for (int i = first; i < end; i += Tile)
            ProcessTile(i, Math.Min(end, i + Tile), NoiseSet(set));
        if (Spec.Normalizer == NormalizerKind.Learned)
            MoveLogZ(first, _logZSum, _predictions);
    }

    protected override int NormalizerRow(int i) => Spec.Normalizer == NormalizerKind.PerContext ? Bucket(i) : 0;

    private void ProcessTile(int first, int end, ReadOnlySpan<int> noise)
    {
        HostScratch s = Scratch;
        int stride = Input.Stride, rows = 0;
        for (int i = first; i < end; i++)
        {
            if (Plan.High[i] - Plan.Low[i] > 1)
            {
                s.Inputs[rows] = s.Rows + (rows * stride);
                s.InputWeights[rows] = (float)Spec.K / noise.Length;
                s.InputLogZ[rows] = LogZOf(i);
                Mean(i, s.Inputs[rows]);
                _positions[rows++] = i;
            }
        }

        LookAhead(first, end, rows);
        if (rows == 0)
            return;
        Buffer.MemoryCopy(s.Rows, s.OldRows, 16L * stride * sizeof(float), (long)rows * stride * sizeof(float));
        LayOutTile(rows, noise);
        Adaptive?.ClearDeltas(rows);
        if (Spec.DropTargetNoise)
            DropTargets(rows, noise);
        if (TObjective.SumsNoise)
            SumNoise(rows, noise.Length);
        else
            NoiseTile(rows, noise);
        for (int r = 0; r < rows; r += Batch)
            Observed(r, Math.Min(rows, r + Batch));
        if (TObjective.SumsNoise)
            StepSummedNoise(rows, noise);
        if (Adaptive is null)
        {
            for (int r = 0; r < rows; r++)
                Spread(_positions[r], s.Rows + (r * stride), s.OldRows + (r * stride));
        }
        else
        {
            Spread(Adaptive, rows);
        }

        _predictions += rows;
    }

    private void Mean(int i, float* row)
    {
        int count = Context(i);
        Kernels.SumRows(row, Scratch.Outputs, count, 1f / count, Input.Stride);
    }

    private void Spread(int i, float* row, float* old)
    {
        int count = Context(i);
        Kernels.AddDifference(Scratch.Outputs, count, row, old, 1f / count, Input.Stride);
    }

    // Each word of a window gets the gradient of the mean divided by their number. The sums take all gradients of the tile first.
    private void Spread(AdaptiveRows adaptive, int rows)
    {
        ReadOnlySpan<int> kept = Plan.Kept;
        for (int r = 0; r < rows; r++)
        {
            int i = _positions[r], count = Plan.High[i] - Plan.Low[i] - 1;
            float square = adaptive.MeanSquare(r) / ((float)count * count);
            for (int t = Plan.Low[i]; t < Plan.High[i]; t++)
            {
                if (t != i)
                    *adaptive.InputSums.Row(kept[t]) += square;
            }
        }

        for (int r = 0; r < rows; r++)
        {
            int i = _positions[r];
            float share = Rate / (Plan.High[i] - Plan.Low[i] - 1);
            for (int t = Plan.Low[i]; t < Plan.High[i]; t++)
            {
                if (t != i)
                    Kernels.AddScaled(Input.Row(kept[t]), adaptive.Deltas[r], Adaptation.Rate(share, *adaptive.InputSums.Row(kept[t])), Input.Stride);
            }
        }
    }

    // Collects the rows of a position's context in the scratch memory, and returns their number.
    private int Context(int i)
    {
        ReadOnlySpan<int> kept = Plan.Kept;
        int low = Plan.Low[i], high = Plan.High[i], count = 0;
        float** rows = Scratch.Outputs;
        for (int t = low; t < high; t++)
        {
            if (t != i)
                rows[count++] = Input.Row(kept[t]);
        }

        return count;
    }

    private void DropTargets(int rows, ReadOnlySpan<int> noise)
    {
        for (int r = 0; r < rows; r++)
        {
            int target = Plan.Kept[_positions[r]];
            float* weights = Scratch.Weights + (r / 4 * noise.Length * 4) + (r % 4);
            for (int m = noise.IndexOf(target); m >= 0 && m < noise.Length; m++)
            {
                if (noise[m] == target)
                    weights[4 * m] = 0;
            }
        }
    }

    private void Observed(int firstRow, int endRow)
    {
        HostScratch s = Scratch;
        ReadOnlySpan<int> kept = Plan.Kept;
        int stride = Input.Stride, terms = endRow - firstRow;
        for (int n = 0; n < terms; n++)
        {
            int word = kept[_positions[firstRow + n]];
            float** outputs = s.Outputs + (4 * n);
            outputs[0] = Output.Row(word);
            outputs[1] = outputs[2] = outputs[3] = s.Padding;
            _targets[n] = word;
            SetShift(n, word, s.InputLogZ[firstRow + n]);
            Kernels.ScoreRow(s.Rows + ((firstRow + n) * stride), outputs, 1, stride, s.Scores + n);
        }

        Gradient(terms, 1);
        float* steps = s.Scores;
        if (Adaptive is not null)
            steps = StepObserved(Adaptive, firstRow, terms);
        for (int n = 0; n < terms; n++)
        {
            int row = firstRow + n, i = _positions[row];
            if (Adaptive is null)
                Kernels.UpdateRow(s.Rows + (row * stride), s.Outputs + (4 * n), 1, stride, s.Scores + n);
            AddOffset(kept[i], steps[n]);
            float sum = (LogZRate * s.Scores[n]) + s.InputSums[row];
            if (TObjective.SumsNoise)
                s.InputSums[row] = s.Scores[n];
            else if (Spec.Normalizer == NormalizerKind.Learned)
                _logZSum += sum;
            else
                MoveLogZ(i, sum, 1);
        }
    }

    // Adds to the gradients of the means, steps the observed words, and returns the steps of their logits.
    private float* StepObserved(AdaptiveRows adaptive, int firstRow, int terms)
    {
        HostScratch s = Scratch;
        int stride = Input.Stride;
        for (int n = 0; n < terms; n++)
            adaptive.Rates[n] = s.Scores[n] * s.Scores[n] * adaptive.Square(s.Inputs[firstRow + n]);
        AdaptiveRows.Adapt(adaptive.OutputSums, _targets.AsSpan(0, terms), adaptive.Rates, Rate);
        for (int n = 0; n < terms; n++)
        {
            adaptive.Steps[n] = s.Scores[n] * adaptive.Rates[n];
            Kernels.StepRows(s.Inputs[firstRow + n], s.Outputs + (4 * n), 1, stride, s.Scores + n, adaptive.Steps + n, adaptive.Spare);
            Kernels.AddScaled(adaptive.Deltas[firstRow + n], adaptive.Spare, 1, stride);
        }

        return adaptive.Steps;
    }

    // The sum does not depend on the order of the words, because the context is a bag of words.
    private int Bucket(int i)
    {
        ReadOnlySpan<int> kept = Plan.Kept;
        ulong hash = 0;
        for (int t = Plan.Low[i]; t < Plan.High[i]; t++)
        {
            if (t != i)
            {
                ulong word = ((ulong)kept[t] + 1) * 0x9E3779B97F4A7C15;
                hash += (word ^ (word >> 29)) * 0xBF58476D1CE4E5B9;
            }
        }

        return (int)(hash >> 44) & (WordVectorSpec.ContextBuckets - 1);
    }
}
