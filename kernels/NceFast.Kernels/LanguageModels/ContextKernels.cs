using System.Runtime.CompilerServices;
using ILGPU;
using NceFast.Numerics;
using static NceFast.Kernels.TileMath;

namespace NceFast.Kernels.LanguageModels;

/// <summary>
/// Contains the kernels of a batch that do not depend on the objective: noise words, h of models without full matrices, and the steps
/// of place weights and context rows. One group steps a context row through all its uses in the batch, in the host's order, so
/// that no change is lost and nothing is atomic.
/// </summary>
internal static class ContextKernels
{
    /// <summary>The maximum number of threads in a group.</summary>
    public const int MaxThreads = 256;

    /// <summary>Draws the noise words of a batch. They equal those of NceFast.Models.LanguageModelPlan bit for bit.</summary>
    public static void Draw<TNoise>(LanguageModelArguments a)
        where TNoise : struct, INoiseKind
    {
        int step = Grid.DimX * Group.DimX, first = (Grid.IdxX * Group.DimX) + Group.IdxX;
        for (int n = first; n < a.Batch.Noise.Length; n += step)
            TNoise.Draw(a, n);
        for (int b = first; b < a.Batch.Count; b += step)
            TNoise.Observe(a, b);
    }

    /// <summary>Computes h, with one element per thread.</summary>
    public static void Forward<TPlace>(LanguageModelArguments a)
        where TPlace : struct, IPlaceKind
    {
        int columns = a.Model.Columns, step = Grid.DimX * Group.DimX;
        for (int u = (Grid.IdxX * Group.DimX) + Group.IdxX; u < a.Batch.Count * columns; u += step)
        {
            int prediction = u / columns, unit = u - (prediction * columns);
            Float4 h = default;
            for (int place = 0; place < a.Model.Places; place++)
            {
                Float4 row = new PlaceRows(a, place).At(prediction, unit);
                h = h.Plus(1, TPlace.Forward(a, place, unit, row));
                if (TPlace.IsDiagonal)
                    a.Batch.Inputs[((((long)place * a.Batch.Capacity) + prediction) * columns) + unit] = row;
            }

            a.Batch.Hidden[u] = h;
        }
    }

    /// <summary>Computes the gradients of diagonal matrices, with one column of a chunk per thread.</summary>
    public static void DiagonalParts(LanguageModelArguments a)
    {
        int columns = a.Model.Columns, places = a.Model.Places, step = Grid.DimX * Group.DimX;
        int chunks = (a.Batch.Count + a.Batch.Chunk - 1) / a.Batch.Chunk;
        for (int u = (Grid.IdxX * Group.DimX) + Group.IdxX; u < chunks * places * columns; u += step)
        {
            int unit = u % columns, place = u / columns % places, first = u / (columns * places) * a.Batch.Chunk;
            int end = Least(a.Batch.Count, first + a.Batch.Chunk);
            Float4 sum = default;
            for (int b = first; b < end; b++)
                sum = sum.PlusProduct(a.Batch.Gradient[((long)b * columns) + unit], a.Batch.Inputs[((((long)place * a.Batch.Capacity) + b) * columns) + unit]);
            a.Batch.Parts[u] = sum;
        }
    }

    /// <summary>Steps each row of the place weights by the sum of its parts, with one group per row.</summary>
    public static void StepPosition(LanguageModelArguments a)
    {
        ArrayView<float> sums = SharedMemory.Allocate<float>(MaxThreads);
        int columns = a.Model.Columns, chunks = (a.Batch.Count + a.Batch.Chunk - 1) / a.Batch.Chunk;
        long rows = a.Model.PlaceWeights.Length / columns;
        for (long row = Grid.IdxX; row < rows; row += Grid.DimX)
        {
            float square = 0, rate = a.Rate * a.PlaceRate, total = 0;
            if (a.IsAdaptive != 0)
                total = a.Model.PlaceSums[row];
            for (int c = Group.IdxX; c < columns; c += Group.DimX)
            {
                Float4 sum = default;
                for (int chunk = 0; chunk < chunks; chunk++)
                    sum = sum.Plus(1, a.Batch.Parts[(((chunk * rows) + row) * columns) + c]);
                a.Batch.Parts[(row * columns) + c] = sum;
                square += default(Float4).PlusProduct(sum, sum).Sum();
            }

            total += GroupSum(sums, square) / a.Model.Dim;
            if (a.IsAdaptive != 0)
            {
                rate = Adaptation.Rate(rate, total);
                if (Group.IdxX == 0)
                    a.Model.PlaceSums[row] = total;
            }

            float decay = rate * a.Decay * a.Batch.Count, keep = 1 - (decay < 1 ? decay : 1);
            for (int c = Group.IdxX; c < columns; c += Group.DimX)
                a.Model.PlaceWeights[(row * columns) + c] = default(Float4).Plus(keep, a.Model.PlaceWeights[(row * columns) + c]).Plus(rate, a.Batch.Parts[(row * columns) + c]);
        }
    }

