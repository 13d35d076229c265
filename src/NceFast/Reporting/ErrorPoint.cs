using System.Text.Json;
using System.Text.Json.Serialization;
using NceFast.Reporting.Internals;

namespace NceFast.Reporting;

/// <summary>Represents the error of an estimator at one sample size, over several repetitions: one line of the file <c>estimation.jsonl</c> of a run.</summary>
/// <param name="Study">The name of the estimation problem.</param>
/// <param name="Method">The estimator: <c>nce</c>, <c>ml</c> (maximum likelihood) or <c>is</c> (importance sampling).</param>
/// <param name="Rows">The number of data rows per repetition.</param>
/// <param name="Repetitions">The number of repetitions.</param>
/// <param name="SquaredError">The squared error, summed over the parameters and averaged over the repetitions.</param>
/// <param name="ErrorOfMean">The standard error of <paramref name="SquaredError"/>.</param>
/// <param name="MedianError">The median of the squared error over the repetitions.</param>
/// <param name="NormalizerBias">The mean of the estimated c minus its true value, nats.</param>
/// <param name="NormalizerError">The root mean square of the estimated c minus its true value, nats.</param>
/// <param name="Seconds">The median time of a fit, seconds.</param>
/// <param name="Nu">The number of noise rows per data row; null for estimators without noise.</param>
/// <param name="Predicted">The mean squared error that the asymptotic covariance predicts; null without a covariance.</param>
public sealed record ErrorPoint(
    string Study,
    string Method,
    int Rows,
    int Repetitions,
    double SquaredError,
    double ErrorOfMean,
    double MedianError,
    double NormalizerBias,
    double NormalizerError,
    double Seconds,
    double? Nu = null,
    double? Predicted = null)
{
    /// <summary>Gets the name of the estimator and its nu, for legends.</summary>
    [JsonIgnore]
    public string Label => Nu is { } nu ? FormattableString.Invariant($"{Method}, nu = {nu}") : Method;

    /// <summary>Serialises the point as a line of JSON, without a line end.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, RunJson.Default.ErrorPoint);
}
