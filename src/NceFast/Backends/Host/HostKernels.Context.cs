namespace NceFast.Backends.Host;

/// <summary>Kernels for the context vectors of language models, and for target rows whose gradients and steps differ.</summary>
internal abstract unsafe partial class HostKernels
{
    /// <summary>Computes destination := SUM rows[j] * factors[j], element by element.</summary>
    /// <param name="destination">Overwritten: <c>[stride]</c>.</param>
    /// <param name="rows">Rows: <c>[count]</c>.</param>
    /// <param name="factors">Factors, one row after another: <c>[count, stride]</c>.</param>
    /// <param name="count">Rows.</param>
    /// <param name="stride">Floats per row.</param>
    public abstract void SumProducts(float* destination, float** rows, float* factors, int count, int stride);

    /// <summary>Carries a gradient back through <see cref="SumProducts"/>: carried[j] += gradient * factors[j], then sums[j] += gradient * rows[j].</summary>
    /// <param name="gradient">Row: <c>[stride]</c>.</param>
    /// <param name="rows">Rows: <c>[count]</c>.</param>
    /// <param name="carried">Rows to which the gradients of the rows are added: <c>[count]</c>; one may occur several times.</param>
    /// <param name="factors">Factors, one row after another: <c>[count, stride]</c>.</param>
    /// <param name="sums">Rows to which the gradients of the factors are added: <c>[count, stride]</c>.</param>
    /// <param name="count">Rows.</param>
    /// <param name="stride">Floats per row.</param>
    public abstract void CarryProducts(float* gradient, float** rows, float** carried, float* factors, float* sums, int count, int stride);

    /// <summary>Does the same as <see cref="StepRows"/> for four inputs at a time. Outputs come in order, and each is read once per four inputs.</summary>
    /// <param name="inputs">Rows: <c>[4 * quads]</c>.</param>
    /// <param name="quads">Inputs / 4.</param>
    /// <param name="outputs">Rows: <c>[count]</c>; one may occur several times.</param>
    /// <param name="count">Outputs.</param>
    /// <param name="stride">Floats per row.</param>
    /// <param name="gradients">g: <c>[quads, count, 4]</c>.</param>
    /// <param name="steps">Learning rate times g: <c>[quads, count, 4]</c>.</param>
    /// <param name="deltas">Rows to which g times the outputs is added: <c>[4 * quads]</c>.</param>
    public abstract void StepTile(float** inputs, int quads, float** outputs, int count, int stride, float* gradients, float* steps, float** deltas);
}
