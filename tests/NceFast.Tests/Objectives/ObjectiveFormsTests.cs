using System.Runtime.Intrinsics;
using NceFast.Backends.Host;
using NceFast.Numerics;
using NceFast.Objectives;
using Xunit;

namespace NceFast.Tests.Objectives;

/// <summary>The vector forms of the objectives equal their scalar forms, for every length from 0 to 64.</summary>
public sealed unsafe class ObjectiveFormsTests
{
    private const int Room = 80;

    public static TheoryData<string> Widths => [.. HostKernelCatalog.Usable];

    [Theory]
    [MemberData(nameof(Widths))]
    public void Binary_objectives_step_logits_as_their_scalar_forms(string width)
    {
        for (int count = 0; count <= 64; count++)
        {
            CheckBinary<NoiseContrastive>(width, count);
            CheckBinary<NegativeSampling>(width, count);
        }
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void Softmax_parts_are_the_scalar_form(string width)
    {
        HostKernels kernels = HostKernelCatalog.Create(width);
        using var matrix = new AlignedMatrix(1, Room);
        float* logits = matrix.Pointer;
        for (int count = 0; count <= 64; count++)
        {
            float max = float.NegativeInfinity;
            for (int i = 0; i < Room; i++)
            {
                logits[i] = i < count ? ValueAt(i, count) : Logit.Dropped;
                max = Math.Max(max, logits[i]);
            }

            float[] before = new Span<float>(logits, Room).ToArray();
            double sum = kernels.ExpSum(logits, Room, max, 1), expected = 0;
            for (int i = 0; i < Room; i++)
            {
                double part = Softmax.Part(before[i], max);
                expected += part;
                Assert.Equal(part, logits[i], 4e-7 * part);
            }

            Assert.Equal(expected, sum, 1e-5 * expected);
        }
    }

    [Fact]
    public void Shifts_of_vectors_are_the_scalar_form_to_the_bit()
    {
        for (int i = 0; i < 1000; i++)
        {
            float offset = ValueAt(i, 3), logZ = ValueAt(i, 5), shift = Logit.Shift(offset, logZ);
            Assert.Equal(Vector128.Create(shift), Logit.Shift(Vector128.Create(offset), Vector128.Create(logZ)));
            Assert.Equal(Vector256.Create(shift), Logit.Shift(Vector256.Create(offset), Vector256.Create(logZ)));
        }
    }

    // Scale and ObservedGradient against numeric derivatives of the loss.
    [Theory]
    [InlineData(0)]
    [InlineData(0.1)]
    public void Softmax_gradient_is_minus_the_derivative_of_its_loss(double penalty)
    {
        const double Step = 1e-5;
        double[] logits = [0.3, -1.2, 2.1, 0.9];
        double logZ = Softmax.LogZ(logits);
        for (int w = 0; w < logits.Length; w++)
        {
            double gradient = Softmax.Scale(logZ, penalty) * Softmax.Part(logits[w], logZ);
            if (w == 0)
                gradient = Softmax.ObservedGradient(gradient);
            double Loss(double change)
            {
                double[] moved = [.. logits];
                moved[w] += change;
                return Softmax.Loss(Softmax.LogZ(moved), moved[0], penalty);
            }

            Assert.Equal(-(Loss(Step) - Loss(-Step)) / (2 * Step), gradient, 1e-8);
        }
    }

    [Fact]
    public void Softmax_merges_partial_sums()
    {
        float max = -3, sum = 2.5f;
        Softmax.Merge(ref max, ref sum, 1, 1.25f);
        Assert.Equal(1, max);
        Assert.Equal((2.5 * Math.Exp(-4)) + 1.25, sum, 1e-6);
        Assert.Equal(2.5 * Math.Exp(-4), Softmax.Rebase(2.5, -3, 1), 1e-12);
    }

    private static void CheckBinary<TObjective>(string width, int count)
        where TObjective : struct, IBinaryObjective
    {
        const float Rate = 0.1f;
        HostKernels kernels = HostKernelCatalog.Create(width);
        using var matrix = new AlignedMatrix(3, Room);
        float* scores = matrix.RowPointer(0), shifts = matrix.RowPointer(1), weights = matrix.RowPointer(2);
        foreach (float label in new[] { 0f, 1f })
        {
            matrix.ClearRows(3);
            double loss = 0;
            var steps = new double[count];
            for (int i = 0; i < count; i++)
            {
                (scores[i], shifts[i], weights[i]) = (ValueAt(i, count), ValueAt(i, count + 7) / 4, 1 + (i % 3));
                float logit = scores[i] + shifts[i];
                loss += weights[i] * TObjective.Loss(logit, label);
                steps[i] = -Rate * weights[i] * TObjective.Gradient(logit, label);
            }

            Assert.Equal(loss, kernels.StepLogits<TObjective>(scores, shifts, weights, label, count, Rate), 1e-6 * (1 + loss));
            for (int i = 0; i < count; i++)
                Assert.Equal(steps[i], scores[i], 2e-7);
            for (int i = count; i < Room; i++)
                Assert.Equal(0, scores[i]);
        }
    }

    // From -30 to 30, in no order.
    private static float ValueAt(int i, int seed) => (((((i * 37) + (seed * 101)) % 241) - 120) / 4f) + (0.01f * i);
}
