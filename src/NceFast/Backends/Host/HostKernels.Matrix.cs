namespace NceFast.Backends.Host;

/// <summary>Matrix products of batches, which language models need in addition to the tiles of word vectors.</summary>
internal abstract unsafe partial class HostKernels
{
    /// <summary>Rows of a product are padded to a multiple of this.</summary>
    public const int RowTile = 8;

    /// <summary>
    /// C += A B. Element (i, k) of A is at a[i * aRow + k * aInner], so that a transposed A needs no copy. Meanwhile prefetches
    /// memory that a later product reads: a product reads one line of each of eight rows at a time, which no hardware prefetcher
    /// foresees, and many prefetches at once stall.
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
    /// <param name="columns">Columns. Rows of B and C have room for the next multiple of 16, and B is 0 there.</param>
    /// <param name="ahead">Memory to prefetch: <c>[aheadFloats]</c>.</param>
    /// <param name="aheadFloats">Floats to prefetch. With fewer than 48 columns some or all are not prefetched.</param>
    public abstract void MultiplyAdd(
        float* a, nint aRow, nint aInner, float* b, nint bStride, float* c, nint cStride, int rows, int inner, int columns, float* ahead, nint aheadFloats);

    /// <summary>C += A B, without prefetches.</summary>
    /// <inheritdoc cref="MultiplyAdd(float*, nint, nint, float*, nint, float*, nint, int, int, int, float*, nint)"/>
    public void MultiplyAdd(float* a, nint aRow, nint aInner, float* b, nint bStride, float* c, nint cStride, int rows, int inner, int columns) =>
        MultiplyAdd(a, aRow, aInner, b, bStride, c, cStride, rows, inner, columns, null, 0);

    /// <summary>For each output in order: delta += g times its row, then its row += step times the input.</summary>
    /// <param name="input">The row: <c>[stride]</c>.</param>
    /// <param name="outputs">Rows: <c>[count]</c>; one may occur several times.</param>
    /// <param name="count">Rows.</param>
    /// <param name="stride">Floats per row.</param>
    /// <param name="gradients">g: <c>[count]</c>.</param>
    /// <param name="steps">Learning rate times g: <c>[count]</c>.</param>
    /// <param name="delta">Written over, not added to: <c>[stride]</c>.</param>
    public abstract void StepRows(float* input, float** outputs, int count, int stride, float* gradients, float* steps, float* delta);

    /// <summary>destination += scale * source.</summary>
    public abstract void AddScaled(float* destination, float* source, float scale, int stride);

    /// <summary>destination += a * b, element by element.</summary>
    public abstract void AddProduct(float* destination, float* a, float* b, int stride);

    /// <summary>destination := keep * destination + scale * source: a step with weight decay in one pass.</summary>
    public abstract void Blend(float* destination, float keep, float* source, float scale, int stride);

    /// <summary>Dot products of inputs, each with an output of its own.</summary>
    /// <param name="inputs">Rows: <c>[4 * quads]</c>.</param>
    /// <param name="quads">Fours of pairs.</param>
    /// <param name="outputs">Rows: <c>[4 * quads]</c>.</param>
    /// <param name="stride">Floats per row.</param>
    /// <param name="scores">Written: <c>[4 * quads]</c>.</param>
    public abstract void ScorePairs(float** inputs, int quads, float** outputs, int stride, float* scores);

    /// <summary>Dot product.</summary>
    public abstract float Dot(float* a, float* b, int stride);

    /// <summary>scores += shifts; returns the largest.</summary>
    /// <param name="scores">Scores: <c>[count]</c>.</param>
    /// <param name="shifts">Added: <c>[count]</c>.</param>
    /// <param name="count">Terms, a multiple of 16.</param>
    public abstract float AddAndMax(float* scores, float* shifts, int count);

    /// <summary>scores := scale * exp(scores - max); returns the sum of the exponentials without scale.</summary>
    /// <param name="scores">Scores of at most max: <c>[count]</c>.</param>
    /// <param name="count">Terms, a multiple of 16.</param>
    /// <param name="max">Subtracted.</param>
    /// <param name="scale">Factor of what is stored.</param>
    public abstract double ExpSum(float* scores, int count, float max, float scale);

    /// <summary>Raises each column's maximum to the largest of its scores.</summary>
    /// <param name="scores">Scores: <c>[rows, columns]</c>.</param>
    /// <param name="stride">Floats from one row to the next.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="columns">Columns, a multiple of 16.</param>
    /// <param name="max">Maxima so far: <c>[columns]</c>.</param>
    public abstract void MaxColumns(float* scores, nint stride, int rows, int columns, float* max);

    /// <summary>scores := scale * exp(scores - max), column by column, with each column's sum of the exponentials without scale.</summary>
    /// <param name="scores">Scores of at most their column's max: <c>[rows, columns]</c>.</param>
    /// <param name="stride">Floats from one row to the next.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="columns">Columns, a multiple of 16.</param>
    /// <param name="max">Subtracted: <c>[columns]</c>.</param>
    /// <param name="scales">Factors of what is stored: <c>[columns]</c>.</param>
    /// <param name="sums">Written over: <c>[columns]</c>.</param>
    public abstract void ExpColumns(float* scores, nint stride, int rows, int columns, float* max, float* scales, float* sums);
}
