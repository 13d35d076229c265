using ILGPU;
using ILGPU.Algorithms;

namespace NceFast.Kernels.WordVectors;

/// <summary>
/// Computes the means of the frequent input and output rows, along which noise words pull all opposite rows the same way. There are two
/// launches, because a device has no barrier across groups. Sums and weights are zero before.
/// </summary>
internal static class MeanKernels
{
    /// <summary>The number of most frequent words in a mean, as on the host, and of rows per group.</summary>
    public const int Rows = 1024, Chunk = 32;

    /// <summary>Adds weighted rows to the sums, with one group per chunk of rows, the input table's first.</summary>
    public static void Sum<TAdds>(TrainArguments a, int words)
        where TAdds : struct, IRowAdds
    {
        int chunks = Grid.DimX / 2, table = Grid.IdxX / chunks, first = Grid.IdxX % chunks * Chunk, last = TileMath.Least(words, first + Chunk);
        float kept = GroupLists.Most(1, a.Plan.Totals[0]);
        ArrayView<Float4> rows = table == 0 ? a.Model.Input : a.Model.Output;
        for (int c = Group.IdxX; c < a.Model.Columns; c += Group.DimX)
        {
            Float4 sum = default;
            for (int w = first; w < last; w++)
                sum = sum.Plus(WeightOf(a, table, w, kept), rows[((long)w * a.Model.Columns) + c]);
            TAdds.Add(a.Model.Means, ((long)table * a.Model.Columns) + c, sum);
        }

        if (Group.IdxX == 0)
        {
            float total = 0;
            for (int w = first; w < last; w++)
                total += WeightOf(a, table, w, kept);
            TAdds.Add(a.Model.MeanSquares, 2 + table, total);
        }
    }

    /// <summary>Divides each mean by its length, with one group per table. A mean that is next to 0 or not finite becomes 0.</summary>
    public static void Normalize(TrainArguments a)
    {
        ArrayView<float> sums = SharedMemory.Allocate<float>(PlanKernels.MaxThreads);
        int table = Grid.IdxX;
        ArrayView<Float4> mean = a.Model.Means.SubView((long)table * a.Model.Columns, a.Model.Columns);
        float square = 0;
        for (int c = Group.IdxX; c < a.Model.Columns; c += Group.DimX)
            square += mean[c].Dot(mean[c]);
        square = TileMath.GroupSum(sums, square);
        bool usable = square > 1e-30f & square < 1e30f;
        float total = a.Model.MeanSquares[2 + table], inverse = usable ? 1 / XMath.Sqrt(square) : 0;
        for (int c = Group.IdxX; c < a.Model.Columns; c += Group.DimX)
            mean[c] = usable ? mean[c].Times(inverse) : default;
        if (Group.IdxX == 0)
            a.Model.MeanSquares[table] = usable & total > 0 ? square / (total * total) : 0;
    }

    // Inputs count as often as their word is kept; outputs are met as noise as well.
    private static float WeightOf(TrainArguments a, int table, int word, float kept)
    {
        float part = a.Plan.Counts[word] / kept;
        return table == 0 ? part : part + (a.K * a.Model.Noise[word]);
    }
}