    /// <summary>
    /// Steps each context row by the sum of its gradients over all its uses in the batch, with one group per row. If a row has fewer
    /// columns than the group has threads, each lane of threads takes a part of the uses.
    /// </summary>
    public static void StepContext<TPlace, TSteps>(LanguageModelArguments a)
        where TPlace : struct, IPlaceKind
        where TSteps : struct, ISteps
    {
        ArrayView<Float4> laneSums = SharedMemory.Allocate<Float4>(MaxThreads);
        ArrayView<float> sums = SharedMemory.Allocate<float>(MaxThreads);
        int columns = a.Model.Columns, wide = Least(columns, Group.DimX);
        for (int segment = Grid.IdxX; segment < a.Batch.Segments; segment += Grid.DimX)
        {
            int row = a.Batch.SegmentRows[segment], uses = a.Batch.SegmentStarts[segment + 1] - a.Batch.SegmentStarts[segment];
            float rate = a.Rate;
            if (TSteps.IsAdaptive)
            {
                float square = 0, total = a.Model.ContextSums[row];
                for (int c = 0; c < columns; c += wide)
                {
                    Float4 gradient = SumOfUses<TPlace>(a, segment, c, wide, laneSums);
                    square += default(Float4).PlusProduct(gradient, gradient).Sum();
                }

                total += GroupSum(sums, square) / a.Model.Dim;
                rate = Adaptation.Rate(rate, total);
                if (Group.IdxX == 0)
                    a.Model.ContextSums[row] = total;
            }

            float decay = rate * a.Decay * uses, keep = 1 - (decay < 1 ? decay : 1);
            for (int c = 0; c < columns; c += wide)
            {
                Float4 gradient = SumOfUses<TPlace>(a, segment, c, wide, laneSums);
                long at = ((long)row * columns) + c + Group.IdxX;
                if (Group.IdxX < wide && c + Group.IdxX < columns)
                    a.Model.Context[at] = default(Float4).Plus(keep, a.Model.Context[at]).Plus(rate, gradient);
            }
        }
    }

    // Computes the gradient of column first + thread for the first threads, and 0 for the others. Ends with a barrier.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Float4 SumOfUses<TPlace>(LanguageModelArguments a, int segment, int first, int wide, ArrayView<Float4> laneSums)
        where TPlace : struct, IPlaceKind
    {
        int lanes = Group.DimX / wide, lane = Group.IdxX / wide, unit = first + Group.IdxX - (lane * wide);
        int start = a.Batch.SegmentStarts[segment], uses = a.Batch.SegmentStarts[segment + 1] - start;
        int from = (int)((long)uses * lane / lanes), to = lane < lanes && unit < a.Model.Columns ? (int)((long)uses * (lane + 1) / lanes) : 0;
        Float4 sum = default;
        for (int i = from; i < to; i++)
        {
            int use = a.Batch.Uses[start + i], place = use / a.Batch.Count;
            sum = sum.Plus(1, TPlace.Backward(a, place, use - (place * a.Batch.Count), unit));
        }

        laneSums[Group.IdxX] = sum;
        Group.Barrier();
        Float4 total = default;
        for (int l = 0; lane == 0 && l < lanes; l++)
            total = total.Plus(1, laneSums[(l * wide) + Group.IdxX]);
        Group.Barrier();
        return total;
    }
}
