namespace NceFast.Backends.Host;

/// <summary>Kernels for the matrix products of batches, which language models need in addition to the tiles of word vectors.</summary>
internal abstract unsafe partial class HostKernels
{
    /// <summary>The multiple to which the rows of a product are padded.</summary>
    public const int RowTile = 8;

    /// <summary>
    /// Computes C += A B. Element (i, k) of A is at a[i * aRow + k * aInner], so that a transposed A needs no copy. Between its
    /// multiply-adds, the method prefetches memory that a later product reads. A product reads one line of each of eight rows at
    /// a time, which hardware prefetchers do not predict, and many prefetches at once stall the core.
    /// </summary>
    /// <param name="a">A: <c>[rows, inner]</c>.</param>
    /// <param name="aRow">Floats from one row of A to the next.</param>
    /// <param name="aInner">Floats from one column of A to the next.</param>
    /// <param name="b">B: <c>[inner, columns]</c>.</param>
    /// <param name="bStride">Floats from one row of B to the next.</param>
    /// <param name="c">C: <c>[rows, columns]</c>.</param>
    /// <param name="cStride">Floats from one row of C to the next.</param>
    /// <param name="rows">Rows, a multiple of <see cref="RowTile"/>.</param>
    /// <param name="inner">Columns of A and rows of B.</param>
    /// <param name="columns">Number of columns. The rows of B and C extend to the next multiple of 16, and B is 0 in that padding.</param>
    /// <param name="ahead">Memory to prefetch: <c>[aheadFloats]</c>.</param>
    /// <param name="aheadFloats">Number of floats to prefetch. With fewer than 48 columns, some or all are not prefetched.</param>
    public abstract void MultiplyAdd(
        float* a, nint aRow, nint aInner, float* b, nint bStride, float* c, nint cStride, int rows, int inner, int columns, float* ahead, nint aheadFloats);

    /// <summary>Computes C += A B, without prefetches.</summary>
    /// <inheritdoc cref="MultiplyAdd(float*, nint, nint, float*, nint, float*, nint, int, int, int, float*, nint)"/>
    public void MultiplyAdd(float* a, nint aRow, nint aInner, float* b, nint bStride, float* c, nint cStride, int rows, int inner, int columns) =>
        MultiplyAdd(a, aRow, aInner, b, bStride, c, cStride, rows, inner, columns, null, 0);

    /// <summary>For each output in order, computes delta += g times its row, then its row += step times the input.</summary>
    /// <param name="input">The row: <c>[stride]</c>.</param>
    /// <param name="outputs">Rows: <c>[count]</c>; one may occur several times.</param>
    /// <param name="count">Rows.</param>
    /// <param name="stride">Floats per row.</param>
    /// <param name="gradients">g: <c>[count]</c>.</param>
    /// <param name="steps">Learning rate times g: <c>[count]</c>.</param>
    /// <param name="delta">Overwritten, not added to: <c>[stride]</c>.</param>
    public abstract void StepRows(float* input, float** outputs, int count, int stride, float* gradients, float* steps, float* delta);

    /// <summary>Computes destination += scale * source.</summary>
    public abstract void AddScaled(float* destination, float* source, float scale, int stride);

    /// <summary>Computes destination += a * b, element by element.</summary>
    public abstract void AddProduct(float* destination, float* a, float* b, int stride);

    /// <summary>Computes destination := keep * destination + scale * source, which is a step with weight decay in one pass.</summary>
    public abstract void Blend(float* destination, float keep, float* source, float scale, int stride);

    /// <summary>Computes the dot product of each input with its own output.</summary>
    /// <param name="inputs">Rows: <c>[4 * quads]</c>.</param>
    /// <param name="quads">Pairs / 4.</param>
    /// <param name="outputs">Rows: <c>[4 * quads]</c>.</param>
    /// <param name="stride">Floats per row.</param>
    /// <param name="scores">Written: <c>[4 * quads]</c>.</param>
    public abstract void ScorePairs(float** inputs, int quads, float** outputs, int stride, float* scores);

    /// <summary>Computes the dot product of two rows.</summary>
    public abstract float Dot(float* a, float* b, int stride);

    /// <summary>Computes scores += shifts, and returns the largest score.</summary>
    /// <param name="scores">Scores: <c>[count]</c>.</param>
    /// <param name="shifts">Added: <c>[count]</c>.</param>
    /// <param name="count">Terms, a multiple of 16.</param>
    public abstract float AddAndMax(float* scores, float* shifts, int count);

    /// <summary>Computes scores := scale * exp(scores - max), and returns the sum of the exponentials without the scale.</summary>
    /// <param name="scores">Scores, none above max: <c>[count]</c>.</param>
    /// <param name="count">Terms, a multiple of 16.</param>
    /// <param name="max">Subtracted.</param>
    /// <param name="scale">Factor of the stored values.</param>
    public abstract double ExpSum(float* scores, int count, float max, float scale);

    /// <summary>Raises the maximum of each column to the largest of its scores.</summary>
    /// <param name="scores">Scores: <c>[rows, columns]</c>.</param>
    /// <param name="stride">Floats from one row to the next.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="columns">Columns, a multiple of 16.</param>
    /// <param name="max">Maxima so far: <c>[columns]</c>.</param>
    public abstract void MaxColumns(float* scores, nint stride, int rows, int columns, float* max);

    /// <summary>Computes scores := scale * exp(scores - max), column by column, and the sum of each column's exponentials without the scale.</summary>
    /// <param name="scores">Scores, none above the max of its column: <c>[rows, columns]</c>.</param>
    /// <param name="stride">Floats from one row to the next.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="columns">Columns, a multiple of 16.</param>
    /// <param name="max">Subtracted: <c>[columns]</c>.</param>
    /// <param name="scales">Factors of the stored values: <c>[columns]</c>.</param>
    /// <param name="sums">Overwritten: <c>[columns]</c>.</param>
    public abstract void ExpColumns(float* scores, nint stride, int rows, int columns, float* max, float* scales, float* sums);
}
