namespace NceFast.Backends.Host;

/// <summary>Context vectors of language models, and sets of target rows with gradients apart from steps.</summary>
internal abstract unsafe partial class HostKernels
{
    /// <summary>destination := SUM rows[j] * factors[j], element by element.</summary>
    /// <param name="destination">Written over: <c>[stride]</c>.</param>
    /// <param name="rows">Rows: <c>[count]</c>.</param>
    /// <param name="factors">Rows one after another: <c>[count, stride]</c>.</param>
    /// <param name="count">Rows.</param>
    /// <param name="stride">Floats per row.</param>
    public abstract void SumProducts(float* destination, float** rows, float* factors, int count, int stride);

    /// <summary>The way back of <see cref="SumProducts"/>: carried[j] += gradient * factors[j], then sums[j] += gradient * rows[j].</summary>
    /// <param name="gradient">Row: <c>[stride]</c>.</param>
    /// <param name="rows">Rows: <c>[count]</c>.</param>
    /// <param name="carried">Rows that take gradients of rows: <c>[count]</c>; one may occur several times.</param>
    /// <param name="factors">Rows one after another: <c>[count, stride]</c>.</param>
    /// <param name="sums">Rows that take gradients of factors: <c>[count, stride]</c>.</param>
    /// <param name="count">Rows.</param>
    /// <param name="stride">Floats per row.</param>
    public abstract void CarryProducts(float* gradient, float** rows, float** carried, float* factors, float* sums, int count, int stride);

    /// <summary><see cref="StepRows"/> for four inputs at a time: outputs in order, each read once per four inputs.</summary>
    /// <param name="inputs">Rows: <c>[4 * quads]</c>.</param>
    /// <param name="quads">Inputs / 4.</param>
    /// <param name="outputs">Rows: <c>[count]</c>; one may occur several times.</param>
    /// <param name="count">Outputs.</param>
    /// <param name="stride">Floats per row.</param>
    /// <param name="gradients">g: <c>[quads, count, 4]</c>.</param>
    /// <param name="steps">Learning rate times g: <c>[quads, count, 4]</c>.</param>
    /// <param name="deltas">Rows g times outputs is added to: <c>[4 * quads]</c>.</param>
    public abstract void StepTile(float** inputs, int quads, float** outputs, int count, int stride, float* gradients, float* steps, float** deltas);
}
