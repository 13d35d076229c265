using NceFast.Objectives;

namespace NceFast.Backends.Host;

/// <summary>
/// Represents the arithmetic of the host backend. Each vector width has its own class. Rows have <c>stride</c> floats, a multiple of 16.
/// Tiles hold inputs in fours: element (input i, output m) of a tile with M outputs is at [i / 4, m, i % 4].
/// </summary>
internal abstract unsafe partial class HostKernels
{
    /// <summary>Gets the name by which an option selects this class.</summary>
    public abstract string Name { get; }

    /// <summary>Computes the dot products of every input with every output.</summary>
    /// <param name="inputs">Input rows: <c>[4 * quads]</c>.</param>
    /// <param name="quads">Inputs / 4.</param>
    /// <param name="outputs">Output rows: <c>[count]</c>.</param>
    /// <param name="count">Outputs, even.</param>
    /// <param name="stride">Floats per row.</param>
    /// <param name="scores">Result: <c>[quads, count, 4]</c>.</param>
    public abstract void ScoreTile(float** inputs, int quads, float** outputs, int count, int stride, float* scores);

    /// <summary>
    /// For each output in order, adds g times the inputs' old rows to the output, and g times the output's row to the inputs.
    /// Inputs must be distinct; an output may occur several times. Between its multiply-adds, the method prefetches the rows of a
    /// later tile. There the prefetches cost little, while many at once stall the core.
    /// </summary>
    /// <param name="inputs">Input rows: <c>[4 * quads]</c>.</param>
    /// <param name="quads">Inputs / 4.</param>
    /// <param name="outputs">Output rows: <c>[count]</c>.</param>
    /// <param name="count">Outputs.</param>
    /// <param name="stride">Floats per row.</param>
    /// <param name="gradients">g: <c>[quads, count, 4]</c>.</param>
    /// <param name="ahead">Rows to prefetch: <c>[(quads + 1) / 2 * count]</c>, of which the first <see cref="AheadRows"/> are prefetched.</param>
    public abstract void UpdateTile(float** inputs, int quads, float** outputs, int count, int stride, float* gradients, float** ahead);

    /// <summary>Gets the number of rows that <see cref="UpdateTile"/> prefetches: one per output for two quads.</summary>
    public static int AheadRows(int quads, int count) => quads / 2 * count;

    /// <summary>Computes the dot products of one row with several others. Reads outputs, and writes scores, up to the next multiple of 4.</summary>
    /// <param name="input">The row.</param>
    /// <param name="outputs">Rows: <c>[count]</c>, padded with valid rows to a multiple of 4.</param>
    /// <param name="count">Rows in use.</param>
    /// <param name="stride">Floats per row.</param>
    /// <param name="scores">Result: <c>[count]</c>.</param>
    public abstract void ScoreRow(float* input, float** outputs, int count, int stride, float* scores);

    /// <summary>Does the same as <see cref="UpdateTile"/> for one input.</summary>
    /// <param name="input">The row.</param>
    /// <param name="outputs">Rows: <c>[count]</c>.</param>
    /// <param name="count">Rows.</param>
    /// <param name="stride">Floats per row.</param>
    /// <param name="gradients">g: <c>[count]</c>.</param>
    public abstract void UpdateRow(float* input, float** outputs, int count, int stride, float* gradients);

    /// <summary>
    /// Turns scores into steps of their logits in place: D = score + shift, step = -rate * weight * dLoss/dD. The arrays must extend
    /// to the next multiple of 16, and the weights in that padding must be 0.
    /// </summary>
    /// <typeparam name="TObjective">The objective, which defines the loss and its derivative.</typeparam>
    /// <param name="scores">Scores, then steps: <c>[count]</c>.</param>
    /// <param name="shifts">offset(w) - log Z(c): <c>[count]</c>, nats.</param>
    /// <param name="weights">Weight of each word's loss: <c>[count]</c>.</param>
    /// <param name="label">1 for observed words, 0 for noise words.</param>
    /// <param name="count">Words.</param>
    /// <param name="rate">Learning rate.</param>
    /// <returns>The loss, SUM weight * Loss(D, label), nats.</returns>
    public abstract double StepLogits<TObjective>(float* scores, float* shifts, float* weights, float label, int count, float rate)
        where TObjective : struct, IBinaryObjective;

    /// <summary>
    /// Turns the scores of a tile's noise words into their shares of each input's sum: D = score + shift, share = exp(D) / SUM exp(D).
    /// </summary>
    /// <param name="scores">Scores: <c>[quads, count, 4]</c>.</param>
    /// <param name="shifts">offset(w): <c>[quads, count, 4]</c>, nats.</param>
    /// <param name="quads">Inputs / 4.</param>
    /// <param name="count">Outputs, a multiple of 4.</param>
    /// <param name="shares">Result: <c>[quads, count, 4]</c>.</param>
    /// <param name="logSums">Result, log SUM exp(D) of each input: <c>[4 * quads]</c>, nats.</param>
    public abstract void ShareTile(float* scores, float* shifts, int quads, int count, float* shares, float* logSums);

    /// <summary>Computes destination = scale * SUM of rows.</summary>
    /// <param name="destination">Row: <c>[stride]</c>.</param>
    /// <param name="rows">Rows: <c>[count]</c>.</param>
    /// <param name="count">Rows.</param>
    /// <param name="scale">Factor.</param>
    /// <param name="stride">Floats per row.</param>
    public abstract void SumRows(float* destination, float** rows, int count, float scale, int stride);

    /// <summary>Adds scale * (now - before) to each row in order; a row may occur several times.</summary>
    /// <param name="rows">Rows: <c>[count]</c>.</param>
    /// <param name="count">Rows.</param>
    /// <param name="now">Row: <c>[stride]</c>.</param>
    /// <param name="before">Row: <c>[stride]</c>.</param>
    /// <param name="scale">Factor.</param>
    /// <param name="stride">Floats per row.</param>
    public abstract void AddDifference(float** rows, int count, float* now, float* before, float scale, int stride);
}
