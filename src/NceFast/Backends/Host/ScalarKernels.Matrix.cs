using NceFast.Objectives;

namespace NceFast.Backends.Host;

internal sealed unsafe partial class ScalarKernels
{
    public override void MultiplyAdd(
        float* a, nint aRow, nint aInner, float* b, nint bStride, float* c, nint cStride, int rows, int inner, int columns, float* ahead, nint aheadFloats)
    {
        for (int i = 0; i < rows; i++)
        {
            for (int k = 0; k < inner; k++)
            {
                for (int j = 0; j < columns; j++)
                    c[(i * cStride) + j] += a[(i * aRow) + (k * aInner)] * b[(k * bStride) + j];
            }
        }
    }

    public override void StepRows(float* input, float** outputs, int count, int stride, float* gradients, float* steps, float* delta)
    {
        for (int c = 0; c < stride; c++)
        {
            float sum = 0;
            for (int m = 0; m < count; m++)
            {
                sum += gradients[m] * outputs[m][c];
                outputs[m][c] += steps[m] * input[c];
            }

            delta[c] = sum;
        }
    }

    public override void AddScaled(float* destination, float* source, float scale, int stride)
    {
        for (int c = 0; c < stride; c++)
            destination[c] += scale * source[c];
    }

    public override void AddProduct(float* destination, float* a, float* b, int stride)
    {
        for (int c = 0; c < stride; c++)
            destination[c] += a[c] * b[c];
    }

    public override void Blend(float* destination, float keep, float* source, float scale, int stride)
    {
        for (int c = 0; c < stride; c++)
            destination[c] = (keep * destination[c]) + (scale * source[c]);
    }

    public override float AddAndMax(float* scores, float* shifts, int count)
    {
        float max = float.NegativeInfinity;
        for (int i = 0; i < count; i++)
        {
            scores[i] += shifts[i];
            max = MathF.Max(max, scores[i]);
        }

        return max;
    }

    public override double ExpSum(float* scores, int count, float max, float scale)
    {
        double sum = 0;
        for (int i = 0; i < count; i++)
        {
            float e = Softmax.Part(scores[i], max);
            sum += e;
            scores[i] = scale * e;
        }

        return sum;
    }

    public override void MaxColumns(float* scores, nint stride, int rows, int columns, float* max)
    {
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < columns; j++)
                max[j] = MathF.Max(max[j], scores[(i * stride) + j]);
        }
    }

    public override void ExpColumns(float* scores, nint stride, int rows, int columns, float* max, float* scales, float* sums)
    {
        for (int j = 0; j < columns; j++)
        {
            sums[j] = 0;
            for (int i = 0; i < rows; i++)
            {
                float* score = scores + (i * stride) + j;
                float e = Softmax.Part(*score, max[j]);
                sums[j] += e;
                *score = scales[j] * e;
            }
        }
    }
}
