namespace NceFast.Backends.Host;

internal sealed unsafe partial class ScalarKernels
{
    public override void SumProducts(float* destination, float** rows, float* factors, int count, int stride)
    {
        for (int c = 0; c < stride; c++)
        {
            float sum = 0;
            for (int j = 0; j < count; j++)
                sum += rows[j][c] * factors[(j * stride) + c];
            destination[c] = sum;
        }
    }

    public override void CarryProducts(float* gradient, float** rows, float** carried, float* factors, float* sums, int count, int stride)
    {
        for (int j = 0; j < count; j++)
        {
            for (int c = 0; c < stride; c++)
            {
                carried[j][c] += gradient[c] * factors[(j * stride) + c];
                sums[(j * stride) + c] += gradient[c] * rows[j][c];
            }
        }
    }

    public override void StepTile(float** inputs, int quads, float** outputs, int count, int stride, float* gradients, float* steps, float** deltas)
    {
        for (int q = 0; q < quads; q++)
        {
            for (int m = 0; m < count; m++)
            {
                for (int c = 0; c < stride; c++)
                    StepElement(inputs + (4 * q), outputs[m] + c, c, gradients + (4 * ((q * count) + m)), steps + (4 * ((q * count) + m)), deltas + (4 * q));
            }
        }
    }

    private static void StepElement(float** inputs, float* output, int c, float* gradients, float* steps, float** deltas)
    {
        float old = *output;
        for (int i = 0; i < 4; i++)
        {
            deltas[i][c] += gradients[i] * old;
            *output += steps[i] * inputs[i][c];
        }
    }
}
