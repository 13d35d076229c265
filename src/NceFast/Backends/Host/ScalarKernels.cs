using NceFast.Objectives;

namespace NceFast.Backends.Host;

/// <summary>Implements the kernels as plain loops that are never tuned. They are the specification that every other class and backend is compared with.</summary>
internal sealed unsafe partial class ScalarKernels : HostKernels
{
    public override string Name => "scalar";

    public override void ScoreTile(float** inputs, int quads, float** outputs, int count, int stride, float* scores)
    {
        for (int i = 0; i < 4 * quads; i++)
        {
            for (int m = 0; m < count; m++)
                scores[(((i / 4 * count) + m) * 4) + (i % 4)] = Dot(inputs[i], outputs[m], stride);
        }
    }

    public override void UpdateTile(float** inputs, int quads, float** outputs, int count, int stride, float* gradients, float** ahead)
    {
        for (int q = 0; q < quads; q++)
        {
            for (int c = 0; c < stride; c++)
            {
                float delta0 = 0, delta1 = 0, delta2 = 0, delta3 = 0;
                for (int m = 0; m < count; m++)
                {
                    float* g = gradients + (((q * count) + m) * 4);
                    float o = outputs[m][c];
                    delta0 += g[0] * o;
                    delta1 += g[1] * o;
                    delta2 += g[2] * o;
                    delta3 += g[3] * o;
                    outputs[m][c] = o + (g[0] * inputs[4 * q][c]) + (g[1] * inputs[(4 * q) + 1][c]) + (g[2] * inputs[(4 * q) + 2][c]) + (g[3] * inputs[(4 * q) + 3][c]);
                }

                inputs[4 * q][c] += delta0;
                inputs[(4 * q) + 1][c] += delta1;
                inputs[(4 * q) + 2][c] += delta2;
                inputs[(4 * q) + 3][c] += delta3;
            }
        }
    }

    public override void ScoreRow(float* input, float** outputs, int count, int stride, float* scores)
    {
        for (int m = 0; m < count; m++)
            scores[m] = Dot(input, outputs[m], stride);
    }

    public override void UpdateRow(float* input, float** outputs, int count, int stride, float* gradients)
    {
        for (int c = 0; c < stride; c++)
        {
            float delta = 0;
            for (int m = 0; m < count; m++)
            {
                delta += gradients[m] * outputs[m][c];
                outputs[m][c] += gradients[m] * input[c];
            }

            input[c] += delta;
        }
    }

    public override double StepLogits<TObjective>(float* scores, float* shifts, float* weights, float label, int count, float rate)
    {
        double loss = 0;
        for (int i = 0; i < count; i++)
        {
            float logit = scores[i] + shifts[i];
            loss += weights[i] * TObjective.Loss(logit, label);
            scores[i] = -rate * weights[i] * TObjective.Gradient(logit, label);
        }

        return loss;
    }

    public override void ShareTile(float* scores, float* shifts, int quads, int count, float* shares, float* logSums)
    {
        for (int i = 0; i < 4 * quads; i++)
        {
            int first = (i / 4 * 4 * count) + (i % 4);
            float max = float.NegativeInfinity, sum = 0;
            for (int e = first; e < first + (4 * count); e += 4)
                max = MathF.Max(max, scores[e] + shifts[e]);
            for (int e = first; e < first + (4 * count); e += 4)
            {
                shares[e] = Softmax.Part(scores[e] + shifts[e], max);
                sum += shares[e];
            }

            for (int e = first; e < first + (4 * count); e += 4)
                shares[e] /= sum;
            logSums[i] = Softmax.LogZ(max, sum);
        }
    }

    public override void SumRows(float* destination, float** rows, int count, float scale, int stride)
    {
        for (int c = 0; c < stride; c++)
        {
            float sum = 0;
            for (int r = 0; r < count; r++)
                sum += rows[r][c];
            destination[c] = scale * sum;
        }
    }

    public override void AddDifference(float** rows, int count, float* now, float* before, float scale, int stride)
    {
        for (int c = 0; c < stride; c++)
        {
            for (int r = 0; r < count; r++)
                rows[r][c] += scale * (now[c] - before[c]);
        }
    }

    public override void ScorePairs(float** inputs, int quads, float** outputs, int stride, float* scores)
    {
        for (int i = 0; i < 4 * quads; i++)
            scores[i] = Dot(inputs[i], outputs[i], stride);
    }

    public override float Dot(float* a, float* b, int stride)
    {
        float sum = 0;
        for (int c = 0; c < stride; c++)
            sum += a[c] * b[c];
        return sum;
    }
}
