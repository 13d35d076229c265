using NceFast.Distribution;
using NceFast.Models;
using NceFast.Numerics;

namespace NceFast.Training;

/// <summary>
/// Detects that a training diverged, by the size of its loss and of its parameters. Most divergences end in huge numbers and not in
/// NaN, and a model of huge numbers looks like any other.
/// </summary>
/// <param name="untrained">Mean loss of the model before any step, in nats per prediction.</param>
/// <param name="remedy">What to change, as a sentence with the values in use.</param>
internal sealed class DivergenceCheck(double untrained, FormattableString remedy)
{
    /// <summary>A training has diverged when its loss is above this many times the loss of the untrained model, plus this many nats.</summary>
    private const double MostTimes = 2, MostMore = 1;

    /// <summary>Predictions over which the loss is averaged, because a single block of a small text may be far from the mean.</summary>
    private const long Stretch = 50_000;

    /// <summary>The largest magnitude of a usable parameter. Vectors have components of about 1, biases of about 20.</summary>
    private const float MostMagnitude = 1e4f;

    private double _loss;
    private long _predictions;
    private int _epoch;

    /// <summary>Checks the loss since the last check, and that of the epoch.</summary>
    /// <param name="state">Totals of the epoch so far.</param>
    /// <param name="isEnd">Whether the epoch is over.</param>
    /// <exception cref="NceFastException">The training diverged (<see cref="ErrorKind.Usage"/>).</exception>
    public void Check(in PassState state, bool isEnd)
    {
        if (state.Epoch != _epoch)
            (_epoch, _loss, _predictions) = (state.Epoch, 0, 0);
        long predictions = state.Predictions - _predictions;
        double loss = state.Loss - _loss;
        if (predictions > 0 && double.IsFinite(loss) && (predictions >= Stretch || isEnd))
        {
            Ensure(loss / predictions, state.Epoch);
            (_loss, _predictions) = (state.Loss, state.Predictions);
        }

        if (!double.IsFinite(state.Loss))
            Fail($"The loss of epoch {state.Epoch + 1} is {state.Loss}: the training diverged.");
        if (isEnd && state.Predictions > 0)
            Ensure(state.Loss / state.Predictions, state.Epoch);
    }

    /// <summary>Checks that every parameter can be used.</summary>
    /// <param name="tables">The parameters; the state of the optimiser is not checked.</param>
    /// <exception cref="NceFastException">A parameter is too large or not a number (<see cref="ErrorKind.Usage"/>).</exception>
    public void Check(IReadOnlyList<ParameterTable> tables)
    {
        foreach (ParameterTable table in tables.Where(t => !t.IsState))
        {
            for (long row = 0; row < table.Rows; row++)
            {
                float largest = table.LargestMagnitude(row);
                if (!(largest <= MostMagnitude))
                    Fail(FormattableString.Invariant($"A parameter of '{table.Name}', row {row:N0}, is {largest:G4} after the training, which is beyond use (at most {MostMagnitude:N0}): the training diverged."));
            }
        }
    }

    private void Ensure(double mean, int epoch)
    {
        if (mean > (MostTimes * untrained) + MostMore)
            Fail(FormattableString.Invariant($"The loss in epoch {epoch + 1} rose to {mean:G4} nats per prediction, while a model without training has {untrained:G4}: the training diverged."));
    }

    private void Fail(string finding) => Throw.Usage($"{finding} {remedy}");
}
