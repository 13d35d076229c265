using ILGPU;

namespace NceFast.Kernels.LanguageModels;

/// <summary>
/// The context transform with a matrix C_j a place: h = SUM_j r_j C_j, the gradients g C_j^T of its rows and r_j^T g of its
/// matrices, each a tiled product whose rows are gathered as it goes. Tiles are dealt over groups; none writes what another reads.
/// </summary>
internal static class FullPlaceKernels
{
    /// <summary>h, and a copy of the context rows for the way back.</summary>
    public static void Forward(LanguageModelArguments a)
    {
        ArrayView<Float4> left = SharedMemory.Allocate<Float4>(TiledProduct.SliceUnits), right = SharedMemory.Allocate<Float4>(TiledProduct.SliceUnits);
        int side = a.Side, width = 4 * side, dim = a.Model.Dim, columns = a.Model.Columns;
        int across = Tiles(4 * columns, width), tiles = across * Tiles(a.Batch.Count, width);
        for (int tile = Grid.IdxX; tile < tiles; tile += Grid.DimX)
        {
            int row = tile / across * width, column = tile % across * width;
            MicroTile h = default;
            for (int place = 0; place < a.Model.Places; place++)
            {
                var rows = new PlaceRows(a, place);
                var matrix = new PlainRows(a.Model.PlaceWeights, (long)place * dim, dim, columns);
                h = TiledProduct.Add(h, rows, true, matrix, false, row, column, dim, side, left, right);
                if (column == 0)
                    Keep(a, rows, place, row, width);
            }

            TiledProduct.Store(h, a.Batch.Hidden, 0, a.Batch.Count, columns, row, column, side);
        }
    }

    /// <summary>Carried: g C_j^T for each place.</summary>
    public static void Carry(LanguageModelArguments a)
    {
        ArrayView<Float4> left = SharedMemory.Allocate<Float4>(TiledProduct.SliceUnits), right = SharedMemory.Allocate<Float4>(TiledProduct.SliceUnits);
        int side = a.Side, width = 4 * side, dim = a.Model.Dim, columns = a.Model.Columns;
        int across = Tiles(4 * columns, width), down = Tiles(a.Batch.Count, width), tiles = across * down * a.Model.Places;
        for (int tile = Grid.IdxX; tile < tiles; tile += Grid.DimX)
        {
            int place = tile / (across * down), row = tile / across % down * width, column = tile % across * width;
            var gradient = new PlainRows(a.Batch.Gradient, 0, a.Batch.Count, columns);
            var matrix = new PlainRows(a.Model.PlaceWeights, (long)place * dim, dim, columns);
            MicroTile carried = TiledProduct.Add(default, gradient, true, matrix, true, row, column, dim, side, left, right);
            TiledProduct.Store(carried, a.Batch.Carried, (long)place * a.Batch.Capacity, a.Batch.Count, columns, row, column, side);
        }
    }

    /// <summary>r_j^T g of each chunk of predictions.</summary>
    public static void Parts(LanguageModelArguments a)
    {
        ArrayView<Float4> left = SharedMemory.Allocate<Float4>(TiledProduct.SliceUnits), right = SharedMemory.Allocate<Float4>(TiledProduct.SliceUnits);
        int side = a.Side, width = 4 * side, dim = a.Model.Dim, columns = a.Model.Columns, places = a.Model.Places;
        int across = Tiles(4 * columns, width), down = Tiles(dim, width), tiles = across * down * places * Tiles(a.Batch.Count, a.Batch.Chunk);
        for (int tile = Grid.IdxX; tile < tiles; tile += Grid.DimX)
        {
            int column = tile % across * width, row = tile / across % down * width, place = tile / (across * down) % places, chunk = tile / (across * down * places);
            int first = chunk * a.Batch.Chunk, count = TileMath.Least(a.Batch.Chunk, a.Batch.Count - first);
            var inputs = new PlainRows(a.Batch.Inputs, ((long)place * a.Batch.Capacity) + first, count, columns);
            var gradient = new PlainRows(a.Batch.Gradient, first, count, columns);
            MicroTile part = TiledProduct.Add(default, inputs, false, gradient, false, row, column, count, side, left, right);
            TiledProduct.Store(part, a.Batch.Parts, (((long)chunk * places) + place) * dim, dim, columns, row, column, side);
        }
    }

    private static void Keep(LanguageModelArguments a, PlaceRows rows, int place, int first, int width)
    {
        int columns = a.Model.Columns, count = TileMath.Least(width, a.Batch.Count - first);
        for (int u = Group.IdxX; u < count * columns; u += Group.DimX)
        {
            int row = first + (u / columns), unit = u % columns;
            a.Batch.Inputs[((((long)place * a.Batch.Capacity) + row) * columns) + unit] = rows.At(row, unit);
        }
    }

    private static int Tiles(int length, int width) => (length + width - 1) / width;
}
